import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from cdk.config import ROOT
from cdk.constructs.detector_source import serving_source, training_source

type Archive = Callable[[Path], Path]


def names(archive: Path) -> set[str]:
    with tarfile.open(archive) as members:
        return set(members.getnames())


@pytest.mark.parametrize("archive", [serving_source, training_source])
def test_the_same_detector_makes_the_same_bytes(archive: Archive, tmp_path: Path) -> None:
    first = archive(tmp_path / "a" / "source.tar.gz").read_bytes()
    assert archive(tmp_path / "b" / "source.tar.gz").read_bytes() == first


@pytest.mark.parametrize("archive", [serving_source, training_source])
def test_an_archive_has_sagemakers_shape(archive: Archive, tmp_path: Path) -> None:
    held = names(archive(tmp_path / "source.tar.gz"))
    scripts = {path.name for path in (ROOT / "detector").glob("*.py")} - {"__init__.py"}
    assert scripts <= held
    assert "wattwarden/__init__.py" in held
    assert "wattwarden/detection/features.py" in held
    assert not [name for name in held if name.startswith(("wattwarden/adapters", "wattwarden/runtime"))]


def test_only_training_installs_what_the_container_lacks(tmp_path: Path) -> None:
    training, serving = training_source(tmp_path / "t.tar.gz"), serving_source(tmp_path / "s.tar.gz")
    assert names(training) - names(serving) == {"requirements.txt"}
    with tarfile.open(training) as members:
        wanted = members.extractfile("requirements.txt")
        assert wanted is not None
        text = wanted.read().decode()
    assert "optuna==" in text
    both = {line for line in text.splitlines() if "==" in line}
    pinned = (ROOT / "detector" / "requirements.txt").read_text().splitlines()
    assert both <= set(pinned), "a search runs elsewhere with the versions it is tested with"
