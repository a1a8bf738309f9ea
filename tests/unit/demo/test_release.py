"""What is scored for the scoreboard: apart from development and from training, whole, and no more told than said."""

import numpy as np
import pytest

from simulator import release
from simulator.corpus import DIFFICULTIES, CorpusPlan, randomised_campus, randomised_hostel


@pytest.fixture(scope="module")
def tables() -> dict[str, release.pa.Table]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(release, "DAYS", 12)
        patch.setattr(release, "ROOMS", 3)
        return dict(release.tables(seeds=(1,)))


def test_release_seeds_are_neither_development_seeds_nor_those_of_the_corpus() -> None:
    plan = CorpusPlan()
    used = {randomised_hostel(plan.seed, index, 2)[0].seed for index in range(plan.hostels)}
    used |= {randomised_campus(plan.seed, index, 2)[0].seed for index in range(plan.campuses)}
    assert min(release.SEEDS) > 99
    assert plan.seed not in release.SEEDS
    assert used.isdisjoint(release.SEEDS)


def test_every_difficulty_and_buildings_are_there(tables: dict[str, release.pa.Table]) -> None:
    assert {*DIFFICULTIES, release.BUILDINGS} <= tables.keys()
    assert all(len(table) > 0 for table in tables.values())


def test_kwh_alone_is_kwh_alone(tables: dict[str, release.pa.Table]) -> None:
    alone, whole = tables["kWh alone"], tables["normal"]
    for name in ("voltage", "current", "power_factor", "temperature_c", "humidity", "occupancy"):
        assert np.isnan(alone[name].to_numpy()).all()
    assert not alone["beds"].to_numpy().any()
    assert alone["kwh"].equals(whole["kwh"])
    assert alone["label"].equals(whole["label"])


def test_another_size_is_only_another_size(tables: dict[str, release.pa.Table]) -> None:
    ratio = tables["load x 20"]["kwh"].to_numpy() / np.maximum(tables["normal"]["kwh"].to_numpy(), 1e-9)
    assert np.median(ratio) == pytest.approx(20, rel=1e-3)
