"""What stands while the database is away, and for how long."""

from threading import Event
from time import monotonic, sleep

import pytest

from wattwarden.adapters.postgres.base import caching
from wattwarden.adapters.postgres.base.caching import Patience, Recent
from wattwarden.domain.errors import UnavailableError

DAY = 24 * 3600


class Database:
    """Counts what it is asked; `away` makes it fail at once."""

    def __init__(self) -> None:
        self.now = 0.0
        self.rows = {"key": "north"}
        self.away = False
        self.asked = 0
        self.recent = Recent(self.load, Patience(clock=lambda: self.now), clock=lambda: self.now)

    def load(self, key: str) -> str | None:
        self.asked += 1
        if self.away:
            raise UnavailableError("the database does not answer")
        return self.rows.get(key)


def test_an_answer_is_kept_for_half_a_minute() -> None:
    database = Database()
    assert database.recent("key") == database.recent("key") == "north"
    assert database.asked == 1
    database.now = 31
    database.rows = {}
    assert database.recent("key") is None  # a revoked key is dead
    assert database.asked == 2


def test_what_was_not_found_is_asked_for_again() -> None:
    database = Database()
    assert database.recent("new") is None
    database.rows["new"] = "roof"
    assert database.recent("new") == "roof"


def test_an_old_answer_stands_for_a_day_while_the_database_is_away() -> None:
    database = Database()
    database.recent("key")
    database.away = True
    database.now = DAY - 1
    assert database.recent("key") == "north"
    database.now = DAY + 60
    with pytest.raises(UnavailableError):
        database.recent("key")


def test_what_is_not_known_is_unavailable_and_not_unknown() -> None:
    database = Database()
    database.away = True
    with pytest.raises(UnavailableError):
        database.recent("key")


def test_a_database_that_is_away_is_not_asked_by_every_request() -> None:
    database = Database()
    database.recent("key")
    database.away = True
    for seconds in range(100, 130):
        database.now = seconds
        assert database.recent("key") == "north"
        with pytest.raises(UnavailableError):
            database.recent("new")
    assert database.asked == 1 + 6  # every five seconds


def test_a_database_that_is_back_is_believed_within_seconds() -> None:
    database = Database()
    database.recent("key")
    database.away, database.now = True, 100
    database.recent("key")
    database.away, database.now, database.rows = False, 106, {}
    assert database.recent("key") is None


def test_a_fault_of_ours_is_not_an_outage() -> None:
    def broken(_: str) -> str:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Recent(broken, Patience())("key")


def test_a_database_that_hangs_is_left_alone_and_its_late_answer_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caching, "STALE_DEADLINE_S", 0.01)
    database, answers = Database(), Event()
    database.recent("key")

    def hang(key: str) -> str:
        database.asked += 1
        answers.wait(10)
        return f"{key}, late"

    monkeypatch.setattr(database.recent, "_load", hang)
    database.now = 100
    assert database.recent("key") == "north"
    database.now = 200
    assert database.recent("key") == "north"  # the first question still hangs: no second one
    assert database.asked == 2
    answers.set()
    deadline = monotonic() + 10
    while database.recent("key") == "north" and monotonic() < deadline:
        sleep(0.001)
    assert database.recent("key") == "key, late"
