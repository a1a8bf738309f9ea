"""`ports.setup` and `ports.uploads` at the services that know people, keys and files."""

from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import boto3
import pytest

from tests.fakes.people import FakeIdentity, FakeKeys, FakeSubscriptions, FakeUploads
from wattwarden.adapters.apigateway import GatewayKeys
from wattwarden.adapters.cognito import CognitoIdentity
from wattwarden.adapters.sns import SnsSubscriptions
from wattwarden.adapters.uploads import S3Uploads
from wattwarden.contracts.api.imports import ImportOut
from wattwarden.domain.alerts import Channel
from wattwarden.domain.errors import UnavailableError
from wattwarden.ports.setup import ApiKeys, Identity, Subscriptions
from wattwarden.ports.uploads import Uploads

VERIFIES = [FakeIdentity, FakeKeys, FakeSubscriptions, FakeUploads]


class People(NamedTuple):
    identity: Identity
    there: Callable[[], list[str]]
    """Addresses that may sign in."""


@pytest.fixture
def people(kind: str, request: pytest.FixtureRequest) -> People:
    if kind == "fake":
        fake = FakeIdentity()
        return People(fake, lambda: sorted(fake.users))
    request.getfixturevalue("aws")
    client = boto3.client("cognito-idp")
    pool = client.create_user_pool(PoolName="people", UsernameAttributes=["email"])["UserPool"]["Id"]

    def there() -> list[str]:
        users = client.list_users(UserPoolId=pool)["Users"]
        return sorted(a["Value"] for user in users for a in user["Attributes"] if a["Name"] == "email")

    return People(CognitoIdentity(pool), there)


def test_a_person_gets_one_sign_in(people: People) -> None:
    for _ in range(2):
        people.identity.ensure_user("asha@example.com", "Asha")
    people.identity.ensure_user("ravi@example.com", "Ravi")
    assert people.there() == ["asha@example.com", "ravi@example.com"]


def test_a_provider_that_is_away_is_an_outage(kind: str, request: pytest.FixtureRequest) -> None:
    identity: Identity = FakeIdentity(broken=True)
    if kind == "real":
        request.getfixturevalue("aws")
        identity = CognitoIdentity("us-east-1_missing")
    with pytest.raises(UnavailableError):
        identity.ensure_user("asha@example.com", "Asha")


def test_subscribing_an_address_again_changes_nothing(kind: str, request: pytest.FixtureRequest) -> None:
    fake = FakeSubscriptions()
    subscriptions: Subscriptions = fake
    topic = ""
    if kind == "real":
        request.getfixturevalue("aws")
        topic = boto3.client("sns").create_topic(Name="alerts")["TopicArn"]
        subscriptions = SnsSubscriptions(topic)
    for _ in range(2):
        subscriptions.ensure(7, Channel.EMAIL, "asha@example.com")
    subscriptions.ensure(7, Channel.SMS, "+919800000000")
    made = {(channel, address) for _, channel, address in fake.made}
    if kind == "real":
        found = boto3.client("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
        made = {(one["Protocol"], one["Endpoint"]) for one in found}
        assert len(found) == 2
    assert made == {("email", "asha@example.com"), ("sms", "+919800000000")}


def test_every_key_is_another_with_a_secret_of_its_own(kind: str, request: pytest.FixtureRequest) -> None:
    keys: ApiKeys = FakeKeys()
    if kind == "real":
        request.getfixturevalue("aws")
        keys = GatewayKeys(boto3.client("apigateway").create_usage_plan(name="gateways")["id"])
    made = [keys.create(f"hostel-1/{name}") for name in ("roof", "cellar", "cellar")]
    assert len({key_id for key_id, _ in made}) == len({secret for _, secret in made}) == 3


@pytest.fixture
def uploads(kind: str, request: pytest.FixtureRequest) -> Uploads:
    if kind == "fake":
        return FakeUploads()
    request.getfixturevalue("aws")
    return S3Uploads("bucket")


def test_an_upload_url_names_the_hostel_the_import_and_the_file(uploads: Uploads) -> None:
    url = urlsplit(uploads.upload_url(1, "1-abc", "january readings.csv", 900))
    assert unquote(url.path).endswith("/uploads/1/1-abc/january readings.csv")
    assert "900" in url.query
    assert " " not in url.geturl()


def test_a_result_is_there_once_the_import_wrote_it_and_for_its_hostel_alone(uploads: Uploads) -> None:
    assert uploads.result(1, "1-abc") is None
    result = ImportOut(import_id="1-abc", state="done", accepted=3, refused=[{"row": 2}])
    if isinstance(uploads, FakeUploads):
        uploads.results["1-abc"] = result
    elif isinstance(uploads, S3Uploads):
        uploads.save_result(1, result)
    assert uploads.result(1, "1-abc") == result
    assert uploads.result(1, "1-def") is None
    assert uploads.result(2, "1-abc") is None
