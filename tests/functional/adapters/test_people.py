"""Sign-ins, subscriptions, keys and uploads against moto."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber
from moto import mock_aws

from wattwarden.adapters import uploads as uploads_adapter
from wattwarden.adapters.apigateway import GatewayKeys
from wattwarden.adapters.cognito import CognitoIdentity
from wattwarden.adapters.live import ApiGatewayLive
from wattwarden.adapters.sns import SnsSubscriptions
from wattwarden.adapters.uploads import S3Uploads
from wattwarden.domain.errors import InvalidError, UnavailableError


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "eu-west-1",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield


# -- Cognito ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def pool() -> str:
    client = boto3.client("cognito-idp")
    return client.create_user_pool(PoolName="people", UsernameAttributes=["email"])["UserPool"]["Id"]


def test_a_person_gets_one_sign_in_with_a_verified_address(pool: str) -> None:
    identity = CognitoIdentity(pool)
    identity.ensure_user("asha@example.com", "Asha")
    identity.ensure_user("asha@example.com", "Asha")

    (user,) = boto3.client("cognito-idp").list_users(UserPoolId=pool)["Users"]
    attributes = {a["Name"]: a["Value"] for a in user["Attributes"]}
    assert attributes["email"] == "asha@example.com"
    assert attributes["email_verified"] == "true"
    assert attributes["name"] == "Asha"


# -- SNS --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def topic() -> str:
    return boto3.client("sns").create_topic(Name="alerts")["TopicArn"]


def policies(topic: str) -> dict[tuple[str, str], Any]:
    client = boto3.client("sns")
    return {
        (s["Protocol"], s["Endpoint"]): json.loads(
            client.get_subscription_attributes(SubscriptionArn=s["SubscriptionArn"])["Attributes"]["FilterPolicy"]
        )
        for s in client.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    }


def test_an_address_gets_the_messages_of_its_person_and_channel_alone(topic: str) -> None:
    subscriptions = SnsSubscriptions(topic)
    subscriptions.ensure(7, "email", "asha@example.com")
    subscriptions.ensure(7, "sms", "+919800000000")
    subscriptions.ensure(7, "email", "asha@example.com")

    assert policies(topic) == {
        ("email", "asha@example.com"): {"user_id": ["7"], "channel": ["email"]},
        ("sms", "+919800000000"): {"user_id": ["7"], "channel": ["sms"]},
    }


PHONE = "+919800000000"
TAKEN = ("subscribe", "InvalidParameter", "Invalid parameter: Attributes Reason: Subscription already exists with ...")
PENDING = "PendingConfirmation"


def sns_knows(stub: Stubber, arn: str) -> None:
    known = {"SubscriptionArn": arn, "Protocol": "sms", "Endpoint": PHONE}
    stub.add_response("list_subscriptions_by_topic", {"Subscriptions": [known]})


def sns_lets_both_share(stub: Stubber, arn: str) -> None:
    policy = json.dumps({"user_id": ["7"], "channel": ["sms"]})
    stub.add_response("get_subscription_attributes", {"Attributes": {"FilterPolicy": policy}}, {"SubscriptionArn": arn})
    both = json.dumps({"user_id": ["7", "8"], "channel": ["sms"]})
    wanted = {"SubscriptionArn": arn, "AttributeName": "FilterPolicy", "AttributeValue": both}
    stub.add_response("set_subscription_attributes", {}, wanted)


def test_two_people_may_share_a_phone(topic: str) -> None:
    subscriptions = SnsSubscriptions(topic)
    with Stubber(subscriptions._client) as stub:
        stub.add_client_error(*TAKEN)
        sns_knows(stub, f"{topic}:1")
        sns_lets_both_share(stub, f"{topic}:1")

        subscriptions.ensure(8, "sms", PHONE)
        stub.assert_no_pending_responses()


def test_two_people_may_share_an_address_that_nobody_confirmed_yet(topic: str) -> None:
    """Until then SNS lists no ARN; who subscribes it as it is gets one, and its owner a second mail."""
    subscriptions = SnsSubscriptions(topic)
    with Stubber(subscriptions._client) as stub:
        stub.add_client_error(*TAKEN)
        sns_knows(stub, PENDING)
        again = {"TopicArn": topic, "Protocol": "sms", "Endpoint": PHONE, "ReturnSubscriptionArn": True}
        stub.add_response("subscribe", {"SubscriptionArn": f"{topic}:1"}, again)
        sns_lets_both_share(stub, f"{topic}:1")

        subscriptions.ensure(8, "sms", PHONE)
        stub.assert_no_pending_responses()


def test_a_shared_address_that_sns_will_not_change_before_it_is_confirmed_is_told(topic: str) -> None:
    subscriptions = SnsSubscriptions(topic)
    with Stubber(subscriptions._client) as stub:
        stub.add_client_error(*TAKEN)
        sns_knows(stub, PENDING)
        stub.add_response("subscribe", {"SubscriptionArn": PENDING.lower()})

        with pytest.raises(UnavailableError, match="confirm"):
            subscriptions.ensure(8, "sms", PHONE)


def test_an_address_that_sns_never_takes_is_the_callers_mistake(topic: str) -> None:
    subscriptions = SnsSubscriptions(topic)
    with Stubber(subscriptions._client) as stub:
        stub.add_client_error("subscribe", "InvalidParameter", "Invalid parameter: Invalid SMS endpoint")
        stub.add_response("list_subscriptions_by_topic", {"Subscriptions": []})

        with pytest.raises(InvalidError, match="Invalid SMS endpoint"):
            subscriptions.ensure(8, "sms", PHONE)


def test_a_topic_that_is_not_there_is_an_outage() -> None:
    with pytest.raises(UnavailableError):
        SnsSubscriptions("arn:aws:sns:eu-west-1:123456789012:missing").ensure(7, "email", "asha@example.com")


# -- API keys ---------------------------------------------------------------------------------------------------------


def test_a_key_is_bound_to_the_usage_plan() -> None:
    client = boto3.client("apigateway")
    plan = client.create_usage_plan(name="gateways")["id"]

    key_id, secret = GatewayKeys(plan).create("hostel-1/roof")

    (bound,) = client.get_usage_plan_keys(usagePlanId=plan)["items"]
    assert bound["id"] == key_id
    assert client.get_api_key(apiKey=key_id, includeValue=True)["value"] == secret
    assert len(secret) >= 20


def test_no_unbound_key_is_left_behind() -> None:
    client = boto3.client("apigateway")
    keys = GatewayKeys("missing")
    stub = Stubber(keys._client)
    stub.add_response("create_api_key", {"id": "k1", "value": "v" * 20})
    stub.add_client_error("create_usage_plan_key", "NotFoundException")
    stub.add_response("delete_api_key", {}, {"apiKey": "k1"})

    with stub, pytest.raises(UnavailableError):
        keys.create("hostel-1/roof")
    stub.assert_no_pending_responses()
    assert client.get_api_keys()["items"] == []


# -- uploads ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def bucket() -> str:
    boto3.client("s3").create_bucket(
        Bucket="uploads-test", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    return "uploads-test"


def test_an_upload_url_is_signed_for_one_file_and_a_while(bucket: str) -> None:
    url = urlsplit(S3Uploads(bucket).upload_url(1, "1-abc", "january readings.csv", 900))

    assert url.path.endswith("/uploads/1/1-abc/january%20readings.csv")
    assert parse_qs(url.query)["X-Amz-Expires"] == ["900"]


def test_an_uploaded_file_can_be_read_and_sought(bucket: str) -> None:
    boto3.client("s3").put_object(Bucket=bucket, Key="uploads/1/1-abc/a.csv", Body=b"meter,timestamp")

    with S3Uploads(bucket).opened("uploads/1/1-abc/a.csv") as file:
        assert file.read(5) == b"meter"
        file.seek(0)
        assert file.read() == b"meter,timestamp"


def test_a_file_that_is_too_large_is_refused_before_it_is_read(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    boto3.client("s3").put_object(Bucket=bucket, Key="uploads/1/1-abc/a.csv", Body=b"meter,timestamp")
    monkeypatch.setattr(uploads_adapter, "MAX_BYTES", 3)

    with pytest.raises(InvalidError), S3Uploads(bucket).opened("uploads/1/1-abc/a.csv"):
        pass


def test_a_file_that_vanished_is_an_outage(bucket: str) -> None:
    with pytest.raises(UnavailableError), S3Uploads(bucket).opened("uploads/1/1-abc/gone.csv"):
        pass


# -- the live channel -------------------------------------------------------------------------------------------------


@pytest.fixture
def live() -> ApiGatewayLive:
    return ApiGatewayLive("https://live.test/live")


def test_a_live_channel_that_does_not_answer_is_an_outage(
    live: ApiGatewayLive, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="https://live.test")

    monkeypatch.setattr(live._client, "post_to_connection", nobody)
    with pytest.raises(UnavailableError):
        live.send("c1", "hello")
