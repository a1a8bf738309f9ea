"""How bad an incident is: excess energy, duration and safety."""

from wattwarden.domain.anomalies import Kind, Severity

SAFETY = {Kind.UNDERVOLTAGE: 1, Kind.OVERVOLTAGE: 2, Kind.EMPTY_ROOM_LOAD: 1, Kind.STATIC_LIMIT: 1}
"""Kinds that can hurt people or equipment, by the steps that they count higher: heat nobody watches, an overloaded
circuit, a sagging supply; a lost neutral destroys appliances within minutes."""

_STEPS = ((96.0, Severity.CRITICAL), (24.0, Severity.HIGH), (5.0, Severity.MEDIUM))


def severity_of(kind: Kind, excess_kwh: float, duration_h: float, level_kw: float) -> Severity:
    """Severity of an incident so far.

    Points = hours of the meter's usual use that went astray x (1 + half-days it lasts); safety kinds count some
    steps higher. Relative to the meter's own use, so that a room and a whole building are told apart fairly.
    """
    points = abs(excess_kwh) / level_kw * (1 + duration_h / 12)
    severity = next((severity for limit, severity in _STEPS if points >= limit), Severity.LOW)
    steps = list(Severity)
    return steps[min(severity.rank + SAFETY.get(kind, 0), len(steps) - 1)]
