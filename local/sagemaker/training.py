"""One training job as a process in script mode: the contract of SageMaker's framework containers, /opt/ml moved.

The environment and the files are those of sagemaker-training-toolkit (its ENVIRONMENT_VARIABLES.md).
"""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local.sagemaker import artifacts
from local.sagemaker.errors import SageMakerError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

type Document = dict[str, Any]

STOP_GRACE_SECONDS = 10.0
REASON_CHARACTERS = 1024


class TrainingJob:
    """Runs a job from download to upload; `run` blocks, `stop` may come from another thread."""

    def __init__(self, request: Document, s3: "S3Client", folder: Path) -> None:
        self._request = request
        self._s3 = s3
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()

    def run(self, on_progress: Callable[[str], None]) -> Document:
        """Returns the fields that the job's description gains: status, artifacts, metrics, reason."""
        try:
            on_progress("Downloading")
            self._prepare()
            on_progress("Training")
            outcome = self._train()
            if outcome["TrainingJobStatus"] == "Completed":
                on_progress("Uploading")
                outcome |= self._upload()
        except Exception as error:  # noqa: BLE001 - whatever fails, the job has failed and says why
            outcome = _failure(f"InternalServerError: {error}" if not isinstance(error, SageMakerError) else str(error))
        finally:
            shutil.rmtree(self._folder / "input", ignore_errors=True)
        return outcome | {"TrainingEndTime": time.time(), "FinalMetricDataList": self._metrics()}

    def stop(self) -> None:
        self._stopping.set()
        if self._process:
            self._process.terminate()

    @property
    def _code(self) -> Path:
        return self._folder / "code"

    @property
    def _log(self) -> Path:
        return self._folder / "training.log"

    def _prepare(self) -> None:
        for name in ("input/config", "model", "output/data"):
            (self._folder / name).mkdir(parents=True, exist_ok=True)
        configuration = self._folder / "input" / "config"
        parameters = self._request.get("HyperParameters", {})
        (configuration / "hyperparameters.json").write_text(json.dumps(parameters))
        (configuration / "resourceconfig.json").write_text(json.dumps({"current_host": "algo-1", "hosts": ["algo-1"]}))
        if not {"sagemaker_program", "sagemaker_submit_directory"} <= parameters.keys():
            raise SageMakerError(
                "ClientError", "script mode needs sagemaker_program and sagemaker_submit_directory in HyperParameters"
            )
        artifacts.download_archive(self._s3, _plain(parameters["sagemaker_submit_directory"]), self._code)
        for channel in self._request.get("InputDataConfig", []):
            uri = channel["DataSource"]["S3DataSource"]["S3Uri"]
            artifacts.download_prefix(self._s3, uri, self._folder / "input" / "data" / channel["ChannelName"])

    def _arguments(self) -> dict[str, str]:
        """The script's own hyperparameters, as AWS passes them: --name value."""
        parameters = self._request.get("HyperParameters", {})
        return {name: _plain(value) for name, value in parameters.items() if not name.startswith("sagemaker_")}

    def _environment(self) -> dict[str, str]:
        channels = [channel["ChannelName"] for channel in self._request.get("InputDataConfig", [])]
        data = self._folder / "input" / "data"
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self._folder),
            "PYTHONUNBUFFERED": "1",
            "AWS_DEFAULT_REGION": os.environ["AWS_DEFAULT_REGION"],
            "TRAINING_JOB_NAME": self._request["TrainingJobName"],
            "SAGEMAKER_BASE_DIR": str(self._folder),
            "SM_MODEL_DIR": str(self._folder / "model"),
            "SM_OUTPUT_DIR": str(self._folder / "output"),
            "SM_OUTPUT_DATA_DIR": str(self._folder / "output" / "data"),
            "SM_INPUT_DIR": str(self._folder / "input"),
            "SM_CHANNELS": json.dumps(channels),
            "SM_HPS": json.dumps(self._arguments()),
            "SM_NUM_CPUS": str(os.cpu_count()),
            "SM_NUM_GPUS": "0",
            "SM_HOSTS": json.dumps(["algo-1"]),
            "SM_CURRENT_HOST": "algo-1",
            **{f"SM_CHANNEL_{name.upper()}": str(data / name) for name in channels},
            **{f"SM_HP_{_variable(name)}": value for name, value in self._arguments().items()},
            **self._request.get("Environment", {}),
        }

    def _train(self) -> Document:
        program = _plain(self._request["HyperParameters"]["sagemaker_program"])
        options = [part for name, value in self._arguments().items() for part in (f"--{name}", value)]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, program, *options],
                cwd=self._code,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        if self._stopping.is_set():
            self._process.terminate()
        try:
            code = self._process.wait(self._request["StoppingCondition"].get("MaxRuntimeInSeconds", 86_400))
        except subprocess.TimeoutExpired:
            _end(self._process)
            return {"TrainingJobStatus": "Stopped", "SecondaryStatus": "MaxRuntimeExceeded"}
        if self._stopping.is_set():
            return {"TrainingJobStatus": "Stopped", "SecondaryStatus": "Stopped"}
        if code:
            note = self._folder / "output" / "failure"
            text = note.read_text() if note.exists() else self._log.read_text(errors="replace")
            return _failure(f"AlgorithmError: {text[-800:].strip()}, exit code: {code}")
        return {"TrainingJobStatus": "Completed", "SecondaryStatus": "Completed"}

    def _upload(self) -> Document:
        base = self._request["OutputDataConfig"]["S3OutputPath"].rstrip("/")
        uri = f"{base}/{self._request['TrainingJobName']}/output/model.tar.gz"
        artifacts.upload_archive(self._s3, self._folder / "model", uri)
        return {"ModelArtifacts": {"S3ModelArtifacts": uri}}

    def _metrics(self) -> list[Document]:
        """The last value that each metric's pattern finds in the log."""
        log = self._log.read_text(errors="replace") if self._log.exists() else ""
        definitions = self._request["AlgorithmSpecification"].get("MetricDefinitions", [])
        found = {definition["Name"]: re.findall(definition["Regex"], log) for definition in definitions}
        now = time.time()
        last = {name: float(values[-1]) for name, values in found.items() if values}
        return [{"MetricName": name, "Value": value, "Timestamp": now} for name, value in last.items()]


def _failure(reason: str) -> Document:
    return {"TrainingJobStatus": "Failed", "SecondaryStatus": "Failed", "FailureReason": reason[:REASON_CHARACTERS]}


def _plain(value: str) -> str:
    """The SageMaker SDK writes hyperparameters as JSON strings."""
    return value.strip('"')


def _variable(name: str) -> str:
    return name.upper().replace("-", "_")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
