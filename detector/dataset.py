"""Training data: Parquet folders read, checked, and replayed through the very code that serves."""

from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wattwarden.detection import MeterStates, Observations, Rooms, advance, hour_of_week

MEASURES = ("kwh", "voltage", "current", "power_factor", "temperature_c", "humidity", "occupancy")
COLUMNS = (
    *("hostel", "meter", "ts", "interval_s", "timezone"),
    *MEASURES,
    *("beds", "has_ac", "nominal_voltage", "label", "kind"),
)
DIFFICULTY = "difficulty"
"""A column that only a corpus has: how hard its hostels are."""
UNKNOWN = -1


class UnusableDataError(Exception):
    """The data cannot train a detector; the text says why."""


@dataclass(frozen=True)
class Observed:
    """m readings of n meters, sorted by (meter, ts), and what is known of them afterwards."""

    obs: Observations
    rooms: Rooms
    hostel: NDArray[np.str_]
    """[m]"""
    label: NDArray[np.int8]
    """[m] 1 anomalous, 0 normal, UNKNOWN"""
    kind: NDArray[np.str_]
    """[m] name of the labelled kind, empty when there is none"""
    difficulty: NDArray[np.str_]
    """[m] what the corpus says of the hostel, empty where it says nothing"""

    def __len__(self) -> int:
        return len(self.obs)


@dataclass(frozen=True)
class Replayed(Observed):
    """Readings with the features they had when they arrived."""

    features: NDArray[np.float32]
    """[m, len(FEATURES)]"""


def read(folder: Path) -> pd.DataFrame:
    """All Parquet files below the folder, sorted by (hostel, meter, ts), each reading once.

    Raises:
        UnusableDataError: no file, a column is missing, or there is no row.
    """
    paths = sorted(folder.rglob("*.parquet"))
    if not paths:
        raise UnusableDataError(f"no Parquet file in {folder}")
    frames = []
    for path in paths:
        frame = pd.read_parquet(path)
        missing = sorted(set(COLUMNS) - set(frame.columns))
        if missing:
            raise UnusableDataError(f"{path.name} lacks {', '.join(missing)}")
        frames.append(frame.assign(**{DIFFICULTY: frame.get(DIFFICULTY, "")})[[*COLUMNS, DIFFICULTY]])
    whole = pd.concat([frame for frame in frames if len(frame)] or frames[:1], ignore_index=True)
    if whole.empty:
        raise UnusableDataError(f"{folder} holds no reading")
    for name in ("hostel", "meter"):
        whole[name] = whole[name].astype(str)
    return whole.sort_values(["hostel", "meter", "ts"], kind="stable").drop_duplicates(["hostel", "meter", "ts"])


def replay(frame: pd.DataFrame) -> Replayed:
    """Features of every reading, as the stream consumer would have worked them out."""
    return advanced(observed(frame))


def advanced(data: Observed) -> Replayed:
    """The readings with their features; the meters are new before the first."""
    columns = {f.name: getattr(data, f.name) for f in fields(Observed)}
    return Replayed(**columns, features=advance(MeterStates.new(len(data.rooms.beds)), data.rooms, data.obs))


def observed(frame: pd.DataFrame) -> Observed:
    """The readings of a table sorted as `read` sorts it."""
    meter = frame.groupby(["hostel", "meter"], sort=False).ngroup().to_numpy(np.int64)
    firsts = frame.iloc[np.flatnonzero(np.r_[True, meter[1:] != meter[:-1]])]
    rooms = Rooms(
        beds=firsts["beds"].to_numpy(np.int16),
        has_ac=firsts["has_ac"].to_numpy(np.bool_),
        nominal_voltage=firsts["nominal_voltage"].to_numpy(np.float64),
    )
    ts = frame["ts"].to_numpy(np.float64)
    interval_s = frame["interval_s"].to_numpy(np.float64)
    timezone = frame["timezone"].to_numpy(str)
    hours = np.empty(len(frame), dtype=np.int16)
    for zone in np.unique(timezone):
        there = timezone == zone
        hours[there] = hour_of_week(ts[there] - interval_s[there], str(zone))
    return Observed(
        obs=Observations(
            meter=meter,
            ts=ts,
            interval_s=interval_s,
            hour_of_week=hours,
            **{name: frame[name].to_numpy(np.float64, na_value=np.nan) for name in MEASURES},
        ),
        rooms=rooms,
        hostel=frame["hostel"].to_numpy(str),
        label=frame["label"].astype("Float64").to_numpy(np.float64, na_value=UNKNOWN).astype(np.int8),
        kind=frame["kind"].fillna("").to_numpy(str),
        difficulty=frame[DIFFICULTY].to_numpy(str) if DIFFICULTY in frame else np.full(len(frame), ""),
    )


def part[D: Observed](data: D, meters: NDArray[np.bool_]) -> D:
    """The readings of the meters flagged, the meters numbered anew."""
    return only(data, meters[data.obs.meter])


def only[D: Observed](data: D, rows: NDArray[np.bool_]) -> D:
    """The readings flagged and the meters that have any of them, numbered anew."""
    columns = {f.name: getattr(data.obs, f.name)[rows] for f in fields(Observations)}
    meters = np.bincount(columns["meter"], minlength=len(data.rooms.beds)) > 0
    columns["meter"] = (np.cumsum(meters) - 1)[columns["meter"]]
    changed = {f.name: getattr(data, f.name)[rows] for f in fields(data) if f.name not in ("obs", "rooms")}
    rooms = Rooms(data.rooms.beds[meters], data.rooms.has_ac[meters], data.rooms.nominal_voltage[meters])
    return replace(data, obs=Observations(**columns), rooms=rooms, **changed)
