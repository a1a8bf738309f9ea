"""The system under test: a laptop cloud of its own or the present one, and what can be done to it."""

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import psutil
from rich.console import Console

from local import aws, postgres
from local.database import Database
from local.demo.admin import Admin
from local.processes import serving_containers
from local.up import Launcher, reset
from tools.cloud import REPOSITORY, Cloud, State, local_environment, read_cloud

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient
    from mypy_boto3_stepfunctions import SFNClient

PORTS = 4
STREAMS = ("TelemetryStream", "BackfillStream")
STEADY_SECONDS = 600.0
TRAINING_SECONDS = 600.0


class GaveUpError(RuntimeError):
    """What a row waits for did not happen in time."""


@dataclass(frozen=True)
class System:
    """A running laptop cloud."""

    state: State
    cloud: Cloud
    console: Console

    def say(self, text: str) -> None:
        self.console.print(f"[dim]{time.strftime('%H:%M:%S')}[/dim] {text}")

    def admin(self) -> Admin:
        return Admin(self.cloud)

    def look[T](self, ask: Callable[[Database], T]) -> T:
        """Ask the database once, over a connection of its own."""
        with Database(self.cloud) as database:
            return ask(database)

    @contextmanager
    def changing(self) -> Iterator[Callable[..., object]]:
        """Statements done to the database behind everybody's back."""
        with Database(self.cloud) as database:
            yield database.rows

    # -- how far it is -------------------------------------------------------------------------------------------

    def backlog_s(self) -> float:
        """Age in seconds of the oldest record that the consumer has not dealt with; 0 when it has dealt with all."""
        places: dict[str, str] = (
            json.loads(self.state.checkpoints.read_text()) if self.state.checkpoints.exists() else {}
        )
        kinesis: KinesisClient = aws.client("kinesis", self.cloud.aws_endpoint_url)
        oldest = 0.0
        for stream in (self.cloud.outputs[name] for name in STREAMS if name in self.cloud.outputs):
            for shard in kinesis.list_shards(StreamName=stream)["Shards"]:
                place = places.get(f"{stream}>{self.cloud.outputs['ScoreReadingsName']}/{shard['ShardId']}")
                begin: dict[str, Any] = (
                    {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": place}
                    if place
                    else {"ShardIteratorType": "TRIM_HORIZON"}
                )
                iterator = kinesis.get_shard_iterator(StreamName=stream, ShardId=shard["ShardId"], **begin)[
                    "ShardIterator"
                ]
                for record in kinesis.get_records(ShardIterator=iterator, Limit=1)["Records"]:
                    oldest = max(oldest, time.time() - record["ApproximateArrivalTimestamp"].timestamp())
        return oldest

    def drain(self, patience: float = STEADY_SECONDS) -> float:
        """Wait until both streams are dealt with to their last record; seconds it took."""
        return self.wait("the streams to be empty", lambda: self.backlog_s() == 0.0, patience)

    def settle(self, patience: float = STEADY_SECONDS) -> float:
        """Wait until the streams are empty and no meter waits for a replay; seconds it took.

        Raises:
            GaveUpError: it was not in time, or a meter's replay failed: another try does it no good.
        """
        begun = time.monotonic()
        with Database(self.cloud) as database:

            def is_drained() -> bool:
                if failing := database.replays().failing:
                    raise GaveUpError("; ".join(map(str, failing)))
                return self.backlog_s() == 0.0

            while True:
                self.wait("the streams to be empty", is_drained, patience)
                if not (marked := database.replays().marked):
                    return time.monotonic() - begun
                if time.monotonic() - begun > patience:
                    raise GaveUpError(f"{marked} meters still wait for a replay")
                time.sleep(1.0)

    def wait(self, what: str, done: Callable[[], object], patience: float, every: float = 0.5) -> float:
        """Seconds until it is done.

        Raises:
            GaveUpError: it was not in time.
        """
        begun = time.monotonic()
        while not done():
            if time.monotonic() - begun > patience:
                raise GaveUpError(f"waited {patience:.0f} s for {what}")
            time.sleep(every)
        return time.monotonic() - begun

    # -- what is done to it --------------------------------------------------------------------------------------

    def stop_database(self) -> None:
        postgres.stop(self.state.database)

    def start_database(self) -> None:
        postgres.start(self.state.database, self.state.database_port)

    @contextmanager
    def notifier_down(self) -> Iterator[None]:
        """Publishing to the alert topic fails."""
        url = f"{self.cloud.aws_endpoint_url}/_wattwarden/outages"
        httpx.put(url, json={"sns": True}).raise_for_status()
        try:
            yield
        finally:
            httpx.put(url, json={"sns": False}).raise_for_status()

    @contextmanager
    def endpoint_down(self) -> Iterator[None]:
        """The model's processes are killed, again as often as they come back."""
        with self._again_and_again(psutil.Process.kill, 0.2):
            yield

    @contextmanager
    def endpoint_slow(self, seconds: float) -> Iterator[None]:
        """The model's processes are stopped and let go every so many seconds: an answer takes that long."""

        def hold(process: psutil.Process) -> None:
            process.send_signal(signal.SIGCONT)
            time.sleep(0.05)
            process.send_signal(signal.SIGSTOP)

        try:
            with self._again_and_again(hold, seconds):
                yield
        finally:
            for process in serving_containers(self.state.folder):
                process.send_signal(signal.SIGCONT)

    @contextmanager
    def _again_and_again(self, what: Callable[[psutil.Process], None], every: float) -> Iterator[None]:
        """Do something to each serving process, now and at that interval, as long as the context lasts."""
        ended = threading.Event()
        begun = threading.Event()

        def repeat() -> None:
            while not ended.is_set():
                for process in serving_containers(self.state.folder):
                    try:
                        what(process)
                    except psutil.Error:
                        continue
                begun.set()
                ended.wait(every)

        thread = threading.Thread(target=repeat, daemon=True)
        thread.start()
        try:
            begun.wait()
            yield
        finally:
            ended.set()
            thread.join()

    def train_model(self) -> str:
        """Have the retraining workflow make and serve a model of the labelled corpus; its name.

        Raises:
            GaveUpError: it ended without one.
        """
        champion = "SELECT name FROM model_versions WHERE state = 'champion'"
        if found := self.look(lambda database: database.rows(champion)):
            return str(found[0][0])
        command = [sys.executable, "-m", "local.demo", "corpus", "--upload"]
        subprocess.run(command, check=True, cwd=REPOSITORY, env=local_environment(self.state), capture_output=True)
        machines: SFNClient = aws.client("stepfunctions", self.cloud.aws_endpoint_url)
        run = machines.start_execution(stateMachineArn=self.cloud.outputs["RetrainArn"], input="{}")["executionArn"]
        self.wait(
            "the first model",
            lambda: machines.describe_execution(executionArn=run)["status"] != "RUNNING",
            TRAINING_SECONDS,
        )
        if found := self.look(lambda database: database.rows(champion)):
            return str(found[0][0])
        raise GaveUpError(f"the retraining made no champion: {machines.describe_execution(executionArn=run)}")

    def outbox(self, address: str = "") -> list[dict[str, str]]:
        """Messages that would have left, in the order in which they were sent; to one address or to all."""
        with closing(sqlite3.connect(self.state.outbox, timeout=10)) as connection:
            connection.row_factory = sqlite3.Row
            rows = [dict(row) for row in connection.execute("SELECT * FROM messages ORDER BY id")]
        return [row for row in rows if address in ("", row["address"])]


def running(console: Console) -> System:
    """The system that WATTWARDEN_STATE and WATTWARDEN_PORT point to."""
    state = State.from_environment()
    return System(state, read_cloud(state), console)


@contextmanager
def own(console: Console) -> Iterator[System]:
    """A system without the demo hostel, on ports of its own; everything of it is deleted afterwards."""
    state = State(Path(tempfile.mkdtemp(prefix="wattwarden-trust-")), _free_ports())
    try:
        Launcher(state, console).up(demo=False)
        yield System(state, read_cloud(state), console)
    finally:
        logs = REPOSITORY / "build" / "trust-logs"
        shutil.rmtree(logs, ignore_errors=True)
        shutil.copytree(state.logs, logs)
        reset(state)


def _free_ports() -> int:
    """The first of four neighbouring ports that nobody listens on."""
    first = 18_100 + os.getpid() % 1_000 * PORTS
    while not all(_is_free(first + number) for number in range(PORTS)):
        first += PORTS
    return first


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0
