"""The model in production beside the new one: loaded with care, marked on the same hostels."""

import json
import re
import tarfile
from pathlib import Path
from shutil import copytree

import pytest

from detector import train
from detector.champion import load_champion
from detector.model import TamperedModelError
from tests.detectors.conftest import QUICK


def _say(_: str) -> None: ...


def _archive(trained: Path, folder: Path) -> Path:
    folder.mkdir()
    with tarfile.open(folder / "model.tar.gz", "w:gz") as archive:
        for name in ("model.joblib", "model.json"):
            archive.add(trained / name, name)
    return folder


def test_a_champion_is_found_unpacked_or_in_its_archive(trained: Path, tmp_path: Path) -> None:
    for folder in (trained, _archive(trained, tmp_path / "packed")):
        champion = load_champion(folder, _say)
        assert champion is not None
        assert champion.heads.keys() == {"rooms", "meters"}


def test_no_folder_or_an_empty_one_is_no_champion(tmp_path: Path) -> None:
    assert load_champion(None, _say) is None
    assert load_champion(tmp_path / "nowhere", _say) is None
    assert load_champion(tmp_path, _say) is None


def test_a_tampered_champion_is_refused(trained: Path, tmp_path: Path) -> None:
    folder = copytree(trained, tmp_path / "model")
    (folder / "model.joblib").write_bytes(b"other")
    with pytest.raises(TamperedModelError):
        load_champion(folder, _say)


def test_a_champion_of_other_features_is_not_compared(trained: Path, tmp_path: Path) -> None:
    folder = copytree(trained, tmp_path / "model")
    card = json.loads((folder / "model.json").read_text())
    card["features"].append("phase of the moon")
    (folder / "model.json").write_text(json.dumps(card))
    said: list[str] = []
    assert load_champion(folder, said.append) is None
    assert "not compared" in said[0]


def test_a_champion_of_before_there_were_heads_is_not_compared(trained: Path, tmp_path: Path) -> None:
    folder = copytree(trained, tmp_path / "model")
    card = json.loads((folder / "model.json").read_text())
    del card["heads"]
    (folder / "model.json").write_text(json.dumps(card | {"threshold": 0.9}))
    said: list[str] = []
    assert load_champion(folder, said.append) is None
    assert "not compared" in said[0]


def test_champion_and_challenger_are_marked_by_difficulty(
    corpus: Path, trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [f"--corpus={corpus}", f"--champion={trained}", f"--model_dir={tmp_path / 'new'}", *QUICK]
    assert train.main([*arguments, "--alarm_iterations=5"]) == 0
    log = capsys.readouterr().out
    for difficulty in ("", "_easy", "_hard"):
        mine, theirs = (
            float(re.findall(rf"(?:^|\s){prefix}event_f1{difficulty}=([0-9.]+);", log)[0])
            for prefix in ("", "champion_")
        )
        assert 0 <= mine <= 1
        assert theirs > 0.7  # the better trained one
