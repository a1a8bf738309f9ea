"""Random lives of meters: however their facts arrive, nothing is set aside and all rows equal those of a clean pass."""

from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from tests.integration.hostel import empty
from verify.trust.lives import Trait, clean_pass, storm, story
from verify.trust.passes import differences, through

some_traits = st.frozensets(st.sampled_from(list(Trait)), max_size=12)
names = count()


@given(seed=st.integers(0, 2**32 - 1), lives=st.lists(some_traits, min_size=1, max_size=4))
@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_life_however_it_arrives_leaves_the_rows_of_one_clean_pass(
    migrated: Engine, seed: int, lives: list[frozenset[Trait]]
) -> None:
    empty(migrated)
    told = story(seed, lives, steps=120)
    clean = through(migrated, told, clean_pass(told.facts), f"clean-{next(names)}")
    stormy = through(migrated, told, storm(seed, told.facts), f"storm-{next(names)}")

    assert (clean.set_aside, clean.failed_replays, clean.marked) == ([], [], 0)
    assert (stormy.set_aside, stormy.failed_replays, stormy.marked) == ([], [], 0)
    assert differences(clean, stormy) == {}
