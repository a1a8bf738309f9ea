"""Messages on the topic, against moto: what is published, and what a refusal becomes."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import boto3
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from moto import mock_aws

from wattwarden.adapters.sns import SnsNotifier
from wattwarden.contracts.events import Message
from wattwarden.domain.errors import InvalidError, UnavailableError

MESSAGE = Message(
    notification_id=UUID(int=7), user_id=3, channel="sms", severity="high", subject="[HIGH] B-204", body="text"
)


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield


@pytest.fixture
def topic() -> str:
    return str(boto3.client("sns").create_topic(Name="alerts")["TopicArn"])


def test_a_message_carries_what_subscriptions_filter_on_and_what_tells_a_repeat(topic: str) -> None:
    sqs = boto3.client("sqs")
    queue = sqs.create_queue(QueueName="q")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = {"user_id": ["3"], "channel": ["sms"]}
    boto3.client("sns").subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"FilterPolicy": json.dumps(policy)}
    )
    message_id = SnsNotifier(topic).send(MESSAGE)
    SnsNotifier(topic).send(MESSAGE.model_copy(update={"user_id": 4}))

    [message] = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    body = json.loads(message["Body"])
    assert (body["MessageId"], body["Subject"], body["Message"]) == (message_id, "[HIGH] B-204", "text")
    assert {name: value["Value"] for name, value in body["MessageAttributes"].items()} == {
        "notification_id": str(MESSAGE.notification_id), "user_id": "3", "channel": "sms", "severity": "high",
    }  # fmt: skip


def test_a_message_sns_will_never_take_is_invalid(topic: str) -> None:
    with pytest.raises(InvalidError):
        SnsNotifier(topic).send(MESSAGE.model_copy(update={"subject": "x" * 101}))


@pytest.mark.parametrize(
    "error",
    [
        ReadTimeoutError(endpoint_url="https://sns"),
        ClientError({"Error": {"Code": "InternalError"}}, "Publish"),
        ClientError({"Error": {"Code": "Throttling"}}, "Publish"),
        ClientError({"Error": {"Code": "AuthorizationError"}}, "Publish"),  # somebody will mend it
    ],
)
def test_a_topic_that_does_not_answer_is_asked_once_and_unavailable(
    topic: str, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    notifier = SnsNotifier(topic)

    def fail(**_: Any) -> Any:
        raise error

    monkeypatch.setattr(notifier._client, "publish", fail)
    with pytest.raises(UnavailableError):
        notifier.send(MESSAGE)
    config: Any = notifier._client.meta.config
    assert config.retries["total_max_attempts"] == 1
