"""How much must go astray before people are told at once; what is less waits for the digest of the day."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from wattwarden.domain.anomalies import AnomalyType, Incident, Kind, Severity
from wattwarden.domain.suppressions import excess_kw

LEAST_KWH = 1.0
"""Where a hostel has not said: an hour of a small heater."""

_BY_AMOUNT = frozenset({Kind.EXCESS, Kind.EMPTY_ROOM_LOAD, Kind.SHORTFALL, Kind.PATTERN})
"""Kinds that are as bad as what goes astray; all others tell of danger or of a meter's fault."""


@dataclass(frozen=True, slots=True)
class Floor:
    """A hostel's; both have to be reached."""

    kwh: float = LEAST_KWH
    """So far, or within an hour at the pace of the peak."""
    cost: Decimal | None = None
    """Likewise, of what is used in excess and has a price; None: money does not matter."""

    def holds(self, incidents: Sequence[Incident]) -> bool:
        """Whether an alert of these incidents waits. Never what is dangerous, nor what nobody knows the amount of."""
        if any(_at_once(incident) for incident in incidents):
            return False
        if sum(map(_kwh, incidents)) < self.kwh:
            return True
        costs = [cost for cost in map(_cost, incidents) if cost is not None]
        return self.cost is not None and bool(costs) and sum(costs) < self.cost


def _at_once(incident: Incident) -> bool:
    dangerous = incident.kind is Kind.EMPTY_ROOM_LOAD and incident.severity is Severity.CRITICAL
    return dangerous or incident.kind not in _BY_AMOUNT or incident.excess_kwh is None


def _kwh(incident: Incident) -> float:
    pace = abs(excess_kw(incident) or 0.0)
    return max(abs(incident.excess_kwh or 0.0), pace)


def _cost(incident: Incident) -> Decimal | None:
    """At the price of what it used so far; None where it has none, or was no excess."""
    if incident.kind.type is not AnomalyType.HIGH_CONSUMPTION or not incident.cost or not incident.excess_kwh:
        return None
    return incident.cost * Decimal(_kwh(incident) / abs(incident.excess_kwh))
