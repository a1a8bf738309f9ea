"""Which of the values received for a meter and an instant counts: the same one in whatever order they came.

Values are compared in stored precision. That of the shortest interval counts: a longer one is a total that ends there,
too. Of those the one counts whose first reception is the latest (of several received at once the largest); the others
are kept beside it. A value that is known adds nothing, however often it comes.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wattwarden.contracts.telemetry import MEASURES, ReadingsBatch
from wattwarden.domain.meters import Meters
from wattwarden.domain.readings import ReadingColumns, StoredValue
from wattwarden.ports.scoring import TelemetryStore

type Rows = NDArray[np.int64]
type Value = tuple[float, bool, float]
"""How long its interval is, negated (a register's is 0), whether it is a register's, and the number."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Row numbers by what becomes of them, each ascending; the rest repeats what is known."""

    new: Rows
    """Nothing was known for their keys."""
    corrections: Rows
    """They count instead of what is stored."""
    versions: Rows
    """Another value counts, or the same one did not count from so early on."""


def columns_of(batch: ReadingsBatch, meter: NDArray[np.int64]) -> ReadingColumns:
    """A batch's readings in stored precision; `meter` is each one's place among the batch's meters.

    A register's energy and interval are worked out: what came beside it is left out.
    """
    said = {name: _column(getattr(batch, name)) for name in MEASURES}
    register = np.round(said["register_kwh"], 4)
    measured = np.isnan(register)
    return ReadingColumns(
        **said
        | {
            "register_kwh": register,
            "interval_s": np.where(measured, said["interval_s"], np.nan),
            "kwh": np.where(measured, np.round(said["kwh"], 4), np.nan),
        },
        meter=meter,
        ts=np.round(_column(batch.ts), 6),
        received_at=np.full(len(batch.ts), round(batch.received_at, 6)),
    )


def resolve_versions(columns: ReadingColumns, meters: Meters, store: TelemetryStore) -> Facts:
    """Settle which rows count; `columns` are sorted by (meter, ts) and may hold a key several times."""
    first = np.r_[True, (np.diff(columns.meter) != 0) | (np.diff(columns.ts) != 0)]
    starts = np.flatnonzero(first[: len(columns.ts)])
    counts = np.diff(np.r_[starts, len(columns.ts)])
    stored = _stored(columns, starts, meters, store)
    length = meters.lengths_s(columns)
    known = np.zeros(len(starts), dtype=np.bool_)
    known[list(stored)] = True
    simple = ~known & (counts == 1)
    new: list[int] = []
    corrections: list[int] = []
    versions: list[int] = []
    for key in np.flatnonzero(~simple).tolist():
        rows = range(int(starts[key]), int(starts[key] + counts[key]))
        before = stored.get(key)
        counting, others = _settle(columns, length, rows, before)
        versions += others
        if counting is not None:
            (new if before is None else corrections).append(counting)
    return Facts(
        new=np.sort(np.r_[starts[simple], np.array(new, dtype=np.int64)]),
        corrections=np.array(corrections, dtype=np.int64),
        versions=np.array(sorted(versions), dtype=np.int64),
    )


def _stored(columns: ReadingColumns, starts: Rows, meters: Meters, store: TelemetryStore) -> Mapping[int, StoredValue]:
    """What is stored, by the key's number; only keys not younger than their meter's last reading can be."""
    past = np.flatnonzero(columns.ts[starts] <= meters.last_ts[columns.meter[starts]])
    if not len(past):
        return {}
    ids = meters.meter_id[columns.meter[starts[past]]].tolist()
    instants = columns.ts[starts[past]].tolist()
    found = store.stored(ids, instants)
    keys = zip(past.tolist(), zip(ids, instants, strict=True), strict=True)
    return {number: found[key] for number, key in keys if key in found}


def _settle(
    columns: ReadingColumns, length: NDArray[np.float64], rows: range, before: StoredValue | None
) -> tuple[int | None, list[int]]:
    """The row that counts from now on (None: what is stored goes on), and those that are kept beside.

    A known value is told again when it was received before it was known: it may be older.
    """
    first: dict[Value, int] = {}
    for row in sorted(rows, key=lambda row: columns.received_at[row]):
        first.setdefault(_value(columns.kwh[row], columns.register_kwh[row], length[row]), row)
    ranked = sorted((value[0], float(columns.received_at[row]), value, row) for value, row in first.items())
    if before is None:
        *others, (_, _, _, latest) = ranked
        return latest, [row for *_, row in others]
    counted = _value(before.kwh, before.register_kwh, before.interval_s)
    known = {_value(*other[:3]): other[3] for other in before.others} | {counted: before.received_at}
    earlier = [row for _, received_at, value, row in ranked if received_at < known.get(value, received_at)]
    unknown = [one for one in ranked if one[2] not in known]
    if not unknown or unknown[-1][:3] < (counted[0], before.received_at, counted):
        return None, [*earlier, *(row for *_, row in unknown)]
    return unknown[-1][3], [*earlier, *(row for *_, row in unknown[:-1])]


def _value(kwh: float, register_kwh: float, interval_s: float) -> Value:
    if np.isnan(register_kwh):
        return -float(interval_s), False, -1.0 if np.isnan(kwh) else float(kwh)
    return 0.0, True, float(register_kwh)


def _column(values: list[float | None] | list[float]) -> NDArray[np.float64]:
    """None becomes NaN. Most meters leave several columns out, and numpy takes a while to find nothing in them."""
    if values and values[0] is None and values.count(None) == len(values):
        return np.full(len(values), np.nan)
    return np.array(values, dtype=np.float64)
