"""The search of hyper-parameters: what is given is tried first, and nothing worse is taken."""

import os
import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from detector import search as searching
from detector.dataset import replay
from detector.fitting import fit_bands
from detector.search import search
from detector.settings import Settings
from tests.detectors import simulated

GIVEN = Settings(alarm_iterations=40, alarm_leaves=8, band_iterations=4, alarm_rows=5_000)


def test_what_is_found_is_as_good_as_what_was_given_and_fits_as_many_rows() -> None:
    learn = replay(simulated.corpus(hostels=4, rooms=1))
    said: list[str] = []
    with ThreadPoolExecutor(2) as cores:
        found = search(learn, replace(GIVEN, search_seconds=3.0), fit_bands([learn], GIVEN), cores, said.append)
    (told,) = said
    trials, before, after = re.findall(r"[0-9.]+", told)
    assert int(trials) >= 1
    assert float(after) >= float(before) > 0
    searched = {"alarm_iterations", "alarm_leaves", "alarm_min_leaf", "alarm_l2", "learning_rate", "search_seconds"}
    assert all(getattr(found, name) == getattr(GIVEN, name) for name in Settings.__slots__ if name not in searched)
    assert 30 <= found.alarm_iterations <= 250
    assert 0.03 <= found.learning_rate <= 0.2


def test_no_round_is_begun_that_would_outlast_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0

    def half_a_minute(*_: object) -> float:
        nonlocal now
        now += 30.0
        return 0.5

    monkeypatch.setattr(searching, "_precision", half_a_minute)
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    monkeypatch.setattr(time, "monotonic", lambda: now)
    learn = replay(simulated.corpus(hostels=4, rooms=1))
    with ThreadPoolExecutor(1) as cores:
        search(learn, replace(GIVEN, search_seconds=100.0), [], cores, lambda _: None)
    assert now == 90.0


def test_no_time_is_time_for_what_was_given() -> None:
    learn = replay(simulated.corpus(hostels=4, rooms=1))
    with ThreadPoolExecutor(2) as cores:
        settings = replace(GIVEN, search_seconds=1e-9)
        found = search(learn, settings, fit_bands([learn], GIVEN), cores, lambda _: None)
    assert found == settings
