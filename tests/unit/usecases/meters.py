"""Meters and columns for the tests of energy."""

from collections.abc import Sequence
from math import nan

import numpy as np

from wattwarden.domain.meters import MeterContext, Meters
from wattwarden.domain.readings import ReadingColumns
from wattwarden.domain.registers import MeterChange, RegisterState
from wattwarden.usecases.telemetry.energy import Energy, interval_energy

HOUR = 3600.0

type Fact = tuple[int, float, float, float]
"""(index of the meter, epoch seconds, kWh of the interval, register): one of the latter two is NaN."""


def meter(
    digits: int | None = None,
    *,
    max_kw: float = 20.0,
    interval_s: float = HOUR,
    changes: Sequence[MeterChange] = (),
    timezone: str = "UTC",
) -> MeterContext:
    return MeterContext(
        meter_id=1,
        serial="M1",
        hostel_id=1,
        room_id=1,
        timezone=timezone,
        country=None,
        beds=2,
        has_ac=False,
        interval_s=interval_s,
        register_digits=digits,
        nominal_voltage=230,
        max_kw=max_kw,
        version=0,
        state=None,
        ring=None,
        last_ts=None,
        register=RegisterState(),
        changes=tuple(changes),
    )


def columns(facts: Sequence[Fact]) -> ReadingColumns:
    """As `interval_energy` takes them: sorted by (meter, ts)."""
    rows = np.array(sorted(facts), dtype=np.float64).reshape(-1, 4)
    nothing = np.full(len(rows), nan)
    return ReadingColumns(
        meter=rows[:, 0].astype(np.int64),
        ts=rows[:, 1],
        interval_s=nothing,
        kwh=rows[:, 2],
        register_kwh=rows[:, 3],
        voltage=nothing,
        current=nothing,
        power_factor=nothing,
        received_at=nothing,
    )


def registers(values: Sequence[float], start: float = 0.0, step: float = HOUR, index: int = 0) -> list[Fact]:
    return [(index, start + number * step, nan, value) for number, value in enumerate(values)]


def moved_on(context: MeterContext, batch: ReadingColumns, energy: Energy, index: int = 0) -> MeterContext:
    """The context as it is loaded after the batch was committed."""
    own = batch.ts[batch.meter == index]
    if not len(own):
        return context
    last_ts = max(float(own[-1]), context.last_ts or float(own[-1]))
    return context._replace(last_ts=last_ts, register=energy.registers[index])


def in_batches(
    contexts: Sequence[MeterContext], batches: Sequence[Sequence[Fact]]
) -> tuple[list[Energy], list[MeterContext]]:
    """Batch after batch, each on the states that the ones before it left."""
    contexts, energies = list(contexts), []
    for facts in batches:
        batch = columns(facts)
        energy = interval_energy(batch, Meters.of(contexts))
        energies.append(energy)
        contexts = [moved_on(context, batch, energy, index) for index, context in enumerate(contexts)]
    return energies, contexts
