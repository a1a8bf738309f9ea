"""Makes .venv with what requirements/dev.txt pins, then runs `python -m local` in it. Needs Python 3.13 only.

Used by the Makefile: `python3.13 tools/bootstrap.py up`. When nothing has changed it costs a few milliseconds.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
ENVIRONMENT = REPOSITORY / ".venv"
PYTHON = ENVIRONMENT / "bin" / "python"
REQUIREMENTS = REPOSITORY / "requirements" / "dev.txt"
STAMP = ENVIRONMENT / "requirements.sha256"
VERSION = (3, 13)


def main() -> None:
    if sys.version_info[:2] != VERSION:
        sys.exit(f"WattWarden needs Python 3.13; {sys.executable} is {sys.version.split()[0]}")
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    if not PYTHON.exists() or not STAMP.exists() or STAMP.read_text() != wanted:
        install()
        STAMP.write_text(wanted)
    os.chdir(REPOSITORY)
    os.execv(PYTHON, [str(PYTHON), "-m", "local", *sys.argv[1:]])  # noqa: S606 - becomes the command itself


def install() -> None:
    """Bring .venv in line with the pinned, hashed requirements."""
    begun = time.monotonic()
    print("Installing the Python packages that requirements/dev.txt pins ...", flush=True)
    if not PYTHON.exists():
        run(sys.executable, "-m", "venv", str(ENVIRONMENT))
    uv = ENVIRONMENT / "bin" / "uv"
    if not uv.exists():
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as pinned:
            pinned.write(pinned_uv())
            pinned.flush()
            run(str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes",
                "--no-deps", "-r", pinned.name)  # fmt: skip
    run(str(uv), "pip", "sync", "--quiet", "--python", str(PYTHON), "--require-hashes", str(REQUIREMENTS))
    print(f"Python packages installed in {time.monotonic() - begun:.0f} s", flush=True)


def pinned_uv() -> str:
    """Uv's own entry of the requirements, with its hashes."""
    lines = REQUIREMENTS.read_text().splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("uv=="))
    last = next((n for n in range(first + 1, len(lines)) if not lines[n].startswith("    ")), len(lines))
    return "\n".join(lines[first:last])


def run(*command: str) -> None:
    result = subprocess.run(command, cwd=REPOSITORY, check=False)
    if result.returncode:
        sys.exit(f"failed: {' '.join(command)}")


if __name__ == "__main__":
    main()
