"""The trust suite counts by identity: a reading lost, altered, invented or sent twice does not pass for another."""

from datetime import date
from http import HTTPStatus
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from local.ledger import Facts, compare
from tests.unit.demo.test_gateway import open_door
from verify.sender import Post, Sending
from verify.trust.fleet import Hostel, Table, habits
from verify.trust.report import Findings, Form, Row, render, result_of
from verify.trust.rows.energy import ZONES, cases, odd_days

HOSTEL = Hostel("trust", 1, "good", {"m-0": 10, "m-1": 11}, {}, {})


def facts(*rows: tuple[int, int, int]) -> Facts:
    meter, ms, value = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    return Facts.of(meter, ms, value)


def table(hours: int) -> Table:
    return habits(np.random.default_rng(1), list(HOSTEL.meters), np.arange(hours, dtype=np.int64) * 3_600, 3_600)


def test_losses_inventions_and_other_values_are_told_apart_however_the_sums_agree() -> None:
    accepted = facts((1, 1, 5), (1, 2, 5), (2, 1, 5), (2, 2, 7))
    found = compare(accepted, facts((1, 1, 5), (1, 2, 7), (2, 2, 5), (3, 1, 5)), counted_twice=0)
    assert (found.accepted, found.stored, found.lost, found.altered, found.invented) == (4, 4, 1, 2, 1)
    assert not found.is_exact
    assert compare(accepted, accepted, counted_twice=0).is_exact
    assert not compare(accepted, accepted, counted_twice=1).is_exact


def test_a_reading_sent_again_counts_once_and_one_with_another_value_is_an_error() -> None:
    one, again = (np.array([1]), np.array([2]), np.array([3])), (np.array([1]), np.array([2]), np.array([4]))
    assert len(Facts.union([one, one])) == 1
    with pytest.raises(ValueError, match="two values"):
        Facts.union([one, again])
    assert len(Facts.union([])) == 0


def test_only_what_the_door_took_is_remembered_and_busy_answers_are_counted() -> None:
    with open_door() as door:
        door.first = [(429, {"Retry-After": "0"}), (503, {}), (500, {})]
        sending = Sending(door.url, [list(table(3).posts(HOSTEL, size=2))])
        sending.start(0.0)
        sending.join()
        heard = sending.heard()
        assert heard.statuses == {429: 1, 503: 1, 500: 1, 202: 3}
        assert (heard.without_retry_after, heard.server_errors) == (1, 1)
        assert len(sending.accepted()) == sending.asked == len(door.taken) == 6
        assert sorted(sending.accepted().value.tolist()) == sorted(round(r["kwh"] * 10_000) for r in door.taken)


def test_a_request_that_gets_no_answer_is_given_up_when_patience_ends_and_at_once_when_told_to_stop() -> None:
    with open_door() as door:
        door.first = [(503, {"Retry-After": "0"})] * 1_000
        impatient = Sending(door.url, [list(table(1).posts(HOSTEL))], patience=0.1)
        impatient.start(0.0)
        assert impatient.join() < 5
        assert impatient.taken() == 0
        assert impatient.heard().forbidden[0].startswith("503")
        door.first = [(503, {"Retry-After": "30"})] * 1_000
        patient = Sending(door.url, [list(table(1).posts(HOSTEL))])
        patient.start(0.0)
        while not patient.heard().statuses:
            pass
        patient.stop()
        assert patient.join() < 5


def test_a_request_that_is_refused_as_a_whole_is_not_taken() -> None:
    with open_door() as door:
        post = next(table(1).posts(HOSTEL))
        sending = Sending(door.url, [[Post(0.0, "bad", post.body, post.meter, post.ms, post.value)]])
        sending.start(0.0)
        sending.join()
        assert sending.taken() == 0
        assert sending.heard().forbidden[0].startswith(str(HTTPStatus.FORBIDDEN.value))


def test_a_row_passes_only_when_it_claims_something_and_all_of_it_holds() -> None:
    row = Row(1, "title", "passes when", "how", "quick", lambda *_: None)
    states = [
        result_of(row, Form.SHORT, Findings(claims=claims), 1.0, error).passed
        for claims, error in (({}, None), ({"a": True}, None), ({"a": True, "b": False}, None), ({"a": True}, "broke"))
    ]
    assert states == [False, True, False, False]


def test_the_page_shows_failures_and_rows_that_were_not_run() -> None:
    rows = [Row(n, f"title {n}", "passes when", "how it is done", "quick", lambda *_: None) for n in (1, 2)]
    failed = result_of(rows[0], Form.DEFAULT, Findings({"lost": 3}, {"nothing is lost": False}), 1.0, None)
    page = render(rows, {1: failed})
    assert "| **no** |" in page
    assert "**does not hold**: nothing is lost" in page
    assert "lost 3" in page
    assert "| not yet run |" in page


def test_golden_cases_are_read_whole() -> None:
    found = list(cases())
    assert len(found) >= 12
    assert {change["kind"] for case in found for change in case.changes} == {"replaced", "ratio"}
    assert all(case.expected.keys() == {at for at, _, _ in case.arrivals} for case in found)


@pytest.mark.parametrize("zone", ZONES)
def test_each_zone_has_a_short_and_a_long_day(zone: str) -> None:
    short, long = odd_days(ZoneInfo(zone), date(2026, 11, 24))
    assert short.year == long.year == 2026
    assert short != long
