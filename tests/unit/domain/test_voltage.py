import pytest

from wattwarden.domain.voltage import EN_50160, tolerance


@pytest.mark.parametrize(("country", "low", "high"), [("IN", 0.06, 0.06), ("GB", 0.06, 0.10), ("DE", 0.10, 0.10)])
def test_a_country_has_its_tolerance(country: str, low: float, high: float) -> None:
    assert tolerance(country) == (low, high)


@pytest.mark.parametrize("country", [None, "XX"])
def test_where_no_country_is_known_the_european_one_counts(country: str | None) -> None:
    assert tolerance(country) == EN_50160 == (0.10, 0.10)
