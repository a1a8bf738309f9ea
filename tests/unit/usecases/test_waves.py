"""What happens to many rooms at once is one alert, in whatever order and pieces it becomes known."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid5

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.alerts import FakeAlerts
from wattwarden.contracts.events import IncidentsOpened
from wattwarden.domain.alerts import Recipient
from wattwarden.domain.anomalies import NAMESPACE, Incident, Kind, Severity, Tier
from wattwarden.domain.people import Role
from wattwarden.usecases.alerts.raise_alerts import raise_alerts

NOW = datetime(2026, 1, 31, 9, 0, tzinfo=UTC)
WARDEN = Recipient(1, "warden@example.org", None, Role.WARDEN)
MANAGER = Recipient(2, "manager@example.org", None, Role.MANAGER)


def incident(room: int, minutes: float = 0, block: str = "A", kind: Kind = Kind.ZERO) -> Incident:
    at = NOW + timedelta(minutes=minutes)
    return Incident(
        incident_id=uuid5(NAMESPACE, f"{block}:{room}:{minutes}:{kind}"), hostel_id=1, room_id=room,
        room_name=f"{block}-{room}", block=block, meter_serial=f"M{room}", kind=kind, severity=Severity.MEDIUM,
        tier=Tier.RULES, started_at=at, last_at=at, peak_kw=0.0, expected_kw=0.3, excess_kwh=-0.4, cost=Decimal(0),
        currency="INR", confidence=0.9, reasons={},
    )  # fmt: skip


def tell(store: FakeAlerts, incidents: Sequence[Incident]) -> list[UUID]:
    """One event of these incidents; all alerts it speaks of."""
    store.known |= {i.incident_id: i for i in incidents}
    ids = [i.incident_id for i in incidents]
    event = IncidentsOpened(
        outbox_id=uuid5(NAMESPACE, ",".join(map(str, ids))), hostel_id=1, incident_ids=ids, detected_at=NOW
    )
    return raise_alerts(event, "UTC", store, NOW + timedelta(hours=1)).alert_ids


def inbox(store: FakeAlerts) -> set[UUID]:
    return set(store.drafts) - store.folded


def test_a_block_that_drops_is_one_alert_that_says_so() -> None:
    store = FakeAlerts(responsible=[WARDEN, MANAGER], metered={"A": 20, "B": 20})
    [alert_id] = tell(store, [incident(n, n % 3) for n in range(12)])
    draft = store.drafts[alert_id]
    assert (draft.room_id, draft.block, draft.severity) == (None, "A", Severity.HIGH)
    for fact in ("12 of 20 rooms, since 31 Jan 2026 09:00", "4.8 kWh below expected", "supply"):
        assert all(fact in d.body for d in store.messages.values())
    assert sorted(d.user_id for d in store.messages.values()) == [1, 2]
    assert {d.subject for d in store.messages.values()} == {"[HIGH] block A: No electricity in 12 rooms"}


def test_several_blocks_are_one_alert_of_the_hostel() -> None:
    store = FakeAlerts(metered={"A": 20, "B": 20})
    [alert_id] = tell(store, [*(incident(n) for n in range(6)), *(incident(n, 2, "B") for n in range(20, 26))])
    assert store.drafts[alert_id].block == "A, B"


def test_blocks_too_small_to_mean_anything_are_one_alert_of_the_hostel() -> None:
    store = FakeAlerts(metered=dict.fromkeys("ABCDEFGH", 1))
    assert len(tell(store, [incident(n, 0, block) for n, block in enumerate("ABCDE")])) == 1


def test_few_rooms_or_a_small_share_are_alerts_of_rooms() -> None:
    assert len(tell(FakeAlerts(metered={"A": 8}), [incident(n) for n in range(4)])) == 4
    assert len(tell(FakeAlerts(metered={"A": 100}), [incident(n) for n in range(9)])) == 9


def test_a_cause_that_shows_in_one_room_after_the_other_is_one_alert() -> None:
    """A surge is told from use as usual sooner in one room than in the next."""
    store = FakeAlerts(metered={"A": 250, "B": 250})
    for quarter in range(24):
        tell(store, [incident(10 * quarter + n, 15 * quarter, "AB"[n % 2], Kind.EXCESS) for n in range(3)])
    [alert_id] = inbox(store)
    assert len([i for i, a in store.alert_of.items() if a == alert_id]) == 72


def test_a_lost_neutral_of_a_block_is_one_alert_that_says_to_switch_off() -> None:
    store = FakeAlerts(responsible=[WARDEN], metered={"A": 20, "B": 20})
    [alert_id] = tell(store, [incident(n, n % 2, kind=Kind.OVERVOLTAGE) for n in range(7)])
    draft = store.drafts[alert_id]
    assert (draft.room_id, draft.kind) == (None, Kind.OVERVOLTAGE)
    for message in store.messages.values():
        assert "Voltage far too high in 7 rooms" in message.subject
        assert "switched off" in message.body


def test_rooms_that_differ_in_time_or_direction_have_no_common_cause() -> None:
    store = FakeAlerts(metered={"A": 20})
    apart = [incident(n, 11 * n) for n in range(6)]
    surge = [incident(n, 0, kind=Kind.EXCESS) for n in range(10, 13)]
    unlike = [incident(13, kind=Kind.FLAT), incident(14, kind=Kind.UNDERVOLTAGE)]
    assert len(tell(store, [*apart, *surge, *unlike])) == 11


def test_what_was_told_of_single_rooms_moments_before_is_folded_in() -> None:
    store = FakeAlerts(responsible=[WARDEN], metered={"A": 20})
    first = tell(store, [incident(n) for n in range(4)])
    told = tell(store, [incident(n, 3) for n in range(4, 8)])
    [alert_id] = inbox(store)
    assert set(told) == {alert_id, *first}  # browsers that show them hear that they are resolved
    assert [i for i, a in store.alert_of.items() if a != alert_id] == []
    assert len([i for i, a in store.alert_of.items() if a == alert_id]) == 8


def test_an_alert_somebody_took_charge_of_is_left_to_them() -> None:
    store = FakeAlerts(metered={"A": 20})
    [mine, *_] = tell(store, [incident(n) for n in range(4)])
    store.acknowledged.add(mine)
    tell(store, [incident(n, 3) for n in range(4, 9)])
    assert mine in inbox(store)
    assert len(inbox(store)) == 2


def test_the_rest_of_a_wave_joins_it_and_is_not_told_again() -> None:
    store = FakeAlerts(responsible=[WARDEN], metered={"A": 40})
    [wave] = tell(store, [incident(n) for n in range(10)])
    assert tell(store, [incident(20, 29)]) == [wave]
    store.over = set(store.known)
    assert tell(store, [incident(21, 58)]) == [wave]
    assert tell(store, [incident(22, 90)]) != [wave]
    assert len(store.messages) == 2


def test_a_wave_that_goes_on_takes_those_in_whom_it_shows_later() -> None:
    store = FakeAlerts(metered={"A": 40})
    [wave] = tell(store, [incident(n) for n in range(10)])
    assert tell(store, [incident(20, 120)]) == [wave]


def test_another_block_widens_the_alert_unless_somebody_took_charge_of_it() -> None:
    for acknowledged in (False, True):
        store = FakeAlerts(responsible=[WARDEN], metered={"A": 20, "B": 20})
        [wave] = tell(store, [incident(n) for n in range(10)])
        store.acknowledged = {wave} if acknowledged else set()
        tell(store, [incident(n, 2, "B") for n in range(20, 30)])
        assert len(inbox(store)) == len(store.messages) == 1 + acknowledged
        assert store.drafts[wave].block == ("A" if acknowledged else "A, B")


def test_incidents_that_await_their_own_event_are_taken_into_the_wave() -> None:
    store = FakeAlerts(metered={"A": 40})
    early, later = [incident(n) for n in range(3)], [incident(n, 1) for n in range(3, 20)]
    store.known |= {i.incident_id: i for i in later}
    [wave] = tell(store, early)
    assert tell(store, later) == [wave]


@settings(deadline=None, max_examples=20)
@given(st.randoms(use_true_random=False), st.lists(st.integers(1, 99), min_size=1, max_size=8))
def test_in_whatever_pieces_it_comes_a_drop_ends_as_one_alert(random: object, sizes: list[int]) -> None:
    rooms = [replace(incident(n, n % 10, "ABCDE"[n // 40])) for n in range(200)]
    random.shuffle(rooms)  # type: ignore[attr-defined]
    store = FakeAlerts(responsible=[WARDEN], metered=dict.fromkeys("ABCDE", 40))
    while rooms:
        for size in sizes:
            if rooms[:size]:
                tell(store, rooms[:size])
                del rooms[:size]
    assert len(inbox(store)) == 1
    assert {store.alert_of[i] for i in store.known} == inbox(store)
