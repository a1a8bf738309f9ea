"""A second database from the lake's raw files alone, by the same use cases that made the first."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
import pg8000.native
from numpy.typing import NDArray
from sqlalchemy import Engine, func, insert, select, text, update

from local.database import connect
from local.lake import facts, views
from local.lake.facts import Fact, Tips
from local.lake.progress import Step, Tell, untold
from local.replays import Failing, ReplaysFailError
from local.replays import replays as waiting_replays
from wattwarden.adapters.postgres.base import tables
from wattwarden.adapters.postgres.base.engine import engine_of
from wattwarden.adapters.postgres.migrations.migrate import upgrade
from wattwarden.adapters.postgres.telemetry.replays import PostgresReplays
from wattwarden.adapters.postgres.telemetry.scoring import PostgresTelemetry
from wattwarden.contracts.events import IncidentsOpened
from wattwarden.ports.scoring import Model
from wattwarden.ports.stream import EventBus
from wattwarden.usecases.telemetry.batch import Record
from wattwarden.usecases.telemetry.replay import replay
from wattwarden.usecases.telemetry.score import score

NAME = "wattwarden_rebuilt"
READINGS_AT_ONCE = 20_000
REGISTRY = ("hostels", "rooms", "meters", "meter_changes", "tariffs", "model_versions")
"""In the order in which they refer to each other."""
SLOW_STATEMENT_S = 600
TOLD_EVERY_S = 1.0
"""How many meters are left is a question to the database."""


@dataclass(slots=True)
class Rebuilt:
    records: int = 0
    readings: int = 0
    replayed: int = 0
    """Meters."""
    scoring_s: float = 0.0
    replaying_s: float = 0.0


def engine_for(database: Mapping[str, Any], dbname: str) -> Engine:
    """For one of the databases of a server; statements may take their time."""
    secret = {**database, "dbname": dbname}
    return engine_of(lambda **_: secret, "rebuild", statement_timeout_s=SLOW_STATEMENT_S)


def fresh_database(database: Mapping[str, Any], name: str = NAME) -> Engine:
    """An empty database of that name on the same server, in the place of one that is there, at the newest schema."""
    with connect(database) as server:
        quoted = pg8000.native.identifier(name)
        server.run(f"DROP DATABASE IF EXISTS {quoted} WITH (FORCE)")
        server.run(f"CREATE DATABASE {quoted}")
    engine = engine_for(database, name)
    upgrade(engine)
    return engine


def rebuild(
    folder: Path,
    engine: Engine,
    model: Model,
    tips: Tips | None = None,
    *,
    rules_first: bool = True,
    tell: Tell = untold,
) -> Rebuilt:
    """Fill an empty database from the raw files in `folder`: the registry's last snapshot, then every fact.

    What arrived before the first model served is judged by rules, as it was then (unless `rules_first` says no); all
    else by `model`.

    Raises:
        ReplaysFailError: meters could not be replayed; its cause holds what each did.
        UnavailableError: the model answered before and does no more.
    """
    tell(Step("loading the registry"))
    removed = _load_registry(folder, engine)
    since = _first_model(engine) if rules_first else None
    store, replays, bus, now = PostgresTelemetry(engine), PostgresReplays(engine), _Deaf(), datetime.now(UTC)
    later = now + timedelta(days=1)  # nothing more comes: what was marked a moment ago is due as well
    done = Rebuilt()
    tell(Step("counting the lake's readings"))
    readings_in_all = facts.readings_in(folder, tips)
    told = _Replays(replays, later, tell)
    tell(Step("sorting the lake's records"))
    coming = facts.in_order(folder, tips)
    for serves, judged_alike in groupby(coming, lambda fact: since is None or fact.received_at >= since):
        judge = model if serves else _Nobody()
        begun = time.monotonic()
        for batch, readings in _batches(judged_alike):
            tell(Step("scoring", readings_in_all - done.readings, "readings left", readings_in_all))
            score(batch, store, judge, bus, now)
            done.records += len(batch)
            done.readings += readings
        scored = time.monotonic()
        told.begin()
        replayed = replay(replays, judge, bus, later, told.time_left)
        if replayed.failed:
            causes = ExceptionGroup("meters that could not be replayed", list(replayed.failed.values()))
            raise ReplaysFailError(_failing(engine)) from causes
        told.tell()
        done.replayed += replayed.meters
        done.scoring_s += scored - begun
        done.replaying_s += time.monotonic() - scored
    with engine.begin() as connection:
        meters = tables.meters
        for meter_id, at in removed.items():
            connection.execute(update(meters).where(meters.c.id == meter_id).values(removed_at=at))
    return done


class _Replays:
    """Tells how many meters are left whenever `replay` asks for its time, of which it has all there is."""

    def __init__(self, store: PostgresReplays, now: datetime, tell: Tell) -> None:
        self._store, self._now, self._tell = store, now, tell
        self._marked, self._told_at = 0, 0.0

    def begin(self) -> None:
        self._marked = self._store.waiting(self._now).marked

    def time_left(self) -> float:
        if time.monotonic() - self._told_at >= TOLD_EVERY_S:
            self.tell()
        return inf

    def tell(self) -> None:
        left = self._store.waiting(self._now).marked
        self._tell(Step("replaying in the new database", left, "meters left", self._marked))
        self._told_at = time.monotonic()


def _failing(engine: Engine) -> list[Failing]:
    with engine.connect() as connection:
        return waiting_replays(lambda sql: connection.execute(text(sql)).all()).failing


class _Nobody(Model):
    """No model yet: rules judge."""

    version = None

    def predict(self, features: NDArray[np.float32]) -> None:
        del features


class _Deaf(EventBus):
    """Nobody is told of what was found in the past."""

    def publish(self, events: Sequence[IncidentsOpened]) -> list[bool]:
        return [True] * len(events)


def _batches(coming: Iterable[Fact]) -> Iterator[tuple[list[Record], int]]:
    """Records in order of arrival, with how many readings they hold."""
    records: list[Record] = []
    readings = 0
    for fact in coming:
        records.append(fact.record)
        readings += fact.readings
        if readings >= READINGS_AT_ONCE or len(records) >= READINGS_AT_ONCE:
            yield records, readings
            records, readings = [], 0
    if records:
        yield records, readings


def _first_model(engine: Engine) -> float | None:
    """When the first model began to serve, in epoch seconds."""
    with engine.connect() as connection:
        first = connection.scalar(select(func.min(tables.model_versions.c.activated_at)))
    return None if first is None else float(first.timestamp())


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
