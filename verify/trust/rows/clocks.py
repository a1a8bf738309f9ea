"""Row 12: gateways whose clocks are wrong."""

import time
from http import HTTPStatus

import numpy as np

from local.demo.gateway import stamped
from local.demo.http import Connection
from verify.trust.fleet import Hostel, Table, found, row, straight
from verify.trust.report import Findings, Form, Row
from verify.trust.rows.sameness import DAY
from verify.trust.system import System

YEAR_1970, YEAR_2099 = 86_400, 4_070_908_800
READINGS = 5
MINUTE = 60


def wrong_clocks(system: System, _: Form, findings: Findings) -> None:
    hostel = found(system, "clocks", 7)
    serials = list(hostel.meters)
    before = system.look(lambda database: database.last_quarantined())
    now = int(time.time()) // MINUTE * MINUTE
    wrong: dict[str, tuple[int, float]] = {  # what the meter's readings say, and the gateway's own clock
        "10 min ahead": (now + 10 * MINUTE, time.time()),
        "10 min ahead, as the gateway's clock": (now + 10 * MINUTE, time.time() + 10 * MINUTE),
        "24 h behind, as the gateway's clock": (now - DAY, time.time() - DAY),
        "1970": (YEAR_1970, time.time()),
        "2099": (YEAR_2099, time.time()),
    }
    told: dict[str, dict[str, int]] = {}
    for meter, (name, (second, clock)) in enumerate(wrong.items()):
        told[name] = _push(system, hostel, meter, second, clock)
    for meter, second in ((5, YEAR_1970), (6, YEAR_2099)):  # past the door
        straight(system, hostel, row(serials, meter, second, 4_000), [time.time()])
    system.settle()
    kept = system.look(lambda database: database.quarantined_since(before))
    counted = {serial: sum(item["payload"].get("meter") == serial for item in kept) for serial in serials}
    faults = system.admin().get(f"/data-health?hostel_id={hostel.hostel_id}")["faults"]
    shown = sorted(fault["meter"] for fault in faults if fault["kind"] == "clock_wrong")
    stored, energy = system.look(
        lambda database: (len(database.stored([hostel.hostel_id])), database.kwh(hostel.hostel_id))
    )
    findings.figures |= {
        "told_by_the_door": {name: str(answer) for name, answer in told.items()},
        "quarantined": {item["reason"]: sum(i["reason"] == item["reason"] for i in kept) for item in kept},
        "stored": stored,
        "shown_in_data_health": ", ".join(shown),
    }
    findings.claims["the door refuses every one of them and says why"] = all(
        set(answer) <= {"future_timestamp", "clock_wrong", "too_old", "invalid"} and sum(answer.values()) == READINGS
        for answer in told.values()
    )
    findings.claims["each is quarantined with its reason"] = all(counted[serial] == READINGS for serial in serials[:5])
    beyond = system.look(
        lambda database: database.number(
            "SELECT count(*) FROM readings WHERE meter_id IN (:one, :other)",
            one=hostel.meters[serials[5]],
            other=hostel.meters[serials[6]],
        )
    )
    findings.claims["none that came through the door is stored or counts as energy"] = stored == beyond and (
        bool(beyond) or not energy
    )
    findings.claims["nor those put past the door"] = not beyond
    findings.claims["`GET /v1/data-health` names each of the meters"] = set(serials[:5]) <= set(shown)


def _push(system: System, hostel: Hostel, meter: int, second: int, clock: float) -> dict[str, int]:
    """Five readings, a minute apart, sent at `clock` by the gateway's own; refusals by reason."""
    serials = list(hostel.meters)
    rows = np.arange(READINGS, dtype=np.int64)
    table = Table(serials, rows * 0 + meter, second - rows * MINUTE, rows * 0 + 100, rows < 0)
    [post] = table.posts(hostel)
    connection = Connection(system.cloud.url)
    answer = connection.once("POST", "/v1/readings", stamped(post.body, clock), {"x-api-key": hostel.key})
    connection.close()
    if answer.status != HTTPStatus.UNPROCESSABLE_ENTITY:
        return {f"HTTP {answer.status}": 0}
    reasons = [refusal["reason"] for refusal in answer.json().get("refused", [])]
    return {reason: reasons.count(reason) for reason in reasons}


ROWS = (
    Row(
        12,
        "clocks +10 min, -24 h, 1970, 2099",
        "quarantined or corrected, never stored as energy",
        """Five meters send five readings each with a wrong clock: ten minutes ahead (only the timestamps, then the
        gateway's own `sent_at` as well), a day behind by `sent_at`, 1970, 2099. Two more readings, of 1970 and
        2099, are put straight onto the stream. What the door said is counted by reason; quarantine by meter and
        reason among rows newer than the run; the database is asked for any stored reading or energy of the
        hostel; and `GET /v1/data-health` for the meters.""",
        "`tests/unit/usecases/test_ingest.py`, `tests/unit/usecases/test_score.py`",
        wrong_clocks,
    ),
)
