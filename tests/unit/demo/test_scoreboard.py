"""The page says what was measured, bad figures too."""

from pathlib import Path
from typing import Any

import pytest

from detector.scoreboard import page as scoreboard
from simulator.realism import Line

EVENT = {
    "precision": 0.9,
    "recall": 0.8,
    "f1": 0.8471,
    "n_events": 100,
    "n_alerts": 90,
    "false_alerts_per_meter_month": 0.0312,
    "delay_median_intervals": 1.0,
    "interval": {"f1": [0.8, 0.88]},
}
BINS = {"expected_error": 0.0123, "bins": [{"stated": 0.9, "kept": 0.8, "n": 10}]}


def _figures(f1: float) -> dict[str, Any]:
    event = EVENT | {"f1": f1}
    return {
        "meters": 10,
        "event": event,
        "settled_event": EVENT | {"f1": 0.97},
        "point": {"f1": 0.7, "pr_auc": 0.75},
        "by_kind": {"heater": {"recall": 0.55, "n": 20}},
        "curve": [[0.0, 1.0], [1.0, 0.1]],
        "calibration": {"all": BINS, "alarmed": BINS},
        "peers": {"static z": EVENT | {"f1": 0.2071}},
    }


def _page(folder: Path, monkeypatch: pytest.MonkeyPatch, **f1: float) -> str:
    monkeypatch.setattr(scoreboard, "PAGE", folder / "scoreboard.md")
    monkeypatch.setattr(scoreboard, "IMAGES", folder / "images")
    names = (*scoreboard.MAIN, "kWh alone")
    results = {family: {name: _figures(value) for name in names} for family, value in f1.items()}
    speed = {"readings_per_second": 61234, "call_p50_ms": 11.0, "call_p95_ms": 14.0}
    realism = {"rooms": [Line("spread", (0.1, 0.2, 0.3), (0.25, 0.3, 0.35))]}
    scoreboard.write(results, speed, {"heads": {"rooms": {"threshold": 0.8}}}, realism)
    return (folder / "scoreboard.md").read_text()


def test_every_figure_reaches_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = _page(tmp_path, monkeypatch, trees=0.8471, network=0.7)
    for told in (
        "**0.847**",
        "**0.970**",
        "0.031",
        "0.55 of 20",
        "**0.207**",
        "0.0123",
        "61,234",
        "**outside**",
        "kWh alone",
    ):
        assert told in page
    for image in ("reliability.png", "precision-recall.png"):
        assert 1_000 < (tmp_path / "images" / image).stat().st_size < 300_000


def test_a_challenger_that_wins_everywhere_is_named_and_one_that_does_not_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "boosted trees stay" in _page(tmp_path, monkeypatch, trees=0.9, network=0.8)
    assert "The network is no worse" in _page(tmp_path, monkeypatch, trees=0.8, network=0.9)
