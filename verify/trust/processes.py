"""Killing a Lambda worker in the middle of its work."""

import time

import psutil

from local.processes import lambda_workers
from tools.cloud import Cloud

BUSY_WITHIN_SECONDS = 20.0


def kill_while_busy(function: str, cloud: Cloud) -> bool:
    """Kill -9 a worker of the function at a moment when it works on a batch; False when none worked."""
    deadline = time.monotonic() + BUSY_WITHIN_SECONDS
    used: dict[int, float] = {}
    workers: list[psutil.Process] = []
    while time.monotonic() < deadline:
        if not workers:
            workers, used = lambda_workers(cloud.aws_endpoint_url, function), {}
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
