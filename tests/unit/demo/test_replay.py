"""A replay sends every reading once, a meter's readings in order, whatever the table looks like."""

import json
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from local.demo.replay import bodies, hostel_code, setup_body, shards
from local.demo.tables import as_serial, detect, extract
from wattwarden.contracts.api.hostels import HostelSetup
from wattwarden.contracts.readings import MAX_ITEMS, ReadingIn, ReadingsRequest

HOURS = 400


def table() -> pa.Table:
    """Three meters, hourly, written meter by meter; one value in fifty is missing as a zero."""
    hour = np.arange("2019-01-01", "2019-01-17T16", dtype="datetime64[h]").astype("datetime64[us]")
    assert len(hour) == HOURS
    kwh = np.tile(np.arange(HOURS) % 50 / 10, 3)
    return pa.table({"b": np.repeat(["b0", "b1", "b 2"], HOURS), "ts": np.tile(hour, 3), "kwh": kwh.astype(np.float32)})


def test_columns_are_found_by_their_usual_names() -> None:
    assert detect(["B", "Timestamp", "kwh", "V"]).meter == "B"
    assert detect(["meter", "ts", "kwh"]).voltage is None
    assert detect(["meter", "ts", "kwh", "extra"], voltage="extra").voltage == "extra"


def test_a_column_that_cannot_be_guessed_must_be_named() -> None:
    with pytest.raises(ValueError, match="--kwh-col"):
        detect(["meter", "ts", "x"])
    with pytest.raises(ValueError, match="no column 'y'"):
        detect(["meter", "ts", "x"], kwh="y")


def test_many_zeros_are_missing_values_and_few_are_readings() -> None:
    rows = extract(table(), detect(["b", "ts", "kwh"]), missing_zero=None)
    assert rows.missing == 3 * HOURS // 50
    kept = extract(table(), detect(["b", "ts", "kwh"]), missing_zero=False)
    assert kept.missing == 0
    assert kept.interval_minutes == 60


def test_naive_timestamps_are_utc_in_numbers_text_and_columns_alike() -> None:
    stamps = {
        "text": pa.array(["2019-01-01T00:00:00"]),
        "naive": pa.array([datetime(2019, 1, 1)], pa.timestamp("ns")),  # noqa: DTZ001
        "zoned": pa.array([datetime(2019, 1, 1)], pa.timestamp("ms", tz="UTC")),  # noqa: DTZ001
        "epoch": pa.array([1546300800]),
    }
    for column in stamps.values():
        rows = extract(
            pa.table({"meter": ["a"], "ts": column, "kwh": [1.0]}), detect(["meter", "ts", "kwh"]), missing_zero=False
        )
        assert rows.ts.tolist() == [1546300800]


def test_repeated_instants_of_a_meter_are_sent_once() -> None:
    twice = pa.concat_tables([table(), table()])
    rows = extract(twice, detect(["b", "ts", "kwh"]), missing_zero=False)
    assert (len(rows.ts), rows.repeated) == (3 * HOURS, 3 * HOURS)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_a_meter_stays_on_one_connection_and_in_time_order(count: int) -> None:
    rows = extract(table(), detect(["b", "ts", "kwh"]), missing_zero=True)
    parts = shards(rows, count)
    assert sorted(np.concatenate(parts).tolist()) == list(range(len(rows.ts)))
    seen: set[int] = set()
    for part in parts:
        meters = set(rows.meter[part].tolist())
        assert not meters & seen
        seen |= meters
        assert np.all(np.diff(rows.ts[part]) >= 0)


def test_bodies_are_what_the_door_accepts() -> None:
    rows = extract(table(), detect(["b", "ts", "kwh"]), missing_zero=False)
    sizes = []
    for body, size in bodies(rows, np.arange(len(rows.ts))):
        items = ReadingsRequest.model_validate(json.loads(body)).readings
        assert [ReadingIn.model_validate(item) for item in items]
        assert len(items) == size <= MAX_ITEMS
        sizes.append(size)
    assert sum(sizes) == 3 * HOURS
    first = json.loads(next(bodies(rows, np.arange(3)))[0])["readings"][1]
    assert first == {"meter": "b1", "timestamp": "2019-01-01T00:00:00Z", "kwh": 0.0, "interval_minutes": 60}


def test_the_hostel_of_a_table_is_a_valid_setup() -> None:
    rows = extract(table(), detect(["b", "ts", "kwh"]), missing_zero=False)
    setup = HostelSetup.model_validate(setup_body("cambridge", "Europe/London", rows))
    assert [room.name for room in setup.rooms] == ["b0", "b1", "b-2"]
    assert hostel_code(Path("Cambridge_2016 (2019).parquet")) == "cambridge-2016-2019"
    assert as_serial("_x") == "m_x"
