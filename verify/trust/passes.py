"""Lives of meters through the real use cases on a real database, and the rows that follow from them."""

import json
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray
from sqlalchemy import Engine, text

from local.digests import OF_METERS, listed
from local.postgres import postgres_server
from verify.trust.lives import (
    HOUR,
    LIVES,
    Change,
    Fact,
    HeadCount,
    Step,
    Story,
    Trait,
    Weather,
    clean_pass,
    storm,
    story,
)
from wattwarden.adapters.postgres.base.engine import engine_of
from wattwarden.adapters.postgres.hostels.asset_registry import PostgresAssetRegistry
from wattwarden.adapters.postgres.hostels.hostel_admin import PostgresHostelAdmin
from wattwarden.adapters.postgres.hostels.meter_admin import PostgresMeterAdmin
from wattwarden.adapters.postgres.migrations.migrate import ensure_administrator, upgrade
from wattwarden.adapters.postgres.telemetry.replays import PostgresReplays
from wattwarden.adapters.postgres.telemetry.scoring import PostgresTelemetry
from wattwarden.adapters.postgres.views.views import PostgresViews
from wattwarden.contracts.api.hostels import HostelSetup
from wattwarden.contracts.api.meters import MeterChangeIn
from wattwarden.contracts.events import IncidentsOpened
from wattwarden.contracts.telemetry import Batch, OccupancyBatch, ReadingsBatch, WeatherBatch, encode
from wattwarden.domain.people import Principal
from wattwarden.ports.scoring import Model
from wattwarden.ports.stream import EventBus
from wattwarden.usecases.hostels.change_meter import change_meter, take_back_change
from wattwarden.usecases.telemetry.batch import Record
from wattwarden.usecases.telemetry.consume import Failing, StreamWaitsError, consume
from wattwarden.usecases.telemetry.replay import Replayed, replay

WRITTEN = {
    "created_at": "when it was found",
    "meter_state.version": "how often it was written",
    "meter_state.last_received_at": "when the last delivery came, a repeated one too",
}
_EMAIL = "lives@trust.example"


class NobodyAnswers(Model):
    """The endpoint is away: rules alone judge."""

    version = None

    def predict(self, features: NDArray[np.float32]) -> None:
        assert features.ndim == 2  # noqa: PLR2004


class NobodyListens(EventBus):
    def publish(self, events: Sequence[IncidentsOpened]) -> list[bool]:
        return [True] * len(events)


@dataclass(slots=True)
class Outcome:
    """What a pass came to."""

    hostel_id: int
    rows: dict[str, list[str]]
    set_aside: list[str] = field(default_factory=list)
    """Why batches could not be scored."""
    failed_replays: list[str] = field(default_factory=list)
    marked: int = 0
    """Meters that still wait for a replay."""

    @property
    def is_sound(self) -> bool:
        return not (self.set_aside or self.failed_replays or self.marked)


def replay_all(engine: Engine) -> Replayed:
    """Replay every meter that is marked: the one place that calls the use case."""
    now = datetime.now(UTC) + timedelta(hours=1)  # marks have been quiet by then
    return replay(PostgresReplays(engine), NobodyAnswers(), NobodyListens(), now, lambda: HOUR)


def derived(engine: Engine, hostel_id: int) -> dict[str, list[str]]:
    """By table the hostel's rows as JSON."""
    with engine.connect() as connection:
        return {
            table: listed(lambda sql: connection.execute(text(sql)).all(), table, WRITTEN, hostel_id)
            for table in OF_METERS
        }


def through(engine: Engine, told: Story, steps: Iterable[Step], code: str) -> Outcome:
    """A new hostel lives through the steps."""
    admin = _administrator(engine)
    hostel_id = _hostel(engine, told, code, admin)
    consumers = [(PostgresTelemetry(engine), Failing()) for _ in range(2)]
    outcome = Outcome(hostel_id, {})
    for step in steps:
        if step.is_replay:
            outcome.failed_replays += map(_reason, replay_all(engine).failed.values())
        elif isinstance(step.facts[0], Change):
            _note(engine, hostel_id, step.facts[0], admin)
        else:
            records = _records(hostel_id, f"{code}:{step.delivery}", step.facts)
            store, failing = consumers[step.consumer]
            try:
                done = consume(records, store, NobodyAnswers(), NobodyListens(), datetime.now(UTC), failing)
            except StreamWaitsError as error:
                outcome.set_aside.append(_reason(error.__cause__ or error))
                failing.in_a_row.clear()
            else:
                outcome.set_aside += map(_reason, done.errors)
    outcome.rows = derived(engine, hostel_id)
    outcome.marked = sum('"replay_from": null' not in row for row in outcome.rows["meter_state"])
    return outcome


def differences(one: Outcome, other: Outcome) -> dict[str, tuple[list[str], list[str]]]:
    """By table the rows that only one of two has, and those that only the other has."""
    found: dict[str, tuple[list[str], list[str]]] = {}
    for table in OF_METERS:
        ours, theirs = set(one.rows[table]), set(other.rows[table])
        if one.rows[table] != other.rows[table]:
            found[table] = sorted(ours - theirs), sorted(theirs - ours)
    return found


@contextmanager
def database() -> Iterator[Engine]:
    """A migrated database that lives as long as the context."""
    with tempfile.TemporaryDirectory() as folder, postgres_server(Path(folder)) as server:
        engine = engine_of(lambda **_: server.as_secret(), "lives", statement_timeout_s=120, pool_size=2)
        upgrade(engine)
        yield engine
        engine.dispose()


def smallest(facts: Sequence[Fact], fails: Callable[[Sequence[Fact]], bool]) -> list[Fact]:
    """As few of the facts as still fail, in their order."""
    kept, parts = list(facts), 2
    while len(kept) > 1:
        size = -(-len(kept) // parts)
        for first in range(0, len(kept), size):
            rest = kept[:first] + kept[first + size :]
            if rest and fails(rest):
                kept, parts = rest, max(parts - 1, 2)
                break
        else:
            if size == 1:
                break
            parts = min(len(kept), parts * 2)
    return kept


def _administrator(engine: Engine) -> Principal:
    ensure_administrator(engine, _EMAIL)
    person = PostgresAssetRegistry(engine).principal(_EMAIL)
    assert person is not None
    return person


def _hostel(engine: Engine, told: Story, code: str, by: Principal) -> int:
    setup = {
        "name": code,
        "timezone": told.timezone,
        "currency": "EUR",
        "latitude": 50.0,
        "longitude": 8.0,
        "rooms": told.rooms,
    }
    admin = PostgresHostelAdmin(engine)
    admin.save_hostel(code, HostelSetup.model_validate({**setup, "price_per_kwh": "0.30"}), by)
    dearer = {"price_per_kwh": "0.35", "tariff_from": "2026-04-01"}
    return admin.save_hostel(code, HostelSetup.model_validate(setup | dearer), by)


def _note(engine: Engine, hostel_id: int, change: Change, by: Principal) -> None:
    query = text("SELECT id FROM meters WHERE hostel_id = :hostel AND serial = :serial")
    with engine.connect() as connection:
        meter_id = connection.execute(query, {"hostel": hostel_id, "serial": change.meter}).scalar_one()
    admin, views = PostgresMeterAdmin(engine), PostgresViews(engine)
    if change.kind == "none":
        take_back_change(meter_id, datetime.fromtimestamp(change.ts, UTC), by, admin, views)
        return
    said = MeterChangeIn(
        at=datetime.fromtimestamp(change.ts, UTC),
        kind=change.kind,
        register_before=change.before,
        register_after=change.after,
        multiplier=change.multiplier,
    )
    change_meter(meter_id, said, by, admin, views, datetime.now(UTC))


def _records(hostel_id: int, name: str, facts: Sequence[Fact]) -> list[Record]:
    """One record for each kind and time of receipt: a batch is received as a whole."""
    parts: dict[tuple[str, float], list[Fact]] = {}
    for fact in facts:
        parts.setdefault((type(fact).__name__, fact.at), []).append(fact)
    return [Record(f"{name}:{n}", encode(_batch(hostel_id, part))) for n, part in enumerate(parts.values())]


def _batch(hostel_id: int, facts: Sequence[Fact]) -> Batch:
    common: dict[str, Any] = {"hostel_id": hostel_id, "source": "lives", "received_at": facts[0].at}
    common["ts"] = [fact.ts for fact in facts]
    if counts := [fact for fact in facts if isinstance(fact, HeadCount)]:
        return OccupancyBatch(**common, room=[c.room for c in counts], count=[c.count for c in counts])
    names: tuple[str, ...]
    if isinstance(facts[0], Weather):
        names = ("temperature_c", "humidity")
        return WeatherBatch(**common, **{name: [getattr(fact, name) for fact in facts] for name in names})
    names = ("meter", "interval_s", "kwh", "register_kwh", "voltage", "current", "power_factor")
    return ReadingsBatch(**common, **{name: [getattr(fact, name) for fact in facts] for name in names})


def _reason(error: BaseException) -> str:
    """The error with where in WattWarden it came from."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "/wattwarden/" in frame.filename]
    at = " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames[:-6:-1])
    said = " ".join(str(error).split())
    return f"{type(error).__name__}: {said[:400]} ({at})"


def again(
    seed: Annotated[int, typer.Option(help="of the hostel, as row 43 numbers them")],
    lives: Annotated[int, typer.Option(help="meters in it")] = LIVES,
    until: Annotated[int, typer.Option(help="go on to this seed, whatever differs")] = -1,
    without: Annotated[str, typer.Option(help="traits, with commas, that no life has")] = "",
    *,
    shrink: Annotated[bool, typer.Option("--shrink", help="look for the fewest facts that still differ")] = False,
) -> None:
    """Live the hostel of a seed again: in order and as it came. Exit code 1 when they differ or something fails."""
    spared = frozenset(Trait(name) for name in without.split(",") if name)
    failed = False
    with database() as engine:
        for number in range(seed, max(seed, until) + 1):
            begun = time.monotonic()
            told = story(number, lives, spared=spared)
            found = troubles(engine, told)
            took = f"{time.monotonic() - begun:.1f} s"
            print(f"seed {number}: {len(told.rooms)} lives, {len(told.facts):,} facts, {took}", flush=True)
            print(*(f"  {line}" for line in found), sep="\n", flush=True)
            if found and shrink:
                print(*(f"  smallest: {line}" for line in _shrunk(engine, told)), sep="\n", flush=True)
            failed |= bool(found)
    sys.exit(failed)


_names = count()


def troubles(engine: Engine, told: Story, most: int = 3) -> list[str]:
    """What is wrong with a hostel, line by line."""
    name = next(_names)
    clean = through(engine, told, clean_pass(told.facts), f"clean-{name}")
    stormy = through(engine, told, storm(told.seed, told.facts), f"storm-{name}")
    lines = []
    for way, outcome in (("in order", clean), ("as it came", stormy)):
        lines += [f"{way}: set aside {n} times: {why}" for why, n in Counter(outcome.set_aside).most_common(most)]
        lines += [f"{way}: {n} failing: {why}" for why, n in Counter(outcome.failed_replays).most_common(most)]
        lines += [f"{way}: {outcome.marked} meters still marked"] if outcome.marked else []
    if lines:  # what differs follows from it
        return lines
    for table, (ours, theirs) in differences(clean, stormy).items():
        lines += [f"{table}: {len(ours)} rows only in order, {len(theirs)} only as it came"]
        lines += [f"in order   {_brief(row)}" for row in ours[:most]]
        lines += [f"as it came {_brief(row)}" for row in theirs[:most]]
    return lines


def _brief(row: str) -> str:
    """A row without the reasons; of bytes a few."""
    named = {name: value for name, value in json.loads(row).items() if name not in {"reasons", "alert_id"}}
    return str({name: value[-16:] if name in {"state", "ring"} else value for name, value in named.items()})


def _shrunk(engine: Engine, told: Story) -> list[str]:
    """The fewest facts that still go wrong, and how: first one meter of all, then fact by fact."""

    def of(room: dict[str, Any]) -> Story:
        name = room["name"]
        mine = [f for f in told.facts if isinstance(f, Weather) or name == getattr(f, "meter", getattr(f, "room", ""))]
        return replace(told, rooms=[room], facts=mine)

    def fails(facts: Sequence[Fact]) -> bool:
        return bool(troubles(engine, replace(one, facts=list(facts))))

    one = next((found for found in map(of, told.rooms) if troubles(engine, found)), told)
    few = smallest(one.facts, fails)
    return [*map(str, few), str(one.rooms), one.timezone, *troubles(engine, replace(one, facts=few))]
