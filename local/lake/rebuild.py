"""A second database from the lake's raw files alone, by the same use cases that made the first."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pg8000.native
from numpy.typing import NDArray
from sqlalchemy import Engine, insert, text, update

from local.lake import facts, views
from local.lake.facts import Tips
from wattwarden.adapters.postgres import tables
from wattwarden.adapters.postgres.engine import engine_of
from wattwarden.adapters.postgres.migrate import upgrade
from wattwarden.adapters.postgres.replays import PostgresReplays
from wattwarden.adapters.postgres.telemetry import PostgresTelemetry
from wattwarden.contracts.events import IncidentsOpened
from wattwarden.domain.errors import UnavailableError
from wattwarden.ports.scoring import Model
from wattwarden.ports.stream import EventBus
from wattwarden.usecases.batch import Record
from wattwarden.usecases.replay import replay
from wattwarden.usecases.score import score

NAME = "wattwarden_rebuilt"
READINGS_AT_ONCE = 20_000
REGISTRY = ("hostels", "rooms", "meters", "meter_changes", "tariffs")
"""In the order in which they refer to each other."""
PATIENCE_S = 40
"""Longer than the circuit breaker before the endpoint stays open."""
SLOW_STATEMENT_S = 600


@dataclass(frozen=True, slots=True)
class Rebuilt:
    records: int
    readings: int
    replayed: int
    """Meters."""
    scoring_s: float
    replaying_s: float


def engine_for(database: Mapping[str, Any], dbname: str) -> Engine:
    """For one of the databases of a server; statements may take their time."""
    secret = {**database, "dbname": dbname}
    return engine_of(lambda **_: secret, "rebuild", statement_timeout_s=SLOW_STATEMENT_S)


def fresh_database(database: Mapping[str, Any], name: str = NAME) -> Engine:
    """An empty database of that name on the same server, in the place of one that is there, at the newest schema."""
    with closing(
        pg8000.native.Connection(
            database["username"],
            host=database["host"],
            port=int(database["port"]),
            password=database["password"],
            database=database["dbname"],
        )
    ) as server:
        quoted = pg8000.native.identifier(name)
        server.run(f"DROP DATABASE IF EXISTS {quoted} WITH (FORCE)")
        server.run(f"CREATE DATABASE {quoted}")
    engine = engine_for(database, name)
    upgrade(engine)
    return engine


def rebuild(folder: Path, engine: Engine, model: Model, tips: Tips | None = None) -> Rebuilt:
    """Fill an empty database from the raw files in `folder`: the registry's last snapshot, then every fact.

    Raises:
        UnavailableError: the model answered before and does no more.
    """
    removed = _load_registry(folder, engine)
    store, bus, now = PostgresTelemetry(engine), _Deaf(), datetime.now(UTC)
    begun = time.monotonic()
    records = readings = 0
    for batch, size in _batches(folder, tips):
        score(batch, store, model, bus, now)
        records += len(batch)
        readings += size
    scored = time.monotonic()
    later = now + timedelta(days=1)  # nothing more comes: what was marked a moment ago is due as well
    done = replay(PostgresReplays(engine), model, bus, later, lambda: True)
    if done.failed:
        raise ExceptionGroup("meters that could not be replayed", done.failed)
    with engine.begin() as connection:
        for meter_id, at in removed.items():
            meters = tables.meters
            connection.execute(update(meters).where(meters.c.id == meter_id).values(removed_at=at))
    return Rebuilt(records, readings, done.meters, scored - begun, time.monotonic() - scored)


class Steady(Model):
    """The live model, asked again while it is silent for a moment: else the same past would be judged by rules.

    One that does not answer when asked first is taken to be none: rules judge everything, as they did then.
    """

    def __init__(self, model: Model, pause: Callable[[float], None] = time.sleep) -> None:
        self._model, self._pause = model, pause
        self._serves: bool | None = None

    @property
    def version(self) -> str | None:
        return self._model.version

    def predict(self, features: NDArray[np.float32]) -> NDArray[np.float32] | None:
        if self._serves is False:
            return None
        for _ in range(PATIENCE_S):
            answer = self._model.predict(features)
            if answer is not None:
                self._serves = True
                return answer
            self._pause(1.0)
        if self._serves:
            raise UnavailableError("the model no longer answers: what it judged cannot be judged again")
        self._serves = False
        return None


class _Deaf(EventBus):
    """Nobody is told of what was found in the past."""

    def publish(self, events: Sequence[IncidentsOpened]) -> list[bool]:
        return [True] * len(events)


def _batches(folder: Path, tips: Tips | None) -> Iterator[tuple[list[Record], int]]:
    """Records in order of arrival, with how many readings they hold."""
    records: list[Record] = []
    readings = 0
    for fact in facts.in_order(folder, tips):
        records.append(fact.record)
        readings += fact.readings
        if readings >= READINGS_AT_ONCE or len(records) >= READINGS_AT_ONCE:
            yield records, readings
            records, readings = [], 0
    if records:
        yield records, readings


def _load_registry(folder: Path, engine: Engine) -> dict[int, Any]:
    """The snapshot with its ids; meters that were removed since serve until all is told: they and when they went."""
    removed: dict[int, Any] = {}
    with views.connect(folder) as database, engine.begin() as connection:
        for name in REGISTRY:
            rows = database.sql(f"SELECT * FROM {name}").to_arrow_table().to_pylist()  # noqa: S608 (our own names)
            if name == "meters":
                removed = {row["id"]: row["removed_at"] for row in rows if row["removed_at"]}
                rows = [row | {"removed_at": None} for row in rows]
            table = tables.metadata.tables[name]
            if rows:
                connection.execute(insert(table), rows)
            if "id" in table.columns:
                connection.execute(
                    text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), max(id)) FROM {name}")  # noqa: S608 (our own names)
                )
    return removed
