"""Policies are enforced here as in AWS: a function works with its own role, and may not do another's work."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from local.processes import lambda_workers
from tests.e2e.test_journeys import hostel  # noqa: F401 - the journeys have made every function below work
from tools.cloud import Cloud

pytestmark = pytest.mark.e2e

Clients = Callable[[str], Any]
FORBIDDEN: dict[str, Callable[[Clients, Cloud], Any]] = {
    # The door for meters may not read what others sent.
    "ingest_readings": lambda client, cloud: client("kinesis").list_shards(StreamName=cloud.outputs["TelemetryStream"]),
    # The consumer may not write what it consumes.
    "score_readings": lambda client, cloud: client("kinesis").put_record(
        StreamName=cloud.outputs["TelemetryStream"], PartitionKey="1", Data=b"x"
    ),
    # Who decides on alerts may not read what people upload.
    "raise_alerts": lambda client, cloud: client("s3").list_objects_v2(Bucket=cloud.outputs["UploadBucket"]),
    # The page's function may not retrain the model.
    "api": lambda client, cloud: client("stepfunctions").start_execution(stateMachineArn=cloud.outputs["RetrainArn"]),
}


@pytest.mark.usefixtures("hostel")
@pytest.mark.parametrize("function", FORBIDDEN)
def test_a_working_function_is_denied_what_is_not_its_work(cloud: Cloud, function: str) -> None:
    keys = lambda_workers(cloud.aws_endpoint_url, function)[0].environ()

    def client(service: str) -> Any:
        return boto3.client(
            service,  # type: ignore[call-overload]
            endpoint_url=cloud.aws_endpoint_url,
            region_name=cloud.region,
            aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=keys["AWS_SESSION_TOKEN"],
        )

    with pytest.raises(ClientError) as refusal:
        FORBIDDEN[function](client, cloud)
    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] in {400, 403}
    assert refusal.value.response["Error"]["Code"] in {"AccessDenied", "AccessDeniedException", "AuthorizationError"}
