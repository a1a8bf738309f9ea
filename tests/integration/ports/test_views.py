"""`ports.views`: what people look at, page by page and within their hostels."""

from datetime import timedelta
from uuid import UUID

import pytest

from tests.fakes.views import FakeViews
from tests.integration.ports.hostels import NOW, Hostels
from wattwarden.domain.alerts import AlertState
from wattwarden.domain.anomalies import Severity
from wattwarden.domain.errors import NotFoundError

VERIFIES = [FakeViews]
HOUR = timedelta(hours=1)


def test_hostels_and_rooms_are_those_in_the_scope(hostels: Hostels) -> None:
    views, scope = hostels.views, hostels.scope
    (home,) = views.hostels(scope)
    assert (home.hostel_id, home.code, home.timezone, home.open_alerts) == (
        hostels.home, "hostel-1", "Asia/Kolkata", 0,
    )  # fmt: skip
    assert views.hostel(scope, hostels.home) == home
    assert [hostel.code for hostel in views.hostels(None)] == ["hostel-1", "hostel-2"]
    assert views.hostels(frozenset()) == []
    rooms = views.rooms(scope, hostels.home, None, None, NOW)
    assert [(room.room_id, room.name, room.meter) for room in rooms] == [
        (room_id, f"A-{n}", f"M{n}") for n, room_id in enumerate(hostels.rooms, start=1)
    ]
    assert views.room(scope, hostels.rooms[1], NOW) == rooms[1]
    assert views.rooms(scope, hostels.home, "A", 1, NOW) == rooms
    assert views.rooms(scope, hostels.home, "B", None, NOW) == views.rooms(scope, hostels.home, None, 2, NOW) == []


def test_readings_come_youngest_first_in_pages_without_gaps(hostels: Hostels) -> None:
    for hours in (3, 0, 2, 1):
        hostels.add_reading(NOW - hours * HOUR, hours / 10)
    hostels.add_reading(NOW, 99, room=1)
    views, room_id = hostels.views, hostels.rooms[0]

    first = views.readings(hostels.scope, room_id, None, 2)
    second = views.readings(hostels.scope, room_id, first.next_before, 2)
    last = views.readings(hostels.scope, room_id, second.next_before, 2)

    assert [reading.kwh for reading in first.readings] == [0, 0.1]
    assert [reading.kwh for reading in second.readings] == [0.2, 0.3]
    assert (last.readings, last.next_before) == ([], None)
    assert (first.readings[0].meter, first.readings[0].interval_minutes) == ("M1", 60)


def test_instants_with_several_values_are_found_by_time_and_meter(hostels: Hostels) -> None:
    for hours in (9, 1):
        hostels.add_reading(NOW - hours * HOUR, 0.7)
        hostels.add_version(NOW - hours * HOUR, 0.5, NOW - 12 * HOUR)
    views, scope, room_id = hostels.views, hostels.scope, hostels.rooms[0]

    young, old = views.versions(scope, room_id, None, NOW - 9 * HOUR, NOW)

    assert (young.meter, young.ts, young.counts.kwh) == ("M1", NOW - HOUR, 0.7)
    assert [(one.kwh, one.received_at) for one in young.superseded] == [(0.5, NOW - 12 * HOUR)]
    assert views.versions(scope, room_id, "M1", NOW - 9 * HOUR, NOW - HOUR) == [old]
    assert views.versions(scope, room_id, "M2", NOW - 9 * HOUR, NOW) == []


def test_a_series_has_a_point_for_every_hour_and_day_measured_or_not(hostels: Hostels) -> None:
    views, room_id = hostels.views, hostels.rooms[0]
    hours = views.series(hostels.scope, room_id, NOW - 2 * HOUR, NOW, "hour")
    assert (hours.room_id, hours.timezone, hours.resolution) == (room_id, "Asia/Kolkata", "hour")
    assert [(point.start.hour, point.kwh, point.coverage) for point in hours.points] == [
        (hour, None, 0) for hour in (10, 11, 12)
    ]
    days = views.series(hostels.scope, room_id, NOW - 24 * HOUR, NOW, "day")
    assert [(point.start.day, point.start.hour, point.start.minute) for point in days.points] == [
        (18, 18, 30), (19, 18, 30),
    ]  # fmt: skip


def test_alerts_are_filtered_and_paged_by_creation(hostels: Hostels) -> None:
    for number in (5, 1, 3, 2, 4):
        severity = Severity.HIGH if number % 2 else Severity.LOW
        hostels.add_alert(number, NOW - number * HOUR, severity=severity)
    hostels.add_alert(6, NOW, state=AlertState.RESOLVED, severity=Severity.HIGH)
    hostels.add_alert(7, NOW, foreign=True)
    views, scope = hostels.views, hostels.scope

    first = views.alerts(scope, None, AlertState.OPEN, None, None, 3)
    second = views.alerts(scope, None, AlertState.OPEN, None, first.next_before, 3)

    assert [alert.alert_id.int for alert in first.alerts] == [1, 2, 3]
    assert [alert.alert_id.int for alert in second.alerts] == [4, 5]
    assert second.next_before is None
    high = views.alerts(scope, hostels.home, None, Severity.HIGH, None, 10)
    assert [alert.alert_id.int for alert in high.alerts] == [6, 1, 3, 5]
    assert len(views.alerts(None, None, None, None, None, 10).alerts) == 7
    assert views.alert(scope, UUID(int=6)).alert.state is AlertState.RESOLVED


def test_anomalies_of_one_instant_share_a_page(hostels: Hostels) -> None:
    for room in range(4):
        hostels.add_anomaly(30 + room, NOW - HOUR, room)
        hostels.add_anomaly(20 + room, NOW, room)
    views = hostels.views

    first = views.anomalies(hostels.scope, None, None, None, 2)
    second = views.anomalies(hostels.scope, hostels.home, None, first.next_before, 200)

    assert {anomaly.anomaly_id.int for anomaly in first.anomalies} == {20, 21, 22, 23}
    assert {anomaly.anomaly_id.int for anomaly in second.anomalies} == {30, 31, 32, 33}
    assert second.next_before is None
    assert len(views.anomalies(hostels.scope, None, hostels.rooms[0], None, 200).anomalies) == 2
    assert views.anomalies(None, hostels.foreign, None, None, 9).anomalies == []


def test_quarantine_is_shown_to_those_who_see_the_hostel_it_names(hostels: Hostels) -> None:
    own, foreign, nobodys = (
        hostels.add_waiting(NOW - n * HOUR, hostel_id=hostel_id)
        for n, hostel_id in ((2, hostels.home), (1, hostels.foreign), (0, None))
    )
    views = hostels.views
    page = views.quarantine(None, None, 2)
    assert [item.quarantine_id for item in page.items] == [nobodys, foreign]
    assert [item.quarantine_id for item in views.quarantine(None, page.next_before, 2).items] == [own]
    assert [item.quarantine_id for item in views.quarantine(hostels.scope, None, 9).items] == [own]
    assert views.health(hostels.scope, NOW).quarantined == 1


def test_meters_changes_faults_health_and_drift_of_a_quiet_hostel(hostels: Hostels) -> None:
    views, scope = hostels.views, hostels.scope
    (meter,) = views.meters(scope, hostels.rooms[3])
    assert (meter.meter_id, meter.serial, meter.measures) == (hostels.meters[3], "M4", "register")
    assert views.changes(scope, meter.meter_id).changes == []
    assert views.faults(scope, hostels.home, NOW)[1] == {(hostels.home, "A"): 4}
    assert views.faults(None, None, NOW)[1] == {(hostels.home, "A"): 4, (hostels.foreign, "A"): 1}
    health = views.health(scope, NOW)
    assert (health.database, health.meters, health.outbox_waiting, health.model_version) == (True, 4, 0, None)
    assert views.drift(9) == []


def test_what_is_out_of_scope_does_not_exist(hostels: Hostels) -> None:
    views, scope, foreign, room = hostels.views, hostels.scope, hostels.foreign, hostels.foreign_room
    alert_id = hostels.add_alert(1, NOW, foreign=True)
    for look in (
        lambda: views.hostel(scope, foreign),
        lambda: views.rooms(scope, foreign, None, None, NOW),
        lambda: views.room(scope, room, NOW),
        lambda: views.room(None, 10**9, NOW),
        lambda: views.readings(scope, room, None, 1),
        lambda: views.versions(scope, room, None, NOW - HOUR, NOW),
        lambda: views.series(scope, room, NOW - HOUR, NOW, "hour"),
        lambda: views.meters(scope, room),
        lambda: views.changes(scope, hostels.foreign_meter),
        lambda: views.faults(scope, foreign, NOW),
        lambda: views.anomalies(scope, foreign, None, None, 9),
        lambda: views.anomalies(scope, None, room, None, 9),
        lambda: views.alerts(scope, foreign, None, None, None, 9),
        lambda: views.alert(scope, alert_id),
        lambda: views.alert(None, UUID(int=99)),
    ):
        with pytest.raises(NotFoundError):
            look()
    assert views.room(None, room, NOW).hostel_id == foreign
