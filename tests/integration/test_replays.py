"""A replay's window, its facts, and what its commit puts in the place of what was stored."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Engine, text

from tests.integration.hostel import Hostel, anomaly, at, readings, rows_of, state
from wattwarden.adapters.postgres.telemetry.replays import PostgresReplays
from wattwarden.adapters.postgres.telemetry.scoring import PostgresTelemetry
from wattwarden.detection import STATE_HEADER
from wattwarden.domain.errors import ConflictError
from wattwarden.domain.meters import ReplayMark
from wattwarden.domain.readings import ReadingRows
from wattwarden.domain.registers import Quality, RegisterState
from wattwarden.ports.replay import ReplayEffects, ReplayTask
from wattwarden.ports.scoring import Effects

HOUR = 3600
NIGHT = at("2026-07-01T18:30").timestamp()  # midnight in Kolkata
SOON = datetime.now(UTC) + timedelta(hours=1)


@pytest.fixture
def replays(engine: Engine) -> PostgresReplays:
    return PostgresReplays(engine)


def judged(store: PostgresTelemetry, meter: int, ends: Sequence[float], marked: float, **changes: Any) -> None:
    """A meter with hourly readings that is marked for a replay from `marked` on."""
    rows = replace(readings([(meter, ts, 0.5) for ts in ends]), **changes)
    store.commit(Effects(rows, states=[state(meter, 0, max(ends))]))
    store.commit(Effects(marks=[ReplayMark(meter, 1, marked)]))


def again(task: ReplayTask, rows: ReadingRows, **changes: Any) -> ReplayEffects:
    """What a replay of one meter comes to that works out these rows."""
    last = state(task.context.meter_id, task.context.version, float(rows.ts.max()), b"anew")
    return ReplayEffects(tasks=[task], readings=rows, states=[last], **changes)


def test_a_window_is_the_local_day_of_the_reading_before_the_change(
    store: PostgresTelemetry, replays: PostgresReplays, hostel: Hostel
) -> None:
    ends = [NIGHT + n * HOUR for n in (-20, -2, 1, 2, 3)]
    judged(store, hostel.meters[0], ends, NIGHT + HOUR)
    [task] = replays.due(SOON, 10)
    assert task.window_start == NIGHT - 86_400 - 1800
    assert (task.readings, task.context.state, task.context.last_ts) == (5, None, None)


def test_a_window_starts_before_an_interval_that_reaches_into_it(
    store: PostgresTelemetry, replays: PostgresReplays, hostel: Hostel
) -> None:
    ends = [NIGHT - 30 * HOUR, NIGHT + 10 * HOUR, NIGHT + 12 * HOUR, NIGHT + 13 * HOUR]
    judged(store, hostel.meters[0], ends, NIGHT + 13 * HOUR, interval_s=np.array([HOUR, 40 * HOUR, HOUR, HOUR]))
    [task] = replays.due(SOON, 10)
    assert task.window_start == NIGHT - 2 * 86_400 - 1800


def test_a_meter_is_due_when_it_is_quiet_or_has_waited_for_long(
    engine: Engine, store: PostgresTelemetry, replays: PostgresReplays, hostel: Hostel
) -> None:
    judged(store, hostel.meters[0], [NIGHT], NIGHT)
    now = datetime.now(UTC)
    assert replays.due(now, 10) == []
    assert len(replays.due(now + timedelta(seconds=10), 10)) == 1
    with engine.begin() as connection:
        connection.execute(text("UPDATE meter_state SET replay_first_marked_at = now() - interval '3 minutes'"))
    assert len(replays.due(now, 10)) == 1


def test_a_replay_starts_from_the_youngest_checkpoint_before_its_window(
    engine: Engine, store: PostgresTelemetry, replays: PostgresReplays, hostel: Hostel
) -> None:
    meter, day = hostel.meters[0], 86_400
    for version, days in enumerate((-70, -9, -2, 0)):
        ts = NIGHT + days * day
        blob = STATE_HEADER + f"{days}".encode()
        kept = state(meter, version, ts, blob, checkpoint=True, ring=f"ring{days}".encode())
        kept = kept._replace(register=RegisterState(5.0, ts, 6.0, ts))
        store.commit(Effects(readings([(meter, ts, 0.5)]), states=[kept]))
    store.commit(Effects(marks=[ReplayMark(meter, 4, NIGHT - HOUR)]))
    assert [bytes(row["state"]) for row in rows_of(engine, "SELECT state FROM meter_checkpoints ORDER BY ts")] == [
        STATE_HEADER + b"-9", STATE_HEADER + b"-2", STATE_HEADER + b"0",
    ]  # fmt: skip

    [task] = replays.due(SOON, 10)
    context = task.context
    assert (context.state, context.ring) == (STATE_HEADER + b"-9", b"ring-9")
    assert (context.last_ts, task.readings) == (NIGHT - 9 * day, 2)
    assert context.register == RegisterState(5.0, NIGHT - 9 * day, 6.0, NIGHT - 9 * day)
    facts = replays.facts([task])
    assert facts.ts.tolist() == [NIGHT - 2 * day, NIGHT]
    anew = state(meter, 0, NIGHT - day / 2, b"anew", checkpoint=True)
    replays.commit_replay(again(task, readings([(meter, NIGHT, 0.5)]), checkpoints=[anew]))
    assert [bytes(row["state"]) for row in rows_of(engine, "SELECT state FROM meter_checkpoints ORDER BY ts")] == [
        STATE_HEADER + b"-9", b"anew",
    ]  # fmt: skip


def test_a_checkpoint_of_another_release_is_none(
    engine: Engine, store: PostgresTelemetry, replays: PostgresReplays, hostel: Hostel
) -> None:
    meter = hostel.meters[0]
    for version, (days, header) in enumerate(((-9, STATE_HEADER), (-5, b"\xff\xff"), (0, STATE_HEADER))):
        ts = NIGHT + days * 86_400
        kept = state(meter, version, ts, header + b"kept", checkpoint=True)
        store.commit(Effects(readings([(meter, ts, 0.5)]), states=[kept]))
    store.commit(Effects(marks=[ReplayMark(meter, 3, NIGHT)]))
    [task] = replays.due(SOON, 10)
    assert (task.context.last_ts, task.readings) == (NIGHT - 9 * 86_400, 2)
    with engine.begin() as connection:
        connection.execute(text("UPDATE meter_checkpoints SET state = '\\xffff00'"))
    [task] = replays.due(SOON, 10)
    assert (task.context.state, task.context.last_ts, task.readings) == (None, None, 3)


def test_facts_are_what_was_sent_to_the_last_bit(
    store: PostgresTelemetry, replays: PostgresReplays, hostel: Hostel
) -> None:
    ts = NIGHT + np.array([0.123457, 3600.1, 7200.999999])
    rows = replace(
        readings([(hostel.meters[0], t, k) for t, k in zip(ts, (0.1234, np.nan, 0.0), strict=True)]),
        register_kwh=np.array([np.nan, 12_345.6789, np.nan]),
        current=np.array([0.1, np.nan, 1 / 3]),
    )
    store.commit(Effects(rows, states=[state(hostel.meters[0], 0, float(ts[-1]))]))
    store.commit(Effects(marks=[ReplayMark(hostel.meters[0], 1, NIGHT)]))
    facts = replays.facts(replays.due(SOON, 10))

    assert facts.ts.tolist() == np.round(ts, 6).tolist()
    for name in ("kwh", "register_kwh", "voltage", "current", "power_factor", "received_at"):
        np.testing.assert_array_equal(getattr(facts, name), np.round(getattr(rows, name), 16), err_msg=name)
    np.testing.assert_array_equal(facts.interval_s, [3600, np.nan, 3600])
    assert facts.meter.tolist() == [0, 0, 0]


def test_a_replay_of_a_meter_that_moved_on_changes_nothing(
    engine: Engine, store: PostgresTelemetry, replays: PostgresReplays, hostel: Hostel
) -> None:
    meter = hostel.meters[0]
    judged(store, meter, [NIGHT], NIGHT)
    [task] = replays.due(SOON, 10)
    store.commit(Effects(readings([(meter, NIGHT + HOUR, 0.5)]), states=[state(meter, 2, NIGHT + HOUR)]))
    before = rows_of(engine, "SELECT * FROM meter_state"), rows_of(engine, "SELECT * FROM readings_hourly")
    with pytest.raises(ConflictError):
        replays.commit_replay(again(task, readings([(meter, NIGHT, 0.9)])))
    assert (rows_of(engine, "SELECT * FROM meter_state"), rows_of(engine, "SELECT * FROM readings_hourly")) == before
    assert len(replays.due(SOON, 10)) == 1


def test_what_is_worked_out_anew_takes_the_place_of_what_was_stored(
    engine: Engine, store: PostgresTelemetry, replays: PostgresReplays, hostel: Hostel
) -> None:
    meter, other = hostel.meters[:2]
    ends = [NIGHT + n * HOUR for n in (-30, -3, 1, 2)]
    judged(store, meter, ends, NIGHT + HOUR)
    store.commit(Effects(readings([(other, ts, 0.5) for ts in ends])))
    [task] = replays.due(SOON, 10)
    inside = [ts for ts in ends if ts - HOUR >= task.window_start]
    rows = readings([(meter, ts, 0.75) for ts in inside], expected=0.25, quality=Quality.ROLLOVER)
    replays.commit_replay(again(task, rows))

    sums = (
        "SELECT meter_id, sum(kwh) AS kwh, sum(expected_kwh) AS mid, sum(readings) AS n FROM {} GROUP BY 1 ORDER BY 1"
    )
    for table in ("readings_hourly", "readings_daily"):
        assert rows_of(engine, sums.format(table)) == [
            {"meter_id": meter, "kwh": Decimal("2.75"), "mid": Decimal("1.25"), "n": 4},
            {"meter_id": other, "kwh": Decimal("2.0"), "mid": Decimal("2.0"), "n": 4},
        ]
    stored = rows_of(
        engine, "SELECT kwh::float8, quality FROM readings WHERE meter_id = :meter ORDER BY ts", meter=meter
    )
    assert [(row["kwh"], row["quality"]) for row in stored] == [(0.5, "measured")] + [(0.75, "rollover")] * 3
    [kept] = rows_of(engine, "SELECT state, replay_from, replay_marked_at FROM meter_state")
    assert kept == {"state": b"anew", "replay_from": None, "replay_marked_at": None}


def test_anomalies_that_are_none_any_more_leave_their_incident_and_its_sums(
    engine: Engine, store: PostgresTelemetry, replays: PostgresReplays, hostel: Hostel
) -> None:
    meter = hostel.meters[0]
    times = [datetime.fromtimestamp(NIGHT + n * HOUR, UTC) for n in range(1, 5)]
    judged(store, meter, [when.timestamp() for when in times], NIGHT + HOUR)
    found = [anomaly(meter, when, times[0]) for when in times[:3]]
    store.commit(Effects(anomalies=found, closed_incidents=[(meter, times[3])]))
    created = rows_of(engine, "SELECT id, created_at FROM anomalies ORDER BY ts")
    [task] = replays.due(SOON, 10)
    rows = readings([(meter, when.timestamp(), 0.5) for when in times])
    kept = [found[0], replace(found[1], excess_kwh=1.0)]
    replays.commit_replay(again(task, rows, anomalies=kept, closed_incidents=[(meter, times[2])]))

    assert rows_of(engine, "SELECT id, created_at FROM anomalies ORDER BY ts") == created[:2]
    [incident] = rows_of(engine, "SELECT * FROM incidents")
    assert (incident["anomalies"], incident["excess_kwh"], incident["cost"]) == (2, Decimal("2.5"), Decimal("23.125"))
    assert (incident["last_at"], incident["closed_at"], incident["withdrawn_at"]) == (times[1], times[2], None)


def test_an_incident_left_without_anomalies_goes_or_is_withdrawn_with_its_alert_and_comes_back(
    engine: Engine, store: PostgresTelemetry, replays: PostgresReplays, hostel: Hostel
) -> None:
    meter = hostel.meters[0]
    times = [datetime.fromtimestamp(NIGHT + n * HOUR, UTC) for n in range(1, 5)]
    judged(store, meter, [when.timestamp() for when in times], NIGHT + HOUR)
    found = [anomaly(meter, times[0], times[0]), anomaly(meter, times[2], times[2])]
    store.commit(Effects(anomalies=found))
    with engine.begin() as connection:
        told = "INSERT INTO alerts (id, hostel_id, block, kind, severity, title, why, started_at, note) VALUES "
        told += "(gen_random_uuid(), :hostel, 'A', 'excess', 'medium', 't', 'w', :at, 'looked at') RETURNING id"
        alert = connection.execute(text(told), {"hostel": hostel.hostel_id, "at": times[0]}).scalar_one()
        connection.execute(
            text("UPDATE incidents SET alert_id = :alert WHERE started_at = :at"), {"alert": alert, "at": times[0]}
        )
    rows = readings([(meter, when.timestamp(), 0.5) for when in times])
    [task] = replays.due(SOON, 10)
    replays.commit_replay(again(task, rows))

    [incident] = rows_of(engine, "SELECT * FROM incidents")
    assert (incident["started_at"], incident["anomalies"], incident["cost"]) == (times[0], 0, 0)
    assert incident["withdrawn_at"] is not None
    withdrawn = {"state": "resolved", "resolution": "withdrawn", "note": "looked at"}
    assert rows_of(engine, "SELECT state, resolution, note FROM alerts") == [withdrawn]
    assert rows_of(engine, "SELECT open_incident_id FROM meter_state") == [{"open_incident_id": None}]

    version = rows_of(engine, "SELECT version FROM meter_state")[0]["version"]
    store.commit(Effects(marks=[ReplayMark(meter, version, NIGHT + HOUR)]))
    [task] = replays.due(SOON, 10)
    replays.commit_replay(again(task, rows, anomalies=found[:1]))
    [incident] = rows_of(engine, "SELECT * FROM incidents")
    assert (incident["anomalies"], incident["withdrawn_at"], incident["closed_at"]) == (1, None, None)
    back = {"state": "open", "resolution": None, "note": "looked at"}
    assert rows_of(engine, "SELECT state, resolution, note FROM alerts") == [back]
    assert rows_of(engine, "SELECT open_incident_id FROM meter_state") == [{"open_incident_id": incident["id"]}]


def test_a_meter_that_failed_is_left_out_until_its_pause_is_over_and_is_forgotten_when_it_is_done(
    engine: Engine, store: PostgresTelemetry, replays: PostgresReplays, hostel: Hostel
) -> None:
    for meter in hostel.meters[:2]:
        judged(store, meter, [NIGHT], NIGHT)
    failing, other = hostel.meters[0], hostel.meters[1]
    replays.note_failure(failing, "ValueError: \x00 it was odd", SOON)
    assert [task.context.meter_id for task in replays.due(SOON, 10)] == [other]
    replays.note_failure(failing, "ValueError: odd again", SOON + timedelta(minutes=1))
    [kept] = rows_of(engine, "SELECT * FROM replay_failures")
    assert (kept["attempts"], kept["error"]) == (2, "ValueError: odd again")
    assert (kept["first_at"], kept["last_at"]) == (SOON, SOON + timedelta(minutes=1))
    assert kept["next_at"] == SOON + timedelta(minutes=3)
    waiting = replays.waiting(SOON)
    assert (waiting.marked, waiting.failing) == (2, 1)
    assert 3000 < waiting.oldest_s < 3700
    task, _ = replays.due(SOON + timedelta(minutes=3), 10)
    replays.commit_replay(again(task, readings([(failing, NIGHT, 0.5)])))
    assert rows_of(engine, "SELECT * FROM replay_failures") == []
    assert replays.waiting(SOON).marked == 1
