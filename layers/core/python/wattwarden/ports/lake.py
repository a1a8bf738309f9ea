"""What the archive and the nightly compaction need: files of tables by key, and what the database says of its days."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple, Protocol

from numpy.typing import NDArray

from wattwarden.domain.errors import WattWardenError
from wattwarden.domain.meters import MeterContext
from wattwarden.domain.readings import ReadingColumns
from wattwarden.ports.exogenous import ExogenousSource

type Columns = Mapping[str, Sequence[Any] | NDArray[Any]]
"""Columns of equal length by name, as `contracts.lake.TABLES` lists them. Times are epoch seconds; None is absent."""


class LakeFile(NamedTuple):
    key: str
    size: int
    """Bytes."""


class UnreadableFileError(WattWardenError):
    """A file whose bytes are no rows of its table."""

    def __init__(self, key: str, reason: str) -> None:
        super().__init__(f"{key} cannot be read: {reason}")
        self.key, self.reason = key, reason


class Lake(Protocol):
    """Every method raises UnavailableError when the store does not answer or refuses."""

    def files(self, prefix: str) -> list[LakeFile]:
        """All files whose key starts with `prefix`, by key."""

    def write(self, key: str, table: str, columns: Columns) -> None:
        """Write rows of `table` as one file, in the place of one that is there; seen whole or not at all."""

    def merge(self, table: str, keys: Sequence[str], into: str) -> int:
        """Write the rows of the files `keys` as one file, sorted, rows alike in all columns once; how many there are.

        `into` is none of `keys`, which are left alone.

        Raises:
            UnreadableFileError: one of the files holds no rows; nothing was written.
        """

    def move(self, key: str, into: str) -> None:
        """Keep a file, whatever it holds, under another key."""

    def delete(self, keys: Sequence[str]) -> None: ...

    def read_text(self, key: str) -> str | None:
        """None when there is no such file."""

    def write_text(self, key: str, text: str) -> None: ...


class LakeSource(ExogenousSource, Protocol):
    """What the database holds of the lake's tables. Rows come in groups of meters, so that none is too large."""

    def registry(self, name: str) -> Columns:
        """All rows of a registry table."""

    def groups(self) -> list[int]:
        """The groups of meters there are."""

    def digests(self, table: str, group: int) -> dict[date, str]:
        """By day, a text that differs when anything in the day's rows does. Days without rows are left out."""

    def rows(self, table: str, group: int, days: Sequence[date]) -> dict[date, Columns]:
        """The rows of each day, by meter and time; no columns for a day without rows."""

    def checkpoints(self, group: int, at: float) -> list[MeterContext]:
        """The group's meters with `state`, `last_ts` and `register` of their youngest checkpoint up to `at`.

        Those without one have no state; their `last_ts` lies just before their first reading, and those without
        readings are left out. `at` is epoch seconds.
        """

    def facts(self, contexts: Sequence[MeterContext], until: float) -> ReadingColumns:
        """The readings after each context's `last_ts` up to `until` (epoch seconds), as they were sent.

        Sorted by (meter, ts); `meter` indexes the contexts.
        """
