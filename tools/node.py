"""The JavaScript side: the cdk command at the root, the page in frontend/."""

import shutil
import subprocess

from tools.cloud import REPOSITORY, State
from tools.stamps import Stamp, fingerprint
from tools.steps import StepFailedError, run_logged

OLDEST_NODE = 20
FRONTEND = REPOSITORY / "frontend"


def require_node() -> None:
    """Raises StepFailedError when Node is missing or too old."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        raise StepFailedError(f"Node >= {OLDEST_NODE} with npm is needed and was not found on the PATH")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(version.removeprefix("v").partition(".")[0]) < OLDEST_NODE:
        raise StepFailedError(f"Node >= {OLDEST_NODE} is needed; this is {version}")


def install(state: State, folder: str = ".") -> str | None:
    """Install what a folder's lock file pins, when it changed.

    Not by `npm ci`: it refuses a lock file without the optional packages of every other platform, and a registry need
    not carry those. `npm install --no-save` takes the same versions and hashes and leaves the file alone.
    """
    name = "root" if folder == "." else folder
    place = REPOSITORY / folder
    stamp = Stamp(place / "node_modules" / ".wattwarden-stamp")
    wanted = fingerprint([f"{folder}/package.json", f"{folder}/package-lock.json"])
    if stamp.is_fresh(wanted):
        return "unchanged"
    require_node()
    environment = {"PUPPETEER_SKIP_DOWNLOAD": "1", "PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD": "1"}
    run_logged(
        ["npm", "install", "--no-save", "--no-fund", "--no-audit"], state.logs / f"npm-{name}.log", place, environment
    )
    stamp.set(wanted)
    return None


def build(state: State) -> str | None:
    """Build the page into frontend/dist, when anything it is made from changed."""
    stamp = Stamp(FRONTEND / "dist" / ".wattwarden-stamp")
    wanted = fingerprint(["frontend"])
    if stamp.is_fresh(wanted):
        return "unchanged"
    run_logged(["npm", "run", "build"], state.logs / "frontend-build.log", FRONTEND)
    stamp.set(fingerprint(["frontend"]))
    return None
