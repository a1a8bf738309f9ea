"""What was around a reading: the local hour, who was in, the weather."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from wattwarden.detection import hour_of_week
from wattwarden.ports.scoring import MeterContext, TelemetryStore
from wattwarden.usecases.energy import Columns


def local_hours(
    start: NDArray[np.float64], meter: NDArray[np.int64], contexts: Sequence[MeterContext]
) -> NDArray[np.int16]:
    """Hour of week in each meter's own time zone."""
    zones = [context.timezone for context in contexts]
    if len(set(zones)) == 1:
        return hour_of_week(start, zones[0])
    hours = np.empty(len(start), dtype=np.int16)
    for zone in sorted(set(zones)):
        mine = np.array([z == zone for z in zones])[meter]
        hours[mine] = hour_of_week(start[mine], zone)
    return hours


def around_readings(
    columns: Columns, interval_s: NDArray[np.float64], contexts: Sequence[MeterContext], store: TelemetryStore
) -> dict[str, NDArray[np.float64]]:
    """Occupancy and weather that held at the start of each reading's interval; NaN where unknown."""
    rooms = sorted({context.room_id for context in contexts})
    hostels = sorted({context.hostel_id for context in contexts})
    start = columns.ts - interval_s
    known = store.surroundings(rooms, hostels, float(start.min()), float(columns.ts.max()))
    by_meter = {
        "occupancy": [known.occupancy.get(context.room_id) for context in contexts],
        "temperature_c": [known.temperature_c.get(context.hostel_id) for context in contexts],
        "humidity": [known.humidity.get(context.hostel_id) for context in contexts],
    }
    bounds = np.searchsorted(columns.meter, np.arange(len(contexts) + 1))
    result: dict[str, NDArray[np.float64]] = {}
    for name, steps in by_meter.items():
        values = np.full(len(start), np.nan)
        for meter, step in enumerate(steps):
            low, high = bounds[meter], bounds[meter + 1]
            if step is not None and low < high:
                values[low:high] = _held(step, start[low:high])
        result[name] = values
    return result


def _held(step: tuple[NDArray[np.float64], NDArray[np.float64]], at: NDArray[np.float64]) -> NDArray[np.float64]:
    """Value of a step function at the instants `at`; NaN before its first step."""
    since, values = step
    place = np.searchsorted(since, at, side="right") - 1
    return np.where(place >= 0, values[np.maximum(place, 0)], np.nan) if len(since) else np.full(len(at), np.nan)
