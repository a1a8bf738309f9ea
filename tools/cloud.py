"""Where the laptop cloud keeps its state, and the interface file that other local tools read."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

REPOSITORY = Path(__file__).parents[1]
DEFAULT_PORT = 8080
REGION = "us-east-1"  # as cdk/config.py says for the local stage


class NotRunningError(RuntimeError):
    """There is no laptop cloud to read about."""


@dataclass(frozen=True)
class State:
    """The folder that holds everything `make reset` deletes, and the first of four ports: that of the edge."""

    folder: Path
    port: int

    @classmethod
    def from_environment(cls) -> Self:
        """WATTWARDEN_STATE (default: .wattwarden) and WATTWARDEN_PORT (default: 8080)."""
        folder = Path(os.environ.get("WATTWARDEN_STATE", REPOSITORY / ".wattwarden"))
        return cls(folder.absolute(), int(os.environ.get("WATTWARDEN_PORT", DEFAULT_PORT)))

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


def read_cloud(state: State | None = None) -> Cloud:
    """The running system's addresses, outputs and sign-in.

    Raises:
        NotRunningError: `make up` has not finished here.
    """
    file = (state or State.from_environment()).cloud
    if not file.exists():
        raise NotRunningError(f"no laptop cloud ({file} is missing); start one with: make up")
    return Cloud(**json.loads(file.read_text()))


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
