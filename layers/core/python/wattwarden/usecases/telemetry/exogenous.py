"""Exogenous inputs of readings: the local hour, who was in, the weather."""

import numpy as np
from numpy.typing import NDArray

from wattwarden.detection import hour_of_week
from wattwarden.domain.exogenous import held
from wattwarden.domain.meters import Meters
from wattwarden.domain.readings import ReadingColumns
from wattwarden.ports.exogenous import ExogenousSource


def local_hours(start: NDArray[np.float64], meter: NDArray[np.int64], meters: Meters) -> NDArray[np.int16]:
    """Hour of week in each meter's own time zone."""
    zones = sorted(set(meters.timezone))
    if len(zones) == 1:
        return hour_of_week(start, zones[0])
    hours = np.empty(len(start), dtype=np.int16)
    for zone in zones:
        mine = (meters.timezone == zone)[meter]
        hours[mine] = hour_of_week(start[mine], zone)
    return hours


def exogenous_of(
    columns: ReadingColumns, interval_s: NDArray[np.float64], meters: Meters, source: ExogenousSource
) -> dict[str, NDArray[np.float64]]:
    """Occupancy and weather that held at the start of each reading's interval; NaN where unknown.

    What a reading gets does not depend on which others are asked for with it.
    """
    starts = np.flatnonzero(np.r_[True, columns.meter[1:] != columns.meter[:-1]])
    ends = np.r_[starts[1:], len(columns.meter)].tolist()
    rooms, hostel_of = meters.room_id[columns.meter[starts]].tolist(), meters.hostel_id[columns.meter]
    hostels = np.unique(hostel_of).tolist()
    start = columns.ts - interval_s
    known = source.exogenous(sorted(set(rooms)), hostels, float(start.min()), float(columns.ts.max()))
    result = {name: np.full(len(start), np.nan) for name in ("occupancy", "temperature_c", "humidity")}
    for room, first, end in zip(rooms, starts.tolist(), ends, strict=True):
        if (steps := known.occupancy.get(room)) is not None:
            result["occupancy"][first:end] = held(steps, start[first:end])
    for hostel_id in hostels:
        rows = np.flatnonzero(hostel_of == hostel_id)
        for name, weather in (("temperature_c", known.temperature_c), ("humidity", known.humidity)):
            result[name][rows] = held(weather.get(hostel_id), start[rows])
    return result
