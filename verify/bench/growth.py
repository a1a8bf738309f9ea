"""Whether a reading costs the same, and an answer takes as long, with more rooms or more years behind them."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import batched, groupby, islice
from statistics import median
from typing import Any

from sqlalchemy import text

from verify.bench.consumer import Cost, NoModel, take
from verify.bench.ground import Ground, Meter, ground, record
from verify.figures import percentile
from wattwarden.adapters.postgres.views.views import PostgresViews
from wattwarden.usecases.telemetry.batch import Record

ROOMS = (300, 1_000, 3_000, 10_000, 30_000)
PER_BATCH = ROOMS[0]
ROOMS_BATCHES_OF_TURN = 36
WARM_BATCHES = 10
STEP_S = 8.0
"""Between two readings of a meter: all of them within one hour, so that none of them turns it."""

ROWS = (1_000_000, 10_000_000)
HISTORY_ROOMS = 1_000
HISTORY_STEP_S = 600
DAYS_AT_ONCE = 4
"""Of history in a statement: no driver waits for minutes."""
ASKED = 200
"""How often each question is asked."""
HISTORY_BATCHES_OF_TURN = 4

TURNS = 10
"""So often is each size measured, one after the other: these machines are not as fast at the end as at the start."""


def rooms(report: Callable[[str], None], numbers: Sequence[int] = ROOMS) -> dict[str, Any]:
    """Cost per reading by number of rooms: a database of each size, measured in turns.

    A batch is one record of 300 readings of 300 different meters, always.
    """
    with ExitStack() as stack:
        readers = []
        for number in numbers:
            report(f"{number:,} rooms")
            place = stack.enter_context(ground())
            place.furnish(number)
            readers.append(_Reader.of(place, PER_BATCH, ROOMS_BATCHES_OF_TURN))
        report("reading, in turns")
        for _ in range(TURNS):
            for reader in readers:
                reader.read()
    return {
        "shape": f"{TURNS * ROOMS_BATCHES_OF_TURN} batches of one record each: {PER_BATCH} readings of {PER_BATCH}"
        " different meters, the meters in turn, after a first turn that is not counted",
        "target_ratio": "0.9 to 1.1",
        "by_rooms": {str(number): reader.figures(readers[0]) for number, reader in zip(numbers, readers, strict=True)},
    }


def history(report: Callable[[str], None], rows: Sequence[int] = ROWS) -> dict[str, Any]:
    """Cost per reading and the views' p95 by number of stored readings: a database of each size, measured in turns."""
    with ExitStack() as stack:
        sizes = []
        for number in rows:
            report(f"{number:,} stored readings")
            sizes.append(_Size.of(number, stack.enter_context(ground())))
        report("reading and asking, in turns")
        for _ in range(TURNS):
            for size in sizes:
                size.reader.read()
        for name in sizes[0].questions:
            for _ in range(TURNS):
                for size in sizes:
                    size.ask(name)
        found = {str(number): size.figures(sizes[0]) for number, size in zip(rows, sizes, strict=True)}
    first = found[str(rows[0])]
    for figures in found.values():
        for name, answer in figures["answers"].items():
            answer["p95_ratio"] = round(answer["p95_ms"] / first["answers"][name]["p95_ms"], 3)
            answer["cpu_ratio"] = round(answer["cpu_ms"] / first["answers"][name]["cpu_ms"], 3)
    return {
        "shape": f"{HISTORY_ROOMS:,} rooms, a reading every ten minutes back from now: INSERT ..."
        " SELECT generate_series, roll-ups by GROUP BY; an alert for every 2,000 readings",
        "asked": ASKED,
        "target_p95_ratio": 1.2,
        "by_rows": found,
    }


@dataclass
class _Reader:
    """Batches for a database of some size, and what those of each turn cost."""

    place: Ground
    batches: Iterator[list[Record]]
    of_turn: int
    costs: list[Cost] = field(default_factory=list)

    @classmethod
    def of(cls, place: Ground, size: int, of_turn: int) -> "_Reader":
        """Batches of `size` readings, of so many different meters each."""
        parts = _parts(place.meters, size)
        warm = max(len(parts), WARM_BATCHES)  # every meter once: its first change after a checkpoint costs more
        batches = _rounds(place, parts, warm + TURNS * of_turn)
        take(place, batches[:warm], NoModel())
        return cls(place, iter(batches[warm:]), of_turn)

    def read(self) -> None:
        """The batches of a turn."""
        self.costs.append(take(self.place, list(islice(self.batches, self.of_turn)), NoModel()))

    def figures(self, first: "_Reader") -> dict[str, Any]:
        """Sums over all turns; `cost_ratio` is the median over the turns of the processor time to that of `first`."""
        ratios = [mine.spent.cpu / other.spent.cpu for mine, other in zip(self.costs, first.costs, strict=True)]
        return Cost.of_all(self.costs).figures() | {
            "cost_ratio": round(median(ratios), 3),
            "cost_ratio_quartiles": [percentile(ratios, 25), percentile(ratios, 75)],
        }


@dataclass
class _Size:
    """A database with so much history, and what it was measured to cost."""

    reader: _Reader
    filled: dict[str, float]
    questions: dict[str, Callable[[int], object]]
    taken_ms: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    cpu_s: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    @classmethod
    def of(cls, rows: int, place: Ground) -> "_Size":
        place.furnish(HISTORY_ROOMS)
        begun = time.monotonic()
        filler = _History(place)
        filler.fill(rows)
        filled = {"filled_s": round(time.monotonic() - begun), "database_gb": round(filler.size() / 1e9, 2)}
        return cls(_Reader.of(place, HISTORY_ROOMS, HISTORY_BATCHES_OF_TURN), filled, _questions(place))

    def ask(self, name: str) -> None:
        """The question for other rooms in turn."""
        ask, taken = self.questions[name], self.taken_ms[name]
        ask(0)  # plans and caches
        with self.reader.place.spending() as spent:
            for _ in range(ASKED // TURNS):
                begun = time.perf_counter()
                ask(len(taken))
                taken.append(1000 * (time.perf_counter() - begun))
        self.cpu_s[name] += spent[0].cpu

    def figures(self, first: "_Size") -> dict[str, Any]:
        answers = {
            name: {
                "p50_ms": percentile(taken, 50),
                "p95_ms": percentile(taken, 95),
                "cpu_ms": round(1000 * self.cpu_s[name] / len(taken), 3),
            }
            for name, taken in self.taken_ms.items()
        }
        return self.reader.figures(first.reader) | self.filled | {"answers": answers}


def _questions(place: Ground) -> dict[str, Callable[[int], object]]:
    """What the page asks, by number of the room; each has an answer of the same length in every history."""
    views = PostgresViews(place.engine)
    with place.engine.connect() as connection:
        room_ids = connection.execute(text("SELECT id FROM rooms ORDER BY id")).scalars().all()
    hostel_id = place.meters[0].hostel_id
    now = datetime.fromtimestamp(place.now, UTC)
    days, day = now - timedelta(days=6), now - timedelta(days=1)

    def room(number: int) -> int:
        return int(room_ids[number * 7 % len(room_ids)])

    return {
        "overview": lambda _: views.rooms(None, hostel_id, None, None, now),
        "room": lambda number: views.room(None, room(number), now),
        "day_by_hour": lambda number: views.series(None, room(number), day, now, "hour"),
        "week_by_day": lambda number: views.series(None, room(number), days, now, "day"),
        "readings": lambda number: views.readings(None, room(number), None, 100),
        "alerts": lambda _: views.alerts(None, hostel_id, None, None, None, 50),
        "anomalies": lambda _: views.anomalies(None, hostel_id, None, None, 50),
    }


def _parts(meters: Sequence[Meter], size: int) -> list[tuple[Meter, ...]]:
    """So many meters of one hostel each; what is left of a hostel stays aside."""
    of_hostels = (list(group) for _, group in groupby(meters, key=lambda meter: meter.hostel_id))
    return [part for group in of_hostels for part in batched(group, size, strict=False) if len(part) == size]


def _rounds(place: Ground, parts: Sequence[Sequence[Meter]], batches: int) -> list[list[Record]]:
    """Batches of one record: the parts of the meters one after the other, each round a step later."""
    return [
        [record(parts[n % len(parts)], place.now + 60 + STEP_S * (n // len(parts)), n, STEP_S)] for n in range(batches)
    ]


class _History:
    """Readings from before the ground's `now`, older and older."""

    def __init__(self, place: Ground) -> None:
        self._place = place
        self._steps = 0

    def fill(self, rows: int) -> None:
        """Until there are so many: readings of some days, and what follows from them."""
        wanted = rows // HISTORY_ROOMS
        per_call = DAYS_AT_ONCE * 86_400 // HISTORY_STEP_S
        for first in range(self._steps, wanted, per_call):
            self._insert(first, min(first + per_call, wanted))
        self._steps = wanted
        self._place.run("VACUUM ANALYZE")
        self._place.run("CHECKPOINT")

    def size(self) -> int:
        with self._place.engine.connect() as connection:
            return int(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one())

    def _insert(self, first: int, last: int) -> None:
        span = {
            "youngest": self._place.now - first * HISTORY_STEP_S,
            "oldest": self._place.now - (last - 1) * HISTORY_STEP_S,
            "step": HISTORY_STEP_S,
        }
        with self._place.engine.begin() as connection:
            connection.execute(text("SET LOCAL statement_timeout = 0"))
            for statement in _FILL:
                connection.execute(statement, span)


_SPAN = "to_timestamp(:oldest) AND to_timestamp(:youngest)"
_BUCKETS = "count(*), sum(kwh), sum(interval_s), 0.6 * sum(kwh), 0.9 * sum(kwh), 1.6 * sum(kwh)"
_SUMS = "kwh, measured_s, expected_low_kwh, expected_kwh, expected_high_kwh"
_ADDED = ", ".join(f"{name} = kept.{name} + excluded.{name}" for name in ("readings", *_SUMS.split(", ")))


def _roll_up(table: str, bucket: str, expression: str) -> str:
    return f"""
INSERT INTO {table} AS kept (meter_id, {bucket}, readings, {_SUMS})
SELECT meter_id, {expression}, {_BUCKETS} FROM readings WHERE ts BETWEEN {_SPAN} GROUP BY 1, 2
ON CONFLICT (meter_id, {bucket}) DO UPDATE SET {_ADDED}
"""  # noqa: S608 names from here


_FILL = [
    text("SELECT ensure_reading_partitions(to_timestamp(:oldest), to_timestamp(:youngest))"),
    text("""
INSERT INTO readings (meter_id, ts, interval_s, kwh, voltage, quality, received_at)
SELECT m.id, to_timestamp(t), :step, round((0.02 + 0.06 * random())::numeric, 4),
    round((229 + 4 * random())::numeric, 1), 'measured', to_timestamp(t + 5)
FROM generate_series(CAST(:oldest AS float8)::bigint, CAST(:youngest AS float8)::bigint, CAST(:step AS bigint)) t
CROSS JOIN meters m
"""),
    text(_roll_up("readings_hourly", "hour", "date_trunc('hour', ts - make_interval(secs => interval_s), 'UTC')")),
    text(_roll_up("readings_daily", "day", "(ts - make_interval(secs => interval_s))::date")),
    text("""
CREATE TEMP TABLE found ON COMMIT DROP AS
SELECT gen_random_uuid() AS incident, gen_random_uuid() AS alert, r.meter_id, r.ts, m.room_id, m.hostel_id, o.block
FROM readings r TABLESAMPLE SYSTEM (0.05) JOIN meters m ON m.id = r.meter_id JOIN rooms o ON o.id = m.room_id
WHERE r.ts BETWEEN to_timestamp(:oldest) AND to_timestamp(:youngest)
"""),
    text("""
INSERT INTO alerts (id, hostel_id, room_id, block, kind, severity, state, title, why, started_at, created_at,
    resolved_at)
SELECT alert, hostel_id, room_id, block, 'excess', 'medium', 'resolved', 'Far above its usual use', 'bench', ts, ts, ts
FROM found
"""),
    text("""
INSERT INTO incidents (id, hostel_id, room_id, meter_id, kind, severity, tier, started_at, last_at, closed_at, peak_kw,
    expected_kw, excess_kwh, cost, currency, confidence, reasons, anomalies, alert_id)
SELECT incident, hostel_id, room_id, meter_id, 'excess', 'medium', 'rules', ts, ts, ts + interval '1 hour', 3, 1, 2,
    0.6, 'EUR', 0.9, '{}', 3, alert
FROM found
"""),
    text("""
INSERT INTO anomalies (id, incident_id, meter_id, room_id, hostel_id, ts, anomaly_type, kind, severity, tier, score,
    confidence, actual_kwh, expected_low_kwh, expected_kwh, expected_high_kwh, excess_kwh, cost, currency, reasons,
    created_at)
SELECT gen_random_uuid(), incident, meter_id, room_id, hostel_id, ts + make_interval(mins => n), 'high_consumption',
    'excess', 'medium', 'rules', 0.9, 0.9, 3, 0.5, 1, 1.5, 2, 0.6, 'EUR', '{}', ts
FROM found CROSS JOIN generate_series(0, 2) n
"""),
]
