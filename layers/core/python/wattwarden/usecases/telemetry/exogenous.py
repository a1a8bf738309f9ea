"""Exogenous inputs of readings: the local hour, who was in, the weather."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from wattwarden.detection import hour_of_week
from wattwarden.domain.exogenous import held
from wattwarden.domain.meters import MeterContext
from wattwarden.domain.readings import ReadingColumns
from wattwarden.ports.exogenous import ExogenousSource


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


def exogenous_of(
    columns: ReadingColumns,
    interval_s: NDArray[np.float64],
    contexts: Sequence[MeterContext],
    exogenous: ExogenousSource,
) -> dict[str, NDArray[np.float64]]:
    """Occupancy and weather that held at the start of each reading's interval; NaN where unknown.

    What a reading gets does not depend on which others are asked for with it.
    """
    starts = np.flatnonzero(np.r_[True, columns.meter[1:] != columns.meter[:-1]])
    ends = np.r_[starts[1:], len(columns.meter)].tolist()
    spans = [(contexts[columns.meter[a]], slice(a, b)) for a, b in zip(starts.tolist(), ends, strict=True)]
    hostel_of = np.array([context.hostel_id for context in contexts], dtype=np.int64)[columns.meter]
    hostels = np.unique(hostel_of).tolist()
    rooms = sorted({context.room_id for context, _ in spans})
    start = columns.ts - interval_s
    known = exogenous.exogenous(rooms, hostels, float(start.min()), float(columns.ts.max()))
    result = {name: np.full(len(start), np.nan) for name in ("occupancy", "temperature_c", "humidity")}
    for context, span in spans:
        if (steps := known.occupancy.get(context.room_id)) is not None:
            result["occupancy"][span] = held(steps, start[span])
    for hostel_id in hostels:
        rows = np.flatnonzero(hostel_of == hostel_id)
        for name, weather in (("temperature_c", known.temperature_c), ("humidity", known.humidity)):
            result[name][rows] = held(weather.get(hostel_id), start[rows])
    return result
