"""Tables as people have them: any clock, any spelling of a label, with holes; or a reason why not."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.dataset import UNKNOWN, UnusableDataError, observed
from detector.table import read_table

HOURS = 48


def _plain(**columns: object) -> pd.DataFrame:
    ts = pd.date_range("2024-03-01", periods=HOURS, freq="h")
    frame = pd.DataFrame({"meter": "m1", "ts": ts, "kwh": np.linspace(1, 2, HOURS)})
    return frame.assign(**columns)


def _read(frame: pd.DataFrame, folder: Path, kind: str = "csv") -> pd.DataFrame:
    path = folder / f"table.{kind}"
    frame.to_csv(path, index=False) if kind == "csv" else frame.to_parquet(path)
    return read_table(path)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize(
    "clock",
    [
        lambda ts: ts,
        lambda ts: ts.dt.tz_localize("UTC"),
        lambda ts: ts.dt.tz_localize("Asia/Kolkata"),
        lambda ts: ts.dt.tz_localize("America/New_York"),
        lambda ts: ts.astype(str),
        lambda ts: ts.dt.strftime("%Y-%m-%dT%H:%M:%S+05:30"),
        lambda ts: ts.dt.strftime("%m/%d/%Y %H:%M"),
        lambda ts: (ts - pd.Timestamp(0)).dt.total_seconds(),
        lambda ts: (ts - pd.Timestamp(0)).dt.total_seconds().astype("int64") * 1000,
    ],
)
def test_whatever_the_clock_the_hour_on_the_wall_is_kept(clock: object, kind: str, tmp_path: Path) -> None:
    frame = _plain()
    table = _read(frame.assign(ts=clock(frame["ts"])), tmp_path, kind)  # type: ignore[operator]
    assert table["ts"].iloc[0] % 86_400 == 0
    assert set(table["interval_s"]) == {3600.0}
    assert observed(table).obs.hour_of_week[1] == 4 * 24  # the reading that ends at 1:00 on a Friday


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize(
    "spelling",
    [[0, 1], [False, True], [0.0, 1.0], ["0", "1"], ["false", "True"]],
    ids=["int", "bool", "float", "text", "words"],
)
def test_labels_are_read_however_they_are_spelt(spelling: list[object], kind: str, tmp_path: Path) -> None:
    label = pd.Series([spelling[hour % 2] for hour in range(HOURS)])
    assert _read(_plain(label=label), tmp_path, kind)["label"].tolist() == [hour % 2 for hour in range(HOURS)]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_missing_label_is_unknown_and_not_normal(kind: str, tmp_path: Path) -> None:
    label = pd.Series([True, None, False] * (HOURS // 3), dtype="boolean")
    assert _read(_plain(label=label), tmp_path, kind)["label"].tolist()[:3] == [1, UNKNOWN, 0]
    assert set(_read(_plain(), tmp_path, kind)["label"]) == {UNKNOWN}


def test_rows_without_energy_and_repeats_are_left_out(tmp_path: Path) -> None:
    frame = _plain(kwh=[np.nan, *range(1, HOURS)])
    table = _read(pd.concat([frame, frame.iloc[5:9]]), tmp_path)
    assert len(table) == HOURS - 1


@pytest.mark.parametrize("minutes", [1, 5, 15, 30, 60])
def test_the_interval_is_the_usual_distance_of_readings(minutes: int, tmp_path: Path) -> None:
    ts = pd.date_range("2024-03-01", periods=400, freq=f"{minutes}min").delete([3, 4, 50, 51, 52, 200])
    table = _read(pd.DataFrame({"meter": 7, "ts": ts, "kwh": 1.0}), tmp_path)
    assert set(table["interval_s"]) == {60.0 * minutes}
    assert set(table["meter"]) == {"7"}


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (_plain().drop(columns="kwh"), "lacks kwh"),
        (_plain(kwh="many"), "no reading"),
        (_plain(ts="some day"), "ts is neither"),
        (_plain(label="perhaps"), "label is 0, 1"),
        (_plain().iloc[:0], "no reading"),
        (_plain(ts=pd.date_range("2024-01-01", periods=HOURS, freq="D")), "24 hours apart"),
        (_plain().assign(KWH=1.0), "more than one column kwh"),
    ],
)
def test_what_cannot_be_scored_says_why(broken: pd.DataFrame, reason: str, tmp_path: Path) -> None:
    with pytest.raises(UnusableDataError, match=reason):
        _read(broken, tmp_path)


def test_a_file_that_is_none_says_so(tmp_path: Path) -> None:
    with pytest.raises(UnusableDataError, match="no such file"):
        read_table(tmp_path / "nowhere.csv")


@settings(max_examples=20, deadline=None)
@given(st.permutations(range(12)))
def test_the_order_of_rows_and_columns_does_not_matter(order: list[int]) -> None:
    frame = pd.concat([_plain(meter=name).iloc[:6] for name in "ab"], ignore_index=True)
    shuffled = frame.iloc[order][["kwh", "ts", "meter"]]
    with TemporaryDirectory() as folder:
        pd.testing.assert_frame_equal(_read(frame, Path(folder)), _read(shuffled, Path(folder)))
