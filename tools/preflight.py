"""What `make up` needs, looked at within a second and before anything starts.

Any Python from 3.9 on runs it, with the standard library alone: there may be no environment yet.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tools.cloud import PORTS, REPOSITORY, State, refuge

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PYTHON = (3, 13)
OLDEST_NODE = 20
GIGABYTE = 10**9
DISK, DISK_LATER = 3 * GIGABYTE, GIGABYTE
"""What packages and eight weeks of a hostel take at first; later on, what a day may add."""
MEMORY = 3 * GIGABYTE
LISTENING = "0A"
"""The state of a socket in /proc/net/tcp."""
OURS = {"edge": 0, "ministack": 1, "weather": 3}
"""Which of the ports each process listens on; PostgreSQL, on the third, has a pid file of its own."""


@dataclass(frozen=True)
class Facts:
    """What was found. None: not there, or not to be known here."""

    port: int
    python: tuple[int, int]
    python_at: str
    node: str | None
    npm: str | None
    taken: Mapping[int, str] = field(default_factory=dict)
    """Who else listens on a port of ours: as a line of its command, empty when that is not to be known."""
    running: tuple[str, int] | None = None
    """Checkout and port of the system that runs in our state folder."""
    first: bool = True
    """Nothing has been set up in the state folder."""
    disk: int | None = None
    memory: int | None = None


def problems(facts: Facts, checkout: str = str(REPOSITORY)) -> list[str]:
    """What is in the way and what to do about it, a line each; nothing: it can start."""
    found = tools(facts)
    if facts.running and facts.running != (checkout, facts.port):
        where, port = facts.running
        here = "" if where == checkout else f", started from {where}"
        found.append(f"the state folder is in use by a system on port {port}{here}: `make down` there first")
        return found  # its ports and its memory are no matter of this one
    for port, command in sorted(facts.taken.items()):
        by = f" by {command}" if command else ""
        found.append(
            f"port {port} is taken{by}: end that, or choose {PORTS} free ports by their first: "
            f"make up WATTWARDEN_PORT={_elsewhere(facts)}"
        )
    if facts.running:
        return found
    found += _too_little("free disk space", facts.disk, DISK if facts.first else DISK_LATER)
    return found + _too_little("free memory", facts.memory, MEMORY)


def _elsewhere(facts: Facts) -> int:
    """A first port whose neighbours are far from ours."""
    return facts.port + 10_000 if facts.port < 50_000 else facts.port - 10_000  # noqa: PLR2004 - there are 65,535


def tools(facts: Facts) -> list[str]:
    """Of the problems, those that every command has."""
    return [*_tools(facts)]


def _tools(facts: Facts) -> Iterator[str]:
    if facts.python != PYTHON:
        yield wrong_python(facts.python_at, facts.python)
    if facts.node is None:
        yield f"Node >= {OLDEST_NODE} is needed and `node` was not found on the PATH: install it from https://nodejs.org"
    elif not _new_enough(facts.node):
        yield f"Node >= {OLDEST_NODE} is needed and this is {facts.node}: install a newer one from https://nodejs.org"
    elif facts.npm is None:
        yield "npm is needed and `npm` was not found on the PATH: it comes with Node"


def wrong_python(executable: str, version: tuple[int, int]) -> str:
    wanted, this = (".".join(map(str, numbers)) for numbers in (PYTHON, version))
    return f"Python {wanted} is needed and {executable} is {this}: install python{wanted}, or with pyenv"


def _new_enough(node: str) -> bool:
    major = node.lstrip("v").partition(".")[0]
    return major.isdecimal() and int(major) >= OLDEST_NODE


def _too_little(what: str, there: int | None, needed: int) -> list[str]:
    if there is None or there >= needed:
        return []
    return [f"{needed / GIGABYTE:.0f} GB of {what} are needed and {there / GIGABYTE:.1f} are there: make room"]


def look(state: State) -> Facts:
    """Starts nothing but `node --version` and `npm --version`."""
    asked = {name: _ask(name) for name in ("node", "npm")}
    alive = {port: pid for port, pid in _own_processes(state) if _alive(pid)}
    return Facts(
        port=state.port,
        python=(sys.version_info[0], sys.version_info[1]),
        python_at=sys.executable,
        taken={port: _holder(port) for port in state.ports if port not in alive and _is_taken(port)},
        running=_owner(state) if alive else None,
        first=not state.cloud.exists(),
        disk=_free_disk(state.folder),
        memory=_free_memory(),
        **{name: _answer(process) for name, process in asked.items()},
    )


def _ask(name: str) -> subprocess.Popen[str] | None:
    program = shutil.which(name)
    if program is None:
        return None
    return subprocess.Popen([program, "--version"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def _answer(process: subprocess.Popen[str] | None) -> str | None:
    """What it says, when it is there and works."""
    if process is None:
        return None
    said = process.communicate()[0].strip()
    return said if process.returncode == 0 else None


def _own_processes(state: State) -> Iterator[tuple[int, int]]:
    """The ports of a system in the state folder, with the process that has them or had them."""
    for name, offset in OURS.items():
        yield from _noted(state.pids / f"{name}.pid", state.port + offset)
    for folder in (state.database, refuge(state.database)):
        yield from _noted(folder / "data" / "postmaster.pid", state.database_port)


def _noted(file: Path, port: int) -> Iterator[tuple[int, int]]:
    with suppress(OSError, ValueError, IndexError):
        yield port, int(file.read_text().split()[0])


def _alive(pid: int) -> bool:
    """Whether the process runs and is one of ours: after a restart another may bear its number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # root started it, say
    command = _command(pid)
    return not command or any(word in command for word in ("local.", "postgres"))


def _owner(state: State) -> tuple[str, int]:
    try:
        noted = json.loads(state.owner.read_text())
        return str(noted["checkout"]), int(noted["port"])
    except (OSError, ValueError, KeyError):
        return str(REPOSITORY), state.port  # started by a release that noted nothing


def _is_taken(port: int) -> bool:
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("127.0.0.1", port))
        except OSError as error:
            return error.errno in {errno.EADDRINUSE, errno.EACCES}
        return False


def _holder(port: int) -> str:
    """The process that listens on a port, where Linux tells; empty when it does not."""
    sockets = {
        f"socket:[{parts[9]}]"
        for table in ("/proc/net/tcp", "/proc/net/tcp6")
        for parts in (line.split() for line in _lines(table)[1:])
        if parts[3] == LISTENING and int(parts[1].rpartition(":")[2], 16) == port
    }
    for entry in Path("/proc").glob("[0-9]*/fd/*") if sockets else ():
        with suppress(OSError):
            if os.readlink(entry) in sockets:  # noqa: PTH115 - Path would look for the file
                pid = int(entry.parts[2])
                return f"{_who(pid)} (process {pid})"
    return ""


def _who(pid: int) -> str:
    command = _command(pid)
    if "-m local." in command or "wattwarden" in command:
        with suppress(OSError):
            place = os.readlink(f"/proc/{pid}/cwd").partition("/.wattwarden")[0]  # noqa: PTH115 - as above
            return f"the WattWarden of {place}"
    program, _, rest = command.partition(" ")
    return f"{Path(program).name} {rest}".strip()[:60]


def _command(pid: int) -> str:
    return " ".join(_lines(f"/proc/{pid}/cmdline")).replace("\0", " ").strip()


def _lines(file: str) -> list[str]:
    try:
        return Path(file).read_text(errors="replace").splitlines()
    except OSError:
        return []


def _free_disk(folder: Path) -> int:
    """Where the state will lie, and where the packages will: the lesser."""
    there = next(place for place in (folder, *folder.parents) if place.exists())
    return min(shutil.disk_usage(place).free for place in (there, REPOSITORY))


def _free_memory() -> int | None:
    for line in _lines("/proc/meminfo"):
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return None
