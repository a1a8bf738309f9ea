"""The detector behind SageMaker's address, in a process of its own, without the rest of the laptop cloud.

Run as `python -m verify.bench.endpoint <port>` in the environment of a SageMaker container.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import override

import httpx
import psutil

from detector.scoreboard.models import trained
from local.postgres import free_port
from local.sagemaker import container
from tools.cloud import REGION, REPOSITORY

NAME = "bench"
READY_SECONDS = 60.0


class Handler(container.Handler):
    """The container at the address that SageMaker's runtime gives its endpoints."""

    @override
    def do_POST(self) -> None:
        if self.path == f"/endpoints/{NAME}/invocations":
            self.path = "/invocations"
        super().do_POST()

    @override
    def end_headers(self) -> None:
        self.send_header("x-Amzn-Invoked-Production-Variant", NAME)
        super().end_headers()


@contextmanager
def endpoint() -> Iterator[psutil.Process]:
    """A serving process with a trained model; meanwhile boto3 of this process finds it."""
    port = free_port()
    environment = os.environ | {
        "SM_MODEL_DIR": str(trained()),
        "SM_CODE_DIR": str(REPOSITORY),
        "SAGEMAKER_PROGRAM": "detector.serve",
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": f"{REPOSITORY}:{REPOSITORY / 'layers' / 'core' / 'python'}",
    }
    command = [sys.executable, "-m", "verify.bench.endpoint", str(port)]
    serving = subprocess.Popen(command, cwd=REPOSITORY, env=environment)
    kept = dict(os.environ)
    os.environ |= {
        "AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_DEFAULT_REGION": REGION,
    }
    try:
        _wait_until_healthy(serving, port)
        yield psutil.Process(serving.pid)
    finally:
        os.environ.clear()
        os.environ |= kept
        serving.terminate()
        serving.wait()


def _wait_until_healthy(serving: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            httpx.get(f"http://127.0.0.1:{port}/ping").raise_for_status()
        except httpx.HTTPError:
            if serving.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return


if __name__ == "__main__":
    container.Handler = Handler  # type: ignore[misc] # what its main serves with
    container.main()
