"""A meter that was silent and then passes on hours of energy at once: nobody is sent to look for a heater."""

from tests.unit.detection.streams import ordinary_room
from tests.unit.usecases.hostel_stream import context, record, run, store_of
from tests.unit.usecases.test_alerts import incident
from wattwarden.domain.alert_facts import facts_of
from wattwarden.domain.anomalies import Anomaly
from wattwarden.words.alerts import why

WEEKS = 24 * 21
SILENT_H = 13
CAUGHT_UP_KWH = 1.7622
AT = WEEKS + SILENT_H


def after_silence(kwh: float, *, register: bool) -> list[Anomaly]:
    """What is abnormal about the first reading after the silence."""
    usual = ordinary_room(1, WEEKS).cumsum() if register else ordinary_room(1, WEEKS)
    store = store_of(context(1, "register" if register else "interval"))
    past = [("M1", hour, value) for hour, value in enumerate(usual.tolist())]
    run(store, record("past", past, register=register))
    store.anomalies.clear()
    shown = float(usual[-1]) + kwh if register else kwh
    run(store, record("late", [("M1", AT, shown)], register=register))
    return list(store.anomalies.values())


def test_a_register_spreads_what_was_used_over_the_silence() -> None:
    assert after_silence(CAUGHT_UP_KWH, register=True) == []


def test_an_interval_that_may_hold_the_silences_energy_says_how_long_that_was() -> None:
    quiet = after_silence(CAUGHT_UP_KWH, register=False)
    assert [anomaly.reasons["silent_h"] for anomaly in quiet] == [SILENT_H] * len(quiet)
    [loud] = after_silence(3.5, register=False)
    told = incident("late", 1, kind=loud.kind)
    told.reasons.update(loud.reasons)
    said = why(facts_of([told], told.kind), "Asia/Kolkata")
    assert "silent for 13 h before" in said
    assert "heater" not in said
