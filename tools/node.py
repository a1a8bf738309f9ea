"""The JavaScript side: the cdk command at the root, the page in frontend/."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.cloud import REPOSITORY, State
from tools.stamps import Stamp, fingerprint
from tools.steps import run_logged

FRONTEND = REPOSITORY / "frontend"


def install(state: State, folder: str = ".") -> str | None:
    """Install what a folder's lock file pins, when it changed.

    Not by `npm ci`: it refuses a lock file without the optional packages of every other platform, and a registry need
    not carry those. `npm install --no-save` takes the same versions and hashes and leaves the file alone.
    """
    name = "root" if folder == "." else folder
    place = REPOSITORY / folder
    stamp = Stamp(place / "node_modules" / ".wattwarden-stamp")
    wanted = fingerprint([f"{folder}/package.json", f"{folder}/package-lock.json"])
    environment = {"PUPPETEER_SKIP_DOWNLOAD": "1", "PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD": "1"}
    with _alone_in(place):
        if stamp.is_fresh(wanted):
            return "unchanged"
        command = ["npm", "install", "--no-save", "--no-fund", "--no-audit"]
        run_logged(command, state.logs / f"npm-{name}.log", place, environment)
        stamp.set(wanted)
    return None


def build(state: State) -> str | None:
    """Build the page into frontend/dist, when anything it is made from changed."""
    stamp = Stamp(FRONTEND / "dist" / ".wattwarden-stamp")
    with _alone_in(FRONTEND):
        if stamp.is_fresh(fingerprint(["frontend"])):
            return "unchanged"
        run_logged(["npm", "run", "build"], state.logs / "frontend-build.log", FRONTEND)
        stamp.set(fingerprint(["frontend"]))
    return None


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """One command of this checkout at a time: another one waits, and finds the work done."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
