"""What is too little to be told at once."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.unit.usecases.test_alerts import incident
from wattwarden.domain.anomalies import Incident, Kind, Severity
from wattwarden.domain.floors import Floor

RUPEE = {"peak_kw": 0.43, "expected_kw": 0.31, "excess_kwh": 0.12, "cost": Decimal("1.02")}


def small(kind: Kind = Kind.EXCESS, **changes: object) -> Incident:
    return replace(incident("i", 1, kind=kind), **(RUPEE | changes))  # type: ignore[arg-type]


def test_one_rupee_waits_and_an_hour_of_a_heater_does_not() -> None:
    assert Floor().holds([small()])
    assert not Floor().holds([small(excess_kwh=1.2, cost=Decimal(10))])


def test_what_has_only_begun_counts_by_its_pace() -> None:
    """The first minute of a heater: 0.03 kWh, and 1.7 kW above expected."""
    assert not Floor().holds([small(peak_kw=2.0, excess_kwh=0.03, cost=Decimal("0.25"))])


@pytest.mark.parametrize("kind", [Kind.UNDERVOLTAGE, Kind.ZERO, Kind.FLAT, Kind.POWER_FACTOR, Kind.STATIC_LIMIT])
def test_danger_and_faults_of_meters_are_told_however_little_it_is(kind: Kind) -> None:
    assert not Floor(kwh=1000).holds([small(kind)])


def test_a_load_nobody_watches_is_told_once_it_is_critical() -> None:
    assert Floor().holds([small(Kind.EMPTY_ROOM_LOAD)])
    assert not Floor().holds([small(Kind.EMPTY_ROOM_LOAD, severity=Severity.CRITICAL)])


def test_what_nobody_knows_is_told() -> None:
    assert not Floor().holds([small(excess_kwh=None, cost=None, peak_kw=None)])


def test_what_is_missing_counts_as_what_is_used_and_costs_nothing() -> None:
    assert Floor().holds([small(Kind.SHORTFALL, excess_kwh=-0.3, peak_kw=0.1, expected_kw=0.2, cost=Decimal(0))])
    assert not Floor(cost=Decimal(50)).holds([small(Kind.SHORTFALL, excess_kwh=-3.0, cost=Decimal(0))])


def test_money_has_a_floor_of_its_own_where_a_hostel_sets_one() -> None:
    dear = small(peak_kw=1.9, excess_kwh=2.0, cost=Decimal(17))
    assert not Floor(cost=Decimal(15)).holds([dear])
    assert Floor(cost=Decimal(20)).holds([dear])
    assert not Floor(cost=Decimal(20)).holds([replace(dear, cost=None)]), "there is no price to hold it against"


def test_incidents_of_one_alert_add_up() -> None:
    assert not Floor().holds([small(excess_kwh=0.6), small(excess_kwh=0.6)])
