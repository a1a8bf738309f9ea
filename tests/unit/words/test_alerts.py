"""An alert says what is known, in the units of its kind; of what is unknown it says that, and never a zero."""

import re
import string
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.unit.usecases.test_alerts import incident
from wattwarden.domain.alert_facts import AlertFacts, Quantity, facts_of, quantity_of
from wattwarden.domain.anomalies import Incident, Kind
from wattwarden.words import phrases
from wattwarden.words.alerts import title, why
from wattwarden.words.english import ENGLISH
from wattwarden.words.phrases import CATALOGUE, say

ZONE = "Asia/Kolkata"
ZERO = re.compile(r"None|nan|\b0(\.0)? (W|kW|kWh|V)\b|INR 0|about")
POWERS = [kind for kind in Kind if quantity_of(kind) is Quantity.POWER]


def found(kind: Kind = Kind.EXCESS, **changes: object) -> Incident:
    unknown = replace(incident("i", 1, kind=kind), peak_kw=None, excess_kwh=None, cost=None)
    return replace(unknown, **changes)  # type: ignore[arg-type]


def says(one: Incident, **changes: object) -> str:
    return why(replace(facts_of([one], one.kind), **changes), ZONE)  # type: ignore[arg-type]


def wave(*members: Incident) -> str:
    return why(facts_of(members, members[0].kind, {"B": 8}), ZONE)


def test_an_undervoltage_tells_volts_and_nothing_of_energy() -> None:
    said = says(found(Kind.UNDERVOLTAGE, reasons={"voltage": 171.6, "limit_voltage": 207.0}, excess_kwh=0.4))
    assert said.startswith("172 V, where at least 207 V is usual, since 31 Jan 2026 13:30. Call an electrician")
    assert "kWh" not in said
    assert says(found(Kind.UNDERVOLTAGE, reasons={"voltage": 171.6})).startswith("172 V, since")
    assert says(found(Kind.UNDERVOLTAGE)).startswith("The voltage is not told, since")


def test_an_overvoltage_tells_its_volts_and_what_to_do() -> None:
    said = says(found(Kind.OVERVOLTAGE, reasons={"voltage": 291.4, "limit_voltage_high": 253.0}))
    assert said.startswith("291 V, where at most 253 V is usual, since")
    assert "unplug" in said


def test_a_fallen_power_factor_tells_power_factors() -> None:
    said = says(found(Kind.POWER_FACTOR, reasons={"power_factor": 0.62, "power_factor_fall": 0.29}, peak_kw=0.4))
    assert said.startswith("Power factor 0.62 against 0.91 usual, since 31 Jan 2026 13:30. Look for a failing motor")
    assert says(found(Kind.POWER_FACTOR)).startswith("Power factor lower than usual, since")


@pytest.mark.parametrize("kind", POWERS)
def test_no_kind_of_unknown_energy_and_no_reason_tells_a_zero_or_a_none(kind: Kind) -> None:
    said = says(found(kind))
    assert "energy is unknown" in said
    assert "310 W expected" in said
    assert not ZERO.search(said)


@pytest.mark.parametrize("cost", [None, Decimal(0), Decimal("0.30")])
def test_an_energy_without_a_price_worth_a_word_is_told_without_money(cost: Decimal | None) -> None:
    said = says(found(peak_kw=1.9, excess_kwh=1.6, cost=cost))
    assert "1.6 kWh above expected." in said
    assert "INR" not in said


def test_energy_that_was_not_used_costs_nothing() -> None:
    said = says(found(Kind.SHORTFALL, peak_kw=0.1, excess_kwh=-2.5, cost=Decimal(20)))
    assert "2.5 kWh below expected." in said
    assert "INR" not in said


def test_it_begins_where_the_first_abnormal_interval_does() -> None:
    one = found(peak_kw=1.9, excess_kwh=1.6)
    began = replace(one, began_at=one.started_at - timedelta(hours=1))
    assert "since 31 Jan 2026 12:30" in says(began)


def test_what_is_over_has_an_end_and_what_a_meter_says_no_more_of_is_unknown() -> None:
    one = found(peak_kw=1.9, excess_kwh=1.6)
    later = one.started_at + timedelta(hours=1)
    assert "from 31 Jan 2026 13:30 to 31 Jan 2026 14:30." in says(one, until=later)
    assert "has said nothing since 31 Jan 2026 14:30" in says(one, unknown_since=later)


def test_what_came_after_a_silence_says_how_long_it_was_and_suspects_no_heater() -> None:
    said = says(found(peak_kw=1.8, excess_kwh=1.6, reasons={"silent_h": 13.0}))
    assert "The meter was silent for 13 h before: this may be the energy of that time." in said
    assert "heater" not in said


def test_a_wave_of_unknown_energy_says_so() -> None:
    members = [found(Kind.EXCESS, room_id=1), found(Kind.EXCESS, room_id=2)]
    said = wave(*members)
    assert "2 of 8 rooms, since 31 Jan 2026 13:30. Their energy is unknown. Likely one cause" in said
    assert not ZERO.search(said)


def test_a_wave_adds_up_the_energy_that_is_known_and_says_that_it_is_not_all() -> None:
    known = [found(room_id=n, peak_kw=1.9, excess_kwh=kwh, cost=Decimal(8)) for n, kwh in ((2, 1.0), (3, 0.5))]
    assert "1.5 kWh above expected so far, where it is known." in wave(found(room_id=1), *known)
    assert "1.5 kWh above expected so far." in wave(*known)


def facts(kind: Kind, rooms: int | None) -> AlertFacts:
    return replace(facts_of([found(kind)], kind), rooms=rooms)


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("rooms", [None, 12])
@pytest.mark.parametrize("language", phrases.Language)
def test_every_kind_has_its_words_in_every_language(kind: Kind, rooms: int | None, language: phrases.Language) -> None:
    assert title(facts(kind, rooms), language)
    assert why(facts(kind, rooms), ZONE, language)


@pytest.mark.parametrize("language", phrases.Language)
def test_a_language_says_all_that_english_says_with_the_same_values(language: phrases.Language) -> None:
    def values(template: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(template) if name}

    assert {code: values(t) for code, t in CATALOGUE[language].items()} == {c: values(t) for c, t in ENGLISH.items()}


def test_a_code_that_nobody_knows_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        say("title.unheard_of")
