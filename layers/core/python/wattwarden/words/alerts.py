"""An alert in plain words, of now: for a person who decides in seconds."""

from wattwarden.domain.alert_facts import AlertFacts, Quantity
from wattwarden.domain.anomalies import Kind
from wattwarden.words.phrases import Language, clock, power, say


def title(facts: AlertFacts, language: Language = Language.ENGLISH) -> str:
    code = "title" if facts.rooms is None else "titles"
    return say(f"{code}.{facts.kind}", language, rooms=facts.rooms)


def why(facts: AlertFacts, timezone: str, language: Language = Language.ENGLISH) -> str:
    """Measured against expected, since when, what it came to and what to do; times in the hostel's zone."""
    return " ".join([_when(facts, timezone, language), *_what(facts, language), _step(facts, language)])


def _when(facts: AlertFacts, timezone: str, language: Language) -> str:
    code, values = "time.since", {"since": clock(facts.since, timezone)}
    if facts.unknown_since is not None:
        code, values = "time.unknown", values | {"unknown": clock(facts.unknown_since, timezone)}
    elif facts.until is not None:
        code, values = "time.over", values | {"until": clock(facts.until, timezone)}
    return say(code, language, measured=_measured(facts, language), **values)


def _measured(facts: AlertFacts, language: Language) -> str:
    if facts.rooms is not None:
        return say("measured.rooms", language, rooms=facts.rooms, metered=max(facts.metered, facts.rooms))
    shown = {name: _shown(facts.quantity, value) for name, value in _figures(facts).items() if value is not None}
    code = f"measured.{facts.quantity}"
    if "measured" not in shown:
        code += ".unknown"
    elif facts.quantity is Quantity.VOLTAGE and "expected" not in shown:
        code += ".alone"
    elif facts.kind is Kind.OVERVOLTAGE:
        code += ".high"
    return say(code, language, **shown)


def _figures(facts: AlertFacts) -> dict[str, float | None]:
    return {"measured": facts.measured, "expected": facts.expected}


def _shown(quantity: Quantity, value: float) -> str:
    if quantity is Quantity.POWER:
        return power(value)
    return f"{value:.0f}" if quantity is Quantity.VOLTAGE else f"{value:.2f}"


def _what(facts: AlertFacts, language: Language) -> list[str]:
    parts = []
    if facts.rooms is None and facts.kind is Kind.EMPTY_ROOM_LOAD:
        parts.append(say("empty", language))
    if facts.silent_h is not None:
        parts.append(say("silence", language, hours=f"{facts.silent_h:.0f}"))
    if facts.quantity is Quantity.POWER:
        parts += _energy(facts, language)
    return parts


def _energy(facts: AlertFacts, language: Language) -> list[str]:
    """Nothing where it comes to nothing; money only where the energy was used and has a price."""
    code = "energy" if facts.rooms is None else "energies"
    if facts.excess_kwh is None:
        return [say(f"{code}.unknown", language)]
    kwh = f"{abs(facts.excess_kwh):.1f}"
    if float(kwh) == 0:
        return []
    code += ".above" if facts.excess_kwh > 0 else ".below"
    if facts.rooms is not None:
        code += "" if facts.all_known else ".some"
    elif facts.excess_kwh > 0 and facts.cost is not None and round(facts.cost) > 0:
        return [say(f"{code}.cost", language, kwh=kwh, currency=facts.currency, cost=f"{facts.cost:.0f}")]
    return [say(code, language, kwh=kwh)]


def _step(facts: AlertFacts, language: Language) -> str:
    if facts.rooms is not None:
        return say(f"cause.{facts.kind}", language)
    return say("step.silence" if facts.silent_h is not None else f"step.{facts.kind}", language)
