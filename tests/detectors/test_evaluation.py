"""`make evaluate` on a table: every figure that was asked for, and labels that nothing which judges ever sees."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from detector import evaluate
from tests.detectors import simulated

EVENT = {
    "precision", "recall", "f1", "n_events", "n_alerts", "false_alerts_per_meter_month", "delay_median_intervals",
}  # fmt: skip
PEERS = {"static z", "hour-of-week robust z", "IsolationForest", "ECOD", "HBOS", "half-space trees"}


def _table(**changes: object) -> pd.DataFrame:
    frames = [simulated.room("new", f"new/{number}", seed=700 + number, days=30) for number in range(3)]
    frame = pd.concat(frames, ignore_index=True).assign(**changes)
    frame["ts"] = pd.to_datetime(frame["ts"], unit="s")
    return frame.drop(columns=["hostel", "interval_s", "timezone", "has_ac", "nominal_voltage", "current"])


def _figures(frame: pd.DataFrame, trained: Path, folder: Path, corpus: Path | None = None) -> dict[str, object]:
    data, out = folder / "table.csv", folder / "deep" / "figures.json"
    frame.to_csv(data, index=False)
    learnt = [f"--corpus={corpus}"] if corpus else []
    assert evaluate.main([f"--model={trained}", *learnt, f"--data={data}", f"--out={out}"]) == 0
    figures: dict[str, object] = json.loads(out.read_text())
    return figures


@pytest.fixture(scope="module")
def scored(trained: Path, corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, object]]:
    return _figures(_table(), trained, tmp_path_factory.mktemp("scored"), corpus)  # type: ignore[return-value]


def test_every_figure_is_there(scored: dict[str, dict[str, object]]) -> None:
    assert scored["event"].keys() >= EVENT
    assert scored["point"].keys() == {"precision", "recall", "f1", "roc_auc", "pr_auc"}
    assert {"recall", "n"} == scored["by_kind"]["heater"].keys()  # type: ignore[attr-defined]
    assert scored["peers"].keys() == PEERS
    for peer in PEERS:
        assert scored["peers"][peer].keys() >= EVENT  # type: ignore[attr-defined]
    low, high = scored["event"]["interval"]["f1"]  # type: ignore[index]
    assert low <= scored["event"]["f1"] <= high


def test_the_first_four_weeks_of_a_meter_are_told_apart(
    scored: dict[str, dict[str, object]], trained: Path, tmp_path: Path
) -> None:
    assert 0 < scored["settled_event"]["n_events"] < scored["event"]["n_events"]  # type: ignore[operator]
    frame = _table()
    young = frame[frame["ts"] < frame["ts"].min() + pd.Timedelta(days=27)]
    assert _figures(young, trained, tmp_path)["settled_event"] is None


def test_plain_anomalies_are_found(scored: dict[str, dict[str, object]]) -> None:
    assert scored["event"]["f1"] > 0.8  # type: ignore[operator]
    assert scored["point"]["pr_auc"] > 0.7  # type: ignore[operator]


def test_labels_change_the_figures_and_nothing_else(trained: Path, tmp_path: Path) -> None:
    frame = _table()
    alerts = {
        _figures(changed, trained, tmp_path)["event"]["n_alerts"]  # type: ignore[index]
        for changed in (frame, frame.assign(label=0, kind=None), frame.drop(columns=["label", "kind"]))
    }
    assert len(alerts) == 1


def test_without_labels_alerts_are_counted_and_the_rest_is_null(trained: Path, tmp_path: Path) -> None:
    figures = _figures(_table().drop(columns=["label", "kind"]), trained, tmp_path)
    assert figures["event"] == dict.fromkeys(EVENT) | {"n_events": 0, "n_alerts": figures["event"]["n_alerts"]}  # type: ignore[index]
    assert set(figures["point"].values()) == {None}  # type: ignore[attr-defined]


def test_energy_alone_of_one_meter_is_enough(trained: Path, tmp_path: Path) -> None:
    frame = _table().query("meter == 'new/0'")[["meter", "ts", "kwh", "label"]]
    figures = _figures(frame, trained, tmp_path)
    assert figures["meters"] == 1
    assert figures["event"]["n_events"] > 0  # type: ignore[index]


def test_many_meters_are_judged_in_parts_as_they_are_at_once(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = _figures(_table(), trained, tmp_path)
    monkeypatch.setattr(evaluate, "CHUNK_ROWS", 1_000)
    assert _figures(_table(), trained, tmp_path) == whole


def test_a_bad_table_ends_with_a_reason(trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "bad.csv"
    data.write_text("meter,ts\n1,2\n")
    assert evaluate.main([f"--model={trained}", f"--data={data}", f"--out={tmp_path / 'o.json'}"]) == 1
    assert "lacks kwh" in capsys.readouterr().err


def test_quarter_hours_and_strange_scales_are_judged_too(trained: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    ts = pd.date_range("2024-01-01", periods=96 * 20, freq="15min")
    daily = 1 + 0.5 * np.sin(np.arange(len(ts)) * 2 * np.pi / 96)
    frame = pd.DataFrame({"meter": "big", "ts": ts, "kwh": 120 * daily * rng.uniform(0.95, 1.05, len(ts))})
    frame["label"] = 0
    frame.loc[96 * 18 : 96 * 18 + 40, ["kwh", "label"]] = [0.0, 1]
    figures = _figures(frame, trained, tmp_path)
    assert figures["event"]["recall"] == 1.0  # type: ignore[index]
