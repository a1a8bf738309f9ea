import tarfile
from pathlib import Path

from cdk.config import ROOT
from cdk.constructs.detector_source import detector_source


def test_the_same_detector_makes_the_same_bytes(tmp_path: Path) -> None:
    first = detector_source(tmp_path / "a" / "sourcedir.tar.gz").read_bytes()
    assert detector_source(tmp_path / "b" / "sourcedir.tar.gz").read_bytes() == first


def test_the_archive_has_sagemakers_shape(tmp_path: Path) -> None:
    with tarfile.open(detector_source(tmp_path / "sourcedir.tar.gz")) as archive:
        names = set(archive.getnames())
    scripts = {path.name for path in (ROOT / "detector").glob("*.py")} - {"__init__.py"}
    assert scripts <= names
    assert "wattwarden/__init__.py" in names
    assert "wattwarden/detection/features.py" in names
    assert not [name for name in names if name.startswith(("wattwarden/adapters", "wattwarden/runtime"))]
