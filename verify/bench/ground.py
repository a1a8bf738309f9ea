"""A PostgreSQL of the bench's own, furnished with hostels whose meters have three weeks behind them."""

import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import batched
from pathlib import Path

import numpy as np
import pg8000.native
import psutil
from sqlalchemy import Engine, text

from local.postgres import Database, postgres_server
from simulator.clock import DAY, HOUR
from simulator.generator import generate, hostel
from wattwarden.adapters.postgres.base.engine import engine_of
from wattwarden.adapters.postgres.migrations.migrate import upgrade
from wattwarden.adapters.postgres.telemetry.scoring import PostgresTelemetry
from wattwarden.contracts.telemetry import ReadingsBatch, encode
from wattwarden.detection import MeterStates, Observations, Rooms, advance, hour_of_week
from wattwarden.domain.meters import StateRow
from wattwarden.domain.registers import RegisterState
from wattwarden.ports.scoring import Effects
from wattwarden.usecases.telemetry.batch import Record

FOLDER = Path("/var/tmp")  # noqa: S108 - it may grow to many gigabytes, which /tmp need not hold
ROOMS_OF_HOSTEL = 1_000
PASTS = 64
"""Different pasts; meters share them in turn."""
PAST_DAYS = 21
INTERVAL_S = 60.0

_HOSTELS = text("""
INSERT INTO hostels (code, name, timezone, currency, latitude, longitude)
SELECT 'bench-' || n, 'Bench ' || n, 'UTC', 'EUR', 50, 8 FROM generate_series(1, :hostels) n
""")
_TARIFFS = text("""
INSERT INTO tariffs (hostel_id, valid_from, price_per_kwh, currency)
SELECT id, '2000-01-01', 0.30, 'EUR' FROM hostels
""")
_ROOMS = text("""
INSERT INTO rooms (hostel_id, block, floor, name, beds, has_ac)
SELECT h.id, 'block-' || n / 100, mod(n / 20, 5), 'room-' || n, 4, false
FROM (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM hostels) h
CROSS JOIN generate_series(0, :each - 1) n
WHERE h.place * :each + n < :rooms
""")
_METERS = text("""
INSERT INTO meters (hostel_id, room_id, serial, measures, interval_minutes, nominal_voltage)
SELECT hostel_id, id, name, 'interval', 1, 230 FROM rooms ORDER BY id
""")
_LISTED = text("SELECT id, hostel_id, serial FROM meters ORDER BY hostel_id, id")


@dataclass(frozen=True, slots=True)
class Meter:
    meter_id: int
    hostel_id: int
    serial: str


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds: on the wall clock, of this process's processor, and of PostgreSQL's."""

    wall: float
    consumer: float
    database: float

    @property
    def cpu(self) -> float:
        """Of both processors' times."""
        return self.consumer + self.database


class Ground:
    """The database and its meters. Readings begin at `now`, at the start of an hour."""

    def __init__(self, database: Database, data: Path) -> None:
        self.engine: Engine = engine_of(lambda **_: database.as_secret(), "bench")
        self._database = database
        self._postmaster = psutil.Process(int((data / "postmaster.pid").read_text().split()[0]))
        self.meters: list[Meter] = []
        self.now = time.time() // HOUR * HOUR - 2 * HOUR
        upgrade(self.engine)
        self.store = PostgresTelemetry(self.engine)

    def furnish(self, rooms: int) -> None:
        """Replace all that is there by hostels of up to 1,000 rooms, a one-minute meter in each."""
        hostels = -(-rooms // ROOMS_OF_HOSTEL)
        with self.engine.begin() as connection:
            connection.execute(text("TRUNCATE hostels CASCADE"))
            connection.execute(text("TRUNCATE readings, readings_hourly, readings_daily, reading_versions"))
            connection.execute(_HOSTELS, {"hostels": hostels})
            connection.execute(_TARIFFS)
            connection.execute(_ROOMS, {"each": min(rooms, ROOMS_OF_HOSTEL), "rooms": rooms})
            connection.execute(_METERS)
            self.meters = [Meter(*row) for row in connection.execute(_LISTED)]
        pasts = past_states(self.now)
        for part in batched(enumerate(self.meters), 1_000, strict=False):
            self.store.commit(Effects(states=[_state(meter, pasts[n % PASTS], self.now) for n, meter in part]))
        self.run("VACUUM ANALYZE")

    def forget(self) -> None:
        """What the consumer's process remembers of meters goes."""
        self.store = PostgresTelemetry(self.engine)

    def run(self, statement: str) -> None:
        """One statement outside a transaction, as the server's administrator."""
        address = self._database
        with pg8000.native.Connection(
            "postgres", host=address.host, port=address.port, password=address.password, database=address.dbname
        ) as connection:
            connection.run(statement)

    @contextmanager
    def spending(self) -> Iterator[list[Spent]]:
        """What the block costs: the list has one entry once it has ended."""
        found: list[Spent] = []
        wall, consumer, database = time.perf_counter(), time.process_time(), self._database_seconds()
        yield found
        found.append(
            Spent(time.perf_counter() - wall, time.process_time() - consumer, self._database_seconds() - database)
        )

    def _database_seconds(self) -> float:
        """Processor time of all of PostgreSQL, but for connections that have ended."""
        total = 0.0
        for process in (self._postmaster, *self._postmaster.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                total += times.user + times.system
        return total


@contextmanager
def ground() -> Iterator[Ground]:
    """The bench's own server, as durable as the real one; deleted afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="wattwarden-bench-", dir=FOLDER))
    folder.chmod(0o755)  # PostgreSQL runs as another user where this process is root
    try:
        with postgres_server(folder / "postgres", durable=True) as database:
            made = Ground(database, folder / "postgres" / "data")
            yield made
            made.engine.dispose()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def past_states(now: float) -> list[tuple[bytes, bytes]]:
    """States and rings of rooms that the detector has followed for three weeks, hour by hour."""
    spec = replace(hostel(29, rooms=PASTS), event_rate=0.0, timezone="UTC", beds=(4,) * PASTS, has_ac=(False,) * PASTS)
    data = generate(spec, now - PAST_DAYS * DAY, now)
    ticks = len(data.ts)
    ts = np.tile(data.ts, PASTS)
    unknown = np.full(len(ts), np.nan)
    observations = Observations(
        meter=np.repeat(np.arange(PASTS), ticks),
        ts=ts,
        interval_s=np.full(len(ts), HOUR),
        hour_of_week=hour_of_week(ts - HOUR, "UTC"),
        kwh=data.kwh.ravel(),
        voltage=data.voltage.ravel(),
        current=unknown,
        power_factor=data.power_factor.ravel(),
        temperature_c=unknown,
        humidity=unknown,
        occupancy=unknown,
    )
    rooms = Rooms(
        beds=np.full(PASTS, 4, dtype=np.int16),
        has_ac=np.zeros(PASTS, dtype=np.bool_),
        nominal_voltage=np.full(PASTS, 230.0),
    )
    states = MeterStates.new(PASTS)
    advance(states, rooms, observations)
    return list(zip(states.dump(), states.dump_rings(np.arange(PASTS)), strict=True))


def _state(meter: Meter, past: tuple[bytes, bytes], now: float) -> StateRow:
    return StateRow(
        meter_id=meter.meter_id,
        loaded_version=0,
        state=past[0],
        ring=past[1],
        last_ts=now,
        register=RegisterState(),
        last_kw=0.2,
        expected_low_kw=0.1,
        expected_kw=0.2,
        expected_high_kw=0.4,
        last_received_at=now,
        stuck_since=None,
        checkpoint=False,
    )


def record(meters: Sequence[Meter], ts: float, number: int, interval_s: float = INTERVAL_S) -> Record:
    """A record of the stream: a reading of each of these meters (of one hostel), with two measures, at `ts`."""
    rng = np.random.default_rng(number)
    nothing: list[float | None] = [None] * len(meters)
    kwh = np.round(0.2 * interval_s / 3600 * np.exp(0.3 * rng.standard_normal(len(meters))), 6)
    batch = ReadingsBatch(
        hostel_id=meters[0].hostel_id,
        source="gateway:1",
        received_at=ts + 1,
        meter=[meter.serial for meter in meters],
        ts=[ts] * len(meters),
        interval_s=nothing if interval_s == INTERVAL_S else [interval_s] * len(meters),
        kwh=kwh.tolist(),
        register_kwh=nothing,
        voltage=np.round(231 + rng.standard_normal(len(meters)), 1).tolist(),
        current=nothing,
        power_factor=nothing,
    )
    return Record(f"bench-{number}", encode(batch))
