"""An alert says what is known; of what is unknown it says that, and never a zero."""

import re
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.unit.usecases.test_alerts import incident
from wattwarden.domain import wording
from wattwarden.domain.anomalies import Incident, Kind

ZONE = "Asia/Kolkata"
ZERO = re.compile(r"None|nan|\b0(\.0)? (W|kW|kWh)\b|INR 0")


def sag(name: str = "i", *, room: int = 204, **changes: object) -> Incident:
    """A sagging supply at a meter whose register tells nothing."""
    unknown = replace(
        incident(name, 1, room, kind=Kind.UNDERVOLTAGE),
        reasons={"voltage": 171.6},
        peak_kw=None,
        excess_kwh=None,
        cost=None,
    )
    return replace(unknown, **changes)  # type: ignore[arg-type]


def known(name: str, *, room: int, excess_kwh: float) -> Incident:
    return sag(name, room=room, peak_kw=1.9, excess_kwh=excess_kwh, cost=Decimal(8))


@pytest.mark.parametrize("words", [wording.TITLES, wording.NEXT_STEPS, wording.MANY_ROOMS, wording.COMMON_CAUSES])
def test_every_kind_has_its_words(words: dict[Kind, str]) -> None:
    assert set(words) == set(Kind)


def test_an_overvoltage_tells_its_volts_and_what_to_do() -> None:
    high = sag(kind=Kind.OVERVOLTAGE, reasons={"voltage": 291.4})
    assert wording.why(high, ZONE).startswith("291 V, since")
    assert "unplug" in wording.why(high, ZONE)


def test_an_undervoltage_of_unknown_energy_tells_its_volts_and_that_the_energy_is_unknown() -> None:
    why = wording.why(sag(), ZONE)
    assert why.startswith("172 V, since 31 Jan 2026 13:30. Its energy is unknown. Call an electrician")
    assert not ZERO.search(why)


@pytest.mark.parametrize("kind", Kind)
def test_no_kind_of_unknown_energy_and_no_reason_tells_a_zero_or_a_none(kind: Kind) -> None:
    why = wording.why(sag(kind=kind, reasons={}), ZONE)
    assert "energy is unknown" in why
    assert "310 W expected" in why
    assert not ZERO.search(why)


def test_a_known_energy_of_unknown_price_is_told_without_money() -> None:
    why = wording.why(sag(peak_kw=1.9, excess_kwh=1.6), ZONE)
    assert "1.6 kWh above expected." in why
    assert "INR" not in why
    assert "unknown" not in why


def test_a_wave_of_unknown_energy_says_so() -> None:
    why = wording.wave_why([sag("a", room=1), sag("b", room=2)], {"B": 8}, ZONE)
    assert "2 of 8 rooms since 31 Jan 2026 13:30. Their energy is unknown. Likely the supply" in why
    assert not ZERO.search(why)


def test_a_wave_adds_up_the_energy_that_is_known_and_says_that_it_is_not_all() -> None:
    members = [sag("a", room=1), known("b", room=2, excess_kwh=1.0), known("c", room=3, excess_kwh=0.5)]
    assert "1.5 kWh above expected so far, where it is known." in wording.wave_why(members, {"B": 8}, ZONE)
    assert "1.5 kWh above expected so far." in wording.wave_why(members[1:], {"B": 8}, ZONE)
