"""Starts and stops MiniStack with our additions (`local.emulator`) on one port of this machine."""

import os
import shutil
import signal
import sys
import time
from pathlib import Path

import httpx

from local.processes import Background
from tools.cloud import REGION, REPOSITORY, State

READY_SECONDS = 60.0


def process(state: State) -> Background:
    return Background("ministack", state.pids, state.logs)


def start(state: State) -> None:
    """Start MiniStack with the state it had, and wait until it answers.

    Raises:
        ProcessFailedError: it ended; with its log.
    """
    background = process(state)
    if background.pid() is None:
        _scratch(state).mkdir(parents=True, exist_ok=True)
        background.start([sys.executable, "-m", "local.emulator"], environment(state), REPOSITORY)
    deadline = time.monotonic() + READY_SECONDS
    while not _answers(state):
        background.require_running()
        if time.monotonic() > deadline:
            raise TimeoutError(f"MiniStack does not answer on {state.aws_endpoint_url}:\n{background.tail()}")
        time.sleep(0.1)


def stop(state: State) -> None:
    """Stop MiniStack with its Lambda workers, training jobs and endpoints; it saves its state first."""
    process(state).stop()
    shutil.rmtree(_scratch(state), ignore_errors=True)


def save(state: State) -> None:
    """Have the state written now, so that it survives even a crash."""
    pid = process(state).pid()
    if pid is not None:
        os.kill(pid, signal.SIGUSR1)


def environment(state: State) -> dict[str, str]:
    """Nothing of the developer's shell but PATH: what MiniStack has, every Lambda worker inherits."""
    home = state.ministack
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "TMPDIR": str(_scratch(state)),
        "PYTHONUNBUFFERED": "1",
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(state.aws_port),
        "MINISTACK_HOST": "127.0.0.1",
        "MINISTACK_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AUTH": "true",  # policies are enforced: what a role may not do fails here as it would in AWS
        "PERSIST_STATE": "1",
        "STATE_DIR": str(home / "state"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(home / "s3"),
        "LOCAL_SAGEMAKER_DIR": str(home / "sagemaker"),
        "LOCAL_LAYERS_DIR": str(home / "layers"),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "LOG_LEVEL": "WARNING",
        "DOCKER_HOST": "unix:///nonexistent",  # a Docker engine that happens to run is none of our business
    }


def _scratch(state: State) -> Path:
    return state.ministack / "tmp"


def _answers(state: State) -> bool:
    try:
        httpx.get(f"{state.aws_endpoint_url}/_ministack/health", timeout=5)
    except httpx.HTTPError:
        return False
    return True
