"""Row 25: no incident that is in the database is left without its alert."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

from local import aws
from local.database import Database
from verify.trust.alarms import Alarms
from verify.trust.report import Findings, Form, Row
from verify.trust.system import System

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

ROOMS = 10
LOST = 3
LOOK_SECONDS = 0.01
RAISED_WITHIN_SECONDS = 240.0
"""The longest pause between two tries is a minute; lost ones are raised two to three minutes after they opened."""
QUIET_SECONDS = 75.0
"""Longer than the minute after which incidents without an alert are looked for: a second message would come by now."""

_COPIED = """kind, severity, tier, started_at, last_at, closed_at, peak_kw, expected_kw, excess_kwh, cost, currency,
    confidence, reasons, anomalies"""


def database_down_after_commit(system: System, form: Form, findings: Findings) -> None:
    outage = {Form.SHORT: 20.0, Form.DEFAULT: 180.0, Form.FULL: 900.0}[form]
    alarms, lost = Alarms.of(system, "fanout", ROOMS), Alarms.of(system, "lost", LOST)
    failed_before = _executions(system, "FAILED")
    system.say(f"{ROOMS} heaters; the database stops with the last one's incident, for {outage:.0f} s")
    with ThreadPoolExecutor(ROOMS) as heaters:
        heating = [heaters.submit(alarms.heat, room) for room in range(ROOMS)]
        with Database(system.cloud) as database:
            committed = partial(_incidents, database, alarms.hostel_ids)
            system.wait("every room's incident", lambda: committed() >= ROOMS, 60.0, every=LOOK_SECONDS)
        system.stop_database()
        stopped = time.monotonic()
        time.sleep(outage)
        running = _executions(system, "RUNNING")
        system.start_database()
        begun = time.monotonic()
        without = system.look(lambda found: _incidents(found, alarms.hostel_ids, "AND alert_id IS NULL"))
        for heater in heating:
            heater.result()
    findings.figures |= {
        "outage_s": begun - stopped,
        "executions_trying_when_it_came_back": running,
        "incidents_without_an_alert_when_it_came_back": without,
    }
    _wait_for_messages(alarms)
    findings.figures["all_told_after_s"] = time.monotonic() - begun
    findings.claims["incidents were committed and had no alert while the database was away"] = without > 0
    findings.claims["no execution of the fan-out gave up"] = _executions(system, "FAILED") == failed_before
    planted = system.look(lambda found: _plant(found, alarms, lost))
    system.say(f"{planted} incidents whose event was taken and whose fan-out is over, without an alert")
    begun = time.monotonic()
    _wait_for_messages(lost)
    findings.figures |= {"planted": planted, "planted_told_after_s": time.monotonic() - begun}
    time.sleep(QUIET_SECONDS)
    _note_once(findings, alarms, "")
    _note_once(findings, lost, "planted: ")
    findings.claims["no incident is left without an alert"] = (
        system.look(lambda found: _incidents(found, [*alarms.hostel_ids, *lost.hostel_ids], "AND alert_id IS NULL"))
        == 0
    )


def _incidents(database: Database, hostel_ids: list[int], further: str = "") -> int:
    ids = ", ".join(map(str, hostel_ids))
    return int(database.number(f"SELECT count(*) FROM incidents WHERE hostel_id IN ({ids}) {further}"))  # noqa: S608 integers


def _executions(system: System, status: str) -> int:
    machines: SFNClient = aws.client("stepfunctions", system.cloud.aws_endpoint_url)
    listed = machines.list_executions(
        stateMachineArn=system.cloud.outputs["FanoutArn"],
        statusFilter=status,  # type: ignore[arg-type] # one of its names
    )
    return len(listed["executions"])


def _plant(database: Database, like: Alarms, lost: Alarms) -> int:
    """An incident in each room of `lost`, as an execution that failed for good leaves it; its event was published."""
    meters = ", ".join(str(hostel.meters[room]) for room, hostel in lost.rooms.items())
    database.rows(
        f"WITH pattern AS (SELECT * FROM incidents WHERE hostel_id = {like.hostel_ids[0]} LIMIT 1),"  # noqa: S608 integers
        f" planted AS (INSERT INTO incidents (id, hostel_id, room_id, meter_id, {_COPIED})"
        f" SELECT gen_random_uuid(), m.hostel_id, m.room_id, m.id, {_COPIED} FROM pattern, meters m"
        f" WHERE m.id IN ({meters}) RETURNING id, hostel_id)"
        " INSERT INTO outbox (id, topic, payload, published_at) SELECT event, 'IncidentsOpened', jsonb_build_object("
        "'v', 1, 'outbox_id', event, 'hostel_id', hostel_id, 'incident_ids', ids, 'detected_at', now()), now()"
        " FROM (SELECT gen_random_uuid() AS event, hostel_id, jsonb_agg(id) AS ids FROM planted GROUP BY hostel_id) e"
    )
    return _incidents(database, lost.hostel_ids, "AND alert_id IS NULL")


def _wait_for_messages(alarms: Alarms) -> None:
    rooms = set(alarms.rooms)
    alarms.system.wait(
        "every room's message", lambda: rooms <= set(alarms.messages()), RAISED_WITHIN_SECONDS, every=1.0
    )


def _note_once(findings: Findings, alarms: Alarms, which: str) -> None:
    once = dict.fromkeys(alarms.rooms, 1)
    alerts, messages = Counter(alert["room"] for alert in alarms.alerts()), Counter(alarms.messages())
    findings.figures |= {f"{which}alerts": sum(alerts.values()), f"{which}messages": sum(messages.values())}
    findings.claims[f"{which}each faulty room has exactly one alert"] = alerts == once
    findings.claims[f"{which}... and its warden exactly one message"] = messages == once


ROWS = (
    Row(
        25,
        "database away 15 min right after a commit that opened incidents (default: 3 min)",
        "every alert raised, once",
        """Heaters in ten rooms; PostgreSQL is stopped, connections cut, within some ten milliseconds of the last
        incident's commit, which is looked for a hundred times a second; started again after the outage. Incidents
        without an alert are counted in the database as it comes back, alerts by room from the API, messages by room
        from the outbox of what would have left, after more than the minute in which incidents without an alert are
        looked for. Then three incidents are written into the database as an execution that failed for good leaves
        them: their event published, no alert.""",
        "`tests/integration/test_reraise.py`, `tests/functional/handlers/test_dispatching.py`,"
        " `tests/infrastructure/test_workflows.py`",
        database_down_after_commit,
    ),
)
