"""What the system loses or does twice when its consumer and its endpoint are killed and its stream is poisoned."""

import json
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import psutil

from local import aws
from local.bench import faults
from local.bench.throughput import Load
from local.demo.database import Database
from local.state import Cloud, State

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient

Report = Callable[[str], None]

BUSY_WITHIN_SECONDS = 20.0
POISON_SHARE = 0.01
POISON_BATCH = 20
"""Readings of unknown meters per poisoned record."""
OTHER_COLUMNS = ("interval_s", "register_kwh", "voltage", "current", "power_factor")
ALERTS_WHILE_DOWN = 5
HEALED_WITHIN_SECONDS = 180.0


def workers_of(function: str, cloud: Cloud) -> list[psutil.Process]:
    """The function's Lambda workers in this very cloud; another on the same machine has functions of the same name."""
    wanted = {"POWERTOOLS_SERVICE_NAME": function, "AWS_ENDPOINT_URL": cloud.aws_endpoint_url}
    return [process for process, variables in _environments() if wanted.items() <= variables.items()]


def serving_processes(state: State) -> list[psutil.Process]:
    """The SageMaker containers of this very cloud: their model lies below its state folder."""
    return [
        process
        for process, variables in _environments()
        if "SM_MODEL_DIR" in variables and Path(variables["SM_MODEL_DIR"]).is_relative_to(state.folder)
    ]


def _environments() -> Iterator[tuple[psutil.Process, dict[str, str]]]:
    """Every process whose environment may be read."""
    for process in psutil.process_iter():
        try:
            yield process, process.environ()
        except psutil.Error:
            continue


def kill_while_busy(function: str, cloud: Cloud) -> bool:
    """Kill -9 a worker of the function at a moment when it works on a batch; False when none worked."""
    deadline = time.monotonic() + BUSY_WITHIN_SECONDS
    used: dict[int, float] = {}
    workers: list[psutil.Process] = []
    while time.monotonic() < deadline:
        if not workers:
            workers, used = workers_of(function, cloud), {}
        for worker in workers:
            try:
                times = worker.cpu_times()
                spent = times.user + times.system
                if spent > used.setdefault(worker.pid, spent):
                    worker.kill()
                    return True
            except psutil.Error:
                workers = []
                break
        time.sleep(0.01)
    return False


class Poison:
    """Records that pass no door: bytes that are no batch, and readings of meters that do not exist."""

    def __init__(self, cloud: Cloud, hostel_id: int) -> None:
        self._kinesis: KinesisClient = aws.client("kinesis", cloud.aws_endpoint_url)
        self._stream = cloud.outputs["TelemetryStream"]
        self._hostel_id = hostel_id
        self.run = uuid4().hex[:8]
        self.garbage = self.unknown = 0

    def put(self) -> None:
        """One record of garbage and one of unknown meters, among the hostel's own buckets."""
        bucket = self.garbage % 4
        self._put(bucket, f"garbage {self.run} {self.garbage}".encode())
        self.garbage += 1
        count = POISON_BATCH
        batch = {
            "v": 1,
            "kind": "readings",
            "hostel_id": self._hostel_id,
            "source": f"chaos:{self.run}",
            "received_at": time.time(),
            "meter": [f"gone-{self.run}-{self.unknown + number}" for number in range(count)],
            "ts": [time.time() // 60 * 60] * count,
            "kwh": [0.1] * count,
            **{name: [None] * count for name in OTHER_COLUMNS},
        }
        self._put(bucket, zlib.compress(json.dumps(batch).encode()))
        self.unknown += POISON_BATCH

    def _put(self, bucket: int, data: bytes) -> None:
        name = "StreamARN" if self._stream.startswith("arn:") else "StreamName"
        self._kinesis.put_record(**{name: self._stream}, PartitionKey=f"{self._hostel_id}:{bucket}", Data=data)  # type: ignore[arg-type]


def storm(cloud: Cloud, state: State, *, kills: int, rate: float, report: Report) -> dict[str, Any]:
    """Push steadily while the consumer is killed `kills` times mid-batch and 1 % of the readings are poison."""
    load = Load(cloud, state, rate=rate, seconds=max(30.0, 5.0 * kills))
    poison = Poison(cloud, load.hostel_id)
    quarantined = _quarantined(load.database)
    function = "score_readings"
    total = load.asked
    killed = 0
    load.start(lambda _: None)
    while load.is_sending:
        if killed < kills and kill_while_busy(function, cloud):
            killed += 1
            report(f"killed {function} mid-batch, {killed} of {kills}")
        if poison.garbage + poison.unknown < POISON_SHARE * load.accepted:
            poison.put()
        time.sleep(1.0 if killed < kills else 0.2)
    load.join()
    while poison.garbage + poison.unknown < POISON_SHARE * total:
        poison.put()
    draining = load.drain()
    _wait_for(lambda: _quarantined(load.database) - quarantined >= poison.garbage + poison.unknown)
    counted = load.count()
    return {
        "kills_mid_batch": killed,
        "accepted": load.accepted,
        "stored": counted.stored,
        "lost": counted.lost,
        "duplicated": counted.duplicated,
        "poison_records": poison.garbage,
        "poison_readings": poison.unknown,
        "quarantined": _quarantined(load.database) - quarantined,
        "messages_twice": _messages_twice(load.database),
        "drain_s": round(draining, 1),
    }


def endpoint_down(cloud: Cloud, state: State, *, report: Report) -> dict[str, Any]:
    """Kill the processes that serve the model; alerts must go on without it, and the model come back by itself."""
    serving = serving_processes(state)
    for process in serving:
        process.kill()
    report(f"killed {len(serving)} serving processes")
    down = time.monotonic()
    without = faults.run(cloud, state, count=ALERTS_WHILE_DOWN, report=lambda _: None)
    healed: float | None = None
    after: faults.Outcome | None = None
    while healed is None and time.monotonic() - down < HEALED_WITHIN_SECONDS:
        if serving_processes(state):
            after = faults.run(cloud, state, count=1, report=lambda _: None)
            if after.tiers.get("model"):
                healed = time.monotonic() - down
        time.sleep(2.0)
    return {
        "endpoint_processes_killed": len(serving),
        "alerts_without_endpoint": ALERTS_WHILE_DOWN - without.missing_live,
        "alerts_without_endpoint_missing": without.missing_live,
        "alert_tiers_without_endpoint": without.tiers,
        "model_back_after_s": None if healed is None else round(healed, 1),
        "alert_tiers_after": after.tiers if after else {},
    }


def _quarantined(database: Database) -> int:
    return int(database.number("SELECT count(*) FROM quarantine"))


def _messages_twice(database: Database) -> int:
    """Messages of one alert and severity to one person over one channel, beyond the first."""
    return int(
        database.number(
            "SELECT count(*) - count(DISTINCT (alert_id, severity, user_id, channel)) FROM notifications"
            " WHERE alert_id IS NOT NULL"
        )
    )


def _wait_for(done: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not done() and time.monotonic() < deadline:
        time.sleep(1.0)
