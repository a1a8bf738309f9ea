"""The local SageMaker through boto3, inside MiniStack."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local import aws, ministack
from tools.cloud import State

pytestmark = pytest.mark.integration

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3"
ROLE = "arn:aws:iam::000000000000:role/sagemaker"
PATIENCE_S = 120.0
"""A machine that is busy with other tests may take a minute to start a process."""


def until[T](read: Callable[[], T], accept: Callable[[T], bool]) -> T:
    deadline = time.monotonic() + PATIENCE_S
    while not accept(value := read()):
        assert time.monotonic() < deadline, value
        time.sleep(0.05)
    return value


class Lab:
    """A bucket with the source and two histories, and the clients."""

    def __init__(self, state: State, source: bytes) -> None:
        self.sagemaker = aws.client("sagemaker", state.aws_endpoint_url)
        self.runtime = aws.client("sagemaker-runtime", state.aws_endpoint_url)
        s3 = aws.client("s3", state.aws_endpoint_url)
        s3.create_bucket(Bucket="models")
        s3.put_object(Bucket="models", Key="source.tar.gz", Body=source)
        s3.put_object(Bucket="models", Key="history/a.json", Body=b"[1, 2]")
        s3.put_object(Bucket="models", Key="empty/a.json", Body=b"[]")

    def job(self, name: str, history: str = "history", **parameters: str) -> dict[str, Any]:
        return {
            "TrainingJobName": name,
            "RoleArn": ROLE,
            "AlgorithmSpecification": {
                "TrainingImage": IMAGE,
                "TrainingInputMode": "File",
                "MetricDefinitions": [{"Name": "rows", "Regex": "rows=([0-9]+);"}],
            },
            "HyperParameters": {
                "sagemaker_program": "train.py",
                "sagemaker_submit_directory": "s3://models/source.tar.gz",
                **parameters,
            },
            "InputDataConfig": [
                {
                    "ChannelName": "history",
                    "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://models/{history}/"}},
                }
            ],
            "OutputDataConfig": {"S3OutputPath": "s3://models/trained"},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
            "StoppingCondition": {"MaxRuntimeInSeconds": 600},
        }

    def train(self, name: str, history: str = "history") -> dict[str, Any]:
        self.sagemaker.create_training_job(**self.job(name, history))
        return until(
            lambda: self.sagemaker.describe_training_job(TrainingJobName=name),
            lambda job: job["TrainingJobStatus"] != "InProgress",
        )

    def model(self, name: str, artifact: str) -> None:
        self.sagemaker.create_model(
            ModelName=name,
            ExecutionRoleArn=ROLE,
            PrimaryContainer={
                "Image": IMAGE,
                "ModelDataUrl": artifact,
                "Environment": {
                    "SAGEMAKER_PROGRAM": "serve.py",
                    "SAGEMAKER_SUBMIT_DIRECTORY": "s3://models/source.tar.gz",
                },
            },
        )

    def configuration(self, name: str, **weights: float) -> None:
        variants = [
            {
                "VariantName": model,
                "ModelName": model,
                "InstanceType": "ml.t2.medium",
                "InitialInstanceCount": 1,
                "InitialVariantWeight": weight,
            }
            for model, weight in weights.items()
        ]
        self.sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=variants)

    def settled(self) -> dict[str, Any]:
        return until(
            lambda: self.sagemaker.describe_endpoint(EndpointName="detector"),
            lambda endpoint: endpoint["EndpointStatus"] not in ("Creating", "Updating"),
        )

    def ask(self, content_type: str = "application/json") -> tuple[list[int], str]:
        answer = self.runtime.invoke_endpoint(EndpointName="detector", Body=b"[10]", ContentType=content_type)
        return json.loads(answer["Body"].read()), answer["InvokedProductionVariant"]


@pytest.fixture(scope="module")
def lab(emulator: State, source: bytes) -> Lab:
    return Lab(emulator, source)


@pytest.fixture(scope="module")
def trained(lab: Lab) -> dict[str, Any]:
    job = lab.train("first")
    assert job["TrainingJobStatus"] == "Completed", job
    return job


@pytest.fixture(scope="module")
def serving(lab: Lab, trained: dict[str, Any]) -> Lab:
    """With an endpoint that serves the model `first`, or what a test before put in its place."""
    lab.model("first", trained["ModelArtifacts"]["S3ModelArtifacts"])
    lab.configuration("one", first=1)
    lab.sagemaker.create_endpoint(EndpointName="detector", EndpointConfigName="one")
    assert lab.settled()["EndpointStatus"] == "InService"
    return lab


def test_a_model_is_trained_served_replaced_and_served_again_after_a_restart(
    serving: Lab, trained: dict[str, Any], emulator: State
) -> None:
    lab = serving
    assert [(metric["MetricName"], metric["Value"]) for metric in trained["FinalMetricDataList"]] == [("rows", 2.0)]
    assert lab.ask() == ([13], "first")

    lab.model("second", trained["ModelArtifacts"]["S3ModelArtifacts"])
    lab.configuration("both", first=1, second=1)
    lab.sagemaker.update_endpoint(EndpointName="detector", EndpointConfigName="both")
    while lab.sagemaker.describe_endpoint(EndpointName="detector")["EndpointStatus"] == "Updating":
        assert lab.ask()[0] == [13]
    assert {lab.ask()[1] for _ in range(60)} == {"first", "second"}

    ministack.stop(emulator)
    ministack.start(emulator)
    assert until(lab.settled, lambda endpoint: "ProductionVariants" in endpoint)["EndpointConfigName"] == "both"
    assert lab.ask()[0] == [13]


def test_a_broken_model_leaves_the_old_one_serving(serving: Lab) -> None:
    lab = serving
    lab.sagemaker.create_model(
        ModelName="broken",
        ExecutionRoleArn=ROLE,
        PrimaryContainer={"Image": IMAGE, "Environment": {"SAGEMAKER_PROGRAM": "none.py"}},
    )
    lab.configuration("broken", broken=1)
    before = lab.settled()["EndpointConfigName"]
    lab.sagemaker.update_endpoint(EndpointName="detector", EndpointConfigName="broken")
    after = lab.settled()
    assert (after["EndpointStatus"], after["EndpointConfigName"]) == ("InService", before)
    assert "none" in after["FailureReason"]
    assert lab.ask()[0] == [13]


def test_a_failed_script_says_why(lab: Lab) -> None:
    job = lab.train("empty", "empty")
    assert job["TrainingJobStatus"] == "Failed"
    assert "nothing to learn from" in job["FailureReason"]


@pytest.mark.parametrize("when", ["at-once", "in-training"])
def test_a_stopped_job_is_stopped(lab: Lab, when: str) -> None:
    name = f"halted-{when}"
    lab.sagemaker.create_training_job(**lab.job(name, seconds="500"))
    until(
        lambda: lab.sagemaker.describe_training_job(TrainingJobName=name),
        lambda job: when == "at-once" or job["SecondaryStatus"] == "Training",
    )
    lab.sagemaker.stop_training_job(TrainingJobName=name)
    job = until(
        lambda: lab.sagemaker.describe_training_job(TrainingJobName=name),
        lambda job: job["TrainingJobStatus"] not in ("InProgress", "Stopping"),
    )
    assert job["TrainingJobStatus"] == "Stopped"


def test_a_body_the_model_cannot_read_is_a_model_error(serving: Lab) -> None:
    with pytest.raises(serving.runtime.exceptions.ModelError, match="json only"):
        serving.ask("text/csv")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"EndpointName": "no spaces", "EndpointConfigName": "one"}, "ValidationException"),
        ({"EndpointName": "detector", "EndpointConfigName": "unheard-of"}, "ValidationException"),
        ({"EndpointName": "detector", "EndpointConfigName": "one"}, "ValidationException"),
    ],
)
def test_what_aws_refuses_is_refused(serving: Lab, arguments: dict[str, str], code: str) -> None:
    with pytest.raises(ClientError) as refused:
        serving.sagemaker.create_endpoint(**arguments)
    assert refused.value.response["Error"]["Code"] == code


def test_a_state_machine_waits_for_training_and_catches_a_missing_endpoint(lab: Lab, emulator: State) -> None:
    machines = aws.client("stepfunctions", emulator.aws_endpoint_url)
    definition = {
        "StartAt": "Train",
        "States": {
            "Train": {
                "Type": "Task",
                "Resource": "arn:aws:states:::sagemaker:createTrainingJob.sync",
                "Parameters": lab.job("by-machine"),
                "ResultPath": "$.job",
                "Next": "Find",
            },
            "Find": {
                "Type": "Task",
                "Resource": "arn:aws:states:::aws-sdk:sagemaker:describeEndpoint",
                "Parameters": {"EndpointName": "nobody"},
                "Catch": [
                    {"ErrorEquals": ["SageMaker.ValidationException"], "ResultPath": "$.missing", "Next": "Done"}
                ],
                "End": True,
            },
            "Done": {"Type": "Succeed"},
        },
    }
    role = aws.client("iam", emulator.aws_endpoint_url).create_role(
        RoleName="machine",
        AssumeRolePolicyDocument=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
                ],
            }
        ),
    )
    machine = machines.create_state_machine(
        name="retrain", definition=json.dumps(definition), roleArn=role["Role"]["Arn"]
    )
    run = machines.start_execution(stateMachineArn=machine["stateMachineArn"], input="{}")["executionArn"]
    ended = until(lambda: machines.describe_execution(executionArn=run), lambda run: run["status"] != "RUNNING")
    assert ended["status"] == "SUCCEEDED", ended
    output = json.loads(ended["output"])
    assert output["job"]["ModelArtifacts"]["S3ModelArtifacts"].startswith("s3://models/trained/by-machine/")
    assert "Could not find endpoint" in output["missing"]["Cause"]
