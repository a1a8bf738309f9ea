"""What there is to tell of an alert: codes and numbers, no sentences (`words/alerts.py`)."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from wattwarden.domain.anomalies import AnomalyType, Incident, Kind

BLOCKS_NAMED = 6


PRICED = frozenset(kind for kind in Kind if kind.type is AnomalyType.HIGH_CONSUMPTION)
"""Kinds of which the energy was used in excess, so that it costs money."""


class Quantity(StrEnum):
    """What a kind of incident is measured in."""

    POWER = "power"  # kW
    VOLTAGE = "voltage"  # V
    POWER_FACTOR = "power_factor"  # of 1


@dataclass(frozen=True, slots=True)
class AlertFacts:
    kind: Kind
    rooms: int | None
    """Of a wave, how many rooms; None: it is one room's."""
    metered: int
    """Of a wave, rooms with a meter in its blocks."""
    since: datetime
    """Start of the first abnormal interval."""
    until: datetime | None
    """End of the last one, where it is over."""
    unknown_since: datetime | None
    """The meter's last word, where it fell silent meanwhile."""
    quantity: Quantity
    measured: float | None
    """Of the reading that lies furthest out; None: unknown."""
    expected: float | None
    """Likewise; of a voltage the lowest, or highest, usual one."""
    excess_kwh: float | None
    """None: unknown."""
    all_known: bool
    """No incident of it has an unknown energy."""
    cost: Decimal | None
    """None: unknown, or there is no price, or nothing was used."""
    currency: str
    silent_h: float | None
    """Hours the meter was silent before that reading, which may hold their energy."""


def quantity_of(kind: Kind) -> Quantity:
    named = {
        Kind.UNDERVOLTAGE: Quantity.VOLTAGE,
        Kind.OVERVOLTAGE: Quantity.VOLTAGE,
        Kind.POWER_FACTOR: Quantity.POWER_FACTOR,
    }
    return named.get(kind, Quantity.POWER)


def figures(
    kind: Kind, reasons: Mapping[str, Any], peak_kw: float | None, expected_kw: float | None
) -> tuple[float | None, float | None]:
    """Measured and expected, in what the kind is measured in, of the reading that has these reasons."""
    quantity = quantity_of(kind)
    if quantity is Quantity.POWER:
        return peak_kw, expected_kw
    if quantity is Quantity.VOLTAGE:
        limit = "limit_voltage_high" if kind is Kind.OVERVOLTAGE else "limit_voltage"
        return _number(reasons, "voltage"), _number(reasons, limit)
    factor, fall = _number(reasons, "power_factor"), _number(reasons, "power_factor_fall")
    return factor, None if factor is None or fall is None else factor + fall


def silence(reasons: Mapping[str, Any]) -> float | None:
    return _number(reasons, "silent_h")


def priced(kind: Kind, cost: Decimal | None) -> Decimal | None:
    """Money is told of what was used in excess alone, at a price."""
    return cost if cost and kind in PRICED else None


def facts_of(incidents: Sequence[Incident], kind: Kind, metered: Mapping[str, int] | None = None) -> AlertFacts:
    """Of an alert that people are told of now. With `metered`, rooms by block, it is a wave's."""
    witness = max(incidents, key=lambda i: (i.kind is kind, i.severity.rank, abs(i.excess_kwh or 0.0)))
    measured, expected = figures(kind, witness.reasons, witness.peak_kw, witness.expected_kw)
    known = [i.excess_kwh for i in incidents if i.excess_kwh is not None]
    costs = [i.cost for i in incidents if i.cost is not None]
    return AlertFacts(
        kind=kind,
        rooms=None if metered is None else len({i.room_id for i in incidents}),
        metered=sum((metered or {}).get(block, 0) for block in {i.block for i in incidents}),
        since=min(i.since for i in incidents),
        until=None,
        unknown_since=None,
        quantity=quantity_of(kind),
        measured=measured,
        expected=expected,
        excess_kwh=sum(known) if known else None,
        all_known=len(known) == len(incidents),
        cost=priced(kind, sum(costs, Decimal(0)) if costs else None),
        currency=witness.currency,
        silent_h=silence(witness.reasons),
    )


def usual_kind(incidents: Collection[Incident]) -> Kind:
    """The kind that most of a wave's incidents have."""
    return Counter(i.kind for i in sorted(incidents, key=lambda i: i.incident_id)).most_common(1)[0][0]


def blocks(names: Collection[str]) -> str:
    """Blocks as an alert names them: A, or A, B, C; of very many the first few."""
    ordered = sorted(names)
    return ", ".join(ordered[:BLOCKS_NAMED]) + (" …" if len(ordered) > BLOCKS_NAMED else "")


def _number(reasons: Mapping[str, Any], name: str) -> float | None:
    value = reasons.get(name)
    return float(value) if isinstance(value, int | float) else None
