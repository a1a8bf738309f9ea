"""The control plane and the runtime of the local SageMaker."""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from local.sagemaker.errors import SageMakerError
from local.sagemaker.hosting import Container, Fleet, Reply, fetch_model
from local.sagemaker.store import Document, Store
from local.sagemaker.training import TrainingJob
from local.sagemaker.validation import validate

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_s3 import S3Client

ACCOUNT = "000000000000"
TRAINING_AT_ONCE = 2  # the machine's cores, not an instance's


class SageMaker:
    """Answers API calls; trains and serves in processes below `folder`. S3 is asked at `endpoint_url`."""

    def __init__(self, folder: Path, endpoint_url: str) -> None:
        self._folder = folder
        self._endpoint_url = endpoint_url
        self._store = Store(folder / "sagemaker.json", os.environ["AWS_DEFAULT_REGION"], ACCOUNT)
        self._fleets: dict[str, Fleet] = {}
        self._jobs: dict[str, TrainingJob] = {}
        self._finished: dict[str, threading.Event] = {}
        self._trainers = ThreadPoolExecutor(TRAINING_AT_ONCE, thread_name_prefix="training")
        self._operations: dict[str, Callable[[Document], Document]] = {
            "CreateTrainingJob": self._create_training_job,
            "DescribeTrainingJob": lambda request: self._store.get("training-job", request["TrainingJobName"]),
            "StopTrainingJob": self._stop_training_job,
            "ListTrainingJobs": lambda _: {"TrainingJobSummaries": self._summaries("training-job", "TrainingJob")},
            "CreateModel": self._create_model,
            "DescribeModel": lambda request: self._store.get("model", request["ModelName"]),
            "DeleteModel": lambda request: self._delete("model", request["ModelName"]),
            "ListModels": lambda _: {"Models": self._summaries("model", "Model")},
            "CreateEndpointConfig": self._create_endpoint_config,
            "DescribeEndpointConfig": lambda request: self._store.get("endpoint-config", request["EndpointConfigName"]),
            "DeleteEndpointConfig": lambda request: self._delete("endpoint-config", request["EndpointConfigName"]),
            "CreateEndpoint": self._create_endpoint,
            "UpdateEndpoint": self._update_endpoint,
            "UpdateEndpointWeightsAndCapacities": self._update_weights,
            "DescribeEndpoint": self._describe_endpoint,
            "DeleteEndpoint": self._delete_endpoint,
            "ListEndpoints": lambda _: {"Endpoints": self._summaries("endpoint", "Endpoint")},
        }

    def call(self, operation: str, request: Document) -> Document:
        """Answer one control plane call.

        Raises:
            SageMakerError: as AWS would refuse it.
        """
        validate(operation, request)
        if operation not in self._operations:
            raise SageMakerError("UnknownOperationException", f"The local SageMaker has no {operation}.")
        return self._operations[operation](request)

    def invoke(self, endpoint: str, body: bytes, headers: dict[str, str]) -> Reply:
        """Answer InvokeEndpoint; header names in lower case."""
        fleet = self._fleets.get(endpoint)
        if fleet is None:
            raise SageMakerError("ValidationError", f"Endpoint {endpoint} of account {ACCOUNT} not found.")
        return fleet.invoke(body, headers)

    def wait_for_training(self, name: str) -> Document:
        """The job's description once it has ended."""
        if name in self._finished:
            self._finished[name].wait()
        return self._store.get("training-job", name)

    def restore(self) -> None:
        """Serve again what was served before a restart; a job that was interrupted has failed."""
        for job in self._store.all("training-job"):
            if job["TrainingJobStatus"] in ("InProgress", "Stopping"):
                reason = "InternalServerError: interrupted by a restart"
                ended = {"TrainingJobStatus": "Failed", "SecondaryStatus": "Failed", "FailureReason": reason}
                self._store.update("training-job", job["TrainingJobName"], **ended)
        for endpoint in self._store.all("endpoint"):
            if endpoint["EndpointStatus"] != "Failed":
                self._deploy(endpoint["EndpointName"], endpoint["EndpointConfigName"])

    def close(self) -> None:
        for job in list(self._jobs.values()):
            job.stop()
        for fleet in list(self._fleets.values()):
            fleet.stop()

    def _s3(self) -> "S3Client":
        return boto3.client(
            "s3",
            endpoint_url=self._endpoint_url,
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106 - the emulator's root
            config=Config(s3={"addressing_style": "path"}),
        )

    def _summaries(self, kind: str, prefix: str) -> list[Document]:
        fields = [f"{prefix}Name", f"{prefix}Arn", f"{prefix}Status", "CreationTime", "LastModifiedTime"]
        return [{field: one[field] for field in fields if field in one} for one in self._store.all(kind)]

    def _create(self, kind: str, prefix: str, request: Document, **fields: object) -> Document:
        name = request[f"{prefix}Name"]
        arn = {f"{prefix}Arn": self._store.arn(kind, name)}
        self._store.create(kind, name, request | arn | fields)
        return arn

    def _delete(self, kind: str, name: str) -> Document:
        self._store.delete(kind, name)
        return {}

    # Training

    def _create_training_job(self, request: Document) -> Document:
        name = request["TrainingJobName"]
        now = time.time()
        begun = {"TrainingJobStatus": "InProgress", "SecondaryStatus": "Starting", "TrainingStartTime": now}
        answer = self._create("training-job", "TrainingJob", request, **begun)
        self._finished[name] = threading.Event()
        self._jobs[name] = TrainingJob(request, self._s3(), self._folder / "training" / name)
        self._trainers.submit(self._train, name)
        return answer

    def _train(self, name: str) -> None:
        def progress(status: str) -> None:
            self._store.update("training-job", name, SecondaryStatus=status)

        self._store.update("training-job", name, **self._jobs[name].run(progress))
        self._jobs.pop(name)
        self._finished.pop(name).set()

    def _stop_training_job(self, request: Document) -> Document:
        name = request["TrainingJobName"]
        self._store.move_status("training-job", name, "TrainingJobStatus", before="InProgress", after="Stopping")
        self._jobs[name].stop()
        return {}

    # Models and configurations

    def _create_model(self, request: Document) -> Document:
        if "PrimaryContainer" not in request:
            raise SageMakerError("ValidationException", "The local SageMaker serves models of one PrimaryContainer.")
        return self._create("model", "Model", request)

    def _create_endpoint_config(self, request: Document) -> Document:
        variants = request["ProductionVariants"]
        for variant in variants:
            self._store.get("model", variant["ModelName"])
        if len(variants) > 1 and any("ServerlessConfig" in variant for variant in variants):
            message = "Only one production variant is supported with a serverless configuration."
            raise SageMakerError("ValidationException", message)
        return self._create("endpoint-config", "EndpointConfig", request)

    # Endpoints

    def _create_endpoint(self, request: Document) -> Document:
        self._store.get("endpoint-config", request["EndpointConfigName"])
        answer = self._create("endpoint", "Endpoint", request, EndpointStatus="Creating")
        self._deploy_in_background(request)
        return answer

    def _update_endpoint(self, request: Document) -> Document:
        name = request["EndpointName"]
        self._store.get("endpoint-config", request["EndpointConfigName"])
        policy = request.get("DeploymentConfig", {}).get("BlueGreenUpdatePolicy", {})
        if policy and policy["TrafficRoutingConfiguration"]["Type"] != "ALL_AT_ONCE":
            raise SageMakerError("ValidationException", "The local SageMaker shifts all traffic at once.")
        self._store.move_status("endpoint", name, "EndpointStatus", before="InService", after="Updating")
        self._deploy_in_background(request)
        return {"EndpointArn": self._store.arn("endpoint", name)}

    def _deploy_in_background(self, request: Document) -> None:
        arguments = (request["EndpointName"], request["EndpointConfigName"])
        threading.Thread(target=self._deploy, args=arguments, daemon=True).start()

    def _deploy(self, name: str, configuration: str) -> None:
        """Blue/green: the new containers take over once all are healthy; otherwise the old ones go on."""
        before = self._fleets.get(name)
        try:
            fleet = self._start_fleet(name, configuration)
        except Exception as error:  # noqa: BLE001 - whatever fails, the endpoint says why
            status = "InService" if before else "Failed"
            self._store.update("endpoint", name, EndpointStatus=status, FailureReason=str(error)[:1024])
            return
        self._fleets[name] = fleet
        changed = {"EndpointStatus": "InService", "EndpointConfigName": configuration, "FailureReason": None}
        if not self._store.update("endpoint", name, **changed):  # deleted meanwhile
            self._fleets.pop(name).stop()
        if before:
            before.stop()

    def _start_fleet(self, endpoint: str, configuration: str) -> Fleet:
        variants = self._store.get("endpoint-config", configuration)["ProductionVariants"]
        logs = self._folder / "endpoints" / endpoint
        logs.mkdir(parents=True, exist_ok=True)
        containers: dict[str, Container] = {}
        try:
            for variant in variants:
                model = self._store.get("model", variant["ModelName"])
                home = fetch_model(self._s3(), model, self._folder / "models")
                environment = model["PrimaryContainer"].get("Environment", {})
                log = logs / f"{variant['VariantName']}.log"
                containers[variant["VariantName"]] = Container(home, environment, log)
            for container in containers.values():
                container.wait_until_healthy()
        except Exception:
            for container in containers.values():
                container.stop()
            raise
        weights = {variant["VariantName"]: float(variant.get("InitialVariantWeight", 1)) for variant in variants}
        return Fleet(containers, weights)

    def _update_weights(self, request: Document) -> Document:
        name = request["EndpointName"]
        self._store.get("endpoint", name)
        fleet = self._fleets.get(name)
        for desired in request["DesiredWeightsAndCapacities"]:
            if fleet is None or desired["VariantName"] not in fleet.weights:
                raise SageMakerError("ValidationException", f"Could not find variant {desired['VariantName']}.")
            fleet.weights[desired["VariantName"]] = desired.get("DesiredWeight", fleet.weights[desired["VariantName"]])
        return {"EndpointArn": self._store.arn("endpoint", name)}

    def _describe_endpoint(self, request: Document) -> Document:
        endpoint = self._store.get("endpoint", request["EndpointName"])
        fleet = self._fleets.get(request["EndpointName"])
        if fleet:
            endpoint["ProductionVariants"] = [
                {"VariantName": name, "CurrentWeight": weight, "DesiredWeight": weight, "CurrentInstanceCount": 1}
                for name, weight in fleet.weights.items()
            ]
        return endpoint

    def _delete_endpoint(self, request: Document) -> Document:
        self._store.delete("endpoint", request["EndpointName"])
        fleet = self._fleets.pop(request["EndpointName"], None)
        if fleet:
            fleet.stop()
        return {}
