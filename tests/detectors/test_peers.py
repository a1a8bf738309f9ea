"""The peers know the past only, and what they are told they are."""

from dataclasses import replace

import numpy as np
import pytest
from pyod.models.ecod import ECOD

from detector.dataset import Observed, Replayed, advanced, observed, read, replay
from detector.scoreboard.peers import Tails, half_space_trees, learn, static_z
from detector.scoring import matched
from tests.detectors import simulated


@pytest.fixture(scope="module")
def peers(corpus: object) -> object:
    return learn(replay(read(corpus)))  # type: ignore[arg-type]


def _data() -> Observed:
    return observed(simulated.room("new", "new/1", seed=31))


def test_the_future_changes_nothing_a_peer_has_said(peers: dict[str, object]) -> None:
    data, cut = _data(), 24 * 30
    changed = replace(data, obs=replace(data.obs, kwh=np.where(np.arange(len(data)) < cut, data.obs.kwh, 9.0)))
    for peer in peers.values():
        before, after = (peer.flags(advanced(one))[:cut] for one in (data, changed))  # type: ignore[attr-defined]
        assert np.array_equal(before, after)


def test_every_peer_finds_something_and_is_not_always_alarmed(peers: dict[str, object]) -> None:
    data = replay(simulated.corpus(hostels=1))
    for name, peer in peers.items():
        flags = peer.flags(data)  # type: ignore[attr-defined]
        assert 0 < flags.mean() < 0.2, name
        assert matched(data, flags).scores().recall > 0, name


def test_half_space_trees_find_the_rare_corner() -> None:
    rng = np.random.default_rng(3)
    rows = rng.normal(0, 1, (6_000, 3))
    rows[5_000] = 4.5
    scores = half_space_trees(dict.fromkeys("abc", (-5.0, 5.0)), rows, np.arange(len(rows), dtype=np.float64))
    assert np.isnan(scores[:2_000]).all()
    assert (scores[2_000:] < scores[5_000]).mean() > 0.98


def test_ecod_rates_what_it_learnt_from_as_pyod_does_and_the_rarer_tail_higher() -> None:
    learnt = np.random.default_rng(3).normal(0, 1, (1_000, 2)).round(1)
    tails = Tails(learnt)
    assert tails.decision_function(learnt) == pytest.approx(ECOD().fit(learnt).decision_scores_)
    scores = tails.decision_function(np.array([[0.0, 0.0], [0.0, 3.5], [3.5, 3.5]]))
    assert scores[0] < scores[1] < scores[2]


def test_static_z_is_the_distance_from_the_mean_of_what_came_before() -> None:
    data = advanced(_data())
    scores, before = static_z(data), data.obs.kwh[:200]
    assert scores[200] == pytest.approx(abs(data.obs.kwh[200] - before.mean()) / before.std(ddof=1))
    assert np.isnan(scores[: 24 * 7]).all()


def test_labels_are_no_input(peers: dict[str, object]) -> None:
    data = advanced(_data())
    unlabelled: Replayed = replace(data, label=np.full(len(data), -1, dtype=np.int8))
    for peer in peers.values():
        assert np.array_equal(peer.flags(data), peer.flags(unlabelled))  # type: ignore[attr-defined]
