"""Any table of readings, in the shape of the training data: what is not there is unknown."""

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detector.dataset import COLUMNS, MEASURES, UNKNOWN, UnusableDataError

NEEDED = ("meter", "ts", "kwh")
NOMINAL_VOLTAGES = (100, 110, 120, 127, 220, 230, 240)
UNNAMED = "anomaly"
"""Kind of what is labelled without one."""
LONGEST_INTERVAL_S = 2 * 3600.0
_FIRST_READINGS = 24
_UNITS_PER_SECOND = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3))
"""Epoch numbers beyond the first are in the second's fraction: ns, us, ms."""
_TRUE, _FALSE = ("1", "1.0", "true", "t", "yes"), ("0", "0.0", "false", "f", "no")
_NO_LABEL = ("", "nan", "none", "null", "<na>", "na", "-1", "-1.0")


def read_table(path: Path) -> pd.DataFrame:
    """Readings of a CSV or Parquet file in the columns of `dataset.COLUMNS`, sorted, each reading once.

    Needed: meter, ts, kwh. `ts` ends the interval; without a zone it is the clock on the meter's wall, and so it is
    with an offset. The interval is the meter's own most frequent distance between readings, unless `interval_s` says
    otherwise. Rows without energy are missing readings and left out. Labels are 0/1, true/false or nothing.

    Raises:
        UnusableDataError: no such file, a needed column is missing or unreadable, or there is no reading.
    """
    frame = _load(path)
    missing = [name for name in NEEDED if name not in frame]
    if missing:
        raise UnusableDataError(f"{path.name} lacks {', '.join(missing)}; needed are {', '.join(NEEDED)}")
    ts, zone = _instants(frame["ts"], path.name)
    table = pd.DataFrame({"meter": frame["meter"].astype(str), "ts": ts})
    for name in MEASURES:
        table[name] = _numbers(frame, name)
    table["beds"] = _numbers(frame, "beds").fillna(0).clip(0, 1_000).astype(np.int16)
    table["has_ac"] = _numbers(frame, "has_ac").fillna(0) > 0
    table["hostel"] = frame["hostel"].astype(str) if "hostel" in frame else ""
    table["timezone"] = frame["timezone"].astype(str) if "timezone" in frame else zone
    table["label"] = _labels(frame, path.name)
    kind = frame["kind"].astype("string") if "kind" in frame else pd.Series(pd.NA, frame.index, dtype="string")
    table["kind"] = kind.fillna(UNNAMED).replace("", UNNAMED).where(table["label"] == 1, "")
    table["nominal_voltage"] = _numbers(frame, "nominal_voltage")
    table["interval_s"] = _numbers(frame, "interval_s")
    table = table[np.isfinite(table["kwh"]) & np.isfinite(table["ts"])]
    if table.empty:
        raise UnusableDataError(f"{path.name} holds no reading: kwh is not a number in any row that has a time")
    table = table.sort_values(["hostel", "meter", "ts"], kind="stable").drop_duplicates(["hostel", "meter", "ts"])
    meters = table.groupby(["hostel", "meter"], sort=False)
    table["interval_s"] = table["interval_s"].fillna(meters["ts"].transform(_usual_distance))
    table["nominal_voltage"] = table["nominal_voltage"].fillna(meters["voltage"].transform(_nominal_voltage))
    if (table["interval_s"] > LONGEST_INTERVAL_S).all():
        hours = float(table["interval_s"].min()) / 3600
        raise UnusableDataError(
            f"{path.name}: readings lie {hours:.3g} hours apart; an hour is the most that is judged"
        )
    return table[list(COLUMNS)].reset_index(drop=True)


def _load(path: Path) -> pd.DataFrame:
    if not path.is_file():
        raise UnusableDataError(f"{path}: there is no such file")
    try:
        with path.open("rb") as file:
            parquet = file.read(4) == b"PAR1"
        frame = pd.read_parquet(path) if parquet else pd.read_csv(path, dtype={"meter": str}, low_memory=False)
    except (OSError, ValueError) as error:
        raise UnusableDataError(f"{path} cannot be read as Parquet or CSV: {error}") from error
    frame.columns = [str(name).strip().lower() for name in frame.columns]
    named_twice = frame.columns[frame.columns.duplicated()].tolist()
    if named_twice:
        raise UnusableDataError(f"{path.name} has more than one column {', '.join(named_twice)}")
    frame = frame.reset_index(drop=True)
    if frame.empty:
        raise UnusableDataError(f"{path.name} holds no reading")
    return frame


def _instants(column: "pd.Series[object]", file: str) -> tuple[NDArray[np.float64], str]:
    """Epoch seconds, and the zone whose clock tells the hour of the week.

    Instants with an offset are kept as the clock of the first offset shows them, in UTC: the hour on the wall is what
    people live by, and a meter's year then has no hour twice.
    """
    if pd.api.types.is_numeric_dtype(column):
        seconds = np.asarray(column, dtype=np.float64)
        typical = float(np.nanmedian(np.abs(seconds))) if np.isfinite(seconds).any() else 0.0
        return seconds / next((factor for limit, factor in _UNITS_PER_SECOND if typical > limit), 1.0), "UTC"
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        first = column.dropna()
        offset = first.iloc[0].utcoffset().total_seconds() if len(first) else 0.0
        return _seconds(column) + offset, "UTC"
    if pd.api.types.is_datetime64_any_dtype(column):
        return _seconds(column.dt.tz_localize("UTC")), "UTC"
    texts = column.astype("string").str.strip()
    for style in ("ISO8601", None):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)  # that each is read on its own
                instants = pd.to_datetime(texts, utc=True, format=style)
        except (ValueError, TypeError) as error:
            problem = error
        else:
            return _seconds(instants) + _offset_s(texts), "UTC"
    raise UnusableDataError(f"{file}: ts is neither ISO 8601 nor epoch seconds: {problem}") from problem


def _seconds(instants: "pd.Series[pd.Timestamp]") -> NDArray[np.float64]:
    return np.asarray((instants - pd.Timestamp(0, tz="UTC")).dt.total_seconds(), dtype=np.float64)


def _offset_s(texts: "pd.Series[str]") -> float:
    """Offset from UTC that the first instant names; 0 when it names none."""
    first = texts.dropna().head(1)
    parts = first.str.extract(r"\d{2}:?\d{2}.*([+-])(\d{2}):?(\d{2})?$").iloc[0] if len(first) else None
    if parts is None or parts.isna()[0]:
        return 0.0
    seconds = 3600.0 * int(parts[1]) + 60.0 * (int(parts[2]) if pd.notna(parts[2]) else 0)
    return -seconds if parts[0] == "-" else seconds


def _labels(frame: pd.DataFrame, file: str) -> "pd.Series[int]":
    if "label" not in frame:
        return pd.Series(UNKNOWN, frame.index, dtype=np.int8)
    distinct = {value: str(value).strip().lower() for value in frame["label"].unique()}
    strange = [text for text in distinct.values() if text not in (*_TRUE, *_FALSE, *_NO_LABEL)]
    if strange:
        raise UnusableDataError(f"{file}: label is 0, 1, true, false or empty, not {', '.join(sorted(strange)[:3])}")
    number = {value: 1 if text in _TRUE else 0 if text in _FALSE else UNKNOWN for value, text in distinct.items()}
    return frame["label"].map(number).fillna(UNKNOWN).astype(np.int8)


def _numbers(frame: pd.DataFrame, name: str) -> "pd.Series[float]":
    if name not in frame:
        return pd.Series(np.nan, frame.index)
    return pd.to_numeric(frame[name], errors="coerce").astype(np.float64)


def _usual_distance(ts: "pd.Series[float]") -> float:
    distances = ts.diff().dropna()
    return float(distances.mode().iloc[0]) if len(distances) else 3600.0


def _nominal_voltage(voltage: "pd.Series[float]") -> float:
    """The standard voltage next to what the meter's first readings say."""
    first = voltage.dropna().head(_FIRST_READINGS)
    typical = float(first.median()) if len(first) else 230.0
    return float(min(NOMINAL_VOLTAGES, key=lambda nominal: abs(nominal - typical)))
