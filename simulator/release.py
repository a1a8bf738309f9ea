"""Hostels that the detector is scored on once: their seeds lie apart from those of development (1-99)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from simulator import buildings
from simulator.clock import DAY
from simulator.corpus import DIFFICULTIES, as_table, randomised_campus, randomised_hostel
from simulator.events import FROM_HABIT
from simulator.generator import Hostel, generate, hostel
from simulator.nature import Nature

SEEDS = tuple(range(10001, 10007))
ROOMS, DAYS = 12, 90
START = datetime(2025, 9, 1, tzinfo=UTC).timestamp()
BUILDINGS = "buildings"
_CHANNELS = ("voltage", "current", "power_factor", "temperature_c", "humidity", "occupancy")

_UNUSUAL = {
    "tenths of a kWh": Nature(step_kwh=0.1),
    "power goes with the key": Nature(key_cards=True),
    "power factor of what is on": Nature(by_appliance=True, kettles=0.05, kettle_kw=0.2),
    "low voltage in the evening": Nature(sag_volts=18.0, volts=0.99),
    "stand-by that never wobbles": Nature(standing_wobble=0.0),
    "regular people, overuse and surges": Nature(burst=0.15, mood=0.1, kettles=0.002, guests_per_month=0.2, mix={}),
}

Variant = tuple[str, pa.Table]


def tables(seeds: tuple[int, ...] = SEEDS) -> Iterator[Variant]:
    """The tables of the scoreboard by name: each difficulty, buildings, and what is made of `normal` or like it."""
    for difficulty in DIFFICULTIES:
        specs = [_spec(seed, difficulty) for seed in seeds]
        table = _together(difficulty, specs)
        yield difficulty, table
        if difficulty == "normal":
            yield from _with_less(table)
            yield "load x 20", _scaled(table, 20.0)
            yield "quarters of an hour", _together("quarters", specs, interval_minutes=15)
            for name, nature in _UNUSUAL.items():
                yield name, _together(name, [replace(spec, nature=nature) for spec in specs])
    unlike = [_unlike(seed, index) for index, seed in enumerate(seeds)]
    yield "hostels unlike any other", pa.concat_tables(unlike)
    campuses = [randomised_campus(seed, index, ROOMS) for index, seed in enumerate(seeds)]
    parts = [buildings.table(f"{BUILDINGS}-{campus.seed}", campus, first_day, DAYS) for campus, first_day in campuses]
    yield BUILDINGS, pa.concat_tables(parts)


def write(folder: Path) -> dict[str, Path]:
    """Write the tables as Parquet; their files by name."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {}
    for name, table in tables():
        files[name] = folder / f"{name.replace(' ', '-')}.parquet"
        pq.write_table(table, files[name], compression="zstd")
    return files


def _spec(seed: int, difficulty: str) -> Hostel:
    if difficulty == "shifted":
        return hostel(seed, rooms=ROOMS, shifted=True)
    return hostel(seed, rooms=ROOMS, difficulty=difficulty)


def _together(name: str, specs: list[Hostel], *, interval_minutes: int = 60) -> pa.Table:
    end = START + DAYS * DAY
    made = [
        as_table(f"{name}-{spec.seed}", spec, generate(spec, START, end, interval_minutes=interval_minutes))
        for spec in specs
    ]
    return pa.concat_tables(made)


def _unlike(seed: int, index: int) -> pa.Table:
    """A hostel of drawn constants in which every kind happens that can, those held out of training too."""
    spec, first = randomised_hostel(seed, index, ROOMS)
    happens = {fault: spec.nature.mix[fault] for fault in FROM_HABIT}
    spec = replace(spec, nature=replace(spec.nature, mix=happens), counts_heads=True, full_meters=True)
    return as_table(f"unlike-{seed}", spec, generate(spec, first, first + DAYS * DAY))


def _with_less(table: pa.Table) -> Iterator[Variant]:
    """The same readings from meters and hostels that tell less."""
    yield "no head counts", _without(table, "occupancy")
    yield "no voltage or power factor", _without(table, "voltage", "current", "power_factor")
    yield "kWh and beds", _without(table, *_CHANNELS)
    bare = _without(table, *_CHANNELS)
    beds = table.column_names.index("beds")
    yield "kWh alone", bare.set_column(beds, "beds", pa.array(np.zeros(len(table), dtype=np.int16)))


def _without(table: pa.Table, *channels: str) -> pa.Table:
    """Nor is it known, then, who has air conditioning."""
    for name in channels:
        place = table.column_names.index(name)
        table = table.set_column(place, name, pa.array(np.full(len(table), np.nan, dtype=np.float32)))
    place = table.column_names.index("has_ac")
    return table.set_column(place, "has_ac", pa.array(np.zeros(len(table), dtype=np.bool_)))


def _scaled(table: pa.Table, factor: float) -> pa.Table:
    """Larger or smaller rooms: everything they use, and everything that goes wrong, times the factor."""
    place = table.column_names.index("kwh")
    scaled = pc.cast(pc.multiply(table["kwh"], factor), pa.float32())
    return table.set_column(place, "kwh", scaled)
