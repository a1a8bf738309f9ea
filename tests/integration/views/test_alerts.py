from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from tests.integration.hostel import rows_of
from tests.integration.views.world import NOW, World
from wattwarden.adapters.postgres.alerts.responses import PostgresResponses
from wattwarden.adapters.postgres.base import tables as t
from wattwarden.adapters.postgres.views.views import PostgresViews
from wattwarden.domain.anomalies import AnomalyType, Tier
from wattwarden.domain.people import Role


def test_an_alert_adds_up_its_incidents(world: World, views: PostgresViews) -> None:
    alert_id = world.add_alert(1, NOW)
    world.add_incident(11, alert_id, closed_at=NOW, peak_kw=1.0, expected_kw=0.4, tier="rules")
    world.add_incident(12, alert_id, last_at=NOW + timedelta(hours=1), peak_kw=2.5, expected_kw=0.5)

    alert = views.alert(world.scope, alert_id).alert

    assert (alert.incidents, alert.ongoing, alert.last_at) == (2, True, NOW + timedelta(hours=1))
    assert (alert.peak_kw, alert.expected_kw, alert.tier) == (2.5, 0.5, Tier.MODEL)
    assert (alert.excess_kwh, alert.cost, alert.currency) == (6, Decimal("51.01"), "INR")
    assert (alert.room, alert.type) == ("A-1", AnomalyType.HIGH_CONSUMPTION)


def test_the_rooms_of_a_blocks_alert_add_up(world: World, views: PostgresViews) -> None:
    alert_id = world.add_alert(1, NOW, room_id=None)
    world.add_incident(11, alert_id, peak_kw=1.0, expected_kw=0.4, closed_at=NOW)
    world.add_incident(12, alert_id, peak_kw=2.0, expected_kw=0.5, closed_at=NOW)

    alert = views.alert(world.scope, alert_id).alert

    assert (alert.room, alert.peak_kw, alert.expected_kw, alert.ongoing) == (None, 3.0, 0.9, False)


UNKNOWN = {"peak_kw": None, "excess_kwh": None, "cost": None}


@pytest.mark.parametrize("room", ["of a room", "of a block"])
def test_an_alert_of_which_no_energy_is_known_tells_none_and_what_was_expected(
    world: World, views: PostgresViews, room: str
) -> None:
    alert_id = world.add_alert(1, NOW, **({} if room == "of a room" else {"room_id": None}))
    incident = world.add_incident(11, alert_id, expected_kw=0.4, kind="undervoltage", **UNKNOWN)
    for number in (21, 22):
        world.add_anomaly(number, incident, NOW - timedelta(hours=number), actual_kwh=None, excess_kwh=None, cost=None)

    detail = views.alert(world.scope, alert_id)

    alert = detail.alert
    assert (alert.peak_kw, alert.excess_kwh, alert.cost, alert.expected_kw) == (None, None, None, 0.4)
    assert (alert.incidents, alert.tier, alert.confidence) == (1, Tier.MODEL, 0.9)
    assert [(a.actual_kwh, a.excess_kwh, a.expected_kwh) for a in detail.anomalies] == [(None, None, 0.5)] * 2
    assert views.alerts(world.scope, None, None, None, None, 9).alerts == [alert]
    assert views.anomalies(world.scope, None, None, None, 9).anomalies == detail.anomalies[::-1]


def test_one_anomaly_of_unknown_energy_is_left_out_of_what_is_known(world: World, views: PostgresViews) -> None:
    alert_id = world.add_alert(1, NOW)
    incident = world.add_incident(11, alert_id)
    world.add_anomaly(21, incident, NOW - timedelta(hours=1))
    world.add_anomaly(22, incident, NOW, actual_kwh=None, excess_kwh=None, cost=None)

    detail = views.alert(world.scope, alert_id)

    assert (detail.alert.peak_kw, detail.alert.excess_kwh, detail.alert.cost) == (2.0, 3, Decimal("25.50"))
    assert [a.actual_kwh for a in detail.anomalies] == [2.0, None]


def test_an_incident_of_unknown_energy_is_neither_an_alerts_peak_nor_a_part_of_its_sums(
    world: World, views: PostgresViews
) -> None:
    of_room, of_block = world.add_alert(1, NOW), world.add_alert(2, NOW, room_id=None)
    for number, alert_id in ((11, of_room), (21, of_block)):
        world.add_incident(number, alert_id, expected_kw=9.0, tier="rules", **UNKNOWN)
        world.add_incident(number + 1, alert_id, peak_kw=1.0, expected_kw=0.4)
        world.add_incident(number + 2, alert_id, peak_kw=2.5, expected_kw=0.5)

    alert, together = (views.alert(world.scope, alert_id).alert for alert_id in (of_room, of_block))

    assert (alert.peak_kw, alert.expected_kw, alert.tier) == (2.5, 0.5, Tier.MODEL)
    assert (together.peak_kw, together.expected_kw, together.tier) == (3.5, 0.9, Tier.MODEL)
    for each in (alert, together):
        assert (each.incidents, each.excess_kwh, each.cost) == (3, 6, Decimal("51.01"))


def test_an_alert_without_incidents_has_nothing_unknown(world: World, views: PostgresViews) -> None:
    alert_id = world.add_alert(1, NOW)
    world.add_incident(11, alert_id, withdrawn_at=NOW, **UNKNOWN)

    alert = views.alert(world.scope, alert_id).alert

    assert (alert.incidents, alert.peak_kw, alert.expected_kw, alert.excess_kwh, alert.cost) == (0, 0, 0, 0, None)


def test_an_alert_shows_its_evidence_in_order_and_who_was_told(world: World, views: PostgresViews) -> None:
    alert_id = world.add_alert(1, NOW)
    incident = world.add_incident(11, alert_id)
    other = world.add_incident(12, None)
    for number, hours in ((21, 0), (22, 2), (23, 1)):
        world.add_anomaly(number, incident, NOW - timedelta(hours=hours))
    world.add_anomaly(24, other, NOW, meter=1)
    warden = world.people[Role.WARDEN]
    world.add(
        t.notifications,
        id=UUID(int=31),
        event_id=UUID(int=41),
        alert_id=alert_id,
        hostel_id=world.home.hostel_id,
        user_id=warden.user_id,
        channel="email",
        severity="high",
        subject="s",
        message="m",
        state="sent",
        sent_at=NOW,
    )

    detail = views.alert(world.scope, alert_id)

    assert [anomaly.anomaly_id.int for anomaly in detail.anomalies] == [22, 23, 21]
    assert [(d.channel, d.recipient, d.state) for d in detail.deliveries] == [("email", "Warden", "sent")]


def test_a_message_that_was_never_taken_says_why_and_is_counted_for_a_day(world: World, views: PostgresViews) -> None:
    alert_id = world.add_alert(1, NOW)
    foreign = world.add_alert(2, NOW, world.foreign)
    for number, alert, hostel, hours, state in (
        (31, alert_id, world.home, 23, "failed"),
        (32, alert_id, world.home, 25, "failed"),
        (33, alert_id, world.home, 1, "sent"),
        (34, foreign, world.foreign, 1, "failed"),
    ):
        world.add(
            t.notifications,
            id=UUID(int=number),
            event_id=UUID(int=41),
            alert_id=alert,
            hostel_id=hostel.hostel_id,
            user_id=world.people[Role.WARDEN].user_id,
            channel="sms",
            severity="high",
            subject="s",
            message="m",
            state=state,
            error="no such number" if state == "failed" else None,
            queued_at=NOW - timedelta(hours=hours),
        )

    deliveries = views.alert(world.scope, alert_id).deliveries

    assert [(d.state, d.error) for d in deliveries] == [
        ("failed", "no such number"), ("failed", "no such number"), ("sent", None),
    ]  # fmt: skip
    assert views.health(world.scope, NOW).messages_failed == 1
    assert views.health(None, NOW).messages_failed == 2


def test_who_took_charge_is_audited_and_so_is_a_changed_note(world: World) -> None:
    responses = PostgresResponses(world.engine)
    alert_id = world.add_alert(1, NOW)
    warden = world.people[Role.WARDEN]

    for minutes, note in enumerate((None, "heater found", None)):
        responses.acknowledge(alert_id, warden, note, NOW + timedelta(minutes=minutes))

    audit = rows_of(world.engine, "SELECT user_id, action, target FROM audit_log ORDER BY at")
    assert audit == [{"user_id": warden.user_id, "action": "acknowledge", "target": f"alert:{alert_id}"}] * 2


def test_what_people_say_is_shown_with_the_alerts_and_each_change_is_audited(
    world: World, views: PostgresViews
) -> None:
    responses = PostgresResponses(world.engine)
    alert_id = world.add_alert(1, NOW, state="resolved")
    warden, manager = world.people[Role.WARDEN], world.people[Role.MANAGER]

    responses.say(alert_id, warden, "real", "heater", NOW)
    responses.say(alert_id, manager, "unsure", None, NOW + timedelta(minutes=1))
    responses.say(alert_id, warden, "expected", None, NOW + timedelta(minutes=2))
    responses.say(alert_id, warden, "expected", None, NOW + timedelta(minutes=3))

    detail = views.alert(world.scope, alert_id)
    assert [alert.feedback for alert in views.alerts(None, None, None, None, None, 9).alerts] == [detail.feedback[0]]
    audit = rows_of(world.engine, "SELECT user_id, detail->>'verdict' AS said FROM audit_log ORDER BY at")
    assert [(row["user_id"], row["said"]) for row in audit] == [
        (warden.user_id, "real"),
        (manager.user_id, "unsure"),
        (warden.user_id, "expected"),
    ]
