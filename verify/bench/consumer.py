"""What the consumer costs, without the laptop cloud around it: score() on the real PostgreSQL, records as they come.

Beside it, in the same database, a plain COPY of the very same rows: the least that storing them can cost.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from itertools import batched
from statistics import median
from typing import Any

import psutil
from sqlalchemy import Connection, text

from verify.bench.endpoint import NAME, endpoint
from verify.bench.ground import Ground, Spent, ground, record
from verify.figures import BUILD
from wattwarden.adapters.sagemaker import SageMakerModel
from wattwarden.contracts.events import IncidentsOpened
from wattwarden.ports.scoring import Model
from wattwarden.usecases.telemetry.batch import Record
from wattwarden.usecases.telemetry.score import score

PER_RECORD = 1_000
READINGS = 300_000
"""Of each measurement, or two batches a round where those are more."""
PROFILED = 10
"""Batches."""
ROUNDS = 3
"""Of rules and COPY in turns: the rate of either was seen to double from minute to minute."""
PASSES_OF_COPY = 2
"""In each round."""
TARGET_PER_CORE = 20_000.0
TARGET_OF_COPY = 0.25


@dataclass(frozen=True, slots=True)
class Shape:
    rooms: int
    records: int
    """Of a batch, 1,000 readings in each."""
    cold: bool
    """The process remembers nothing of a meter from the batch before."""
    words: str
    asks: bool = True
    """Whether the model judges, too: of more than some 50,000 readings at once it has no answer in time."""

    @property
    def readings(self) -> int:
        """Of a batch."""
        return PER_RECORD * self.records


SHAPES = (
    Shape(10_000, 10, cold=False, words="each meter once a batch: live, every minute"),
    Shape(10_000, 10, cold=True, words="each meter once a batch, and nothing remembered of it: live, every hour"),
    Shape(1_000, 10, cold=False, words="each meter ten times a batch: ten minutes behind"),
    Shape(
        1_000, 100, cold=False, words="each meter a hundred times, which is the largest batch: catching up", asks=False
    ),
)


class NoModel:
    """No endpoint: rules judge."""

    version = None

    def predict(self, features: object) -> None:
        del features


class Bus:
    """Takes every event and does nothing with it."""

    def publish(self, events: Sequence[IncidentsOpened]) -> list[bool]:
        return [True] * len(events)


@dataclass(frozen=True, slots=True)
class Cost:
    """What some readings cost. The medians are of batches, the rest of all."""

    readings: int
    spent: Spent
    batch_ms: list[float]

    @classmethod
    def of_all(cls, costs: Sequence["Cost"]) -> "Cost":
        spent = Spent(*(sum(values) for values in zip(*(astuple(cost.spent) for cost in costs), strict=True)))
        batch_ms = [one for cost in costs for one in cost.batch_ms]
        return cls(sum(cost.readings for cost in costs), spent, batch_ms)

    def figures(self) -> dict[str, Any]:
        wall, consumer, database = self.spent.wall, self.spent.consumer, self.spent.database
        return {
            "readings": self.readings,
            "readings_per_s": round(self.readings / wall),
            "readings_per_cpu_s_of_consumer": round(self.readings / consumer),
            "consumer_cpu_us_per_reading": round(1e6 * consumer / self.readings, 1),
            "database_cpu_us_per_reading": round(1e6 * database / self.readings, 1),
            "batch_p50_ms": round(sorted(self.batch_ms)[len(self.batch_ms) // 2], 1),
        }


def measure(report: Callable[[str], None], readings: int = READINGS) -> dict[str, Any]:
    """Every shape; the profile is of the first."""
    shapes = []
    with ground() as place, endpoint() as serving:
        for shape in SHAPES:
            report(f"{shape.rooms:,} meters, {shape.words}")
            place.furnish(shape.rooms)
            place.forget()
            each = max(2, readings // shape.readings // ROUNDS) * ROUNDS
            batches = _batches(place, shape, 2 * each + 2 + PROFILED * (shape is SHAPES[0]))
            shapes.append(_measured(shape, place, serving, batches[: 2 * each + 2], report))
            if shape is SHAPES[0]:
                report("profile")
                profile(partial(take, place, batches[-PROFILED:], SageMakerModel(NAME)))
    return {
        "shapes": shapes,
        "target_readings_per_s_per_core": TARGET_PER_CORE,
        "target_share_of_copy": TARGET_OF_COPY,
    }


def _measured(
    shape: Shape,
    place: Ground,
    serving: psutil.Process,
    batches: Sequence[Sequence[Record]],
    report: Callable[[str], None],
) -> dict[str, Any]:
    """Rules alone and COPY of what they stored in turns, then the model behind its endpoint."""
    half = len(batches) // 2
    take(place, batches[:1], NoModel(), cold=shape.cold)  # imports, plans and caches
    by_rules, by_copy = [], []
    for some in batched(batches[1:half], (half - 1) // ROUNDS, strict=True):
        report("rules")
        place.run("TRUNCATE readings")
        by_rules.append(take(place, some, NoModel(), cold=shape.cold))
        report("COPY of the same rows")
        by_copy.append(copy_again(place, shape.readings))
    rules, copied = Cost.of_all(by_rules), Cost.of_all(by_copy)
    report("with the model, where it is asked")
    with_model = _by_model(shape, place, serving, batches[half:]) if shape.asks else {}
    sizes = f"batches of {shape.records} records of {PER_RECORD:,} readings"
    return {
        "shape": f"{shape.rooms:,} meters; {sizes}, {shape.words}",
        "rules": rules.figures(),
        "with_model": with_model,
        "copy": {
            "readings_per_s": round(copied.readings / copied.spent.wall),
            "database_cpu_us_per_reading": round(1e6 * copied.spent.database / copied.readings, 1),
        },
        "share_of_copy": round(median(copied.batch_ms) / median(rules.batch_ms), 3),
    }


def _by_model(
    shape: Shape, place: Ground, serving: psutil.Process, batches: Sequence[Sequence[Record]]
) -> dict[str, Any]:
    """Costs with the model behind its endpoint, the endpoint's own beside them."""
    model = SageMakerModel(NAME)
    take(place, batches[:1], model, cold=shape.cold)
    before = _seconds(serving)
    cost = take(place, batches[1:], model, cold=shape.cold)
    by_endpoint = _seconds(serving) - before
    if model.version is None:
        raise RuntimeError("the endpoint did not answer")
    return cost.figures() | {"endpoint_cpu_us_per_reading": round(1e6 * by_endpoint / cost.readings, 1)}


def take(place: Ground, batches: Sequence[Sequence[Record]], model: Model, *, cold: bool = False) -> Cost:
    """Score the batches one after the other; `cold`: the process remembers nothing in between."""
    batch_ms, readings = [], 0
    with place.spending() as spent:
        for records in batches:
            if cold:
                place.forget()
            begun = time.perf_counter()
            readings += score(records, place.store, model, Bus(), datetime.now(UTC)).readings
            batch_ms.append(1000 * (time.perf_counter() - begun))
    return Cost(readings, spent[0], batch_ms)


def _batches(place: Ground, shape: Shape, count: int) -> list[list[Record]]:
    """So many batches: minute after minute a record of each 1,000 meters."""
    parts = list(batched(place.meters, PER_RECORD, strict=True))
    records = (
        record(part, place.now + 60 * (minute + 1), len(parts) * minute + number)
        for minute in range(count * shape.records // len(parts))
        for number, part in enumerate(parts)
    )
    return [list(part) for part in batched(records, shape.records, strict=True)]


def copy_again(place: Ground, rows: int) -> Cost:
    """COPY all stored readings into the emptied table, in order of arrival, so many in a transaction; several times."""
    with place.engine.begin() as connection:
        connection.execute(
            text("CREATE TABLE kept AS SELECT *, row_number() OVER (ORDER BY ts, meter_id) n FROM readings")
        )
        total = int(connection.execute(text("SELECT count(*) FROM kept")).scalar_one())
        names = connection.execute(text("SELECT * FROM readings LIMIT 0")).keys()
        parts = []
        for first in range(0, total, rows):
            data = BytesIO()
            chosen = f"SELECT {', '.join(names)} FROM kept WHERE n > {first} AND n <= {first + rows} ORDER BY n"  # noqa: S608
            _copy(connection, f"({chosen}) TO STDOUT", data)
            parts.append(data)
        connection.execute(text("DROP TABLE kept"))
    costs = []
    for _ in range(PASSES_OF_COPY):
        with place.engine.begin() as connection:
            connection.execute(text("TRUNCATE readings"))
        place.run("CHECKPOINT")
        batch_ms = []
        with place.spending() as spent:
            for data in parts:
                data.seek(0)
                begun = time.perf_counter()
                with place.engine.begin() as connection:
                    _copy(connection, "readings FROM STDIN", data)
                batch_ms.append(1000 * (time.perf_counter() - begun))
        costs.append(Cost(total, spent[0], batch_ms))
    return Cost.of_all(costs)


def _copy(connection: Connection, what: str, stream: BytesIO) -> None:
    connection.connection.cursor().execute(f"COPY {what} WITH (FORMAT binary)", stream=stream)  # type: ignore[call-arg] # pg8000's extension


def profile(work: Callable[[], object]) -> None:
    """Write build/profile.html: where the time of `work` goes, as a page to open."""
    from pyinstrument import Profiler  # noqa: PLC0415 - only here

    BUILD.mkdir(exist_ok=True)
    with Profiler(interval=0.001) as profiler:
        work()
    (BUILD / "profile.html").write_text(profiler.output_html())
    (BUILD / "profile.txt").write_text(profiler.output_text(unicode=True, show_all=False))


def _seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
