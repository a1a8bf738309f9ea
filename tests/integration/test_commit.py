"""What a scored batch changes, exactly once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import numpy as np
import pytest
from sqlalchemy import Engine, insert, text

from tests.integration.hostel import Hostel, anomaly, at, readings, rows_of, state
from wattwarden.adapters.postgres.base import tables as t
from wattwarden.adapters.postgres.telemetry.scoring import PostgresTelemetry
from wattwarden.contracts.events import IncidentsOpened
from wattwarden.domain.anomalies import Severity
from wattwarden.domain.errors import ConflictError
from wattwarden.domain.meters import Fault
from wattwarden.domain.quarantine import Quarantined
from wattwarden.domain.registers import MeterChange, RegisterState
from wattwarden.ports.scoring import Effects

NOON = at("2026-07-01T12:00")
T = NOON.timestamp()
HOUR = 3600


def test_a_meter_is_loaded_with_its_room_its_tariff_and_the_state_last_committed(
    store: PostgresTelemetry, hostel: Hostel
) -> None:
    blob = bytes(range(256)) * 20
    first = store.meters([(hostel.hostel_id, "M1"), (hostel.hostel_id, "nobody"), (hostel.hostel_id, "M\x00")])
    store.commit(Effects(readings([(hostel.meters[0], T, 0.4)]), states=[state(hostel.meters[0], 0, T, blob)]))
    second = store.meters([(hostel.hostel_id, "M1")])[hostel.hostel_id, "M1"]

    assert list(first) == [(hostel.hostel_id, "M1")]
    assert (first[hostel.hostel_id, "M1"].version, first[hostel.hostel_id, "M1"].state) == (0, None)
    assert (second.version, second.state, second.last_ts) == (1, blob, T)
    assert (second.timezone, second.interval_s) == ("Asia/Kolkata", HOUR)


def test_a_meter_is_loaded_with_its_limit_its_register_and_what_was_done_to_it(
    engine: Engine, store: PostgresTelemetry, hostel: Hostel
) -> None:
    register = RegisterState(12.5, T - HOUR, 99.0, T)
    kept = state(hostel.meters[0], 0, T)._replace(register=register, stuck_since=T - 7 * HOUR)
    store.commit(Effects(states=[kept]))
    with engine.begin() as connection:
        connection.execute(text("UPDATE meters SET max_kw = 80 WHERE serial = 'M2'"))
        connection.execute(text("UPDATE rooms SET beds = 0 WHERE name = 'A-3'"))
        for at_, kind, after in (("2026-06-02", "ratio", None), ("2026-06-01", "replaced", 1.5)):
            change = insert(t.meter_changes).values(
                meter_id=hostel.meters[0], at=at(at_), kind=kind, register_after=after, multiplier=40
            )
            connection.execute(change)
    found = store.meters([(hostel.hostel_id, f"M{n}") for n in (1, 2, 3)])
    first, second, third = (found[hostel.hostel_id, f"M{n}"] for n in (1, 2, 3))

    assert (first.max_kw, second.max_kw, third.max_kw) == (50, 80, float("inf"))
    assert (first.register, second.changes) == (register, ())
    assert np.isnan(second.register).all()
    assert first.changes == (
        MeterChange(at("2026-06-01").timestamp(), "replaced", None, 1.5, 40),
        MeterChange(at("2026-06-02").timestamp(), "ratio", None, None, 40),
    )
    [stuck] = rows_of(engine, "SELECT stuck_since FROM meter_state")
    assert stuck["stuck_since"] == NOON - timedelta(hours=7)


def test_a_fault_counts_each_time_it_shows(engine: Engine, store: PostgresTelemetry, hostel: Hostel) -> None:
    def fault(when: float, detail: str) -> Fault:
        return Fault(hostel.hostel_id, "M1", "clock_wrong", when, detail)

    store.commit(Effects(faults=[fault(T, "a day late"), fault(T, "a day late")]))
    store.commit(Effects(faults=[fault(T + 60, "1970")]))
    store.commit(Effects(faults=[fault(T, "a day late")]))
    [row] = rows_of(engine, "SELECT first_at, last_at, n, detail FROM meter_faults")
    assert row == {"first_at": NOON, "last_at": NOON + timedelta(minutes=1), "n": 3, "detail": "1970"}


def test_committing_the_same_effects_twice_changes_nothing_the_second_time(
    engine: Engine, store: PostgresTelemetry, hostel: Hostel
) -> None:
    meter = hostel.meters[0]
    effects = Effects(
        readings=readings([(meter, T, 2.0), (meter, T + HOUR, 0.4)]),
        anomalies=[anomaly(meter, NOON, NOON)],
        quarantined=[
            Quarantined("key", "gateway:1", "unknown_meter", "no such meter", {"meter": "\x00", "kwh": 1e999}, T)
        ],
        events=[_event(hostel.hostel_id, meter)],
        faults=[
            Fault(hostel.hostel_id, "M1", "implausible", T, "too much"),
            Fault(1, "M9", "clock_wrong", T, "nobody"),
        ],
    )
    store.commit(effects)
    before = _everything(engine)
    store.commit(effects)

    assert _everything(engine) == before
    assert [len(before[name]) for name in ("readings", "anomalies", "incidents", "quarantine", "outbox")] == [
        2,
        1,
        1,
        1,
        1,
    ]
    assert [(row["meter_id"], row["kind"], row["n"]) for row in before["meter_faults"]] == [(meter, "implausible", 1)]


def test_overlapping_batches_count_each_reading_once(engine: Engine, store: PostgresTelemetry, hostel: Hostel) -> None:
    meter = hostel.meters[0]
    store.commit(Effects(readings([(meter, T + i * 900, 0.1) for i in range(4)], interval_s=900)))
    store.commit(Effects(readings([(meter, T + i * 900, 0.1) for i in range(2, 6)], interval_s=900)))
    store.commit(Effects(readings([(meter, T + 6 * 900, 0.1), (meter, T + 6 * 900, 7.0)], interval_s=900)))

    hours = rows_of(engine, "SELECT hour, kwh, readings, measured_s, expected_kwh FROM readings_hourly ORDER BY hour")
    assert [(h["hour"].hour, h["kwh"], h["readings"], h["measured_s"]) for h in hours] == [
        (11, Decimal("0.1000"), 1, 900),
        (12, Decimal("0.4000"), 4, 3600),
        (13, Decimal("0.2000"), 2, 1800),
    ]
    assert [h["expected_kwh"] for h in hours] == [Decimal("0.5000"), Decimal("2.0000"), Decimal("1.0000")]


def test_of_two_commits_that_loaded_the_same_state_one_wins_and_one_is_told(
    engine: Engine, store: PostgresTelemetry, hostel: Hostel
) -> None:
    def commit(i: int) -> str:
        rows = readings([(meter, T + i, 1.0) for meter in hostel.meters])
        meters = hostel.meters if i % 2 else hostel.meters[::-1]
        try:
            store.commit(Effects(rows, states=[state(meter, 0, T) for meter in meters]))
        except ConflictError:
            return "conflict"
        return "won"

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(commit, range(4)))

    assert sorted(outcomes) == ["conflict", "conflict", "conflict", "won"]
    assert len(rows_of(engine, "SELECT * FROM readings")) == len(hostel.meters)


def test_a_state_loaded_before_it_vanished_is_a_conflict(store: PostgresTelemetry, hostel: Hostel) -> None:
    with pytest.raises(ConflictError):
        store.commit(Effects(states=[state(hostel.meters[0], 3, T)]))


def test_readings_of_long_ago_get_the_partitions_of_their_months(
    engine: Engine, store: PostgresTelemetry, hostel: Hostel
) -> None:
    start = at("2000-01-15T00:00").timestamp()
    month = 30.44 * 86400
    store.commit(Effects(readings([(hostel.meters[0], start + i * month, 1.0) for i in range(48)])))

    assert rows_of(engine, "SELECT count(*) AS n FROM readings")[0]["n"] == 48
    assert rows_of(engine, "SELECT to_regclass('readings_2000_01') IS NOT NULL AS made") == [{"made": True}]


def test_stored_readings_are_found_by_the_callers_own_keys(store: PostgresTelemetry, hostel: Hostel) -> None:
    meter, odd = hostel.meters[0], T + 0.1234567
    store.commit(Effects(readings([(meter, T, 0.25), (meter, odd, float("nan"))])))
    found = store.stored([meter, meter, meter], [T, odd, T + 1])

    assert set(found) == {(meter, T), (meter, odd)}
    assert (found[meter, T].kwh, found[meter, T].received_at) == (0.25, T + 5)
    assert np.isnan([found[meter, odd].kwh, found[meter, T].register_kwh]).all()


def test_an_incident_grows_with_its_anomalies_and_closes(
    engine: Engine, store: PostgresTelemetry, hostel: Hostel
) -> None:
    meter, later = hostel.meters[0], NOON + timedelta(hours=1)
    worst = {"severity": Severity.HIGH, "actual_kwh": 3.0, "excess_kwh": 2.0, "reasons": {"rule": "worse"}}
    first, second = readings([(meter, T, 2.0)]), readings([(meter, T + HOUR, 3.0)])
    store.commit(Effects(first, states=[state(meter, 0, T)], anomalies=[anomaly(meter, NOON, NOON)]))
    opened = rows_of(engine, "SELECT open_incident_id FROM meter_state")
    grown = [anomaly(meter, later, NOON, **worst)]
    store.commit(Effects(second, states=[state(meter, 1, T + HOUR)], anomalies=grown))
    end = NOON + timedelta(hours=3)
    store.commit(Effects(states=[state(meter, 2, T + 3 * HOUR)], closed_incidents=[(meter, end)]))

    [incident] = rows_of(engine, "SELECT * FROM incidents")
    assert opened == [{"open_incident_id": incident["id"]}]
    assert (incident["started_at"], incident["last_at"], incident["closed_at"]) == (NOON, later, end)
    assert (incident["severity"], incident["reasons"], incident["anomalies"]) == ("high", {"rule": "worse"}, 2)
    assert (incident["peak_kw"], incident["expected_kw"]) == (3.0, 0.5)
    assert (incident["excess_kwh"], incident["cost"]) == (Decimal("3.5000"), Decimal("32.3750"))
    assert rows_of(engine, "SELECT open_incident_id FROM meter_state") == [{"open_incident_id": None}]


def test_an_incident_costs_what_the_tariff_of_its_day_says(
    engine: Engine, store: PostgresTelemetry, hostel: Hostel
) -> None:
    # The new tariff holds from 1 June in Kolkata, that is from 18:30 UTC of 31 May.
    last, first = at("2026-05-31T19:00"), at("2026-05-31T20:00")
    meters = hostel.meters
    effects = Effects(
        readings([(meters[0], last.timestamp(), 2.0), (meters[1], first.timestamp(), 2.0)]),
        anomalies=[anomaly(meters[0], last, last), anomaly(meters[1], first, first)],
    )
    store.commit(effects)

    costs = [row["cost"] for row in rows_of(engine, "SELECT cost FROM anomalies ORDER BY ts")]
    assert costs == [Decimal("12.7500"), Decimal("13.8750")]


def test_two_incidents_of_one_batch_close_apart(engine: Engine, store: PostgresTelemetry, hostel: Hostel) -> None:
    meter = hostel.meters[0]
    times = [NOON + timedelta(hours=i) for i in range(4)]
    store.commit(
        Effects(
            anomalies=[anomaly(meter, times[0], times[0]), anomaly(meter, times[2], times[2])],
            closed_incidents=[(meter, times[1]), (meter, times[3])],
        )
    )
    closed = rows_of(engine, "SELECT started_at, closed_at FROM incidents ORDER BY started_at")
    assert [(row["started_at"], row["closed_at"]) for row in closed] == [(times[0], times[1]), (times[2], times[3])]


def test_the_outbox_keeps_what_was_not_published(store: PostgresTelemetry, hostel: Hostel) -> None:
    first, second = _event(hostel.hostel_id, 1), _event(hostel.hostel_id, 2)
    store.commit(Effects(events=[first, second]))
    store.mark_published([str(first.outbox_id)])

    assert store.unpublished(0, 10) == [second]
    assert store.unpublished(60, 10) == []


def test_a_batch_with_a_broken_row_leaves_nothing_behind(
    engine: Engine, store: PostgresTelemetry, hostel: Hostel
) -> None:
    broken = replace(anomaly(hostel.meters[0], NOON, NOON), expected_kwh=float("nan"))
    with pytest.raises(Exception, match="null value"):
        store.commit(
            Effects(readings([(hostel.meters[0], T, 1.0)]), states=[state(hostel.meters[0], 0, T)], anomalies=[broken])
        )

    assert {name: rows for name, rows in _everything(engine).items() if rows} == {}


def _event(hostel_id: int, n: int) -> IncidentsOpened:
    return IncidentsOpened(
        outbox_id=UUID(int=n), hostel_id=hostel_id, incident_ids=[UUID(int=n + 100)], detected_at=NOON
    )


def _everything(engine: Engine) -> dict[str, list[dict[str, object]]]:
    names = (
        *("readings", "readings_hourly", "readings_daily", "meter_state", "anomalies", "incidents"),
        *("quarantine", "outbox", "meter_faults"),
    )
    return {name: rows_of(engine, f"SELECT * FROM {name} ORDER BY 1, 2") for name in names}
