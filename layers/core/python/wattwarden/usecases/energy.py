"""From what meters send to the energy of each interval: interval meters say it, registers are differenced."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from wattwarden.contracts.telemetry import ReadingsBatch
from wattwarden.ports.scoring import MeterContext

FloatArray = NDArray[np.float64]


class Quality(StrEnum):
    """How a stored reading's energy came to be."""

    MEASURED = "measured"
    LATE = "late"  # arrived after a younger one; counted in roll-ups, not in the meter's state
    BASELINE = "baseline"  # a register's first value: where counting starts
    ROLLOVER = "rollover"  # the register passed its last digit
    RESET = "reset"  # the register fell back: energy unknown, counting starts anew
    GAP = "gap"  # the register's difference spans more than one interval


@dataclass(frozen=True, slots=True)
class Columns:
    """Readings in columns of equal length; `meter` indexes the batch's meters, NaN stands for absent."""

    meter: NDArray[np.int64]
    ts: FloatArray
    interval_s: FloatArray
    kwh: FloatArray
    register_kwh: FloatArray
    voltage: FloatArray
    current: FloatArray
    power_factor: FloatArray
    received_at: FloatArray

    @classmethod
    def of(cls, batch: ReadingsBatch, meter: NDArray[np.int64]) -> "Columns":
        def column(values: Sequence[float | None]) -> FloatArray:
            return np.array(values, dtype=np.float64)  # None becomes NaN

        return cls(
            meter=meter,
            ts=column(batch.ts),
            interval_s=column(batch.interval_s),
            kwh=column(batch.kwh),
            register_kwh=column(batch.register_kwh),
            voltage=column(batch.voltage),
            current=column(batch.current),
            power_factor=column(batch.power_factor),
            received_at=np.full(len(batch.ts), batch.received_at),
        )

    @classmethod
    def concatenate(cls, parts: Sequence["Columns"]) -> "Columns":
        return cls(*(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(cls)))

    def take(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> "Columns":
        return Columns(*(getattr(self, f.name)[rows] for f in fields(self)))


@dataclass(frozen=True, slots=True)
class Energy:
    """Per reading: energy of its interval (NaN: unknown) and how it came to be; per meter: its youngest register."""

    kwh: FloatArray
    interval_s: FloatArray
    quality: list[Quality]
    last_register: FloatArray


def interval_energy(columns: Columns, meters: Sequence[MeterContext]) -> Energy:
    """Energy of each reading, sorted by (meter, ts), in kWh.

    A register is only ever differenced forwards from the youngest value seen; a fall is a rollover when the meter's
    digits are known and the wrapped difference is smaller than half the register's range, otherwise a reset. Neither
    invents energy.
    """
    default = np.array([meter.interval_s for meter in meters], dtype=np.float64)
    interval_s = np.where(np.isnan(columns.interval_s), default[columns.meter], columns.interval_s)
    kwh = columns.kwh.copy()
    quality = [Quality.MEASURED] * len(kwh)
    last_register = np.array([m.last_register_kwh for m in meters], dtype=np.float64)  # None becomes NaN
    last_ts = np.array([m.last_ts for m in meters], dtype=np.float64)
    for at in np.flatnonzero(~np.isnan(columns.register_kwh)):
        meter = int(columns.meter[at])
        ts, register = columns.ts[at], columns.register_kwh[at]
        if ts <= last_ts[meter]:
            quality[at] = Quality.LATE
            continue
        kwh[at], quality[at] = _difference(register, last_register[meter], meters[meter].register_digits)
        if not np.isnan(last_ts[meter]) and not np.isnan(kwh[at]):
            elapsed = ts - last_ts[meter]
            if elapsed > 1.5 * interval_s[at] and quality[at] is Quality.MEASURED:
                quality[at] = Quality.GAP
            interval_s[at] = elapsed
        last_register[meter], last_ts[meter] = register, ts
    return Energy(kwh, interval_s, quality, last_register)


def _difference(register: float, before: float, digits: int | None) -> tuple[float, Quality]:
    if np.isnan(before):
        return np.nan, Quality.BASELINE
    if register >= before:
        return register - before, Quality.MEASURED
    if digits is not None:
        span = 10.0**digits
        wrapped = register + span - before
        if 0 <= wrapped < span / 2:
            return wrapped, Quality.ROLLOVER
    return np.nan, Quality.RESET
