"""Which faults of meters are one finding."""

from datetime import timedelta
from typing import Any

from tests.fakes.api import NOW, fault
from wattwarden.domain.data_health import MeterFault, findings


def silent(meter: int, block: str = "A", hours: float = 3, **changes: Any) -> MeterFault:
    return fault(1, meter, meter, block=block, since=NOW - timedelta(hours=hours), **changes)


def test_a_hostel_that_falls_silent_is_one_finding() -> None:
    faults = [silent(n, block="AB"[n % 2], hours=3 + n / 3600) for n in range(500)]
    [found] = findings(faults, {(1, "A"): 250, (1, "B"): 250})
    assert (found.scope, len(found.members), found.total) == ("hostel", 500, 500)


def test_half_of_a_block_is_one_finding_and_the_rest_are_theirs() -> None:
    faults = [*(silent(n) for n in range(5)), silent(5, hours=90), silent(6, block="B")]
    found = findings(faults, {(1, "A"): 10, (1, "B"): 100})
    assert [(f.scope, len(f.members)) for f in found] == [("block", 5), ("meter", 1), ("meter", 1)]
    assert found[0].total == 10


def test_less_than_half_and_fewer_than_three_are_single_meters() -> None:
    assert [f.scope for f in findings([silent(n) for n in range(4)], {(1, "A"): 9})] == ["meter"] * 4
    assert [f.scope for f in findings([silent(n) for n in range(2)], {(1, "A"): 2})] == ["meter"] * 2


def test_meters_that_fall_silent_one_by_one_are_single_meters() -> None:
    faults = [silent(n, hours=3 * n) for n in range(1, 9)]
    assert {f.scope for f in findings(faults, {(1, "A"): 8})} == {"meter"}


def test_meters_of_an_hour_fall_silent_together_within_an_hour() -> None:
    hourly = [silent(n, hours=3 + n / 5) for n in range(5)]
    quick = [silent(n, hours=3 + n / 5, interval=timedelta(minutes=1)) for n in range(5)]
    assert [f.scope for f in findings(hourly, {(1, "A"): 5})] == ["hostel"]
    assert {f.scope for f in findings(quick, {(1, "A"): 5})} == {"meter"}


def test_the_silence_of_one_hostel_says_nothing_of_another() -> None:
    here = [silent(n) for n in range(4)]
    there = [fault(2, n, n) for n in range(10, 12)]
    found = findings([*here, *there], {(1, "A"): 4, (2, "A"): 40})
    assert [(f.scope, f.members[0].hostel_id) for f in found] == [("hostel", 1), ("meter", 2), ("meter", 2)]


def test_other_faults_are_never_put_together() -> None:
    stuck = [fault(1, n, n, kind="stuck") for n in range(8)]
    assert [f.scope for f in findings(stuck, {(1, "A"): 8})] == ["meter"] * 8
