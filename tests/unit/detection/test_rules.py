"""Each rule and each of its guards, through the whole detector without a model."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from tests.unit.detection.streams import fresh, join, observe, ordinary_room, rooms, side_by_side
from wattwarden.detection import Observations, Verdicts, advance, judge
from wattwarden.domain.anomalies import Kind, Severity, Tier

DAYS = 24
SETTLED = 24 * DAYS  # hours of ordinary life before the story begins
STORY = 60


@dataclass(frozen=True)
class Case:
    name: str
    change: Callable[[dict[str, np.ndarray]], None]
    """Edits the columns of the story, hour 0 at midnight."""
    expected: Kind | None


def _set(column: str, hours: slice, value: float) -> Callable[[dict[str, np.ndarray]], None]:
    def change(columns: dict[str, np.ndarray]) -> None:
        columns[column][hours] = value

    return change


def _all(*changes: Callable[[dict[str, np.ndarray]], None]) -> Callable[[dict[str, np.ndarray]], None]:
    def change(columns: dict[str, np.ndarray]) -> None:
        for one in changes:
            one(columns)

    return change


def _add(column: str, hours: slice, value: float) -> Callable[[dict[str, np.ndarray]], None]:
    def change(columns: dict[str, np.ndarray]) -> None:
        columns[column][hours] += value

    return change


def _scale(column: str, hours: slice, factor: float) -> Callable[[dict[str, np.ndarray]], None]:
    def change(columns: dict[str, np.ndarray]) -> None:
        columns[column][hours] *= factor

    return change


CASES = [
    Case("ordinary life", lambda _: None, None),
    Case("low voltage", _set("voltage", slice(10, 13), 195), Kind.UNDERVOLTAGE),
    Case("voltage at 92 % is within tolerance", _set("voltage", slice(10, 13), 212), None),
    Case("a meter that lost its voltage input is no undervoltage", _set("voltage", slice(10, 13), 3), None),
    Case("a heater's first hour", _add("kwh", slice(30, 31), 2.0), Kind.EXCESS),
    Case("a kettle more than usual", _add("kwh", slice(30, 31), 0.2), None),
    Case("dead for four hours", _set("kwh", slice(14, 20), 0.0), Kind.ZERO),
    Case("dead for three hours", _set("kwh", slice(14, 17), 0.0), None),
    Case(
        "dead for six hours with nobody in",
        _all(_set("kwh", slice(10, 24), 0.03), _set("kwh", slice(14, 20), 0.0), _set("occupancy", slice(10, 24), 0)),
        None,
    ),
    Case("stuck for half a day", _set("kwh", slice(8, 22), 0.213), Kind.FLAT),
    Case("the same value six hours", _set("kwh", slice(8, 14), 0.213), None),
    Case(
        "flat at a trickle with nobody in",
        _all(_set("kwh", slice(8, 22), 0.021), _set("occupancy", slice(6, 24), 0)),
        None,
    ),
    Case("power factor falls for a day", _add("power_factor", slice(6, 30), -0.25), Kind.POWER_FACTOR),
    Case("power factor falls a little", _add("power_factor", slice(6, 30), -0.06), None),
    Case(
        "an air conditioner left on in an empty room",
        _all(_set("occupancy", slice(8, 16), 0), _add("kwh", slice(8, 16), 0.7)),
        Kind.EMPTY_ROOM_LOAD,
    ),
    Case(
        "the same load just after they left",
        _all(_set("occupancy", slice(8, 10), 0), _add("kwh", slice(8, 10), 0.5)),
        None,
    ),
    Case("a third of the usual for days", _scale("kwh", slice(0, 60), 0.2), Kind.SHORTFALL),
    Case(
        "little is used while they are away",
        _all(_scale("kwh", slice(0, 60), 0.2), _set("occupancy", slice(0, 60), 0)),
        None,
    ),
    Case("high voltage", _set("voltage", slice(10, 13), 262), Kind.OVERVOLTAGE),
    Case("a lost neutral gives a room the other's volts", _set("voltage", slice(10, 13), 330), Kind.OVERVOLTAGE),
    Case("voltage at 108 % is within tolerance", _set("voltage", slice(10, 13), 248), None),
    Case(
        "a meter that reports hundreds of volts too many is no overvoltage", _set("voltage", slice(10, 13), 900), None
    ),
]


def _stream(case: Case, settled: int, seed: int, meter: int = 0) -> Observations:
    """Ordinary life in which the room is empty and quiet at noon, then the story."""
    rng = np.random.default_rng(seed)
    hours = settled + STORY
    columns = {
        "kwh": ordinary_room(seed, hours),
        "occupancy": np.where(np.arange(hours) % 24 < 9, 4.0, rng.integers(1, 5, hours)),
        "voltage": rng.normal(231, 2, hours),
        "power_factor": rng.normal(0.93, 0.01, hours),
    }
    away = np.isin(np.arange(hours) % 24, (11, 12, 13)) & (np.arange(hours) < settled)
    columns["occupancy"][away] = 0
    columns["kwh"][away] *= 0.3
    case.change({name: column[settled:] for name, column in columns.items()})
    return observe(columns.pop("kwh"), meter=meter, **columns)


def _judge(case: Case, *, settled: int = SETTLED, **meter: Any) -> Verdicts:
    obs, states, of = _stream(case, settled, seed=11), fresh(), rooms(**meter)
    return judge(states, of, obs, advance(states, of, obs), None)


@pytest.fixture(scope="module")
def told() -> dict[str, list[tuple[Kind | None, bool]]]:
    """Of each case, the kind of every reading of the story and whether it opens an incident. A room for each case."""
    n, obs = len(CASES), side_by_side(*(_stream(case, SETTLED, seed=11) for case in CASES))
    states = fresh(n)
    verdicts = judge(states, rooms(n), obs, advance(states, rooms(n), obs), None)
    every = list(zip(verdicts.kind, verdicts.opens.tolist(), strict=True))
    hours = SETTLED + STORY
    return {case.name: every[hours * at + SETTLED : hours * (at + 1)] for at, case in enumerate(CASES)}


def test_a_load_at_which_the_room_has_rested_before_is_no_stuck_meter() -> None:
    case = Case("at rest for half a day", _set("kwh", slice(8, 22), 0.213), None)
    obs, states, of = _stream(case, SETTLED, seed=11), fresh(), rooms()
    last_sunday = slice(SETTLED - 4 * 24, SETTLED - 4 * 24 + 9)
    obs.kwh[last_sunday] = 0.213
    assert not judge(states, of, obs, advance(states, of, obs), None).opens[SETTLED:].any()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_rule_fires_when_it_should_and_holds_its_tongue_otherwise(
    case: Case, told: dict[str, list[tuple[Kind | None, bool]]]
) -> None:
    kinds = {kind for kind, _ in told[case.name] if kind is not None}
    assert kinds == ({case.expected} if case.expected else set())
    if case.expected:
        assert sum(opens for _, opens in told[case.name]) == 1


def test_the_heater_alarms_on_its_first_reading() -> None:
    verdicts = _judge(CASES[4])
    opened = np.flatnonzero(verdicts.opens)
    assert opened.tolist() == [SETTLED + 30]
    assert verdicts.tier[opened[0]] is Tier.RULES
    assert verdicts.severity[opened[0]] in (Severity.MEDIUM, Severity.HIGH)
    assert verdicts.excess_kwh[opened[0]] == pytest.approx(2.0, abs=0.4)


def test_a_young_meter_is_judged_by_the_static_limit() -> None:
    dryer = Case("5 kW on a room's circuit", _add("kwh", slice(5, 7), 5.0), Kind.STATIC_LIMIT)
    verdicts = _judge(dryer, settled=48)
    assert {kind for kind in verdicts.kind if kind} == {Kind.STATIC_LIMIT}
    assert set(verdicts.tier) == {Tier.STATIC}


def test_the_static_limit_is_not_for_a_whole_building() -> None:
    kwh = np.full(100, 40.0) * np.random.default_rng(0).uniform(0.8, 1.2, 100)
    for beds in (0, 4):
        obs, states = observe(kwh), fresh()
        verdicts = judge(states, rooms(beds=beds), obs, advance(states, rooms(beds=beds), obs), None)
        assert not verdicts.anomalous.any()


@pytest.mark.parametrize("times", [6, 10, 20])
def test_the_static_limit_is_hardly_ever_for_a_room_that_draws_as_much_every_day(times: int) -> None:
    n = 8
    obs, states = side_by_side(*(observe(times * ordinary_room(seed, 14 * 24)) for seed in range(n))), fresh(n)
    verdicts = judge(states, rooms(n), obs, advance(states, rooms(n), obs), None)
    opened = sum(verdicts.opens[at] for at in range(len(obs)) if verdicts.kind[at] is Kind.STATIC_LIMIT)
    assert opened < 8  # fewer than one a room in its first two weeks


@pytest.mark.parametrize(("dip", "expected"), [(0.0, set()), (40.0, {Kind.UNDERVOLTAGE})])
def test_a_voltage_that_sags_every_evening_is_no_event_but_a_deeper_one_is(dip: float, expected: set[Kind]) -> None:
    hours = SETTLED + STORY
    rng = np.random.default_rng(5)
    evening = np.isin(np.arange(hours) % 24, (18, 19, 20, 21))
    volts = rng.normal(226, 2, hours) - 13 * evening * (1 + 0.5 * rng.random(hours))
    assert (volts[SETTLED:] < 207).any()
    volts[SETTLED + 34 : SETTLED + 37] -= dip
    obs, states = observe(ordinary_room(11, hours), voltage=volts), fresh()
    verdicts = judge(states, rooms(), obs, advance(states, rooms(), obs), None)
    assert {kind for kind in verdicts.kind[SETTLED:] if kind} == expected
    assert np.count_nonzero(verdicts.opens[SETTLED:]) == len(expected)


@pytest.mark.parametrize(("rise", "expected"), [(0.0, set()), (14.0, {Kind.OVERVOLTAGE})])
def test_a_voltage_that_is_high_every_night_is_no_event_but_a_higher_one_is(rise: float, expected: set[Kind]) -> None:
    hours = SETTLED + STORY
    rng = np.random.default_rng(5)
    night = np.isin(np.arange(hours) % 24, (1, 2, 3, 4))
    volts = rng.normal(239, 1.5, hours) + 13 * night * (1 + 0.3 * rng.random(hours))
    assert (volts[SETTLED:] > 253).any()
    volts[SETTLED + 26 : SETTLED + 29] += rise
    obs, states = observe(ordinary_room(11, hours), voltage=volts), fresh()
    verdicts = judge(states, rooms(), obs, advance(states, rooms(), obs), None)
    assert {kind for kind in verdicts.kind[SETTLED:] if kind} == expected
    assert np.count_nonzero(verdicts.opens[SETTLED:]) == len(expected)


@pytest.mark.parametrize(("dip", "expected"), [(0.0, set()), (25.0, {Kind.UNDERVOLTAGE})])
def test_evenings_that_sag_are_learnt_where_a_country_allows_little_too(dip: float, expected: set[Kind]) -> None:
    hours = SETTLED + STORY
    rng = np.random.default_rng(6)
    evening = np.isin(np.arange(hours) % 24, (18, 19, 20, 21))
    volts = rng.normal(228, 2, hours) - 16 * evening * rng.random(hours)
    assert (volts[SETTLED:] < 216.2).any()
    volts[SETTLED + 34 : SETTLED + 37] -= dip
    obs, states, where = observe(ordinary_room(11, hours), voltage=volts), fresh(), rooms(tolerance=0.06)
    verdicts = judge(states, where, obs, advance(states, where, obs), None)
    assert {kind for kind in verdicts.kind[SETTLED:] if kind} == expected


def test_what_appliances_do_not_survive_is_told_whatever_the_meter_is_used_to() -> None:
    hours = SETTLED + 6
    volts = 232 + 45.0 * (np.random.default_rng(4).random(hours) < 0.2)  # the neutral has been loose for weeks
    volts[SETTLED:] = 285.0
    obs, states = observe(ordinary_room(11, hours), voltage=volts), fresh()
    verdicts = judge(states, rooms(), obs, advance(states, rooms(), obs), None)
    assert set(verdicts.kind[SETTLED:]) == {Kind.OVERVOLTAGE}
    assert set(verdicts.severity[SETTLED:]) <= {Severity.HIGH, Severity.CRITICAL}


@pytest.mark.parametrize(
    ("tolerance", "volts", "expected"),
    [
        (0.06, 212.0, Kind.UNDERVOLTAGE),
        (0.10, 212.0, None),
        (None, 212.0, None),
        (0.06, 218.0, None),
        (0.06, 246.0, Kind.OVERVOLTAGE),
        (0.10, 246.0, None),
        (0.06, 242.0, None),
    ],
)
def test_how_far_a_voltage_may_lie_from_the_nominal_one_is_the_countrys(
    tolerance: float | None, volts: float, expected: Kind | None
) -> None:
    hours = SETTLED + 12
    voltage = np.random.default_rng(5).normal(230, 1, hours)
    voltage[SETTLED + 4 : SETTLED + 7] = volts
    obs, states, where = observe(ordinary_room(11, hours), voltage=voltage), fresh(), rooms(tolerance=tolerance)
    verdicts = judge(states, where, obs, advance(states, where, obs), None)
    assert [kind for kind in verdicts.kind[SETTLED:] if kind] == ([expected] * 3 if expected else [])
    for reason in filter(None, verdicts.reasons):
        limit = "limit_voltage" if expected is Kind.UNDERVOLTAGE else "limit_voltage_high"
        assert reason[limit] == pytest.approx(230 * (0.94 if volts < 230 else 1.06), abs=0.01)


@pytest.mark.parametrize(("fall", "expected"), [(0.0, set()), (0.3, {Kind.POWER_FACTOR})])
def test_a_power_factor_that_rises_with_the_load_has_not_fallen_at_night(fall: float, expected: set[Kind]) -> None:
    kwh, rng = ordinary_room(11, SETTLED + STORY), np.random.default_rng(3)
    factor = 1 - 0.5 * np.exp(-kwh / 0.15) + rng.normal(0, 0.02, len(kwh))
    factor[SETTLED:] -= fall
    obs, states = observe(kwh, power_factor=factor), fresh()
    verdicts = judge(states, rooms(), obs, advance(states, rooms(), obs), None)
    assert {kind for kind in verdicts.kind if kind} == expected


def test_reasons_recompute_from_their_own_numbers() -> None:
    verdicts = _judge(CASES[4])
    reason = verdicts.reasons[int(np.flatnonzero(verdicts.opens)[0])]
    assert reason is not None
    assert reason["rules"] == ["excess"]
    assert reason["value_kw"] > reason["limit_kw"] > reason["p99_kw"]
    low, mid, high = reason["band_kw"]
    assert low <= mid <= high
    name, residual = reason["top"][0]
    assert name in {"residual", "jump", "z"}
    assert residual > 1


def test_ordinary_rooms_hardly_ever_alarm() -> None:
    n, settled = 16, 24 * 60
    obs = join(*(_stream(CASES[0], settled, seed=100 + meter, meter=meter) for meter in range(n)))
    states = fresh(n)
    verdicts = judge(states, rooms(n), obs, advance(states, rooms(n), obs), None)
    room_months = len(obs) / 730
    assert verdicts.opens.sum() / room_months <= 0.1
