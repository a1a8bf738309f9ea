"""Remembering what was done with which inputs, so that it is done again only when they changed."""

import hashlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tools.cloud import REPOSITORY, write_atomically

IGNORED = {"__pycache__", "node_modules", "dist", ".pytest_cache", ".mypy_cache", ".ruff_cache"}


@dataclass(frozen=True)
class Stamp:
    """The fingerprint of the inputs that something was last made from."""

    file: Path

    def is_fresh(self, fingerprint: str) -> bool:
        return self.file.exists() and self.file.read_text() == fingerprint

    def set(self, fingerprint: str) -> None:
        write_atomically(self.file, fingerprint)

    def clear(self) -> None:
        self.file.unlink(missing_ok=True)


def fingerprint(paths: Iterable[str], facts: Mapping[str, str] | None = None) -> str:
    """A hash over files and folders of the repository (names and contents) and other facts."""
    digest = hashlib.sha256()
    for name, value in sorted((facts or {}).items()):
        digest.update(f"{name}={value}\n".encode())
    for path in sorted(file for name in paths for file in _files(REPOSITORY / name)):
        with suppress(FileNotFoundError):  # it was there for a moment, for somebody else's work
            contents = path.read_bytes()
            digest.update(f"{path.relative_to(REPOSITORY)}\n".encode())
            digest.update(contents)
    return digest.hexdigest()


def _files(place: Path) -> Iterable[Path]:
    if place.is_file():
        return [place]
    found = []
    for folder, below, names in place.walk():
        below[:] = [name for name in below if name not in IGNORED]
        found += [folder / name for name in names if not name.endswith(".pyc")]
    return found
