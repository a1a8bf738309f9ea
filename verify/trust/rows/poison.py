"""Row 6: a stream with poison in it."""

import os
import time
import zlib
from collections import Counter
from itertools import batched
from zlib import crc32

import numpy as np

from local.ledger import Facts, Ints, compare
from verify.trust.fleet import Hostel, Table, enter, found, habits, put, row, straight
from verify.trust.report import Findings, Form, Row
from verify.trust.rows.flow import note_answers
from verify.trust.rows.sameness import HOUR, send
from verify.trust.system import System

METERS = 100
GOOD = 9_900
PER_KIND = 25
BEYOND_BELIEF_UNITS = 5_000_000
"""500 kWh in an hour."""
PROBE_EVERY = 10
WITHIN_SECONDS = 10.0


def poisoned(system: System, form: Form, findings: Findings) -> None:
    good, per_kind = (900, 3) if form is Form.SHORT else (GOOD, PER_KIND)
    hostel = found(system, "poisoned", METERS)
    probes = found(system, "probe", 8)
    serials = list(hostel.meters)
    end = int(time.time()) // HOUR * HOUR - 2 * HOUR
    hours = good // METERS
    seconds = np.arange(end - (hours - 1) * HOUR, end + 1, HOUR, dtype=np.int64)
    table = habits(np.random.default_rng(7), serials, seconds, HOUR)
    before = system.look(lambda database: database.last_quarantined())
    strangers = [f"gone-{number:03d}" for number in range(per_kind)]
    waits: list[float] = []
    parts: list[tuple[Ints, Ints, Ints]] = []
    answers = []
    posts = list(table.posts(hostel, size=METERS))
    shares = list(batched(posts, max(1, len(posts) // per_kind), strict=False))
    for number in range(max(per_kind, len(shares))):
        sending = send(system, list(shares[number]) if number < len(shares) else [])
        parts += sending.parts()
        answers.append(sending.heard())
        if number < per_kind:
            _poison(system, hostel, table, strangers, number, end)
        if number % PROBE_EVERY == PROBE_EVERY - 1 or number == per_kind - 1:
            waits += [_probe(system, probes, number, live=live) for live in (True, False)]
    system.settle()
    accepted = Facts.union(parts)
    comparison = system.look(
        lambda database: compare(
            accepted, database.stored([hostel.hostel_id]), database.counted_twice([hostel.hostel_id])
        )
    )
    kept = system.look(lambda database: database.quarantined_since(before))
    reasons = Counter(item["reason"] for item in kept)
    findings.figures |= {
        "good": len(accepted),
        "stored": comparison.stored,
        "lost": comparison.lost,
        "quarantined": dict(reasons),
        "longest_wait_of_a_good_record_s": max(waits),
    }
    note_answers(findings, answers[0])
    findings.claims[f"exactly the {good:,} good readings are stored"] = (
        comparison.is_exact and comparison.stored == good == len(accepted)
    )
    findings.claims[f"all {4 * per_kind} poisoned ones are quarantined, each with its reason"] = reasons == {
        "undecodable_record": 2 * per_kind,
        "unknown_meter": per_kind,
        "implausible_energy": per_kind,
    } and all(item["detail"] for item in kept)
    findings.claims[f"a good record behind poison is stored within {WITHIN_SECONDS:.0f} s, on both lanes"] = (
        max(waits) < WITHIN_SECONDS
    )
    _redrive(system, hostel, findings, strangers, good, before)


def _poison(system: System, hostel: Hostel, table: Table, strangers: list[str], number: int, end: int) -> None:
    """One of each kind: bytes, columns of unlike lengths, a meter nobody knows, energy that cannot be."""
    live = bool(number % 2)
    put(system, hostel, os.urandom(200), live=live)
    batch = b'{"v":1,"kind":"readings","hostel_id":%d,"source":"gateway:trust","received_at":%d,"meter":["%s"],'
    batch += b'"ts":[%d,%d],"interval_s":[null],"kwh":[1.0],"register_kwh":[null],"voltage":[null],'
    batch += b'"current":[null],"power_factor":[null]}'
    first = table.serials[0].encode()
    put(system, hostel, zlib.compress(batch % (hostel.hostel_id, time.time(), first, end, number)), live=live)
    straight(system, hostel, row(strangers, number, end, 4_000), [time.time()], live=live)
    beyond = row(table.serials, number % METERS, end + HOUR + 60 * number, BEYOND_BELIEF_UNITS)
    straight(system, hostel, beyond, [time.time()], live=live)


def _probe(system: System, probes: Hostel, number: int, *, live: bool) -> float:
    """Seconds until a good reading put behind the poison, on the same shard, is stored."""
    serials = list(probes.meters)
    meter = next((n for n, serial in enumerate(serials) if crc32(serial.encode()) % 4 == 0), 0)
    now = int(time.time())
    second = (now if live else now - 3 * HOUR) - number
    reading = row(serials, meter, second, 10)
    send(system, list(reading.posts(probes)))
    sql = "SELECT count(*) FROM readings WHERE meter_id = :meter AND ts = to_timestamp(:second)"
    return system.wait(
        "a good record behind poison",
        lambda: system.look(lambda database: database.number(sql, meter=probes.meters[serials[meter]], second=second)),
        60.0,
        every=0.1,
    )


def _redrive(system: System, hostel: Hostel, findings: Findings, strangers: list[str], good: int, before: int) -> None:
    """The unknown meters are registered, what a meter can pass is raised; then both reasons are sent again."""
    admin = system.admin()
    rooms = hostel.setup["rooms"]
    for room in rooms:
        room["meters"][0]["max_kw"] = 1_000
    new = [
        {"name": serial, "block": "B99", "floor": 0, "beds": 4, "meters": [{"serial": serial}]} for serial in strangers
    ]
    enter(system, hostel.code, hostel.setup | {"rooms": [*rooms, *new]})
    answers = {
        reason: admin.call("POST", "/quarantine/redrive", {"reason": reason})
        for reason in ("unknown_meter", "implausible_energy", "undecodable_record")
    }
    system.settle()
    stored = int(system.look(lambda database: len(database.stored([hostel.hostel_id]))))
    waiting = system.look(
        lambda database: database.number(
            "SELECT count(*) FROM quarantine WHERE id > :id AND reason = 'undecodable_record' AND redriven_at IS NULL",
            id=before,
        )
    )
    findings.figures |= {"stored_after_redrive": stored, "redrive_answers": {k: str(v) for k, v in answers.items()}}
    findings.claims["redriven once their cause is gone, the other two kinds are stored as well"] = (
        stored == good + 2 * len(strangers)
    )
    findings.claims["what can never be read is in quarantine again"] = waiting >= 2 * len(strangers)


ROWS = (
    Row(
        6,
        "1 % poison in 10,000",
        "9,900 stored, 100 quarantined with reason, shard never blocked, redrive works",
        """9,900 good readings through the door; among them, put straight onto both streams where the hostel's
        records go, 25 records of random bytes, 25 whose columns differ in length, 25 readings of meters that do
        not exist and 25 of 500 kWh in an hour. Stored readings are compared with the accepted ones as sets,
        quarantined ones counted by reason among those newer than the run. After every tenth round a good
        reading follows on the same shard of each lane, and the time until it is stored is taken. Then the
        unknown meters are registered, the others' limits raised, and `POST /v1/quarantine/redrive` is called for
        each reason at once.""",
        "`tests/functional/handlers/test_scoring.py`, `tests/unit/usecases/test_redrive.py`",
        poisoned,
    ),
)
