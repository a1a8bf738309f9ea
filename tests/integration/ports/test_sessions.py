"""`ports.live`: one-time tickets, and who is connected."""

from datetime import timedelta

from tests.fakes.people import FakeSessions
from tests.integration.ports.hostels import NOW, Hostels
from wattwarden.domain.people import Role

VERIFIES = [FakeSessions]


def test_a_ticket_is_redeemed_once_and_in_time(hostels: Hostels) -> None:
    sessions, user_id = hostels.sessions, hostels.people[Role.WARDEN].user_id
    sessions.save_ticket("a" * 64, user_id, NOW + timedelta(seconds=60))
    sessions.save_ticket("b" * 64, user_id, NOW)

    assert sessions.redeem("a" * 64, "c1", NOW)
    assert not sessions.redeem("a" * 64, "c2", NOW)
    assert not sessions.redeem("b" * 64, "c3", NOW)
    assert not sessions.redeem("f" * 64, "c4", NOW)


def test_a_connection_may_be_forgotten_though_it_is_not_known(hostels: Hostels) -> None:
    hostels.sessions.save_ticket("a" * 64, hostels.people[Role.WARDEN].user_id, NOW + timedelta(seconds=60))
    assert hostels.sessions.redeem("a" * 64, "c1", NOW)
    for _ in range(2):
        hostels.sessions.forget("c1")
