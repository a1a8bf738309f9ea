"""Every email and text message that would have left, kept where a person can read them.

Nothing leaves a laptop. A queue subscribes to the alert topic beside the people; for each message this works out, by
the same filter policies that SNS applies, whom it would have reached.
"""

import json
import logging
import sqlite3
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import botocore.exceptions

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

logger = logging.getLogger(__name__)

QUEUE = "wattwarden-local-outbox"
PROTOCOLS = ("email", "sms")
TROUBLE_SECONDS = 2.0
WAIT_SECONDS = 2  # MiniStack does not stop before the longest waiting request is answered
SHOWN = 500

SCHEMA = """
CREATE TABLE IF NOT EXISTS messages (
  id INTEGER PRIMARY KEY,
  at TEXT NOT NULL,
  channel TEXT NOT NULL,
  address TEXT NOT NULL,
  severity TEXT NOT NULL,
  subject TEXT NOT NULL,
  text TEXT NOT NULL,
  message_id TEXT NOT NULL,
  UNIQUE (message_id, channel, address)
)
"""


@dataclass(frozen=True)
class Sent:
    """One message to one address. `at` is when it was published, ISO 8601 in UTC."""

    at: str
    channel: str
    address: str
    severity: str
    subject: str
    text: str
    message_id: str


class Outbox:
    """The messages, in one SQLite file."""

    def __init__(self, file: Path) -> None:
        self._file = file
        with closing(self._connect()) as connection, connection:
            connection.execute(SCHEMA)

    def add(self, messages: list[Sent]) -> None:
        """Keep them; one that is known already, since a queue may deliver twice, is kept once."""
        rows = [(m.at, m.channel, m.address, m.severity, m.subject, m.text, m.message_id) for m in messages]
        with closing(self._connect()) as connection, connection:
            connection.executemany(
                "INSERT OR IGNORE INTO messages (at, channel, address, severity, subject, text, message_id)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                rows,
            )

    def newest(self, limit: int = SHOWN) -> list[Sent]:
        with closing(self._connect()) as connection:
            rows = connection.execute(
                "SELECT at, channel, address, severity, subject, text, message_id FROM messages"
                " ORDER BY id DESC LIMIT ?",
                (limit,),
            )
            return [Sent(*row) for row in rows]

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self._file, timeout=10)


class Collector:
    """Fills the outbox from the topic; `run` does so for ever."""

    def __init__(self, outbox: Outbox, topic_arn: str, sns: "SNSClient", sqs: "SQSClient") -> None:
        self._outbox = outbox
        self._topic_arn = topic_arn
        self._sns = sns
        self._sqs = sqs

    def run(self) -> None:
        queue = ""
        while True:
            try:
                queue = queue or self.subscribe()
                self.collect(queue)
            except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
                logger.warning("the alert topic does not answer: %s", error)
                queue = ""
                time.sleep(TROUBLE_SECONDS)

    def subscribe(self) -> str:
        """The queue's address; made and subscribed on first use."""
        queue = self._sqs.create_queue(QueueName=QUEUE)["QueueUrl"]
        arn = self._sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        policy = {
            "Version": "2012-10-17",
            "Statement": {
                "Effect": "Allow",
                "Principal": {"Service": "sns.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": arn,
                "Condition": {"ArnEquals": {"aws:SourceArn": self._topic_arn}},
            },
        }
        self._sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps(policy)})
        self._sns.subscribe(TopicArn=self._topic_arn, Protocol="sqs", Endpoint=arn)
        return queue

    def collect(self, queue: str) -> None:
        """Take what comes within a moment."""
        answer = self._sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=WAIT_SECONDS, MaxNumberOfMessages=10)
        for message in answer.get("Messages", []):
            self._outbox.add(addressed(json.loads(message["Body"]), self._people()))
            self._sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])

    def _people(self) -> list[tuple[str, str, Mapping[str, Any]]]:
        """Protocol, address and filter policy of each subscription that reaches a person."""
        people = []
        for page in self._sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=self._topic_arn):
            for subscription in page["Subscriptions"]:
                if subscription["Protocol"] not in PROTOCOLS:
                    continue
                policy = "{}"
                if subscription["SubscriptionArn"].startswith("arn:"):
                    attributes = self._sns.get_subscription_attributes(SubscriptionArn=subscription["SubscriptionArn"])
                    policy = attributes["Attributes"].get("FilterPolicy") or policy
                people.append((subscription["Protocol"], subscription["Endpoint"], json.loads(policy)))
        return people


def addressed(notification: Mapping[str, Any], people: list[tuple[str, str, Mapping[str, Any]]]) -> list[Sent]:
    """One message per person whom SNS would have reached with this notification (its JSON envelope)."""
    attributes = {name: item["Value"] for name, item in notification.get("MessageAttributes", {}).items()}
    at = datetime.fromisoformat(notification["Timestamp"]).isoformat(timespec="seconds")
    return [
        Sent(
            at=at,
            channel=protocol,
            address=address,
            severity=attributes.get("severity", ""),
            subject=notification.get("Subject") or "",
            text=notification["Message"],
            message_id=notification["MessageId"],
        )
        for protocol, address, policy in people
        if accepts(policy, attributes)
    ]


def accepts(policy: Mapping[str, Any], attributes: Mapping[str, str]) -> bool:
    """SNS's filter policy on message attributes: every key must match, by any of its conditions."""
    return all(
        any(_matches(condition, attributes.get(name)) for condition in conditions)
        for name, conditions in policy.items()
    )


def _matches(condition: Any, value: str | None) -> bool:  # noqa: ANN401 - any JSON
    if not isinstance(condition, dict):
        return value is not None and value == str(condition)
    if "exists" in condition:
        return bool(condition["exists"]) is (value is not None)
    if value is None:
        return False
    if "prefix" in condition:
        return value.startswith(condition["prefix"])
    if "anything-but" in condition:
        refused = condition["anything-but"]
        return value not in (refused if isinstance(refused, list) else [refused])
    raise ValueError(f"a filter condition this outbox does not know: {condition}")
