from pathlib import Path
from typing import Any

import pytest

from local.edge.outbox_page import outbox_page
from local.outbox import Outbox, Sent, accepts, addressed

NOTIFICATION = {
    "MessageId": "m-1",
    "Timestamp": "2026-03-01T12:00:00.000Z",
    "Subject": "High: B-204",
    "Message": "More electricity than expected",
    "MessageAttributes": {
        "user_id": {"Type": "String", "Value": "5"},
        "channel": {"Type": "String", "Value": "email"},
        "severity": {"Type": "String", "Value": "high"},
    },
}
PEOPLE: list[tuple[str, str, dict[str, Any]]] = [
    ("email", "warden@example.org", {"user_id": ["5"], "channel": ["email"]}),
    ("sms", "+4912345", {"user_id": ["5"], "channel": ["sms"]}),
    ("email", "other@example.org", {"user_id": ["6"], "channel": ["email"]}),
]


def test_a_message_is_kept_for_those_whom_the_topic_would_have_reached() -> None:
    assert addressed(NOTIFICATION, PEOPLE) == [
        Sent(
            at="2026-03-01T12:00:00+00:00",
            channel="email",
            address="warden@example.org",
            severity="high",
            subject="High: B-204",
            text="More electricity than expected",
            message_id="m-1",
        )
    ]


@pytest.mark.parametrize(
    ("policy", "accepted"),
    [
        ({}, True),
        ({"severity": ["high", "critical"]}, True),
        ({"severity": ["low"]}, False),
        ({"severity": [{"prefix": "hi"}]}, True),
        ({"severity": [{"anything-but": ["low"]}]}, True),
        ({"severity": [{"anything-but": "high"}]}, False),
        ({"missing": [{"exists": False}]}, True),
        ({"missing": ["x"]}, False),
        ({"severity": ["high"], "missing": [{"exists": True}]}, False),
    ],
)
def test_filter_policies_are_sns_s(policy: dict[str, Any], *, accepted: bool) -> None:
    assert accepts(policy, {"severity": "high"}) is accepted


def test_a_message_that_is_delivered_twice_is_kept_once(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox.sqlite")
    outbox.add(addressed(NOTIFICATION, PEOPLE))
    outbox.add(addressed(NOTIFICATION, PEOPLE))
    assert [sent.address for sent in outbox.newest()] == ["warden@example.org"]


def test_what_people_typed_cannot_become_markup() -> None:
    sent = Sent("2026-03-01", "email", "a@example.org", "high", "<script>alert(1)</script>", "<b>", "m")
    page = outbox_page([sent])
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
