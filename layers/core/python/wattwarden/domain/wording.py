"""An incident in plain words: the alert's title and its reason, for a person who decides in seconds."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from wattwarden.domain.anomalies import Incident, Kind

TITLES: dict[Kind, str] = {
    Kind.EXCESS: "More electricity than expected",
    Kind.EMPTY_ROOM_LOAD: "Heavy load while the room is empty",
    Kind.SHORTFALL: "Much less electricity than usual",
    Kind.ZERO: "No electricity at all",
    Kind.FLAT: "The meter repeats one value",
    Kind.UNDERVOLTAGE: "Voltage far too low",
    Kind.OVERVOLTAGE: "Voltage far too high",
    Kind.POWER_FACTOR: "Power factor has fallen",
    Kind.PATTERN: "Unusual use for this time",
    Kind.STATIC_LIMIT: "Load above the room's safe limit",
}

NEXT_STEPS: dict[Kind, str] = {
    Kind.EXCESS: "Check for a heater, an AC left on, or a failing appliance.",
    Kind.EMPTY_ROOM_LOAD: "Switch off what was left on; the room is empty.",
    Kind.SHORTFALL: "Check the meter's wiring and seal: low readings can be a fault or a bypass.",
    Kind.ZERO: "Check the breaker and the meter; a bypass also reads zero.",
    Kind.FLAT: "The meter is probably stuck; have it checked before its readings are billed.",
    Kind.OVERVOLTAGE: "Have what is plugged in unplugged and call an electrician: high voltage destroys appliances.",
    Kind.UNDERVOLTAGE: "Call an electrician: low voltage damages appliances and can overheat wiring.",
    Kind.POWER_FACTOR: "Look for a failing motor or compressor.",
    Kind.PATTERN: "Ask what changed in the room.",
    Kind.STATIC_LIMIT: "Reduce the load now; the wiring is not meant for it.",
}

MANY_ROOMS: dict[Kind, str] = {
    Kind.EXCESS: "More electricity than expected in {n} rooms",
    Kind.EMPTY_ROOM_LOAD: "Heavy load in {n} rooms that are empty",
    Kind.SHORTFALL: "Much less electricity than usual in {n} rooms",
    Kind.ZERO: "No electricity in {n} rooms",
    Kind.FLAT: "The meters of {n} rooms repeat one value",
    Kind.UNDERVOLTAGE: "Voltage far too low in {n} rooms",
    Kind.OVERVOLTAGE: "Voltage far too high in {n} rooms",
    Kind.POWER_FACTOR: "Power factor has fallen in {n} rooms",
    Kind.PATTERN: "Unusual use in {n} rooms",
    Kind.STATIC_LIMIT: "Load above the safe limit in {n} rooms",
}

_OUTAGE = "Likely the supply or the meter gateway failed: check the supply and its breakers first, then the gateway."
_SURGE = "Likely one cause, such as the weather, the supply or the meter gateway: check what the rooms share."
COMMON_CAUSES: dict[Kind, str] = {
    Kind.EXCESS: _SURGE,
    Kind.EMPTY_ROOM_LOAD: _SURGE,
    Kind.SHORTFALL: _OUTAGE,
    Kind.ZERO: _OUTAGE,
    Kind.FLAT: "Likely the meter gateway repeats old values: restart it before its readings are billed.",
    Kind.OVERVOLTAGE: "Likely a lost neutral: have the supply switched off and call an electrician now, high voltage "
    "destroys appliances.",
    Kind.UNDERVOLTAGE: "Likely the supply or its neutral: call an electrician now, low voltage damages appliances.",
    Kind.POWER_FACTOR: "Likely the supply or equipment that the rooms share.",
    Kind.PATTERN: "Likely one cause: ask what changed for all of them.",
    Kind.STATIC_LIMIT: _SURGE,
}

BLOCKS_NAMED = 6


class Digest(NamedTuple):
    """What stands above a digest's lines; `count` is "1 alert" or "12 alerts"."""

    subject: str
    introduction: str


IMPORTED = Digest(
    "Digest: {count} found in imported history", "{count} in readings that arrived late or were imported."
)
SMALL = Digest("Digest: {count} of small amounts", "{count} of too little energy or money to be told at once.")


def title(incident: Incident) -> str:
    return TITLES[incident.kind]


def why(incident: Incident, timezone: str) -> str:
    """Measured against expected, since when, and what it costs so far; times in the hostel's zone."""
    parts = [f"{_measured(incident)}, since {clock(incident.started_at, timezone)}."]
    if incident.kind is Kind.EMPTY_ROOM_LOAD:
        parts.append("Nobody is in the room.")
    if incident.excess_kwh is None:
        parts.append("Its energy is unknown.")
    elif incident.excess_kwh > 0:
        money = "" if incident.cost is None else f", about {incident.currency} {incident.cost:.0f}"
        parts.append(f"{incident.excess_kwh:.1f} kWh above expected{money}.")
    parts.append(NEXT_STEPS[incident.kind])
    return " ".join(parts)


def _measured(incident: Incident) -> str:
    """Against what was expected, as far as it is known; a supply by its voltage."""
    voltage = incident.reasons.get("voltage")
    if incident.kind in {Kind.UNDERVOLTAGE, Kind.OVERVOLTAGE} and isinstance(voltage, int | float):
        return f"{voltage:.0f} V"
    expected = f"{power(incident.expected_kw)} expected"
    return expected if incident.peak_kw is None else f"{power(incident.peak_kw)} against {expected}"


def usual_kind(incidents: Collection[Incident]) -> Kind:
    """The kind that most of a wave's incidents have."""
    return Counter(i.kind for i in sorted(incidents, key=lambda i: i.incident_id)).most_common(1)[0][0]


def wave_title(incidents: Collection[Incident]) -> str:
    return MANY_ROOMS[usual_kind(incidents)].format(n=len({i.room_id for i in incidents}))


def wave_why(incidents: Sequence[Incident], metered: Mapping[str, int], timezone: str) -> str:
    """How many of how many rooms, since when, how much in all and the likely cause."""
    of = sum(metered.get(block, 0) for block in {i.block for i in incidents})
    rooms = len({i.room_id for i in incidents})
    since = clock(min(i.started_at for i in incidents), timezone)
    parts = [f"{rooms} of {max(of, rooms)} rooms since {since}."]
    known = [i.excess_kwh for i in incidents if i.excess_kwh is not None]
    excess = sum(known)
    if not known:
        parts.append("Their energy is unknown.")
    elif round(abs(excess), 1) > 0:
        of_all = "" if len(known) == len(incidents) else ", where it is known"
        parts.append(f"{abs(excess):.1f} kWh {'above' if excess > 0 else 'below'} expected so far{of_all}.")
    parts.append(COMMON_CAUSES[usual_kind(incidents)])
    return " ".join(parts)


def blocks(names: Collection[str]) -> str:
    """Blocks as an alert names them: A, or A, B, C; of very many the first few."""
    ordered = sorted(names)
    return ", ".join(ordered[:BLOCKS_NAMED]) + (" …" if len(ordered) > BLOCKS_NAMED else "")


def power(kw: float) -> str:
    return f"{kw * 1000:.0f} W" if abs(kw) < 1 else f"{kw:.1f} kW"


def clock(at: datetime, timezone: str) -> str:
    return f"{at.astimezone(ZoneInfo(timezone)):%d %b %Y %H:%M}"
