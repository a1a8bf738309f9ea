"""Rows 26 and 44: what fails for its own sake, be it every meter of a bad release or one among ten thousand."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import TYPE_CHECKING

from local import aws
from local.processes import lambda_workers
from verify.trust.alarms import Alarms
from verify.trust.fleet import Hostel, found
from verify.trust.report import Findings, Form, Row
from verify.trust.rows.flow import HOSTEL_METERS, Steady, compared, note_answers, note_identity
from verify.trust.system import System

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

CONSUMER = "score_readings"
CALM_SECONDS = 15.0
ALARM_SECONDS = 300.0
SET_ASIDE_AT_MOST = 5
"""Meters that one process of the consumer may set aside before the stream waits."""
METERS = 10_000
WEEK_HOURS = 168
DONE_SECONDS = 180.0
NAMED_SECONDS = 120.0
NOTICES = 1.5
"""Times as long as before may a live reading take to its verdict beside all the replays."""
LIVE_SECONDS = 2.0


@contextmanager
def _failing(system: System, table: str, moment: str, when: str) -> Iterator[None]:
    """As long as this lasts, such a write of the table fails: by an error that is no outage, as a bug's would be."""
    with system.changing() as run:
        run(
            "CREATE OR REPLACE FUNCTION trust_fails() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'a release that is wrong'; END $$"
        )
        run(f"CREATE TRIGGER trust_fails BEFORE {moment} ON {table} FOR EACH ROW {when} EXECUTE FUNCTION trust_fails()")
    try:
        yield
    finally:
        with system.changing() as run:
            run(f"DROP TRIGGER trust_fails ON {table}")


def bad_release(system: System, form: Form, findings: Findings) -> None:
    seconds = {Form.SHORT: 30.0, Form.DEFAULT: 120.0, Form.FULL: 900.0}[form]
    fleet = Steady.of(system, steady_rate(form))
    sending = fleet.sending(system, CALM_SECONDS + seconds + CALM_SECONDS)
    sending.start()
    time.sleep(CALM_SECONDS)
    before = system.look(lambda database: database.last_quarantined())
    with _failing(system, "readings", "INSERT", ""):
        began = time.time()
        stored = system.look(lambda database: database.number("SELECT count(*) FROM readings"))
        time.sleep(seconds)
        waiting = system.backlog_s()
        stored_meanwhile = system.look(lambda database: database.number("SELECT count(*) FROM readings")) - stored
    sending.join()
    findings.figures["settled_after_s"] = system.settle()
    told = _times(system, CONSUMER, "StreamWaits", began)
    processes = len(lambda_workers(system.cloud.aws_endpoint_url, CONSUMER))
    kept = system.look(lambda database: database.quarantined_since(before))
    meters = {item["payload"]["meter"] for item in kept}
    findings.figures |= {
        "bad_for_s": seconds,
        "oldest_waiting_record_s": waiting,
        "stored_meanwhile": stored_meanwhile,
        "alarm_metric_after_s": round(min(told) - began, 1) if told else None,
        "readings_set_aside": len(kept),
        "meters_set_aside": len(meters),
        "processes": processes,
    }
    if kept:
        system.admin().call("POST", "/quarantine/redrive", {"reason": "processing_failed"})
        system.settle()
    note_answers(findings, sending.heard())
    note_identity(findings, compared(system, sending.accepted(), fleet.ids))
    findings.claims["the stream waited"] = waiting > seconds / 2 and stored_meanwhile == 0
    findings.claims[f"the alarm's metric came within {ALARM_SECONDS / 60:.0f} minutes"] = (
        bool(told) and min(told) - began < ALARM_SECONDS
    )
    findings.claims[f"no process set more than {SET_ASIDE_AT_MOST} meters aside"] = (
        len(meters) <= SET_ASIDE_AT_MOST * processes
    )


def one_in_ten_thousand(system: System, form: Form, findings: Findings) -> None:
    hostels = 1 if form is Form.SHORT else METERS // HOSTEL_METERS
    probes = Alarms.of(system, "beside", 40, together=True)
    system.say(f"{hostels * HOSTEL_METERS:,} meters with a week of hourly readings each")
    places = [found(system, f"marked{n:02d}", HOSTEL_METERS) for n in range(hostels)]
    poison = _fill(system, places)
    probe = iter(range(40))
    calm = [_verdict_after(probes, next(probe)) for _ in range(8)]
    with _failing(system, "meter_state", "UPDATE", f"WHEN (NEW.meter_id = {poison} AND NEW.replay_from IS NULL)"):
        _mark(system)
        began = time.monotonic()
        named: float | None = None
        beside: list[float] = []
        while (left := system.look(lambda database: database.replays().marked)) > 1:
            named = named or _named(system, poison, began)
            if len(beside) < 25:  # noqa: PLR2004 - so many rooms are left to probe with
                beside.append(_verdict_after(probes, next(probe)))
            if time.monotonic() - began > 3 * DONE_SECONDS:
                break
            time.sleep(1.0)
        done = time.monotonic() - began
        while not named and time.monotonic() - began < 3 * NAMED_SECONDS:
            named = _named(system, poison, began)
            time.sleep(1.0)
    findings.figures |= {
        "meters": hostels * HOSTEL_METERS,
        "readings": hostels * HOSTEL_METERS * WEEK_HOURS,
        "others_done_after_s": done,
        "left_then": left,
        "named_after_s": named,
        "verdict_before_s": round(median(calm), 2),
        "verdict_beside_s": round(median(beside), 2) if beside else None,
        "slowest_verdict_beside_s": round(max(beside), 2) if beside else None,
    }
    with system.changing() as run:  # its pause has grown, and the fault is mended
        run("DELETE FROM replay_failures")
    findings.figures["healed_after_s"] = system.settle()
    findings.claims[f"all others were worked out in less than {DONE_SECONDS / 60:.0f} minutes"] = (
        left == 1 and done < DONE_SECONDS
    )
    findings.claims[f"the one that fails is named in data health within {NAMED_SECONDS / 60:.0f} minutes"] = (
        named is not None and named < NAMED_SECONDS
    )
    findings.claims["a live reading is judged as soon as before, or within two seconds"] = bool(beside) and (
        median(beside) < max(NOTICES * median(calm), LIVE_SECONDS)
    )


def _verdict_after(probes: Alarms, number: int) -> float:
    """Seconds from a heater's reading to its anomaly."""
    begun = time.monotonic()
    room = probes.heat(number)
    probes.system.wait(f"a verdict on {room}", lambda: probes.verdict(room), 60.0, every=0.05)
    return time.monotonic() - begun


def _named(system: System, meter_id: int, began: float) -> float | None:
    """Seconds since then, when data health names the meter."""
    faults = system.admin().get("/data-health")["faults"]
    found = any(fault["kind"] == "replay_failing" and fault["meter_id"] == meter_id for fault in faults)
    return time.monotonic() - began if found else None


def _fill(system: System, places: list[Hostel]) -> int:
    """A week of readings of each meter, judged once; returns the id of one in the middle."""
    ids = sorted(meter for place in places for meter in place.meters.values())
    end = int(time.time()) // 3600 * 3600 - 7200
    span = {"low": ids[0], "high": ids[-1], "first": end - (WEEK_HOURS - 1) * 3600, "last": end}
    with system.changing() as run:
        run("SELECT ensure_reading_partitions(to_timestamp(:first), to_timestamp(:last))", **_only(span, "first last"))
        run(
            "INSERT INTO readings (meter_id, ts, interval_s, kwh, voltage, quality, received_at)"
            " SELECT m.id, to_timestamp(t), 3600, round((0.1 + 0.2 * random())::numeric, 4), 230, 'measured',"
            " to_timestamp(t + 5) FROM meters m"
            " CROSS JOIN generate_series(CAST(:first AS bigint), CAST(:last AS bigint), 3600) t"
            " WHERE m.id BETWEEN :low AND :high",
            **span,
        )
        run(
            "INSERT INTO meter_state (meter_id, version, last_ts, last_received_at) SELECT id, 1, to_timestamp(:last),"
            " to_timestamp(:last) FROM meters WHERE id BETWEEN :low AND :high",
            **_only(span, "low high last"),
        )
        run("ANALYZE readings")
    return ids[len(ids) // 2]


def _only(values: dict[str, int], names: str) -> dict[str, int]:
    return {name: values[name] for name in names.split()}


def _mark(system: System) -> None:
    """All meters that have no state worked out yet, as if each had been sent a correction a week old."""
    with system.changing() as run:
        run(
            "UPDATE meter_state SET version = version + 1, replay_from = last_ts - interval '7 days',"
            " replay_first_marked_at = now(), replay_marked_at = now() - interval '10 seconds' WHERE state IS NULL"
        )


def _times(system: System, function: str, metric: str, since: float) -> list[float]:
    """When a function's metric was above zero, epoch seconds, by its log: what CloudWatch makes its alarms of."""
    logs: CloudWatchLogsClient = aws.client("logs", system.cloud.aws_endpoint_url)
    named = function.replace("_", "")
    groups = [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]]
    [group] = [name for name in groups if named in name]
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group, startTime=int(since * 1000))
    return [
        event["timestamp"] / 1000 for page in pages for event in page["events"] if _above_zero(event["message"], metric)
    ]


def _above_zero(line: str, metric: str) -> bool:
    return f'"{metric}":' in line and f'"{metric}":[0' not in line.replace(" ", "")


def steady_rate(form: Form) -> float:
    return 50.0 if form is Form.SHORT else 200.0


ROWS = (
    Row(
        26,
        "a release that fails on every record (default: for 2 min)",
        "the stream waits, alarm within 5 min, at most 5 meters a process set aside, nothing lost after going back",
        """A trigger makes every insert of a reading fail, as a wrong release would: no outage, but an error for its own
        sake. One-minute meters go on sending through the door. Meanwhile the age of the oldest record that the
        consumer has not dealt with is asked of the streams, and the readings stored are counted. The moment of the
        first `StreamWaits` is read from the function's log, where CloudWatch takes it from for the alarm. Then the
        trigger goes, what was set aside is redriven, and identity is counted as in row 1.""",
        "`tests/unit/usecases/test_consume.py`",
        bad_release,
    ),
    Row(
        44,
        "10,000 marked meters with a week of hourly readings each, one of them poison (short: 1,000)",
        "the others done within 3 min, it named within 2, live scoring does not notice",
        """The week is written by SQL, then all are marked at once; a trigger makes the commit of one meter's replay
        fail. The marks left are counted until only that one is left; `GET /v1/data-health` is asked for it every
        second. Meanwhile heaters' readings are sent through the door, one room after the other, and timed until
        their anomalies are in the database, as before the marking. Afterwards the trigger goes and the meter is
        worked out, too.""",
        "`tests/unit/usecases/test_replay.py`, `tests/integration/test_replays.py`",
        one_in_ten_thousand,
    ),
)
