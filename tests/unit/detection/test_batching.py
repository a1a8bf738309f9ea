"""However a stream is cut into batches, features, states and verdicts are the same to the last bit."""

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.detection.streams import fresh, join, observe, ordinary_room, rooms, take
from wattwarden.detection import FEATURES, MeterStates, Observations, advance, judge

METERS = 4
HOURS = 24 * 18


def _stream() -> Observations:
    rng = np.random.default_rng(5)
    hourly = [
        observe(
            ordinary_room(i, HOURS),
            meter=i,
            occupancy=rng.integers(0, 4, HOURS),
            voltage=rng.normal(230, 2, HOURS),
            power_factor=rng.normal(0.92, 0.02, HOURS),
            temperature_c=rng.normal(28, 3, HOURS),
        )
        for i in range(METERS - 1)
    ]
    hourly[1].kwh[400:] += 2.5
    hourly[2].kwh[380:390] = 0.0
    quarter = observe(np.repeat(ordinary_room(9, 60) / 4, 4), meter=METERS - 1, interval_s=900.0)
    whole = join(*hourly, quarter)
    return take(whole, np.flatnonzero(rng.random(len(whole)) > 0.03))


STREAM = _stream()
ROOMS = rooms(METERS)
PREDICTIONS = np.column_stack(
    [
        np.random.default_rng(1).beta(0.5, 1.5, len(STREAM)),
        *np.full((3, len(STREAM)), [[0.1], [0.2], [0.6]]),
        np.full(len(STREAM), 0.9),
    ]
).astype(np.float32)


def _stored(states: MeterStates, rings: list[bytes]) -> list[bytes]:
    """The rings as a store holds them: those that changed are written, the others stay."""
    changed = np.flatnonzero(states.ring_changed)
    return list(
        (dict(enumerate(rings)) | dict(zip(changed.tolist(), states.dump_rings(changed), strict=True))).values()
    )


def _replay(cuts: list[float]) -> tuple[np.ndarray, list[bytes], list[tuple[object, ...]]]:
    states, rings = fresh(METERS), [b""] * METERS
    features = np.empty((len(STREAM), len(FEATURES)), np.float32)
    told: dict[int, tuple[object, ...]] = {}
    edges = [-np.inf, *sorted(cuts), np.inf]
    for low, high in pairwise(edges):
        rows = np.flatnonzero((STREAM.ts > low) & (STREAM.ts <= high))
        batch = take(STREAM, rows)
        rings = _stored(states, rings)
        states = MeterStates.load(states.dump(), rings)
        features[rows] = advance(states, ROOMS, batch)
        v = judge(states, ROOMS, batch, features[rows], PREDICTIONS[rows])
        for i, row in enumerate(rows.tolist()):
            told[row] = (
                bool(v.opens[i]), bool(v.closes[i]), bool(v.anomalous[i]), repr(v.incident_ts[i]), v.kind[i],
                v.severity[i], v.tier[i], float(v.score[i]), float(v.expected_kw[i]), v.reasons[i],
            )  # fmt: skip
    whole = [blob + ring for blob, ring in zip(states.dump(), _stored(states, rings), strict=True)]
    return features, whole, [told[i] for i in range(len(STREAM))]


WHOLE = _replay([])


@settings(max_examples=12, deadline=None)
@given(st.lists(st.floats(STREAM.ts.min(), STREAM.ts.max()), max_size=12))
def test_any_cut_of_the_stream_gives_identical_features_states_and_verdicts(cuts: list[float]) -> None:
    features, states, told = _replay(cuts)
    assert np.array_equal(features, WHOLE[0])
    assert states == WHOLE[1]
    assert told == WHOLE[2]


def test_a_reading_at_a_time_equals_the_whole_batch() -> None:
    features, states, told = _replay(sorted(set(STREAM.ts.tolist())))
    assert np.array_equal(features, WHOLE[0])
    assert states == WHOLE[1]
    assert told == WHOLE[2]


def test_the_stream_holds_incidents_so_that_the_comparison_means_something() -> None:
    assert sum(bool(t[0]) for t in WHOLE[2]) >= 3
    assert np.isfinite(WHOLE[0]).all()
