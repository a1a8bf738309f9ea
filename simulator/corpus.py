"""A labelled corpus: randomised hostels and campuses in the shape of the training data, written as one Parquet file."""

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from simulator import buildings
from simulator.buildings import Campus
from simulator.climate import CLIMATES
from simulator.clock import DAY
from simulator.events import KINDS, Fault, Telemetry
from simulator.generator import STRENGTH, Hostel, generate
from simulator.nature import drawn
from simulator.noise import fixed

FILE_NAME = "corpus.parquet"
FINGERPRINT = b"wattwarden.corpus"
SOURCES = tuple(
    f"{name}.py"
    for name in ("buildings", "clock", "climate", "corpus", "events", "generator", "nature", "noise", "people")
)
PLACES = {
    "humid": ("Asia/Kolkata", 230.0),
    "dry": ("Asia/Kolkata", 230.0),
    "highland": ("Africa/Nairobi", 240.0),
    "temperate": ("Europe/Berlin", 230.0),
    "southern": ("Australia/Sydney", 230.0),
}


EARLIEST = datetime(2022, 1, 1, tzinfo=UTC).timestamp()
HELD_OUT = (Fault.NIGHT_USE, Fault.POWER_FACTOR)
"""Kinds that never happen in a corpus, to learn how the detector takes what it was not taught."""
DIFFICULTIES = ("easy", "normal", "hard", "shifted")
SHIFTED_RATE, SHIFTED_AC = 0.5, 0.75
"""The shifted hostel: fewer events, and air conditioning in most rooms."""


@dataclass(frozen=True, slots=True)
class CorpusPlan:
    seed: int = 7
    hostels: int = 128
    rooms: int = 6
    campuses: int = 24
    buildings: int = 7
    """Meters of a campus: kWh alone, and no beds."""
    days: int = 90
    interval_minutes: int = 60

    def fingerprint(self) -> str:
        """Changes with the plan and with the generator's source, so that an equal one means an equal corpus."""
        digest = hashlib.sha256(repr(self).encode())
        for source in SOURCES:
            digest.update((Path(__file__).parent / source).read_bytes())
        return digest.hexdigest()


def randomised_hostel(seed: int, index: int, rooms: int, *, difficulty: str = "normal") -> tuple[Hostel, float]:
    """A hostel that differs from its neighbours in all a detector must not lean on; and when its record starts."""
    rng = fixed(seed, f"corpus hostel {index}")
    place = list(PLACES)[index % len(PLACES)]
    timezone, volts = PLACES[place]
    shifted = difficulty == "shifted"
    share = SHIFTED_AC if shifted else rng.uniform(0, 0.9)
    first = EARLIEST + DAY * int(rng.integers(0, 3 * 365))
    nature = drawn(rng)
    spec = Hostel(
        seed=int(rng.integers(1_000, 2**31)),
        timezone=timezone,
        climate=CLIMATES[place],
        beds=tuple(int(beds) for beds in rng.choice((2, 4, 6), rooms)),
        has_ac=tuple(bool(ac) for ac in rng.random(rooms) < share),
        nominal_voltage=volts,
        event_rate=(SHIFTED_RATE if shifted else 1.0) * float(rng.uniform(1.0, 2.5)),
        strength=STRENGTH.get(difficulty, 1.0) * float(rng.uniform(0.8, 1.25)),
        counts_heads=bool(rng.random() > 0.15),  # noqa: PLR2004 some hostels count nobody
        full_meters=bool(rng.random() > 0.15),  # noqa: PLR2004 some meters know only energy
        nature=replace(nature, mix=nature.mix | dict.fromkeys(HELD_OUT, 0.0)),
    )
    return spec, first


def randomised_campus(seed: int, index: int, meters: int) -> tuple[Campus, int]:
    """A campus, and the first day of its record."""
    rng = fixed(seed, f"corpus campus {index}")
    place = list(PLACES)[index % len(PLACES)]
    campus = Campus(
        seed=int(rng.integers(1_000, 2**31)),
        timezone=PLACES[place][0],
        climate=place,
        meters=meters,
        event_rate=float(rng.uniform(0.5, 1.3)),
        strength=float(rng.uniform(0.7, 1.3)),
        holidays_per_month=float(rng.uniform(0.3, 1.5)),
    )
    return campus, int(EARLIEST // DAY) + int(rng.integers(0, 3 * 365))


def build(plan: CorpusPlan) -> pa.Table:
    tables = []
    for index in range(plan.hostels):
        difficulty = DIFFICULTIES[index % len(DIFFICULTIES)]
        spec, first = randomised_hostel(plan.seed, index, plan.rooms, difficulty=difficulty)
        data = generate(spec, first, first + plan.days * DAY, interval_minutes=plan.interval_minutes)
        tables.append(_marked(as_table(f"corpus-{index:02d}", spec, data), difficulty))
    for index in range(plan.campuses):
        campus, first_day = randomised_campus(plan.seed, index, plan.buildings)
        tables.append(_marked(buildings.table(f"campus-{index:02d}", campus, first_day, plan.days), "buildings"))
    table = pa.concat_tables(tables)
    return table.replace_schema_metadata({FINGERPRINT: plan.fingerprint().encode()})


def _marked(table: pa.Table, difficulty: str) -> pa.Table:
    return table.append_column("difficulty", pa.array([difficulty] * len(table)))


def as_table(name: str, spec: Hostel, data: Telemetry) -> pa.Table:
    """Rows by meter, then time; intervals that never arrived are left out."""
    arrived = ~data.missing
    room, column = np.nonzero(arrived)
    rows = len(room)

    def single(values: np.ndarray) -> pa.Array:
        return pa.array(values.astype(np.float32))

    def measured(values: np.ndarray) -> pa.Array:
        return single(values[arrived] if spec.full_meters else np.full(rows, np.nan))

    kind_names = pa.array([str(kind) for kind in KINDS])
    kinds = data.kind[arrived].astype(np.int8)
    names = pa.array([f"{name}/{index:03d}" for index in range(spec.rooms)])
    return pa.table(
        {
            "hostel": pa.array([name] * rows),
            "meter": names.take(pa.array(room)),
            "ts": pa.array(data.ts[column]),
            "interval_s": single(np.full(rows, data.interval_s)),
            "timezone": pa.array([spec.timezone] * rows),
            "kwh": single(data.kwh[arrived]),
            "voltage": measured(data.voltage),
            "current": measured(data.current),
            "power_factor": measured(data.power_factor),
            "temperature_c": single(data.temperature_c[column]),
            "humidity": single(data.humidity[column]),
            "occupancy": single(data.occupancy[arrived]),
            "beds": pa.array(np.array(spec.beds, dtype=np.int16)[room]),
            "has_ac": pa.array(np.array(spec.has_ac)[room]),
            "nominal_voltage": single(np.full(rows, spec.nominal_voltage)),
            "label": pa.array(data.label[arrived]),
            "kind": kind_names.take(pa.array(kinds, mask=kinds < 0)),
        }
    )


def write(plan: CorpusPlan, folder: Path) -> tuple[Path, bool]:
    """Write the corpus into the folder; the answer says whether it had to be made."""
    target = folder / FILE_NAME
    if target.exists() and pq.read_schema(target).metadata.get(FINGERPRINT) == plan.fingerprint().encode():
        return target, False
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(build(plan), target, compression="zstd")
    return target, True
