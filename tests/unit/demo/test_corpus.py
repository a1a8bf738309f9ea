from pathlib import Path

import pyarrow as pa

from local.demo.corpus import CorpusPlan, build, write

SMALL = CorpusPlan(hostels=2, rooms=3, days=20)


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
    }


def test_a_seed_makes_one_corpus_and_another_seed_another() -> None:
    assert build(SMALL).equals(build(SMALL))
    assert not build(SMALL).equals(build(CorpusPlan(seed=8, hostels=2, rooms=3, days=20)))


def test_the_corpus_is_made_once(tmp_path: Path) -> None:
    assert write(SMALL, tmp_path)[1]
    assert not write(SMALL, tmp_path)[1]
    assert write(CorpusPlan(seed=8, hostels=2, rooms=3, days=20), tmp_path)[1]
