"""The lake's ports in memory."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any

import numpy as np

from wattwarden.contracts.lake import TABLES
from wattwarden.domain.errors import UnavailableError
from wattwarden.domain.exogenous import Exogenous
from wattwarden.domain.meters import MeterContext
from wattwarden.domain.readings import ReadingColumns
from wattwarden.ports.lake import Columns, Lake, LakeFile, LakeSource, UnreadableFileError

type Row = tuple[Any, ...]


@dataclass
class FakeLake(Lake):
    """Files as lists of rows. `steps_left` counts down with every change, before and after it: at 0 the power fails."""

    files_: dict[str, list[Row]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    steps_left: int | None = None
    watch: Callable[["FakeLake"], None] = lambda _: None
    """Called after every change."""
    bytes_a_row: int = 100
    unreadable: set[str] = field(default_factory=set)
    """Files that are no rows, by key."""

    def files(self, prefix: str) -> list[LakeFile]:
        sizes = {key: len(rows) * self.bytes_a_row for key, rows in self.files_.items()}
        sizes |= {key: len(text.encode()) for key, text in self.texts.items()}
        return [LakeFile(key, sizes[key]) for key in sorted(sizes) if key.startswith(prefix)]

    def write(self, key: str, table: str, columns: Columns) -> None:
        self._step()
        self.files_[key] = rows_of(table, columns)
        self._changed()

    def merge(self, table: str, keys: Sequence[str], into: str) -> int:
        assert table in TABLES
        assert into not in keys
        for key in keys:
            if key in self.unreadable:
                raise UnreadableFileError(key, "no Parquet")
            if key not in self.files_:
                raise UnavailableError("a file of the lake is gone")
        rows = sorted({row for key in keys for row in self.files_[key]}, key=repr)
        self._step()
        self.files_[into] = rows
        self._changed()
        return len(rows)

    def move(self, key: str, into: str) -> None:
        self._step()
        self.files_[into] = self.files_[key]
        self.unreadable.add(into)
        self._changed()
        self.delete([key])

    def delete(self, keys: Sequence[str]) -> None:
        for key in keys:
            self._step()
            self.files_.pop(key, None)
            self.texts.pop(key, None)
            self._changed()

    def read_text(self, key: str) -> str | None:
        return self.texts.get(key)

    def write_text(self, key: str, text: str) -> None:
        self._step()
        self.texts[key] = text
        self._changed()

    def rows(self, prefix: str) -> list[Row]:
        return [row for key, rows in self.files_.items() if key.startswith(prefix) for row in rows]

    def _changed(self) -> None:
        self.watch(self)
        self._step()

    def _step(self) -> None:
        if self.steps_left is not None:
            self.steps_left -= 1
            if self.steps_left < 0:
                raise UnavailableError("the power failed")


@dataclass
class FakeSource(LakeSource):
    """A database of one group of meters, whose tables hold one number a day."""

    days: dict[str, dict[date, float]] = field(default_factory=dict)
    folded: list[float] = field(default_factory=list)
    """Since when features were asked for."""

    def registry(self, name: str) -> Columns:
        return {column: [] for column in TABLES[f"registry/{name}"]}

    def groups(self) -> list[int]:
        return [0]

    def digests(self, table: str, group: int) -> dict[date, str]:
        assert group == 0
        return {day: str(value) for day, value in self.days.get(table, {}).items()}

    def rows(self, table: str, group: int, days: Sequence[date]) -> dict[date, Columns]:
        assert group == 0
        values = self.days.get(table, {})
        return {day: {name: [values[day]] for name in TABLES[table]} for day in days if day in values}

    def checkpoints(self, group: int, at: float) -> list[MeterContext]:
        assert group == 0
        self.folded.append(at)
        return []

    def facts(self, contexts: Sequence[MeterContext], until: float) -> ReadingColumns:
        assert not contexts, f"there are no meters: {contexts}, {until}"
        nothing = np.empty(0)
        return ReadingColumns(
            **{f.name: nothing for f in fields(ReadingColumns) if f.name != "meter"}, meter=np.empty(0, dtype=np.int64)
        )

    def exogenous(self, room_ids: Sequence[int], hostel_ids: Sequence[int], start: float, end: float) -> Exogenous:
        assert not room_ids, f"there are no meters: {room_ids}, {hostel_ids}, {start}, {end}"
        return Exogenous(occupancy={}, temperature_c={}, humidity={})


def rows_of(table: str, columns: Columns) -> list[Row]:
    names = TABLES[table]
    assert set(columns) == set(names), f"{table} has other columns: {set(columns) ^ set(names)}"
    return list(zip(*(list(columns[name]) for name in names), strict=True))
