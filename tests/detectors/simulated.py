"""A small labelled data set in the training schema: a few hostels of ordinary rooms with heaters and dead meters."""

from pathlib import Path

import numpy as np
import pandas as pd

START = 1_725_129_000.0
DAYS = 40
HEATER_KW = 1.6
_RHYTHM = np.array([8, 6, 5, 4, 4, 5, 8, 11, 9, 7, 6, 6, 8, 8, 7, 7, 9, 12, 16, 19, 20, 20, 17, 12]) / 9.5


def room(hostel: str, name: str, seed: int, *, events: bool = True, days: int = DAYS) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    m = 24 * days
    hour = np.arange(m) % 24
    kwh = 0.015 + 0.2 * _RHYTHM[hour] * rng.gamma(2.2, 1 / 2.2, m)
    label, kind = np.zeros(m, dtype=np.int8), np.full(m, None, dtype=object)
    if events:
        for at in rng.choice(np.arange(15 * 24, m - 24, 24), 6, replace=False):
            hours = slice(int(at) + int(rng.integers(0, 20)), int(at) + 20 + int(rng.integers(2, 4)))
            hours = slice(hours.start, hours.start + int(rng.integers(2, 5)))
            kwh[hours] += HEATER_KW * rng.uniform(0.7, 1.3)
            label[hours], kind[hours] = 1, "heater"
        at = int(rng.integers(16 * 24, m - 48))
        kwh[at : at + 10], label[at : at + 10], kind[at : at + 10] = 0.0, 1, "zero"
    return pd.DataFrame(
        {
            "hostel": hostel,
            "meter": name,
            "ts": START + 3600.0 * np.arange(1, m + 1),
            "interval_s": np.full(m, 3600, dtype=np.float32),
            "timezone": "Asia/Kolkata",
            "kwh": kwh.astype(np.float32),
            "voltage": rng.normal(231, 2, m).astype(np.float32),
            "current": (kwh * 4.7).astype(np.float32),
            "power_factor": rng.normal(0.93, 0.01, m).astype(np.float32),
            "temperature_c": (27 + 4 * np.sin(hour / 24 * 2 * np.pi)).astype(np.float32),
            "humidity": np.full(m, 60, dtype=np.float32),
            "occupancy": rng.integers(1, 5, m).astype(np.float32),
            "beds": np.full(m, 4, dtype=np.int16),
            "has_ac": False,
            "nominal_voltage": np.full(m, 230, dtype=np.float32),
            "label": pd.array(label, dtype="Int8"),
            "kind": kind,
        }
    )


def corpus(hostels: int = 6, rooms: int = 3) -> pd.DataFrame:
    """Hostels by turns easy and hard, which is but a word here: they are all alike."""
    return pd.concat(
        [
            room(f"h{h}", f"h{h}/{r}", seed=100 * h + r).assign(difficulty=("easy", "hard")[h % 2])
            for h in range(hostels)
            for r in range(rooms)
        ],
        ignore_index=True,
    )


def write(frame: pd.DataFrame, folder: Path) -> Path:
    """As an export writes it: several files."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, (_, of_hostel) in enumerate(frame.groupby("hostel")):
        of_hostel.to_parquet(folder / f"part-{number}.parquet")
    return folder
