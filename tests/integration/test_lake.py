"""The lake against the real PostgreSQL: what the nightly run writes, and a database rebuilt from raw files alone."""

import io
import json
import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray
from sqlalchemy import Engine, insert, text

from local.digests import COMPARED
from local.lake import facts, moment, views
from local.lake.digests import digests
from local.lake.moment import NeverStillError, Streams, at_rest, mark_all
from local.lake.progress import Step
from local.lake.rebuild import fresh_database, rebuild
from local.postgres import Database
from local.replays import ERROR_SHOWN, ReplaysFailError, replays, set_aside
from tests.fakes.lake_folder import FolderLake
from tests.fakes.telemetry import FakeBus, SilentModel
from tests.integration.hostel import Hostel, at, rows_of
from tools.cloud import State
from wattwarden.adapters.postgres.base import tables as t
from wattwarden.adapters.postgres.telemetry.lake_exports import PostgresLakeSource
from wattwarden.adapters.postgres.telemetry.replays import PostgresReplays
from wattwarden.adapters.postgres.telemetry.scoring import PostgresTelemetry
from wattwarden.contracts.lake import REGISTRY, TABLES
from wattwarden.contracts.telemetry import (
    Batch,
    OccupancyBatch,
    ReadingsBatch,
    RefusedBatch,
    WeatherBatch,
    decode,
    encode,
)
from wattwarden.detection import FEATURES
from wattwarden.domain.quarantine import Reason
from wattwarden.domain.readings import ReadingColumns
from wattwarden.ports.replay import ReplayTask
from wattwarden.ports.scoring import Model
from wattwarden.usecases.lake.archive import ShardRecord, archive
from wattwarden.usecases.lake.compact import compact, snapshot
from wattwarden.usecases.telemetry.batch import Record
from wattwarden.usecases.telemetry.replay import replay
from wattwarden.usecases.telemetry.score import score

START = at("2026-06-25T00:00")
NIGHT = at("2026-07-20T02:30")
DAYS = 20
HOUR = 3600.0
SHARDS = ("Telemetry/shardId-0", "Telemetry/shardId-1", "Backfill/shardId-0")


class Threshold(Model):
    """An endpoint that finds everything above 3 kW abnormal."""

    version = "threshold"

    def predict(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        value = features[:, FEATURES.index("value")]
        answer = np.tile(np.array([0.01, 0.2, 0.5, 1.0, 0.5], dtype=np.float32), (len(features), 1))
        answer[:, 0] = np.where(value > 3, 0.9, 0.01)
        return answer


def registers(engine: Engine, hostel: Hostel) -> None:
    """M4 becomes a register, whose current transformer is changed on the tenth day."""
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE meters SET measures = 'register', register_digits = 5 WHERE id = :id"),
            {"id": hostel.meters[3]},
        )
        change = {"meter_id": hostel.meters[3], "at": START + timedelta(days=10), "kind": "ratio", "multiplier": 2.0}
        connection.execute(insert(t.meter_changes).values(**change, note="new transformer"))


def stream(hostel: Hostel) -> list[ShardRecord]:
    """Twenty days as they arrived: a tenth late, some twice, some corrected, some no facts at all."""
    rng = random.Random(7)
    batches: list[Batch | bytes] = []
    for hour in range(DAYS * 24):
        batches.append(_readings(hostel, [(f"M{n}", hour) for n in (1, 2, 3)], rng))
        if hour % 3 == 0:
            batches.append(_registers(hostel, hour))
        if hour % 12 == 0:
            batches.append(_around(hostel, hour, "occupancy"))
            batches.append(_around(hostel, hour, "weather"))
    late = rng.sample(range(len(batches)), len(batches) // 10)
    for place in sorted(late, reverse=True):
        batches.insert(min(len(batches), place + rng.randrange(1, 200)), batches.pop(place))
    for place in rng.sample(range(len(batches)), 30):
        batches.insert(rng.randrange(len(batches)), batches[place])
    for place in rng.sample(range(len(batches)), 20):
        hours = [rng.randrange(DAYS * 24)]
        batches.insert(place, _readings(hostel, [("M2", hour) for hour in hours], rng, correction=True))
    batches += [b"noise", _readings(hostel, [("M9", 5)], rng), _refused(hostel)]
    arrived = NIGHT.timestamp() - 9 * 86_400
    step = 8 * 86_400 / len(batches)
    return [
        ShardRecord(
            shard=SHARDS[n % 3],
            record_id=f"{10**20 + n}",
            arrived_at=arrived + n * step,
            data=batch
            if isinstance(batch, bytes)
            else encode(batch.model_copy(update={"received_at": round(arrived + n * step, 6)})),
        )
        for n, batch in enumerate(batches)
    ]


def _readings(
    hostel: Hostel, keys: Sequence[tuple[str, int]], rng: random.Random, *, correction: bool = False
) -> ReadingsBatch:
    n = len(keys)
    spike = [serial == "M1" and 300 <= hour < 304 for serial, hour in keys]
    return ReadingsBatch(
        hostel_id=hostel.hostel_id,
        source="gateway:1",
        received_at=0.0,
        meter=[serial for serial, _ in keys],
        ts=[START.timestamp() + (hour + 1) * HOUR for _, hour in keys],
        interval_s=[None] * n,
        kwh=[
            round(1.7 + rng.random(), 4) if correction else 6.0 if high else round(0.2 + 0.05 * rng.random(), 4)
            for high in spike
        ],
        register_kwh=[None] * n,
        voltage=[round(228 + 4 * rng.random(), 1) for _ in keys],
        current=[None] * n,
        power_factor=[0.93] * n,
    )


def _registers(hostel: Hostel, hour: int) -> ReadingsBatch:
    nothing: list[float | None] = [None]
    return ReadingsBatch(
        hostel_id=hostel.hostel_id, source="gateway:1", received_at=0.0, meter=["M4"],
        ts=[START.timestamp() + (hour + 1) * HOUR], interval_s=nothing, kwh=nothing,
        register_kwh=[round(99_950 + 0.31 * hour, 4) % 100_000], voltage=nothing, current=nothing,
        power_factor=nothing,
    )  # fmt: skip


def _around(hostel: Hostel, hour: int, kind: str) -> Batch:
    every: dict[str, Any] = {"hostel_id": hostel.hostel_id, "received_at": 0.0}
    ts = START.timestamp() + hour * HOUR
    if kind == "occupancy":
        return OccupancyBatch(**every, source="gateway:1", room=["A-1", "A-2"], ts=[ts, ts], count=[hour % 3, 1])
    return WeatherBatch(**every, source="open-meteo", ts=[ts], temperature_c=[20.0 + hour % 24], humidity=[None])


def _refused(hostel: Hostel) -> RefusedBatch:
    return RefusedBatch(
        hostel_id=hostel.hostel_id, source="gateway:1", received_at=0.0, meter=["M1"], ts=[0.0], kwh=[0.4],
        register_kwh=[None], reason=["clock_wrong"], detail=["the clock was never set"],
    )  # fmt: skip


@pytest.fixture
def lake(tmp_path: Path) -> FolderLake:
    return FolderLake(tmp_path / "lake")


@pytest.fixture
def another(server: Database) -> Iterator[Engine]:
    engine = fresh_database(server.as_secret(), "wattwarden_rebuilt_in_test")
    yield engine
    engine.dispose()


def live(records: Sequence[ShardRecord], engine: Engine, model: Model, at_once: int) -> None:
    """As score_readings and replay_meters take them, each in its turn."""
    store, replays, bus, later = PostgresTelemetry(engine), PostgresReplays(engine), FakeBus(), timedelta(days=400)
    for start in range(0, len(records), at_once):
        batch = [_record(r) for r in records[start : start + at_once]]
        score(batch, store, model, bus, NIGHT)
        if start // at_once % 5 == 0:
            replay(replays, model, bus, datetime.now(UTC) + later, lambda: 60.0)
    done = replay(replays, model, bus, datetime.now(UTC) + later, lambda: 60.0)
    assert not done.failed


def archived(records: Sequence[ShardRecord], lake: FolderLake) -> None:
    """By shard, in batches of some records, one of which comes again, differently cut."""
    for shard in SHARDS:
        mine = [record for record in records if record.shard == shard]
        for start in range(0, len(mine), 17):
            archive(mine[start : start + 17], lake)
        archive(mine[5:40], lake)


def _record(record: ShardRecord) -> Record:
    return Record(f"{record.shard.partition('/')[0]}:{record.record_id}", record.data)


@pytest.mark.parametrize("without_model", [0.0, 0.5], ids=["model", "rules, then model"])
def test_a_database_rebuilt_from_raw_files_is_identical(
    engine: Engine, hostel: Hostel, another: Engine, lake: FolderLake, without_model: float
) -> None:
    registers(engine, hostel)
    records, model = stream(hostel), Threshold()
    trained = int(without_model * len(records))
    live(records[:trained], engine, SilentModel(), at_once=46)
    with engine.begin() as connection:
        began = datetime.fromtimestamp(records[trained].arrived_at, UTC)
        connection.execute(insert(t.model_versions).values(name="m", state="champion", activated_at=began))
    live(records[trained:], engine, model, at_once=46)
    archived(records, lake)
    source = PostgresLakeSource(engine)
    compact(NIGHT - timedelta(days=3), lake, source, lambda: 900.0)
    snapshot(NIGHT.date(), lake, source)

    done = rebuild(lake.folder, another, model)

    with engine.connect() as here, another.connect() as there:
        found, wanted = digests(there), digests(here)
    assert found == wanted
    assert all(digest.rows for digest in wanted.values()), "every table was put to the test"
    assert done.records == len(records)
    assert rows_of(another, "SELECT * FROM meter_state WHERE replay_from IS NOT NULL") == []
    with another.begin() as there:
        there.execute(
            text("UPDATE readings SET voltage = voltage + 0.1 WHERE meter_id = :id"), {"id": hostel.meters[1]}
        )
        assert [name for name, digest in digests(there).items() if digest != wanted[name]] == ["readings"]


def test_facts_up_to_a_tip_leave_out_what_came_after_it(hostel: Hostel, lake: FolderLake) -> None:
    records = stream(hostel)[:60]
    archived(records, lake)
    tips = {SHARDS[0]: records[30].record_id}
    taken = [fact.record for fact in facts.in_order(lake.folder, tips)]
    wanted = [r for r in records if r.shard != SHARDS[0] or int(r.record_id) <= int(records[30].record_id)]
    assert taken == [_record(r) for r in wanted]


def test_records_come_back_byte_for_byte_and_in_the_order_of_their_arrival(hostel: Hostel, lake: FolderLake) -> None:
    records = stream(hostel)
    archived(records, lake)
    assert [fact.record for fact in facts.in_order(lake.folder)] == [_record(record) for record in records]


def test_the_night_writes_what_the_database_holds_of_each_day(engine: Engine, hostel: Hostel, lake: FolderLake) -> None:
    registers(engine, hostel)
    records = stream(hostel)
    live(records, engine, Threshold(), at_once=40)
    compact(NIGHT, lake, PostgresLakeSource(engine), lambda: 900.0)
    with views.connect(lake.folder) as database:
        for table in ("readings_hourly", "readings_daily"):
            (there,) = rows_of(engine, f"SELECT count(*) AS n, sum(kwh) AS kwh, sum(readings) AS readings FROM {table}")
            (here,) = database.sql(f"SELECT count(*), sum(kwh), sum(readings) FROM {table}").fetchall()
            assert here == (there["n"], there["kwh"], there["readings"])
        anomalies = database.sql("SELECT id, reasons FROM anomalies ORDER BY id").fetchall()
        stored = rows_of(engine, "SELECT id::text, reasons FROM anomalies ORDER BY id::text")
        assert [(id_, json.loads(reasons)) for id_, reasons in anomalies] == [(r["id"], r["reasons"]) for r in stored]
        assert anomalies
        assert database.sql("SELECT serial FROM meters ORDER BY id").fetchall() == [("M1",), ("M2",), ("M3",), ("M4",)]
        assert database.sql("SELECT note, created_at IS NOT NULL FROM meter_changes").fetchall() == [
            ("new transformer", True)
        ]
        for day, low, high in database.sql(
            "SELECT dt, min(hour)::date, max(hour)::date FROM readings_hourly GROUP BY 1"
        ).fetchall():
            assert low == high == day


def test_features_are_those_the_detector_saw_wherever_the_fold_begins(
    engine: Engine, hostel: Hostel, lake: FolderLake
) -> None:
    registers(engine, hostel)

    class Heard(Threshold):
        def predict(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
            seen.append(features)
            return super().predict(features)

    seen: list[NDArray[np.float32]] = []
    in_order = sorted(stream(hostel), key=lambda record: _first_ts(record.data))
    live(in_order, engine, Heard(), at_once=len(in_order))
    source = PostgresLakeSource(engine)
    compact(NIGHT, lake, source, lambda: 900.0)
    whole = _features(lake)
    assert len(whole) == rows_of(engine, "SELECT count(*) AS n FROM readings")[0]["n"]

    index = next(lake.folder.glob("processed/_index/features/*.json"))
    known = json.loads(index.read_text()) | {"2026-07-12": "something else"}
    lake.write_text(index.relative_to(lake.folder).as_posix(), json.dumps(known))
    done = compact(NIGHT, lake, source, lambda: 900.0)
    assert 0 < done.days["processed/features"] < DAYS - 10
    assert _features(lake) == whole


def _features(lake: FolderLake) -> dict[tuple[int, datetime], tuple[float, ...]]:
    rows: dict[tuple[int, datetime], tuple[float, ...]] = {}
    for file in lake.files("processed/features/"):
        for row in pq.read_table(io.BytesIO((lake.folder / file.key).read_bytes())).to_pylist():
            key = (row.pop("meter_id"), row.pop("ts"))
            assert key not in rows
            rows[key] = tuple(-1e9 if value is None else value for value in row.values())
    return rows


def _first_ts(data: bytes) -> float:
    try:
        return decode(data).ts[0]
    except ValueError:
        return 0.0


def test_a_snapshot_holds_every_column_of_the_registry_but_who_entered_it_and_scores() -> None:
    for name in REGISTRY:
        columns = set(t.metadata.tables[name].columns.keys())
        assert set(TABLES[f"registry/{name}"]) == columns - {"created_by", "metrics"}, name


def test_anomalies_leave_with_all_their_columns() -> None:
    assert list(TABLES["processed/anomalies"]) == list(t.anomalies.columns.keys())


def test_every_table_of_facts_and_of_what_follows_is_compared() -> None:
    names = {"readings", "reading_versions", "meter_state", "anomalies", "incidents", "occupancy", "weather"}
    assert set(COMPARED) >= names


class Read(Streams):
    """Streams whose reader is at the end, unless something waits."""

    waiting = False

    def places(self, function: str) -> dict[str, str | None]:
        assert function == "score"
        return {"Telemetry/shardId-0": "7", "Backfill/shardId-0": None}

    def oldest(self, places: dict[str, str | None]) -> datetime | None:
        assert places == self.places("score")
        return datetime.now(UTC) - timedelta(seconds=90) if self.waiting else None


@pytest.fixture
def read(tmp_path: Path) -> Read:
    return Read(State(tmp_path, 9399), None, ())  # type: ignore[arg-type] # it asks nobody


@pytest.fixture
def told() -> list[Step]:
    return []


def test_what_is_hashed_is_one_view_however_the_database_goes_on(engine: Engine, hostel: Hostel, read: Read) -> None:
    registers(engine, hostel)
    live(stream(hostel)[:40], engine, SilentModel(), at_once=40)
    with at_rest(engine, read, "score", patience_s=5) as (connection, tips):
        before = digests(connection)
        live(stream(hostel)[40:80], engine, SilentModel(), at_once=40)
        assert digests(connection) == before
    assert tips == {"Telemetry/shardId-0": "7"}


def test_a_database_is_not_at_rest_while_a_replay_is_due_or_a_record_waits(
    engine: Engine, hostel: Hostel, read: Read, told: list[Step], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moment, "POLL_S", 0.01)
    live(stream(hostel)[:40], engine, SilentModel(), at_once=40)
    assert mark_all(engine) == 4
    with pytest.raises(NeverStillError), at_rest(engine, read, "score", patience_s=0.1, tell=told.append):
        pass
    assert {str(step) for step in told} == {"waiting for the running system's replays: 4 of 4 marked meters left"}
    replay(PostgresReplays(engine), SilentModel(), FakeBus(), datetime.now(UTC) + timedelta(days=1), lambda: 60.0)
    with at_rest(engine, read, "score", patience_s=5):
        pass
    monkeypatch.setattr(Read, "waiting", True)
    told.clear()
    with pytest.raises(NeverStillError), at_rest(engine, read, "score", patience_s=0.1, tell=told.append):
        pass
    assert {str(step) for step in told} == {"waiting for score to read the streams: 90 s behind"}


def test_a_database_with_a_meter_whose_replay_fails_is_waited_for_no_longer_than_for_the_others(
    engine: Engine, hostel: Hostel, read: Read, told: list[Step], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moment, "POLL_S", 0.01)
    live(stream(hostel)[:40], engine, SilentModel(), at_once=40)
    mark_all(engine)
    replays, later = PostgresReplays(engine), datetime.now(UTC) + timedelta(days=1)
    replays.note_failure(hostel.meters[2], "ValueError: its facts cannot be read", later)
    with pytest.raises(NeverStillError), at_rest(engine, read, "score", patience_s=0.1, tell=told.append):
        pass
    named = "the replay of meter M3 of hostel-1 failed once: ValueError: its facts cannot be read"
    assert (told[-1].left, told[-1].note) == (4, named)
    replay(replays, SilentModel(), FakeBus(), later, lambda: 60.0)
    with pytest.raises(ReplaysFailError, match=named), at_rest(engine, read, "score", patience_s=600):
        pass


class Unreadable(Exception):  # noqa: N818 - it stands for any
    pass


def test_a_rebuild_tells_what_is_left_and_names_a_meter_that_cannot_be_replayed(
    engine: Engine,
    hostel: Hostel,
    another: Engine,
    lake: FolderLake,
    told: list[Step],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    records = stream(hostel)
    archived(records, lake)
    snapshot(NIGHT.date(), lake, PostgresLakeSource(engine))
    monkeypatch.setattr("local.lake.rebuild.READINGS_AT_ONCE", 400)
    monkeypatch.setattr("local.lake.rebuild.TOLD_EVERY_S", 0.0)

    done = rebuild(lake.folder, another, SilentModel(), tell=told.append)

    left: dict[str, list[float]] = {"scoring": [], "replaying in the new database": []}
    for step in told:
        if step.what in left and step.left is not None:
            left[step.what].append(step.left)
    scoring, replaying = left.values()
    assert len(scoring) > 3
    assert (scoring, replaying) == (sorted(scoring, reverse=True), sorted(replaying, reverse=True))
    assert (scoring[0], replaying[0]) == (done.readings, done.replayed)
    assert scoring[-1] < 500
    assert replaying[-1] == 0

    whole = PostgresReplays.facts

    def facts_but(self: PostgresReplays, tasks: Sequence[ReplayTask]) -> ReadingColumns:
        if any(task.context.serial == "M2" for task in tasks):
            raise Unreadable("its facts cannot be read")
        return whole(self, tasks)

    with another.begin() as connection:
        for table in reversed(t.metadata.sorted_tables):
            connection.execute(table.delete())
    monkeypatch.setattr(PostgresReplays, "facts", facts_but)
    with pytest.raises(ReplaysFailError, match="of meter M2 of hostel-1 failed once: Unreadable: its facts") as error:
        rebuild(lake.folder, another, SilentModel())
    assert isinstance(error.value.__cause__, ExceptionGroup)


def test_status_counts_what_waits_and_what_was_set_aside(engine: Engine, hostel: Hostel) -> None:
    live(stream(hostel)[:40], engine, SilentModel(), at_once=40)
    mark_all(engine)
    now = datetime.now(UTC)
    for _ in range(2):
        PostgresReplays(engine).note_failure(hostel.meters[0], "E: " + "x" * 900, now)
    kept = [
        (Reason.PROCESSING_FAILED, {"hostel_id": 1, "meter": "M1"}, None),
        (Reason.PROCESSING_FAILED, {"hostel_id": 1, "meter": "M1"}, None),
        (Reason.PROCESSING_FAILED, {"hostel_id": 2, "meter": "M1"}, None),
        (Reason.PROCESSING_FAILED, {"record_id": "r", "data_hex": "00"}, None),
        (Reason.PROCESSING_FAILED, {"hostel_id": 3, "meter": "M1"}, now),
        ("unknown_meter", {"hostel_id": 4, "meter": "M1"}, None),
    ]
    with engine.begin() as connection:
        connection.execute(
            insert(t.quarantine),
            [
                {"dedupe_key": str(n), "source": "", "reason": reason, "detail": "", "payload": said, "redriven_at": at}
                for n, (reason, said, at) in enumerate(kept)
            ],
        )

    def ask(sql: str) -> list[tuple[Any, ...]]:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(sql))]

    waiting = replays(ask)
    [failing] = waiting.failing
    assert (waiting.marked, waiting.stuck) == (4, False)
    assert 0 <= waiting.oldest_s < 60
    assert failing[:3] == ("M1", "hostel-1", 2)
    assert len(failing.error) == ERROR_SHOWN
    assert failing.next_at == now + timedelta(minutes=2)
    assert set_aside(ask) == (4, 2)
