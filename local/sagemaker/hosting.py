"""Serving: a process per production variant, and the weighted choice between them."""

import http.client
import os
import random
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local.postgres import free_port
from local.sagemaker import artifacts, container
from local.sagemaker.errors import SageMakerError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

type Document = dict[str, Any]

START_SECONDS = 120.0
STOP_SECONDS = 5.0
RESTART_SECONDS = 20.0  # about what a container takes to come back in AWS
REQUEST_SECONDS = 60.0  # AWS's own limit for a real-time invocation


@dataclass(frozen=True)
class Reply:
    body: bytes
    content_type: str
    variant: str


def fetch_model(s3: "S3Client", model: Document, folder: Path) -> Path:
    """The folder with the model's files and its code; fetched once, so that a restart does not need S3."""
    home = folder / str(model["ModelName"])
    complete = home / "complete"
    if not complete.exists():
        home.mkdir(parents=True, exist_ok=True)
        definition = model["PrimaryContainer"]
        if "ModelDataUrl" in definition:
            artifacts.download_archive(s3, definition["ModelDataUrl"], home / "model")
        source = definition.get("Environment", {}).get("SAGEMAKER_SUBMIT_DIRECTORY", "")
        if source.startswith("s3://"):
            artifacts.download_archive(s3, source, home / "code")
        complete.touch()
    return home


class Container:
    """One process that serves one model; it is started again when it dies, as AWS does."""

    def __init__(self, home: Path, environment: dict[str, str], log: Path) -> None:
        self._log = log
        self._connections = threading.local()
        self._port = free_port()
        self._home = home
        code = home / "code"
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "PYTHONUNBUFFERED": "1",
            "OMP_NUM_THREADS": "1",
            "AWS_DEFAULT_REGION": os.environ["AWS_DEFAULT_REGION"],
            **environment,
            "SM_MODEL_DIR": str(home / "model"),
            "SM_CODE_DIR": str(code if code.exists() else home / "model" / "code"),
        }
        self._ending = threading.Event()
        self._process = self._start()

    def _start(self) -> "subprocess.Popen[bytes]":
        with self._log.open("ab") as output:
            return subprocess.Popen(
                [sys.executable, container.__file__, str(self._port)],
                cwd=self._home,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    def _keep_alive(self) -> None:
        """From now on, start the process again when it ends before `stop`."""
        threading.Thread(target=self._restart_for_ever, daemon=True).start()

    def _restart_for_ever(self) -> None:
        while not self._ending.is_set():
            self._process.wait()
            if not self._ending.wait(RESTART_SECONDS):
                self._process = self._start()

    def wait_until_healthy(self) -> None:
        """Raises SageMakerError with the end of the log when the container ends or does not answer."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                tail = self._log.read_text(errors="replace")[-400:].strip()
                raise SageMakerError("ModelError", f"The container exited: {tail}")
            try:
                if self.request("GET", "/ping", b"", {})[0] == http.client.OK:
                    self._keep_alive()
                    return
            except OSError:
                time.sleep(0.05)
        raise SageMakerError("ModelError", "The container did not pass the ping health check.")

    def request(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, str, bytes]:
        """Status, content type and body. Keeps a connection per thread; retries once when the kept one has closed."""
        kept: http.client.HTTPConnection | None = getattr(self._connections, "kept", None)
        if kept is not None:
            try:
                return self._exchange(kept, method, path, body, headers)
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                kept.close()
        self._connections.kept = http.client.HTTPConnection("127.0.0.1", self._port, timeout=REQUEST_SECONDS)
        return self._exchange(self._connections.kept, method, path, body, headers)

    @staticmethod
    def _exchange(
        connection: http.client.HTTPConnection, method: str, path: str, body: bytes, headers: dict[str, str]
    ) -> tuple[int, str, bytes]:
        try:
            if connection.sock is None:
                connection.connect()
                assert connection.sock is not None
                connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return response.status, response.getheader("Content-Type", "application/octet-stream"), response.read()
        except BaseException:
            connection.close()
            raise

    def stop(self) -> None:
        self._ending.set()
        if (kept := getattr(self._connections, "kept", None)) is not None:
            kept.close()
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Fleet:
    """The containers behind an endpoint under one configuration."""

    def __init__(self, variants: dict[str, Container], weights: dict[str, float]) -> None:
        self._variants = variants
        self.weights = weights

    def invoke(self, body: bytes, headers: dict[str, str]) -> Reply:
        """Raises SageMakerError (ModelError, 424) when the container does not answer 200."""
        variant = headers.get("x-amzn-sagemaker-target-variant") or self._choose()
        if variant not in self._variants:
            raise SageMakerError("ValidationError", f"Variant {variant} not found on the endpoint.")
        passed = {
            "Content-Type": headers.get("content-type", "application/octet-stream"),
            "Accept": headers.get("accept", "*/*"),
        }
        try:
            status, content_type, answer = self._variants[variant].request("POST", "/invocations", body, passed)
        except (OSError, http.client.HTTPException) as error:
            raise SageMakerError("ModelError", f"The container of {variant} does not answer: {error}", 424) from error
        if status != http.client.OK:
            text = answer[:500].decode(errors="replace")
            message = f'Received error ({status}) from primary container with message "{text}".'
            raise SageMakerError("ModelError", message, 424)
        return Reply(answer, content_type, variant)

    def stop(self) -> None:
        for running in self._variants.values():
            running.stop()

    def _choose(self) -> str:
        names = list(self._variants)
        if len(names) == 1:
            return names[0]
        return random.choices(names, [self.weights[name] for name in names])[0]  # noqa: S311 - splits traffic
