"""SNS: messages to the alert topic, and its subscriptions: an address gets those of its own people and channel."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from wattwarden.contracts.events import Message
from wattwarden.domain.errors import InvalidError, UnavailableError
from wattwarden.ports.notifications import Notifier
from wattwarden.ports.setup import Subscriptions

if TYPE_CHECKING:
    from mypy_boto3_sns.type_defs import SubscriptionTypeDef

_CONFIG = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "max_attempts": 4})

# Once: when the answer is lost nobody knows whether the message left, and the queue decides when to try again.
_SEND_ONCE = Config(connect_timeout=1, read_timeout=4, retries={"mode": "standard", "total_max_attempts": 1})
_NEVER_TAKEN = {"InvalidParameter", "InvalidParameterValue", "ValidationError"}
_ATTRIBUTES = ("notification_id", "user_id", "channel", "severity")


class SnsNotifier(Notifier):
    def __init__(self, topic_arn: str) -> None:
        self._topic = topic_arn
        self._client = boto3.client("sns", config=_SEND_ONCE)

    def send(self, message: Message) -> str:
        try:
            answer = self._client.publish(
                TopicArn=self._topic,
                Subject=message.subject,
                Message=message.body,
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": str(getattr(message, name))} for name in _ATTRIBUTES
                },
            )
        except ParamValidationError as error:
            raise InvalidError(str(error)) from error
        except ClientError as error:
            if error.response["Error"]["Code"] in _NEVER_TAKEN:
                raise InvalidError(str(error)) from error
            raise UnavailableError("SNS does not take the message") from error
        except BotoCoreError as error:
            raise UnavailableError("SNS does not answer") from error
        return answer["MessageId"]


class SnsSubscriptions(Subscriptions):
    def __init__(self, topic_arn: str) -> None:
        self._topic = topic_arn
        self._client = boto3.client("sns", config=_CONFIG)

    def ensure(self, user_id: int, channel: str, address: str) -> None:
        """Subscribe the address, or let a subscription that exists reach this user too.

        Raises:
            InvalidError: it is no address that SNS takes.
            UnavailableError: SNS does not answer or refuses.
        """
        try:
            self._ensure(str(user_id), channel, address)
        except (ClientError, BotoCoreError) as error:
            raise UnavailableError(f"{address} could not be subscribed; send the same request again") from error

    def _ensure(self, user_id: str, channel: str, address: str) -> None:
        try:
            self._client.subscribe(
                TopicArn=self._topic,
                Protocol=channel,
                Endpoint=address,
                Attributes={"FilterPolicy": _policy({user_id}, channel)},
                ReturnSubscriptionArn=True,
            )
        except self._client.exceptions.InvalidParameterException as error:
            # SNS refuses to subscribe an address a second time with another filter: two people share it.
            arn = self._arn(channel, address)
            if arn is None:
                raise InvalidError(f"{address}: {error.response['Error']['Message']}") from error
            self._share(arn, user_id, channel)

    def _arn(self, channel: str, address: str) -> str | None:
        """The ARN of an address's subscription; None: it has none.

        SNS lists none before the address's owner has confirmed it. Subscribing it again as it is tells the ARN all the
        same, and sends its owner another mail.
        """
        known = next(
            (
                s["SubscriptionArn"]
                for s in self._subscriptions()
                if (s["Protocol"], s["Endpoint"]) == (channel, address)
            ),
            None,
        )
        if known is None or known.startswith("arn:"):
            return known
        arn = self._client.subscribe(
            TopicArn=self._topic, Protocol=channel, Endpoint=address, ReturnSubscriptionArn=True
        )["SubscriptionArn"]
        if not arn.startswith("arn:"):
            raise UnavailableError(
                f"{address} is shared: confirm its first subscription, then send the same request again"
            )
        return arn

    def _share(self, arn: str, user_id: str, channel: str) -> None:
        attributes = self._client.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
        users = set(json.loads(attributes.get("FilterPolicy", "{}")).get("user_id", []))
        if user_id not in users:
            self._client.set_subscription_attributes(
                SubscriptionArn=arn,
                AttributeName="FilterPolicy",
                AttributeValue=_policy(users | {user_id}, channel),
            )

    def _subscriptions(self) -> Iterator["SubscriptionTypeDef"]:
        for page in self._client.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=self._topic):
            yield from page["Subscriptions"]


def _policy(user_ids: set[str], channel: str) -> str:
    return json.dumps({"user_id": sorted(user_ids), "channel": [channel]})
