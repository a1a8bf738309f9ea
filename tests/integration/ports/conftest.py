"""Every suite in this folder runs twice: on the fake, and on what stands behind the port in AWS."""

from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from tests.integration.ports.hostels import FakeHostels, Hostels, RealHostels


@pytest.fixture(params=["fake", "real"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def hostels(kind: str, request: pytest.FixtureRequest) -> Hostels:
    return FakeHostels() if kind == "fake" else RealHostels(request.getfixturevalue("engine"))


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An account with a bucket and nothing else."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket="bucket")
        yield
