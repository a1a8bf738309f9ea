"""`make evaluate`: what it needs, and when a model that was trained before is good enough."""

from dataclasses import replace
from pathlib import Path

import pytest
import typer

from detector.scoreboard import __main__ as evaluation
from detector.scoreboard import models
from simulator.corpus import CorpusPlan


@pytest.mark.parametrize("given", [{"data": Path("x.csv")}, {"out": Path("x.json")}])
def test_data_and_out_go_together(given: dict[str, Path]) -> None:
    with pytest.raises(typer.BadParameter, match="both"):
        evaluation.evaluate(**given)


def test_a_table_that_is_not_there_is_named_before_anything_is_trained(tmp_path: Path) -> None:
    with pytest.raises(typer.BadParameter, match="no such file"):
        evaluation.evaluate(data=tmp_path / "none.csv", out=tmp_path / "figures.json")


def test_a_model_is_good_for_its_sources_and_its_corpus(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    plan = CorpusPlan()
    before = models._fingerprint(plan)
    assert models._fingerprint(plan) == before
    assert models._fingerprint(replace(plan, seed=8)) != before
    (tmp_path / "detector").mkdir()
    (tmp_path / "detector" / "model.py").write_text("changed")
    monkeypatch.setattr(models, "REPOSITORY", tmp_path)
    assert models._fingerprint(plan) != before


def test_what_only_scores_does_not_ask_for_another_training() -> None:
    sources = {path.name for path in (models.REPOSITORY / "detector").glob("*.py")}
    assert sources >= set(models.TRAINS_NOTHING)
    assert "fitting.py" not in models.TRAINS_NOTHING
