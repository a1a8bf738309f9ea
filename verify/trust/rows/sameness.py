"""Rows 3, 4 and 5: whatever the order, the repetition and the delay, the same facts make the same database."""

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from local.database import Database
from local.demo.setup import iso
from local.digests import OF_METERS, digest
from local.ledger import UNIT_KWH, Facts
from verify.sender import Post, Sending
from verify.trust.fleet import Hostel, Table, counts, found, habits, row, straight
from verify.trust.report import Findings, Form, Row
from verify.trust.rows.flow import compared, note_answers, note_identity
from verify.trust.system import System

HOUR = 3_600
DAY = 24 * HOUR
PATIENCE_SECONDS = 3_600.0
HEATER_UNITS = 30_000
"""3 kWh."""
FAULTY_SHARE = 0.05
PRICE_PER_KWH = 0.30
ARRIVAL = {
    "received_at": "the two hostels are told at different times",
    "meter_state.last_received_at": "likewise",
    "created_at": "when it was found",
    "meter_state.version": "how often it was written",
    "meter_state.replay_from": "a mark, gone when the replay is done",
    "meter_state.replay_first_marked_at": "likewise",
    "meter_state.replay_marked_at": "likewise",
    "anomalies.model_version": "whichever served at the time",
}
"""Columns that say when or how often something arrived, not what it said."""


def history(rng: np.random.Generator, serials: list[str], hours: int, end: int, registers: int = 0) -> Table:
    """Hourly readings up to `end`; a heater runs for a while in a few rooms. The first so many meters are registers."""
    seconds = np.arange(end - (hours - 1) * HOUR, end + 1, HOUR, dtype=np.int64)
    table = habits(rng, serials, seconds, HOUR)
    units = table.units.reshape(hours, len(serials))
    for meter in rng.choice(len(serials), max(1, round(FAULTY_SHARE * len(serials))), replace=False):
        begin = int(rng.integers(hours * 3 // 4, hours - 5))
        units[begin : begin + 5, meter] += HEATER_UNITS
    units[:, :registers] = 1_000_000 + np.cumsum(units[:, :registers], axis=0)
    return Table(serials, table.meter, table.second, units.reshape(-1), table.meter < registers)


def send(system: System, *lists: Sequence[Post]) -> Sending:
    """Send each list over a connection of its own, as fast as the door takes it."""
    sending = Sending(system.cloud.url, lists)
    sending.start()
    sending.join()
    return sending


def note_sameness(system: System, findings: Findings, one: Hostel, other: Hostel) -> None:
    """Claims that two hostels are equal in every table, and figures of what they hold."""
    with Database(system.cloud) as database:
        for table in OF_METERS:
            ours, theirs = (digest(database.rows, table, ARRIVAL, hostel.hostel_id) for hostel in (one, other))
            findings.figures[table] = ours.rows
            findings.claims[f"`{table}` is identical"] = ours == theirs
        kwh = [database.kwh(hostel.hostel_id) for hostel in (one, other)]
    findings.claims["there were anomalies and incidents to agree on"] = (
        findings.figures["anomalies"] > 0 and findings.figures["incidents"] > 0
    )
    findings.figures["kwh"] = str(kwh[0])
    findings.claims["the sum of energy is identical to the last digit"] = kwh[0] is not None and kwh[0] == kwh[1]


def replayed(system: System, form: Form, findings: Findings) -> None:
    meters, hours = (30, 720) if form is Form.SHORT else (1_400, 720)
    clean, storm = found(system, "replayed", meters), found(system, "replayed", meters)
    end = int(time.time()) // HOUR * HOUR - 2 * HOUR
    table = history(np.random.default_rng(3), list(clean.meters), hours, end)
    system.say(f"{len(table):,} readings in order")
    begun = time.monotonic()
    send(system, list(table.posts(clean)))
    system.settle(PATIENCE_SECONDS)
    findings.figures["one_clean_pass_s"] = time.monotonic() - begun
    system.say("the same three times, shuffled, at once")
    begun = time.monotonic()
    shuffled = (table.take(np.random.default_rng(seed).permutation(len(table))) for seed in range(3))
    sending = send(system, *(list(copy.posts(storm)) for copy in shuffled))
    findings.figures["three_shuffled_passes_sent_s"] = time.monotonic() - begun
    findings.figures["settled_after_s"] = system.settle(PATIENCE_SECONDS)
    findings.figures["readings_sent"] = sending.taken()
    note_answers(findings, sending.heard())
    note_identity(findings, compared(system, sending.accepted(), [storm.hostel_id]))
    findings.claims["every reading was taken three times"] = sending.taken() == 3 * len(table)
    note_sameness(system, findings, clean, storm)


def late(system: System, form: Form, findings: Findings) -> None:
    meters, days = (20, 32) if form is Form.SHORT else (200, 40)

    def kind(number: int) -> dict[str, Any]:
        return {"measures": "register"} if number < meters // 2 else {}

    prompt, tardy = found(system, "late", meters, meter=kind), found(system, "late", meters, meter=kind)
    end = int(time.time()) // HOUR * HOUR - 2 * HOUR
    rng = np.random.default_rng(4)
    table = history(rng, list(prompt.meters), 24 * days, end, registers=meters // 2)
    lodgers = [
        (room, float(second), int(rng.integers(0, 5)))
        for second in range(end - (days - 1) * DAY, end, DAY // 2)
        for room in list(prompt.rooms)[::3]
    ]
    in_order = [counts(prompt, lodgers[n : n + 1_000]) for n in range(0, len(lodgers), 1_000)]
    send(system, [*in_order, *table.posts(prompt)])
    system.settle(PATIENCE_SECONDS)
    arrival = table.second + rng.integers(0, 30 * DAY, len(table))
    delayed = table.take(np.argsort(arrival, kind="stable"))
    rng.shuffle(lodgers)
    half = len(delayed) // 2
    first, rest = (delayed.take(np.arange(*part)) for part in ((0, half), (half, len(delayed))))
    system.say(f"{len(table):,} readings up to 30 days late, half of them of registers; head counts as well")
    sendings = [send(system, list(first.posts(tardy)))]
    system.drain()
    right_halfway = _latest_is_by_event_time(system, tardy, first)
    last_counts = [counts(tardy, lodgers[n : n + 1_000]) for n in range(0, len(lodgers), 1_000)]
    sendings.append(send(system, [*rest.posts(tardy), *last_counts]))
    findings.figures["settled_after_s"] = system.settle(PATIENCE_SECONDS)
    findings.figures |= {"readings_sent": len(table), "head_counts": len(lodgers)}
    findings.figures["late_readings"] = int((np.diff(_running_max(delayed)) == 0).sum())
    accepted = [part for sending in sendings for part in sending.parts()]
    note_identity(findings, compared(system, Facts.union(accepted), [tardy.hostel_id]))
    note_sameness(system, findings, prompt, tardy)
    findings.claims["halfway, `last_seen` is the youngest instant sent so far, for every room"] = right_halfway
    findings.claims["in the end the API says the same of every room's present as for the run in order"] = _rooms(
        system, prompt
    ) == _rooms(system, tardy)


def _running_max(table: Table) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Grows with each reading that is younger than all before it of its meter."""
    youngest = np.zeros(len(table.serials), dtype=np.int64)
    fresh = np.zeros(len(table), dtype=np.int64)
    for number, (meter, second) in enumerate(zip(table.meter, table.second, strict=True)):
        if second > youngest[meter]:
            youngest[meter] = second
            fresh[number] = 1
    return np.cumsum(fresh)


def _latest_is_by_event_time(system: System, hostel: Hostel, sent: Table) -> bool:
    said = {
        room["name"]: room["last_seen"] for room in system.admin().get(f"/hostels/{hostel.hostel_id}/rooms")["rooms"]
    }
    youngest = {
        sent.serials[meter]: iso(int(sent.second[sent.meter == meter].max())) for meter in np.unique(sent.meter)
    }
    return all(said[serial] is not None and said[serial][:19] == second[:19] for serial, second in youngest.items())


def _rooms(system: System, hostel: Hostel) -> list[dict[str, Any]]:
    """What the API says of each room, but for ids and what the present moment adds."""
    rooms = system.admin().get(f"/hostels/{hostel.hostel_id}/rooms")["rooms"]
    names = ("name", "last_seen", "power_kw", "expected_kw", "expected_low_kw", "expected_high_kw", "occupancy")
    return sorted(({name: room[name] for name in names} for room in rooms), key=lambda room: str(room["name"]))


def corrected(system: System, _: Form, findings: Findings) -> None:
    """Both orders straight onto the stream, since the door stamps what it takes with its own time; then the door."""
    one, other = found(system, "corrected", 4), found(system, "corrected", 4)
    now = int(time.time()) // HOUR * HOUR
    table = history(np.random.default_rng(5), list(one.meters), 16 * 24, now - HOUR)
    quiet = Table(table.serials, table.meter, table.second, np.minimum(table.units, 6_000), table.register)
    for hostel in (one, other):
        send(system, list(quiet.posts(hostel)))
    system.settle()
    received = float(now)
    values = {  # meter: (value, received at) in the order of one hostel; the other gets them the other way round
        0: [(31_000, received + 10), (22_000, received + 20)],
        1: [(22_000, received + 10), (31_000, received + 20)],
        2: [(10_000, received + 10), (20_000, received + 10)],
        3: [(31_000, received + 10), (22_000, received + 20), (31_000, received + 30)],
    }
    for hostel, way in ((one, 1), (other, -1)):
        for meter, pairs in values.items():
            units = np.array([value for value, _ in pairs[::way]], dtype=np.int64)
            rows = np.full(len(units), meter, dtype=np.int64)
            same = Table(
                table.serials, rows, np.full(len(units), now, dtype=np.int64), units, np.zeros_like(rows, bool)
            )
            straight(system, hostel, same, [at for _, at in pairs[::way]])
    system.settle()
    note_sameness(system, findings, one, other)
    counting, beside = (_values(system, one, now, source) for source in ("readings", "reading_versions"))
    findings.figures |= {"counting_kwh": counting, "kept_beside_kwh": beside}
    findings.claims["the value first received last counts, of two received at once the larger"] = counting == [
        [2.2],
        [3.1],
        [2.0],
        [2.2],
    ]
    findings.claims["the other value is kept beside it"] = beside == [[3.1], [2.2], [1.0], [3.1]]
    findings.claims["... in both orders"] = beside == _values(system, other, now, "reading_versions")
    _through_the_door(system, findings, now)


def _values(system: System, hostel: Hostel, second: int, table: str) -> list[list[float]]:
    """Energies of each meter at an instant, in a table of readings."""
    rows = system.look(
        lambda database: database.rows(
            f"SELECT m.serial, x.kwh::float8 FROM {table} x JOIN meters m ON m.id = x.meter_id"  # noqa: S608 fixed names
            " WHERE m.hostel_id = :id AND x.ts = to_timestamp(:second) ORDER BY 1, 2",
            id=hostel.hostel_id,
            second=second,
        )
    )
    return [[kwh for serial, kwh in rows if serial == wanted] for wanted in hostel.meters]


def _through_the_door(system: System, findings: Findings, now: int) -> None:
    """A heater's hour is corrected downwards, then to nothing unusual: what the API says of it follows."""
    hostel = found(system, "recosted", 1)
    quiet = habits(
        np.random.default_rng(6), list(hostel.meters), np.arange(now - 16 * DAY, now, HOUR, dtype=np.int64), HOUR
    )
    send(system, list(quiet.posts(hostel)))
    system.settle()
    seen: list[tuple[list[dict[str, Any]], float]] = []
    for units in (31_000, 20_000, 3_000):
        send(system, list(row(list(hostel.meters), 0, now, units).posts(hostel)))
        system.settle()
        if not seen:
            system.wait("the alert", lambda: _alerts(system, hostel), 30.0)
        seen.append((_alerts(system, hostel), _kwh(system, hostel)))
    (first, first_kwh), (second, second_kwh), (third, third_kwh) = seen
    costs = [float(alert["cost"]) for alerts in (first, second) for alert in alerts]
    findings.figures |= {
        "costs_of_the_alert": costs,
        "kwh_of_the_series": [first_kwh, second_kwh, third_kwh],
        "alert_after_the_correction_to_nothing_unusual": [alert["state"] for alert in third],
    }
    findings.claims["the API's cost falls by the corrected energy's price"] = (
        len(costs) == 2 and abs(costs[0] - costs[1] - 1.1 * PRICE_PER_KWH) < 0.005  # noqa: PLR2004
    )
    findings.claims["the API's energy falls by exactly what was corrected"] = (
        abs(first_kwh - second_kwh - 1.1) < UNIT_KWH and abs(second_kwh - third_kwh - 1.7) < UNIT_KWH
    )
    findings.claims["an alert whose cause was corrected away is resolved"] = [a["state"] for a in third] == ["resolved"]


def _alerts(system: System, hostel: Hostel) -> list[dict[str, Any]]:
    return list(system.admin().get(f"/alerts?hostel_id={hostel.hostel_id}")["alerts"])


def _kwh(system: System, hostel: Hostel) -> float:
    [room] = hostel.rooms.values()
    points = system.admin().get(f"/rooms/{room}/series")["points"]
    return round(sum(point["kwh"] or 0.0 for point in points), 4)


ROWS = (
    Row(
        3,
        "1 M readings replayed three times, shuffled, concurrently",
        "identical rows, states, roll-ups and kWh to one clean pass",
        """Two hostels alike: 1,400 hourly meters, 30 days, heaters in a twentieth of the rooms. One is sent
        everything once, in order. The other is sent everything three times, each time shuffled anew reading by
        reading, over three connections at once, through the door. When the streams are empty and no meter waits
        for a replay, every column of readings and their versions, hourly and daily roll-ups, detector states
        (bytes), anomalies and standing incidents is hashed per hostel, meters named by their serial; only times of
        arrival, ids and version counters are left out.""",
        "`tests/integration/test_order.py`, `tests/unit/usecases/test_replay.py`",
        replayed,
    ),
    Row(
        4,
        "readings up to 30 days late",
        'aggregates equal the in-order run; "latest" is by event time',
        """As row 3 with 200 meters, half of them registers, over 40 days, and with head counts: one hostel in
        order, the other with every reading 0 to 30 days late at random and the head counts last. Halfway, the
        API's `last_seen` of each room is compared with the youngest instant sent so far; in the end the API's
        present of every room with that of the hostel in order, and all tables by hash.""",
        "`tests/integration/test_order.py`, `tests/unit/usecases/test_score.py`",
        late,
    ),
    Row(
        5,
        "same timestamp, different value",
        "deterministic, both versions kept, cost recomputed",
        """Two hostels get several values for one hour of a meter, one hostel in one order and the other in the
        opposite one, with the same times of reception (hence straight onto the stream: the door stamps with its
        own). Tables are compared by hash, values and kept versions by number. Then a heater's hour is corrected
        through the door from 3.1 to 2.0 kWh and to 0.3 kWh, and the alert's cost and state and the room's
        energy are read from the API.""",
        "`tests/integration/test_versions.py`",
        corrected,
    ),
)
