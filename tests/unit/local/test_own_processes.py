"""What is killed is of this cloud: several may run on one machine, with functions of the same name."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.processes import lambda_workers, serving_containers

HERE = "http://127.0.0.1:1"
ELSEWHERE = "http://127.0.0.1:2"


@contextmanager
def process(**variables: str) -> Iterator[int]:
    program = "print(flush=True); import time; time.sleep(60)"
    started = subprocess.Popen([sys.executable, "-c", program], env=os.environ | variables, stdout=subprocess.PIPE)
    try:
        assert started.stdout is not None
        started.stdout.readline()  # it runs, hence its environment can be read
        yield started.pid
    finally:
        started.kill()
        started.communicate()


def test_only_this_clouds_workers_are_found() -> None:
    name = f"score-{os.getpid()}"
    worker = {"AWS_LAMBDA_FUNCTION_NAME": "any", "POWERTOOLS_SERVICE_NAME": name, "AWS_ENDPOINT_URL": HERE}
    with (
        process(**worker) as ours,
        process(**worker | {"AWS_ENDPOINT_URL": ELSEWHERE}),
        process(**worker | {"POWERTOOLS_SERVICE_NAME": "other"}),
    ):
        assert [found.pid for found in lambda_workers(HERE, name)] == [ours]


def test_only_this_clouds_containers_are_found(tmp_path: Path) -> None:
    with (
        process(SM_MODEL_DIR=str(tmp_path / "a" / "model"), SM_CODE_DIR="code") as ours,
        process(SM_MODEL_DIR=str(tmp_path / "b"), SM_CODE_DIR="code"),
    ):
        assert [container.pid for container in serving_containers(tmp_path / "a")] == [ours]
