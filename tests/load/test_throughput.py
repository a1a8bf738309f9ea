"""The quick form of the load test; the long one is `python -m local.bench --seconds 3600`."""

import pytest

from local.bench.report import percentile
from local.bench.throughput import Load
from local.state import NotRunningError, State, read_cloud

pytestmark = pytest.mark.e2e


def test_a_thousand_readings_a_second_arrive_once_each_and_quickly() -> None:
    try:
        cloud = read_cloud()
    except NotRunningError as error:
        pytest.skip(str(error))
    load = Load(cloud, State.from_environment(), rate=1_000, seconds=20)
    load.start(lambda _: None)
    load.join()
    load.drain()
    counted = load.count()
    delays = [delay for sender in load.senders for delay in sender.delays_ms]
    p95 = percentile(delays, 95)
    assert load.accepted == 20_000
    assert (counted.lost, counted.duplicated) == (0, 0)
    assert p95 is not None
    assert p95 < 200
