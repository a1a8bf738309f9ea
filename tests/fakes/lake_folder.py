"""A lake in a folder: its files are real, only S3 is missing."""

from collections.abc import Sequence
from pathlib import Path

from wattwarden.adapters.lake import S3Lake
from wattwarden.domain.errors import UnavailableError
from wattwarden.ports.lake import LakeFile


class FolderLake(S3Lake):
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def files(self, prefix: str) -> list[LakeFile]:
        paths = {p.relative_to(self.folder).as_posix(): p for p in self.folder.rglob("*") if p.is_file()}
        return [LakeFile(key, path.stat().st_size) for key, path in sorted(paths.items()) if key.startswith(prefix)]

    def delete(self, keys: Sequence[str]) -> None:
        for key in keys:
            (self.folder / key).unlink(missing_ok=True)

    def read_text(self, key: str) -> str | None:
        path = self.folder / key
        return path.read_text() if path.exists() else None

    def _get(self, key: str) -> bytes:
        try:
            return (self.folder / key).read_bytes()
        except FileNotFoundError as error:
            raise UnavailableError("a file of the lake is gone") from error

    def _put(self, key: str, body: bytes) -> None:
        path = self.folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
