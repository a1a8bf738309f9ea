"""Keep the lake tidy and up to date, every night: few large files, and what was worked out from the facts.

May be stopped anywhere and run again, or twice at once: rows are written in their new place before they leave the old
one, and what a day holds is noted after it is written.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import batched

from wattwarden.contracts.lake import RAW, REGISTRY, TABLES, UNREADABLE, day_of, folder, registry_key
from wattwarden.detection import STATE_VERSION
from wattwarden.ports.lake import Lake, LakeFile, LakeSource, UnreadableFileError
from wattwarden.usecases.telemetry.features import day_features

MERGED_BYTES = 32 * 1024**2
"""Files are merged up to this size: some millions of readings, which fit into the function's memory."""
MARGIN_S = 90.0
"""With less time left than this nothing new is begun; the next run goes on there."""
DAYS_AT_ONCE = 8
FEATURE_DAYS_AT_ONCE = 7
UNREADABLE_AT_MOST = 10
"""So many files a night are set aside; when more cannot be read it is the reader that is broken, and they stay."""

ROLLUPS = ("processed/readings_hourly", "processed/readings_daily")
ANOMALIES, FEATURES = "processed/anomalies", "processed/features"
_FEATURE_NAMES = [name for name in TABLES[FEATURES] if name not in {"meter_id", "ts"}]


@dataclass(slots=True)
class Compacted:
    merged: int = 0
    """Small files that went into large ones."""
    days: dict[str, int] = field(default_factory=lambda: dict.fromkeys((*ROLLUPS, ANOMALIES, FEATURES), 0))
    """By table, how many days of groups of meters were written."""
    unreadable: list[str] = field(default_factory=list)
    """Keys of files that could not be read: set aside, or, where they can be, written anew."""
    finished: bool = True
    """False: time ran out, or too many files could not be read, and there is more to do."""


class _OutOfTime(Exception):  # noqa: N818 - a signal, not an error
    pass


def compact(now: datetime, lake: Lake, source: LakeSource, seconds_left: Callable[[], float]) -> Compacted:
    """Snapshot the registry, merge the small files of past days, write the days that changed. Days are those of UTC.

    A file that cannot be read is moved to `UNREADABLE`, with a note of its reason, and holds up nothing.

    Raises:
        UnavailableError: the lake or the database is away; what is done stays done.
    """
    run = _Run(lake, source, now.astimezone(UTC), seconds_left)
    try:
        run.snapshot()
        run.merge()
        run.write_days()
    except _OutOfTime:
        run.done.finished = False
    return run.done


def snapshot(day: date, lake: Lake, source: LakeSource) -> None:
    """Write the registry as it is now."""
    for name in REGISTRY:
        lake.write(registry_key(name, day), f"registry/{name}", source.registry(name))


class _Run:
    def __init__(self, lake: Lake, source: LakeSource, now: datetime, seconds_left: Callable[[], float]) -> None:
        self._lake, self._source, self._now, self._seconds_left = lake, source, now, seconds_left
        self._today = now.date()
        self.done = Compacted()

    def snapshot(self) -> None:
        snapshot(self._today, self._lake, self._source)

    def merge(self) -> None:
        for table in (f"raw/{kind}" for kind in RAW):
            for day, files in _by_day(self._lake.files(f"{table}/")).items():
                if day < self._today:
                    self._merge_day(table, day, files)

    def _merge_day(self, table: str, day: date, files: Sequence[LakeFile]) -> None:
        for lot in _packed(files):
            keys = lot
            while len(keys) > 1 and len(self.done.unreadable) < UNREADABLE_AT_MOST:
                self._breathe()
                try:
                    self._merge(table, day, keys)
                    break
                except UnreadableFileError as error:
                    self._set_aside(error)
                    keys = [key for key in keys if key != error.key]
        if len(self.done.unreadable) >= UNREADABLE_AT_MOST:
            self.done.finished = False

    def _merge(self, table: str, day: date, keys: Sequence[str]) -> None:
        # Named by what is in it: a second run at the same time can neither replace it by less nor delete it without
        # having read it.
        name = hashlib.sha256("\n".join(keys).encode()).hexdigest()[:24]
        self._lake.merge(table, keys, f"{folder(table, day)}merged-{name}.parquet")
        self._lake.delete(keys)
        self.done.merged += len(keys)

    def _set_aside(self, error: UnreadableFileError) -> None:
        away = f"{UNREADABLE}/{error.key.removeprefix('raw/')}"
        note = {"was": error.key, "reason": error.reason, "at": self._now.isoformat()}
        self._lake.write_text(f"{away}.json", json.dumps(note))
        self._lake.move(error.key, away)
        self.done.unreadable.append(error.key)

    def write_days(self) -> None:
        for group in self._source.groups():
            for table in (*ROLLUPS, ANOMALIES):
                self._write_changed(table, group)
            self._write_features(group)

    def _write_changed(self, table: str, group: int) -> None:
        known, current = self._known(table, group), self._digests(table, group)
        due = [day for day, digest in current.items() if known.get(day) != digest]
        if table == ANOMALIES:  # a replay may have taken back all of a day; roll-ups only leave with age
            due += [day for day, digest in known.items() if digest and day not in current]
        for days in batched(sorted(due), DAYS_AT_ONCE, strict=False):
            self._breathe()
            rows = self._source.rows(table, group, days)
            for day in days:
                columns = rows.get(day) or {name: [] for name in TABLES[table]}
                self._lake.write(_key(table, group, day), table, columns)
                known[day] = current.get(day, "")
            self._note(table, group, known, len(days))

    def _write_features(self, group: int) -> None:
        """From the first day that changed on: what the detector remembers carries a change into every later day."""
        known = self._known(FEATURES, group)
        current = {day: f"{STATE_VERSION}:{d}" for day, d in self._digests(ROLLUPS[0], group).items()}
        due = [day for day, digest in current.items() if known.get(day) != digest]
        if not due:
            return
        self._breathe()
        known = {day: digest for day, digest in known.items() if day < min(due)}
        self._note(FEATURES, group, known, 0)
        rows = day_features(self._source, group, min(due), self._today)
        for days in batched(rows, FEATURE_DAYS_AT_ONCE, strict=False):
            for part in days:
                numbers = dict(zip(_FEATURE_NAMES, part.features.T, strict=True))
                columns = {"meter_id": part.meter_id, "ts": part.ts, **numbers}
                self._lake.write(_key(FEATURES, group, part.day), FEATURES, columns)
                known[part.day] = current.get(part.day, "")
            self._note(FEATURES, group, known, len(days))
            self._breathe()
        self._note(FEATURES, group, known | current, 0)  # days over which only a gap's energy was spread have no row

    def _digests(self, table: str, group: int) -> dict[date, str]:
        return {day: digest for day, digest in self._source.digests(table, group).items() if day < self._today}

    def _known(self, table: str, group: int) -> dict[date, str]:
        """What is noted of the days written; nothing when the note cannot be read, and all of them are due."""
        key = _index(table, group)
        try:
            return _noted(self._lake.read_text(key) or "{}")
        except ValueError:
            self.done.unreadable.append(key)
            return {}

    def _note(self, table: str, group: int, known: dict[date, str], written: int) -> None:
        text = json.dumps({day.isoformat(): digest for day, digest in sorted(known.items())}, indent=0)
        self._lake.write_text(_index(table, group), text)
        self.done.days[table] += written

    def _breathe(self) -> None:
        if self._seconds_left() < MARGIN_S:
            raise _OutOfTime


def _noted(text: str) -> dict[date, str]:
    """The days and digests of an index.

    Raises:
        ValueError: it is none.
    """
    noted = json.loads(text)
    if not isinstance(noted, dict):
        raise ValueError("no days")  # noqa: TRY004 - what is wrong is the text
    return {date.fromisoformat(day): str(digest) for day, digest in noted.items()}


def _by_day(files: Sequence[LakeFile]) -> dict[date, list[LakeFile]]:
    days: dict[date, list[LakeFile]] = {}
    for file in files:
        day = day_of(file.key)
        if day is not None:
            days.setdefault(day, []).append(file)
    return dict(sorted(days.items()))


def _packed(files: Sequence[LakeFile]) -> Iterator[list[str]]:
    """The files in lots of at most MERGED_BYTES, or of one."""
    keys: list[str] = []
    size = 0
    for file in files:
        if keys and size + file.size > MERGED_BYTES:
            yield keys
            keys, size = [], 0
        keys.append(file.key)
        size += file.size
    if keys:
        yield keys


def _key(table: str, group: int, day: date) -> str:
    return f"{folder(table, day)}meters-{group:09}.parquet"


def _index(table: str, group: int) -> str:
    """What the days written hold, by their digests."""
    return f"processed/_index/{table.removeprefix('processed/')}/meters-{group:09}.json"
