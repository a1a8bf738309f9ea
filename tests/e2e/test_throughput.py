"""A thousand readings a second for a while: each is there once. How fast is what `make bench` says."""

import pytest

from tools.cloud import Cloud, State
from verify.bench.throughput import Load

pytestmark = pytest.mark.e2e

SECONDS = 10


def test_a_thousand_readings_a_second_arrive_once_each(cloud: Cloud, state: State) -> None:
    load = Load(cloud, state, rate=1_000, seconds=SECONDS)
    load.start()
    load.join()
    load.drain()
    counted = load.count()
    assert load.accepted == 1_000 * SECONDS
    assert (counted.lost, counted.counted_twice) == (0, 0)
