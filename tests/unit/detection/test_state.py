"""What is remembered of a meter: constant in size, exact across a round trip, forgiving of strangers."""

import numpy as np

from tests.unit.detection.streams import fresh, observe, ordinary_room, rooms, take
from wattwarden.detection import FEATURES, MeterStates, advance, judge

FIVE_KB = 5_000


def _lived(hours: int) -> MeterStates:
    states = fresh()
    obs = observe(ordinary_room(3, hours), occupancy=1, voltage=231, power_factor=0.9)
    judge(states, rooms(), obs, advance(states, rooms(), obs), None)
    return states


def _dumped(states: MeterStates) -> tuple[bytes, bytes]:
    return states.dump()[0], states.dump_rings(np.array([0]))[0]


def test_the_size_does_not_grow_with_the_history() -> None:
    sizes = {sum(map(len, _dumped(_lived(hours)))) for hours in (0, 1, 24, 24 * 60)}
    assert len(sizes) == 1
    assert sizes.pop() < FIVE_KB


def test_a_round_trip_changes_nothing() -> None:
    blob, ring = _dumped(_lived(24 * 20))
    again = MeterStates.load([blob], [ring])
    assert _dumped(again) == (blob, ring)
    assert not again.ring_changed.any()


def test_known_and_new_meters_load_side_by_side() -> None:
    known, ring = _dumped(_lived(100))
    states = MeterStates.load([None, known, b"", known[:-1], known], [None, ring, ring, ring, None])
    new = fresh().dump()[0]
    assert states.dump() == [new, known, new, new, new]
    assert states.ring_changed.tolist() == [True, False, True, True, True]


def test_an_unknown_version_starts_anew() -> None:
    blob, ring = _dumped(_lived(100))
    stranger = bytes([blob[0] ^ 0xFF]) + blob[1:]
    assert _dumped(MeterStates.load([stranger], [ring])) == _dumped(fresh())


def test_features_are_finite_whatever_is_unknown_or_absurd() -> None:
    kwh = np.array([0.0, np.nan, 1e9, -4.0, 0.1, 0.2, np.inf, 0.3])
    obs = observe(kwh, voltage=[0, np.nan, 1e3, 230, 1, 2, 3, 4], power_factor=[np.nan, 0, 1, -1, 0.5, 1, 1, 1])
    obs.interval_s[4] = 0.0
    obs.interval_s[5] = 86_400.0
    for beds in (0, 2):
        states = fresh()
        features = advance(states, rooms(beds=beds), obs)
        assert features.shape == (8, len(FEATURES))
        assert np.isfinite(features).all()
        verdicts = judge(states, rooms(beds=beds), obs, features, None)
        band = np.stack([verdicts.expected_low_kw, verdicts.expected_kw, verdicts.expected_high_kw])
        assert np.isfinite(band).all()
        assert (band >= 0).all()
        assert (np.diff(band, axis=0) >= 0).all()


def test_unmeasured_hours_leave_a_gap_and_no_zeros() -> None:
    states = fresh()
    before, after = observe(np.full(10, 0.5)), observe(np.full(5, 0.5), start=1_725_129_000.0 + 3600 * 30)
    advance(states, rooms(), before)
    advance(states, rooms(), after)
    kept = states.ring[0][~np.isnan(states.ring[0])]
    assert len(kept) == 14  # the fifteenth hour is still being filled
    assert (kept == np.float16(0.5)).all()


def test_a_ring_changes_with_the_hour_and_not_before() -> None:
    states = fresh()
    states.ring_changed[:] = False
    quarters = observe(np.full(5, 0.1), interval_s=900.0, start=1_725_129_000.0 // 3600 * 3600)
    advance(states, rooms(), take(quarters, np.arange(4)))
    assert not states.ring_changed.any()
    advance(states, rooms(), take(quarters, np.array([4])))
    assert states.ring_changed.all()


def test_a_long_interval_moves_only_the_clock() -> None:
    obs = observe(np.array([0.2, 0.2, 9.0]))
    obs.interval_s[2] = 7 * 3600.0
    whole, without = fresh(), fresh()
    advance(whole, rooms(), obs)
    advance(without, rooms(), observe(np.array([0.2, 0.2])))
    assert whole.ring.tobytes() == without.ring.tobytes()
    changed = np.flatnonzero(
        ~((whole.core == without.core) | (np.isnan(whole.core) & np.isnan(without.core))).all(axis=1)
    )
    assert len(changed) == 1
    assert whole.core[changed[0], 0] == obs.ts[2]


def test_the_state_of_a_meter_that_measures_a_building_keeps_its_scale() -> None:
    states = fresh()
    obs = observe(10_000 * (1 + 0.1 * np.sin(np.arange(24 * 20))))
    features = advance(states, rooms(beds=0), obs)
    assert abs(features[-1, FEATURES.index("scale_kw")] - 10_000) < 200
