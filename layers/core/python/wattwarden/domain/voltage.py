"""How far a supply may lie from its nominal voltage: what the rules of a country allow."""

from collections.abc import Mapping
from typing import NamedTuple


class Tolerance(NamedTuple):
    """Shares of the nominal voltage, below and above it."""

    low: float
    high: float


EN_50160 = Tolerance(0.10, 0.10)

COUNTRIES: Mapping[str, Tolerance] = {
    "AU": Tolerance(0.06, 0.10),  # AS 60038
    "GB": Tolerance(0.06, 0.10),  # Electricity Safety, Quality and Continuity Regulations 2002, 27
    "IN": Tolerance(0.06, 0.06),  # Indian Electricity Rules 1956, 54; most states' supply codes
    "US": Tolerance(0.05, 0.05),  # ANSI C84.1, range A
}
"""By ISO 3166-1 code, where a country's own limits are not those of EN 50160."""


def tolerance(country: str | None) -> Tolerance:
    """A country's limits; those of EN 50160 where no other are known."""
    return COUNTRIES.get(country or "", EN_50160)
