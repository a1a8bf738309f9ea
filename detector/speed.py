"""How fast the detector is on this machine: features with rules, and a call of the endpoint's code."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import json
import sys
import time
from io import BytesIO
from pathlib import Path

import numpy as np

from detector import serve
from wattwarden.detection import MeterStates, Observations, Rooms, advance, hour_of_week, judge

METERS, HOURS, WARM_H = 2_000, 100, 24 * 15
CALLS, ROWS = 200, 500
INTERVAL_S = 3600.0


def measure(model: Path) -> dict[str, float]:
    """Readings a second of one core, and milliseconds of a call with ROWS rows, by processor time."""
    rooms = Rooms(np.full(METERS, 4, np.int16), np.zeros(METERS, np.bool_), np.full(METERS, 230.0))
    states = MeterStates.new(METERS)
    advance(states, rooms, _readings(0, WARM_H))
    batch = _readings(WARM_H, HOURS)
    began = time.process_time()
    features = advance(states, rooms, batch)
    judge(states, rooms, batch, features, None)
    took = time.process_time() - began
    detector = serve.model_fn(str(model))
    body = BytesIO()
    np.save(body, features[-ROWS:])
    calls = []
    for _ in range(CALLS):
        called = time.process_time()
        answer = serve.predict_fn(serve.input_fn(body.getvalue(), serve.NPY), detector)
        serve.output_fn(answer, serve.NPY)
        calls.append(1000 * (time.process_time() - called))
    return {
        "readings_per_second": round(len(batch) / took),
        "call_p50_ms": round(float(np.percentile(calls, 50)), 1),
        "call_p95_ms": round(float(np.percentile(calls, 95)), 1),
    }


def _readings(first_hour: int, hours: int) -> Observations:
    """Hourly readings of all meters, as a consumer's batch sorts them."""
    rng = np.random.default_rng(first_hour)
    hour = np.tile(np.arange(first_hour + 1, first_hour + hours + 1, dtype=np.float64), METERS)
    m = len(hour)
    ts = np.asarray(1_700_000_000.0 // INTERVAL_S * INTERVAL_S + INTERVAL_S * hour, dtype=np.float64)
    kwh = (0.1 + 0.1 * np.sin(hour * np.pi / 12) ** 2) * rng.gamma(3, 1 / 3, m)
    unknown = np.full(m, np.nan)
    return Observations(
        meter=np.repeat(np.arange(METERS, dtype=np.int64), hours),
        ts=ts,
        interval_s=np.full(m, INTERVAL_S),
        hour_of_week=hour_of_week(ts - INTERVAL_S, "UTC"),
        kwh=kwh,
        voltage=rng.normal(230, 2, m),
        current=unknown,
        power_factor=rng.normal(0.93, 0.01, m),
        temperature_c=rng.normal(25, 3, m),
        humidity=unknown,
        occupancy=rng.integers(0, 5, m).astype(np.float64),
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    sys.stdout.write(json.dumps(measure(parser.parse_args().model)) + "\n")
