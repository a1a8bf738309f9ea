"""An incident in plain words: the alert's title and its reason, for a person who decides in seconds."""

from datetime import datetime
from zoneinfo import ZoneInfo

from wattwarden.domain.anomalies import Incident, Kind

TITLES: dict[Kind, str] = {
    Kind.EXCESS: "More electricity than expected",
    Kind.EMPTY_ROOM_LOAD: "Heavy load while the room is empty",
    Kind.SHORTFALL: "Much less electricity than usual",
    Kind.ZERO: "No electricity at all",
    Kind.FLAT: "The meter repeats one value",
    Kind.UNDERVOLTAGE: "Voltage far too low",
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
    Kind.UNDERVOLTAGE: "Call an electrician: low voltage damages appliances and can overheat wiring.",
    Kind.POWER_FACTOR: "Look for a failing motor or compressor.",
    Kind.PATTERN: "Ask what changed in the room.",
    Kind.STATIC_LIMIT: "Reduce the load now; the wiring is not meant for it.",
}


def title(incident: Incident) -> str:
    return TITLES[incident.kind]


def why(incident: Incident, timezone: str) -> str:
    """Measured against expected, since when, and what it costs so far; times in the hostel's zone."""
    since = f"since {clock(incident.started_at, timezone)}."
    parts = [f"{power(incident.peak_kw)} against {power(incident.expected_kw)} expected, {since}"]
    voltage = incident.reasons.get("voltage")
    if incident.kind is Kind.UNDERVOLTAGE and isinstance(voltage, int | float):
        parts = [f"{voltage:.0f} V, {since}"]
    if incident.kind is Kind.EMPTY_ROOM_LOAD:
        parts.append("Nobody is in the room.")
    if incident.excess_kwh > 0:
        parts.append(f"{incident.excess_kwh:.1f} kWh above expected, about {incident.currency} {incident.cost:.0f}.")
    parts.append(NEXT_STEPS[incident.kind])
    return " ".join(parts)


def power(kw: float) -> str:
    return f"{kw * 1000:.0f} W" if abs(kw) < 1 else f"{kw:.1f} kW"


def clock(at: datetime, timezone: str) -> str:
    return f"{at.astimezone(ZoneInfo(timezone)):%d %b %Y %H:%M}"
