"""What an alert says is true now: when it began, whether it lasts, what the reading says that lies furthest out."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from tests.integration.hostel import Hostel, anomaly, at, rows_of, state
from wattwarden.adapters.postgres.alerts.alerts import PostgresAlerts
from wattwarden.adapters.postgres.telemetry.scoring import PostgresTelemetry
from wattwarden.adapters.postgres.views.views import PostgresViews
from wattwarden.contracts.api.alerts import AlertOut
from wattwarden.contracts.events import IncidentsOpened
from wattwarden.domain.anomalies import Anomaly, Kind, Severity
from wattwarden.ports.scoring import Effects
from wattwarden.usecases.alerts.raise_alerts import raise_alerts

NOON = at("2026-07-01T12:00")
HOUR = timedelta(hours=1)
ZONE = "Asia/Kolkata"


def raised(engine: Engine, hostel: Hostel, *anomalies: Anomaly) -> AlertOut:
    PostgresTelemetry(engine).commit(Effects(anomalies=list(anomalies)))
    alerts = PostgresAlerts(engine)
    event = IncidentsOpened(
        outbox_id=UUID(int=1), hostel_id=hostel.hostel_id, incident_ids=[anomalies[0].incident_id], detected_at=NOON
    )
    [alert] = alerts.alerts(raise_alerts(event, ZONE, alerts, NOON).alert_ids)
    return alert


def heater(hostel: Hostel, n: int, kwh: float, expected: float = 0.5, severity: Severity = Severity.MEDIUM) -> Anomaly:
    now = NOON + n * HOUR
    return anomaly(
        hostel.meters[0], now, NOON, actual_kwh=kwh, expected_kwh=expected, excess_kwh=kwh - expected,
        severity=severity, reasons={"value_kw": kwh},
    )  # fmt: skip


def now_of(engine: Engine, alert: AlertOut) -> AlertOut:
    [found] = PostgresAlerts(engine).alerts([alert.alert_id])
    return found


def last_word(engine: Engine, hostel: Hostel, sql: str) -> None:
    """When the room's meter spoke last."""
    store = PostgresTelemetry(engine)
    store.commit(Effects(states=[state(hostel.meters[0], 0, NOON.timestamp())]))
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE meter_state SET last_ts = {sql}"))


def test_it_begins_with_the_first_abnormal_interval_not_at_its_end(engine: Engine, hostel: Hostel) -> None:
    alert = raised(engine, hostel, heater(hostel, 0, 2.0))
    assert (alert.started_at, alert.last_at) == (NOON - HOUR, NOON)
    assert "since 01 Jul 2026 16:30" in alert.why  # 11:00 in UTC


def test_a_dead_meter_is_dead_since_its_load_ended(engine: Engine, hostel: Hostel) -> None:
    dead = anomaly(
        hostel.meters[0], NOON, NOON, kind=Kind.ZERO, actual_kwh=0.0, excess_kwh=-0.5, reasons={"zero_h": 4.0}
    )
    alert = raised(engine, hostel, dead)
    assert alert.started_at == NOON - 4 * HOUR
    assert (alert.cost, alert.excess_kwh) == (None, -0.5)


def test_it_argues_from_the_peak_with_what_was_expected_then(engine: Engine, hostel: Hostel) -> None:
    hours = [(2.0, 0.5), (3.5, 0.8), (2.2, 0.4)]
    found = [heater(hostel, n, kwh, expected) for n, (kwh, expected) in enumerate(hours)]
    alert = raised(engine, hostel, found[0])
    for one in found[1:]:
        PostgresTelemetry(engine).commit(Effects(anomalies=[one]))
    alert = now_of(engine, alert)
    assert (alert.peak_kw, alert.expected_kw, alert.measured.value, alert.measured.expected) == (3.5, 0.8, 3.5, 0.8)
    assert "3.5 kW against 800 W expected" in alert.why
    assert "6.0 kWh above expected, about INR 56" in alert.why
    detail = PostgresViews(engine).alert(None, alert.alert_id)
    assert detail.witness is not None
    assert (detail.witness.ts, detail.witness.reasons) == (NOON + HOUR, {"value_kw": 3.5})


def test_a_hostel_without_a_tariff_has_no_money(engine: Engine, hostel: Hostel) -> None:
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM tariffs"))
    alert = raised(engine, hostel, heater(hostel, 0, 2.0))
    assert alert.cost is None
    assert "INR" not in alert.why


def test_a_price_of_nothing_is_no_price(engine: Engine, hostel: Hostel) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE tariffs SET price_per_kwh = :none"), {"none": Decimal(0)})
    assert "INR" not in raised(engine, hostel, heater(hostel, 0, 2.0)).why


@pytest.mark.parametrize(
    ("reasons", "kind", "quantity", "value", "expected"),
    [
        ({"voltage": 171.6, "limit_voltage": 207.0}, Kind.UNDERVOLTAGE, "voltage", 171.6, 207.0),
        ({"power_factor": 0.6, "power_factor_fall": 0.3}, Kind.POWER_FACTOR, "power_factor", 0.6, pytest.approx(0.9)),
    ],
)
def test_each_kind_is_told_in_its_units(
    engine: Engine, hostel: Hostel, reasons: dict[str, float], kind: Kind, quantity: str, value: float, expected: float
) -> None:
    alert = raised(engine, hostel, anomaly(hostel.meters[0], NOON, NOON, kind=kind, reasons=reasons))
    assert (alert.measured.quantity, alert.measured.value, alert.measured.expected) == (quantity, value, expected)
    assert alert.cost is None
    assert "kWh" not in alert.why


def test_the_lowest_voltage_speaks_though_it_came_later(engine: Engine, hostel: Hostel) -> None:
    sags = [
        anomaly(hostel.meters[0], NOON + n * HOUR, NOON, kind=Kind.UNDERVOLTAGE, reasons={"voltage": volts})
        for n, volts in enumerate((199.0, 171.0, 190.0))
    ]
    assert raised(engine, hostel, *sags).measured.value == 171.0


def test_what_the_meters_later_readings_are_no_part_of_is_over(engine: Engine, hostel: Hostel) -> None:
    alert = raised(engine, hostel, heater(hostel, 0, 2.0))
    assert alert.ongoing
    last_word(engine, hostel, "now()")
    alert = now_of(engine, alert)
    assert (alert.ongoing, alert.unknown_since, alert.last_at) == (False, None, NOON)
    assert "from 01 Jul 2026 16:30 to 01 Jul 2026 17:30" in alert.why


def test_a_meter_that_fell_silent_leaves_it_unknown(engine: Engine, hostel: Hostel) -> None:
    alert = raised(engine, hostel, heater(hostel, 0, 2.0))
    last_word(engine, hostel, "'2026-07-01T12:00Z'")
    alert = now_of(engine, alert)
    assert (alert.ongoing, alert.unknown_since) == (False, NOON)
    assert "has said nothing since 01 Jul 2026 17:30" in alert.why


def test_what_goes_on_is_ongoing(engine: Engine, hostel: Hostel) -> None:
    now = rows_of(engine, "SELECT now() AS now")[0]["now"]
    meter = hostel.meters[0]
    alert = raised(engine, hostel, anomaly(meter, now, now))
    last_word(engine, hostel, "now()")
    alert = now_of(engine, alert)
    assert (alert.ongoing, alert.unknown_since) == (True, None)
    assert alert.started_at == now - HOUR
