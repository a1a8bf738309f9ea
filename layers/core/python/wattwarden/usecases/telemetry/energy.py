"""From what meters send to the energy of each interval: interval meters say it, registers are differenced."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wattwarden.domain.meters import Meters
from wattwarden.domain.readings import ReadingColumns
from wattwarden.domain.registers import MOST_KWH, Quality, RegisterState, difference

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Energy:
    """Per reading: energy of its interval in kWh (NaN: unknown), the seconds it covers and how it came to be.

    Per meter: what is remembered of its register.
    """

    kwh: FloatArray
    interval_s: FloatArray
    quality: list[Quality]
    registers: list[RegisterState]


def interval_energy(columns: ReadingColumns, meters: Meters) -> Energy:
    """Energy of each reading. `columns` are sorted by (meter, ts), each key once; `meter` indexes `meters`.

    A reading not younger than its meter's `last_ts` is late: an interval's energy counts all the same, a register's
    is left to the meter's replay. An interval's energy among a register's values ends the run of differences, as the
    next one would count it twice.
    """
    interval_s = meters.lengths_s(columns)
    kwh = columns.kwh.copy()
    quality = np.full(len(kwh), Quality.MEASURED, dtype=object)
    registers = list(meters.register)
    energy = Energy(kwh, interval_s, [], registers)

    sent = ~np.isnan(columns.register_kwh)
    differenced = ~np.isnan(np.array([register.value for register in registers], dtype=np.float64))
    differenced[columns.meter[sent]] = True
    if differenced.any():
        late = columns.ts <= meters.last_ts[columns.meter]
        kwh[sent & late] = np.nan
        quality[sent & late] = Quality.LATE
        rows = np.flatnonzero(differenced[columns.meter] & ~late)
        if len(rows):
            rows = _rising(rows, columns, meters, energy, quality)
        _one_by_one(rows, columns, meters, energy, quality)
    return Energy(kwh, interval_s, quality.tolist(), registers)


def _rising(
    rows: IntArray,
    columns: ReadingColumns,
    meters: Meters,
    energy: Energy,
    quality: NDArray[np.object_],
) -> IntArray:
    """Difference the meters whose register only rises, to what `difference` says; the rows of all others are left."""
    meter, ts, register = columns.meter[rows], columns.ts[rows], columns.register_kwh[rows]
    first = np.r_[True, meter[1:] != meter[:-1]]
    group = np.cumsum(first) - 1
    of_group = meter[first].tolist()
    held = np.array([meters.register[index] for index in of_group])
    special = np.array([bool(meters.changes[index]) for index in of_group]) | ~np.isnan(held[:, 2])

    before, since = np.r_[np.nan, register[:-1]], np.r_[np.nan, ts[:-1]]
    before[first], since[first] = held[:, 0], held[:, 1]
    kwh, elapsed = np.round(register - before, 4), ts - since
    baseline = first & np.isnan(before) & ~np.isnan(register)
    plain = baseline | ((kwh >= 0) & (kwh <= np.minimum(meters.max_kw[meter] * elapsed / 3600, MOST_KWH)))
    mine = (~special & (np.bincount(group, weights=~plain) == 0))[group]

    at, counted = rows[mine], ~baseline[mine]
    energy.kwh[at] = kwh[mine]
    gap = counted & (elapsed[mine] > 1.5 * energy.interval_s[at])
    quality[at[gap]] = Quality.GAP
    quality[at[~counted]] = Quality.BASELINE
    energy.interval_s[at[counted]] = elapsed[mine][counted]
    last = np.r_[first[1:], True] & mine
    for index, value, instant in zip(meter[last].tolist(), register[last].tolist(), ts[last].tolist(), strict=True):
        energy.registers[index] = RegisterState(value, instant)
    left: IntArray = rows[~mine]
    return left


def _one_by_one(
    rows: IntArray,
    columns: ReadingColumns,
    meters: Meters,
    energy: Energy,
    quality: NDArray[np.object_],
) -> None:
    for at in rows.tolist():
        index = int(columns.meter[at])
        register = float(columns.register_kwh[at])
        if np.isnan(register):
            energy.registers[index] = RegisterState()
            continue
        energy.kwh[at], energy.interval_s[at], quality[at], energy.registers[index] = difference(
            energy.registers[index],
            float(columns.ts[at]),
            register,
            float(energy.interval_s[at]),
            meters.register_digits[index],
            float(meters.max_kw[index]),
            meters.changes[index],
        )
