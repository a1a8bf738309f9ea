"""Meters of buildings: steady loads, and oddities that somebody would have seen."""

import numpy as np
import pytest

from simulator import buildings
from simulator.buildings import SHARE, Campus

DAYS = 60
FIRST_DAY = 20_000


def _columns(**changes: float) -> dict[str, np.ndarray]:
    campus = Campus(seed=3, timezone="Europe/Berlin", climate="temperate", meters=20, **changes)  # type: ignore[arg-type]
    table = buildings.table("campus", campus, FIRST_DAY, DAYS)
    return {
        name: table[name].to_numpy(zero_copy_only=False) for name in ("meter", "ts", "kwh", "label", "kind", "beds")
    }


def test_the_same_seed_makes_the_same_buildings() -> None:
    one, two = _columns(), _columns()
    assert np.array_equal(one["kwh"], two["kwh"])
    assert np.array_equal(one["label"], two["label"])


def test_they_measure_no_room_and_energy_is_never_negative() -> None:
    columns = _columns()
    assert not columns["beds"].any()
    assert (columns["kwh"] >= 0).all()


def test_every_kind_happens_about_as_often_as_people_labelled() -> None:
    columns = _columns()
    kinds = {str(kind) for kind in columns["kind"] if kind is not None}
    assert kinds == {str(oddity) for oddity in SHARE}
    begins = np.count_nonzero(np.diff(columns["label"].astype(int)) == 1)
    assert begins / (20 * DAYS / 30.4) == pytest.approx(1.7, abs=0.6)


def test_without_events_nothing_is_labelled_and_the_load_is_the_same_elsewhere() -> None:
    calm, eventful = _columns(event_rate=0.0), _columns()
    assert not calm["label"].any()
    normal = eventful["label"] == 0
    assert np.array_equal(calm["kwh"][normal], eventful["kwh"][normal])


def test_what_is_labelled_differs_from_what_would_have_been() -> None:
    calm, eventful = _columns(event_rate=0.0), _columns()
    odd = eventful["label"] == 1
    assert (calm["kwh"][odd] != eventful["kwh"][odd]).mean() > 0.8
