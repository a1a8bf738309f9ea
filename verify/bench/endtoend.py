"""The running system from outside: how much it takes through its real doors, how fast, and what becomes of it."""

import time
from collections.abc import Callable
from typing import Any

from local.demo.admin import Admin
from tools.cloud import Cloud, State
from verify.bench import faults
from verify.bench.throughput import Fleet, Load
from verify.browser import Browser
from verify.figures import percentile

HOSTELS = 10
PER_POST = 500
RATE = 5_000.0
"""Readings a second that are wanted for as long as one likes."""
ALERTS_RATE = 1_000.0
"""Readings a second while faults are timed."""
STEP_SECONDS = 20.0
SLOWEST = 2_000.0
STEP = 1.5
ENOUGH = 30_000.0
LONGEST_BACKLOG_S = 10.0
GROWING_S = 2.0
KEPT_UP = 0.95

type Report = Callable[[str], None]


def sustained(
    cloud: Cloud, state: State, fleet: Fleet, *, rate: float, seconds: float, report: Report
) -> dict[str, Any]:
    """Push at a fixed rate; every reading that was accepted is looked up in the database afterwards."""
    report(f"{rate:,.0f} readings/s for {seconds:.0f} s")
    per_post = PER_POST if rate > ALERTS_RATE else 100
    load = Load(cloud, state, rate=rate, seconds=seconds, fleet=fleet, per_post=per_post)
    browser = Browser(Admin(cloud), fleet.hostels[0].hostel_id)
    browser.start()
    load.start()
    sending = load.join()
    browser.ended.set()
    draining = load.drain()
    counted, heard = load.count(), load.heard()
    return {
        "asked_readings_per_s": rate,
        "seconds": round(sending, 1),
        "accepted_readings_per_s": round(load.accepted / sending, 1),
        "stored_readings_per_s": round(counted.stored / (sending + draining), 1),
        "accepted": load.accepted,
        "stored": counted.stored,
        "lost": counted.lost,
        "altered": counted.altered,
        "invented": counted.invented,
        "duplicated": counted.counted_twice,
        "refused": dict(heard.refused),
        "failed_requests": len(heard.forbidden) + len(browser.failed),
        "drain_s": round(draining, 1),
        **_percentiles("post", heard.delays_ms()),
        **_percentiles("get", [delay for delays in browser.delays_ms.values() for delay in delays]),
        **{f"get_{name}_p95_ms": percentile(delays, 95) for name, delays in browser.delays_ms.items()},
        **{f"stored_after_p{share}_s": percentile(load.lags_s(), share) for share in (50, 95, 99)},
        "backlog_is_bounded": _is_bounded(load, sending, rate),
    }


def ramp(cloud: Cloud, state: State, fleet: Fleet, report: Report) -> dict[str, Any]:
    """The highest rate at which the backlog stays bounded: half as much again until it does not, then halfway back.

    A rate that fails is tried once more: with the first step at a rate workers start, cold.
    """
    steps: list[dict[str, Any]] = []

    def holds(rate: float) -> bool:
        report(f"ramp: {rate:,.0f} readings/s")
        load = Load(cloud, state, rate=rate, seconds=STEP_SECONDS, fleet=fleet, per_post=PER_POST)
        load.start()
        sending = load.join()
        load.drain()
        bounded = _is_bounded(load, sending, rate)
        steps.append(
            {
                "readings_per_s": round(rate),
                "bounded": bounded,
                "accepted_readings_per_s": round(load.accepted / sending, 1),
                "stored_after_p95_s": percentile(load.lags_s(1 / 3, 1.0), 95),
            }
        )
        return bounded

    def holds_at_last(rate: float) -> bool:
        return holds(rate) or holds(rate)

    best, rate = 0.0, SLOWEST
    while rate <= ENOUGH and holds_at_last(rate):
        best, rate = rate, rate * STEP
    if best and rate <= ENOUGH and holds_at_last((best + rate) / 2):
        best = (best + rate) / 2
    return {"maximum_readings_per_s": round(best), "steps": steps}


def alerts(cloud: Cloud, state: State, fleet: Fleet, *, count: int, report: Report) -> dict[str, Any]:
    """From a faulty reading's POST to its alert in the browser and in the outbox, while others send as always."""
    report(f"{count} faults at {ALERTS_RATE:,.0f} readings/s")
    load = Load(cloud, state, rate=ALERTS_RATE, seconds=600 + 10 * count, fleet=fleet)
    load.start()
    try:
        outcome = faults.run(cloud, state, count=count, report=lambda _: None)
    finally:
        load.stop()
    load.join()
    load.drain()
    return outcome.figures()


def measure(cloud: Cloud, state: State, *, seconds: float, count: int, report: Report) -> dict[str, Any]:
    begun = time.monotonic()
    fleet = Fleet.of(cloud, state, HOSTELS)
    set_up_s = round(time.monotonic() - begun, 1)
    small = Fleet(fleet.cloud, fleet.admin, fleet.hostels[:1])
    shape = f"{HOSTELS} hostels of 1,000 one-minute meters; {PER_POST} readings a POST, {2 * HOSTELS} gateways"
    # In this order: what starts cold does so before the rate that is wanted.
    found = {
        "shape": shape,
        "set_up_s": set_up_s,
        "at_1000_per_s": sustained(cloud, state, small, rate=ALERTS_RATE, seconds=min(seconds, 60.0), report=report),
        "ramp": ramp(cloud, state, fleet, report),
        "sustained": sustained(cloud, state, fleet, rate=RATE, seconds=seconds, report=report),
    }
    return found | ({"alerts": alerts(cloud, state, small, count=count, report=report)} if count else {})


def _is_bounded(load: Load, sending_s: float, rate: float) -> bool:
    """The door kept up, and towards the end readings waited no longer than in the middle."""
    middle, end = percentile(load.lags_s(1 / 3, 2 / 3), 95), percentile(load.lags_s(2 / 3, 1.0), 95)
    if middle is None or end is None:
        return False
    kept_up = load.accepted >= KEPT_UP * rate * (sending_s - load.period_s)
    return kept_up and end < LONGEST_BACKLOG_S and end < middle + GROWING_S


def _percentiles(name: str, delays_ms: list[float]) -> dict[str, float | None]:
    return {f"{name}_p{share}_ms": percentile(delays_ms, share) for share in (50, 95, 99)}
