"""Where the laptop cloud keeps its state, and the interface file that other local tools read.

Any Python from 3.9 on can load it: `tools.preflight` says so when it is not the right one.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

REPOSITORY = Path(__file__).parents[1]
DEFAULT_PORT = 8080
PORTS, LAST_PORT = 4, 65_535
REGION = "us-east-1"  # as cdk/config.py says for the local stage


class NotRunningError(RuntimeError):
    """There is no laptop cloud to read about."""


@dataclass(frozen=True)
class State:
    """The folder that holds everything `make reset` deletes, and the first of four ports: that of the edge."""

    folder: Path
    port: int

    @classmethod
    def from_environment(cls) -> State:
        """WATTWARDEN_STATE (default: .wattwarden) and WATTWARDEN_PORT (default: 8080)."""
        folder = Path(os.environ.get("WATTWARDEN_STATE") or REPOSITORY / ".wattwarden")
        port = os.environ.get("WATTWARDEN_PORT") or str(DEFAULT_PORT)
        if not port.isdecimal() or not 0 < int(port) <= LAST_PORT - PORTS + 1:
            sys.exit(f"WATTWARDEN_PORT is {port!r}: give a number from 1 to {LAST_PORT - PORTS + 1}")
        return cls(folder.absolute(), int(port))

    @property
    def ports(self) -> range:
        return range(self.port, self.port + PORTS)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def aws_endpoint_url(self) -> str:
        return f"http://127.0.0.1:{self.aws_port}"

    @property
    def aws_port(self) -> int:
        return self.port + 1

    @property
    def database_port(self) -> int:
        return self.port + 2

    @property
    def weather_port(self) -> int:
        return self.port + 3

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def pids(self) -> Path:
        return self.folder / "pids"

    @property
    def stamps(self) -> Path:
        return self.folder / "stamps"

    @property
    def database(self) -> Path:
        return self.folder / "postgres"

    @property
    def ministack(self) -> Path:
        return self.folder / "ministack"

    @property
    def assembly(self) -> Path:
        return self.folder / "cdk.out"

    @property
    def outbox(self) -> Path:
        return self.folder / "outbox.sqlite"

    @property
    def checkpoints(self) -> Path:
        return self.folder / "checkpoints.json"

    @property
    def lag(self) -> Path:
        """Seconds each stream mapping is behind, written by the poller."""
        return self.folder / "lag.json"

    @property
    def training(self) -> Path:
        """How far the first models are, written by `local.training`."""
        return self.folder / "training.json"

    @property
    def owner(self) -> Path:
        """Which checkout runs a system here, and on which port."""
        return self.folder / "owner.json"

    @property
    def cloud(self) -> Path:
        return self.folder / "cloud.json"


@dataclass(frozen=True)
class Cloud:
    """What cloud.json says about the running system."""

    url: str
    aws_endpoint_url: str
    region: str
    outputs: dict[str, str]
    admin: dict[str, str]
    database: dict[str, Any]

    def write(self, file: Path) -> None:
        write_atomically(file, json.dumps(asdict(self), indent=2) + "\n", mode=0o600)


def read_cloud(state: State | None = None, *, running: bool = True) -> Cloud:
    """The running system's addresses, outputs and sign-in; those of the one that ran last, when `running` is false.

    Raises:
        NotRunningError: `make up` has not finished here, or what it started has ended.
    """
    state = state or State.from_environment()
    if not state.cloud.exists():
        raise NotRunningError(f"WattWarden does not run in {state.folder}; start it with: make up")
    cloud = Cloud(**json.loads(state.cloud.read_text()))
    if running and not _listens(cloud.aws_endpoint_url):
        raise NotRunningError(f"WattWarden was stopped in {state.folder}; start it again with: make up")
    return cloud


def _listens(url: str) -> bool:
    address = urlsplit(url)
    try:
        socket.create_connection((address.hostname or "", address.port or 0), timeout=1).close()
    except OSError:
        return False
    return True


def refuge(folder: Path) -> Path:
    """The folder that stands for a database's when the server's user cannot reach that."""
    return Path("/var/tmp") / f"wattwarden-{hashlib.sha256(str(folder.absolute()).encode()).hexdigest()[:12]}"  # noqa: S108 - survives a reboot


def write_atomically(file: Path, text: str, *, mode: int = 0o644) -> None:
    """Replace a file so that a reader, or a crash, sees the old text or the new."""
    file.parent.mkdir(parents=True, exist_ok=True)
    scratch = file.with_name(f"{file.name}.{os.getpid()}")
    scratch.touch(mode=mode)
    scratch.write_text(text)
    scratch.replace(file)


def local_environment(state: State) -> dict[str, str]:
    """What our own processes need to find this cloud; an AWS endpoint of the shell must not lead them elsewhere."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return kept | {
        "WATTWARDEN_STATE": str(state.folder),
        "WATTWARDEN_PORT": str(state.port),
        "PYTHONPATH": f"{REPOSITORY}:{REPOSITORY / 'layers' / 'core' / 'python'}",
        "PYTHONUNBUFFERED": "1",
    }
