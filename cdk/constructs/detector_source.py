"""Source archives of SageMaker's script mode: the detector and the part of the package that it shares."""

import gzip
import os
import tarfile
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path

from cdk.config import ROOT

PACKAGE = ROOT / "layers/core/python/wattwarden"
SHARED = ("domain", "detection")


def serving_source(target: Path = ROOT / "build" / "serving.tar.gz") -> Path:
    """Write the endpoint's archive to `target`: serve.py ... at its root, the packages they import beside them.

    The same sources make the same bytes (no times, no owners), so that an unchanged detector is not uploaded again.
    """
    return _archive(target, _members())


def training_source(target: Path = ROOT / "build" / "training.tar.gz") -> Path:
    """Write the training job's archive: the same code, and what the container installs before it runs train.py.

    Apart, since an endpoint would install it too, each time it starts.
    """
    return _archive(target, [*_members(), ("requirements.txt", ROOT / "detector" / "training.txt")])


def _archive(target: Path, members: Iterable[tuple[str, Path]]) -> Path:
    plain = BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, path in sorted(members):
            content = path.read_bytes()
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode, entry.mtime = len(content), 0o644, 0
            archive.addfile(entry, BytesIO(content))
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_suffix(f".{os.getpid()}")
    unfinished.write_bytes(gzip.compress(plain.getvalue(), mtime=0))
    return unfinished.replace(target)  # another synthesis may be reading it


def _members() -> Iterator[tuple[str, Path]]:
    detector = ROOT / "detector"
    for path in detector.glob("*.py"):
        if path.name != "__init__.py":
            yield path.name, path
        yield f"detector/{path.name}", path
    yield "wattwarden/__init__.py", PACKAGE / "__init__.py"
    for part in SHARED:
        for path in (PACKAGE / part).rglob("*.py"):
            yield f"wattwarden/{path.relative_to(PACKAGE).as_posix()}", path
