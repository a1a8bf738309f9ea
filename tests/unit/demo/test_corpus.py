from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from simulator.__main__ import ready
from simulator.corpus import DIFFICULTIES, HELD_OUT, CorpusPlan, build, write
from simulator.nature import drawn

SMALL = CorpusPlan(hostels=4, rooms=3, campuses=1, buildings=2, days=20)


def test_the_corpus_has_the_columns_the_detector_trains_on() -> None:
    schema = build(SMALL).schema
    assert {field.name: field.type for field in schema} == {
        "hostel": pa.string(),
        "meter": pa.string(),
        "ts": pa.float64(),
        "interval_s": pa.float32(),
        "timezone": pa.string(),
        "kwh": pa.float32(),
        "voltage": pa.float32(),
        "current": pa.float32(),
        "power_factor": pa.float32(),
        "temperature_c": pa.float32(),
        "humidity": pa.float32(),
        "occupancy": pa.float32(),
        "beds": pa.int16(),
        "has_ac": pa.bool_(),
        "nominal_voltage": pa.float32(),
        "label": pa.int8(),
        "kind": pa.string(),
        "difficulty": pa.string(),
    }


def test_a_seed_makes_one_corpus_and_another_seed_another() -> None:
    one, again, other = (build(plan).to_pandas() for plan in (SMALL, SMALL, replace(SMALL, seed=8)))
    pd.testing.assert_frame_equal(one, again)
    assert not one["kwh"].equals(other["kwh"])


def test_the_corpus_is_made_once(tmp_path: Path) -> None:
    assert write(SMALL, tmp_path)[1]
    assert not write(SMALL, tmp_path)[1]
    assert write(replace(SMALL, seed=8), tmp_path)[1]


def test_every_difficulty_is_there_and_buildings_too() -> None:
    table = build(SMALL)
    assert set(table["difficulty"].to_pylist()) == {*DIFFICULTIES, "buildings"}
    measures_a_room = table["beds"].to_numpy() > 0
    assert np.array_equal(measures_a_room, table["difficulty"].to_numpy(zero_copy_only=False) != "buildings")


def test_what_is_held_out_never_happens() -> None:
    kinds = set(build(replace(SMALL, days=60, rooms=8)).to_pandas().query("beds > 0")["kind"].dropna())
    assert len(kinds) > 5
    assert kinds.isdisjoint({str(kind) for kind in HELD_OUT})


def test_no_two_hostels_are_alike() -> None:
    rng = np.random.default_rng(1)
    one, two = drawn(rng), drawn(rng)
    assert one.ac_kw != two.ac_kw
    assert one.mix != two.mix


def test_the_corpus_of_a_deployment_is_made_once_and_lies_alone(tmp_path: Path) -> None:
    folder = ready(tmp_path, SMALL)
    (file,) = folder.iterdir()
    made = file.stat().st_mtime_ns
    assert ready(tmp_path, SMALL) == folder
    assert file.stat().st_mtime_ns == made
    assert list(tmp_path.iterdir()) == [folder]
    other = ready(tmp_path, replace(SMALL, seed=8))
    assert other != folder
    assert (other / file.name).read_bytes() != file.read_bytes()


def test_a_corpus_is_the_same_to_the_byte_so_that_it_is_sent_once(tmp_path: Path) -> None:
    one, other = (ready(tmp_path / name, SMALL) for name in ("one", "other"))
    assert (one / "corpus.parquet").read_bytes() == (other / "corpus.parquet").read_bytes()
