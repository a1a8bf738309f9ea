"""Makes .venv with what requirements/dev.txt pins, then runs `python -m local` in it. Needs Python 3.13 only.

Used by the Makefile: `python3.13 tools/bootstrap.py up`. When nothing has changed it costs a few milliseconds. Before
`up`, it looks at everything else that is needed.
"""

import hashlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

from tools import preflight  # noqa: E402 - Python starts in this file's folder
from tools.cloud import State  # noqa: E402

ENVIRONMENT = REPOSITORY / ".venv"
PYTHON = ENVIRONMENT / "bin" / "python"
REQUIREMENTS = REPOSITORY / "requirements" / "dev.txt"
STAMP = ENVIRONMENT / "requirements.sha256"


def main() -> None:
    problems = {"up": preflight.problems} | dict.fromkeys(("test", "check", "generate", "synth"), preflight.tools)
    if sys.argv[1:2] and sys.argv[1] in problems and "--help" not in sys.argv:
        refuse(problems[sys.argv[1]](preflight.look(State.from_environment())))
    if sys.version_info[:2] != preflight.PYTHON:
        refuse([preflight.wrong_python(sys.executable, sys.version_info[:2])])
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    if not PYTHON.exists() or not STAMP.exists() or STAMP.read_text() != wanted:
        install()
        STAMP.write_text(wanted)
    os.chdir(REPOSITORY)
    os.execv(PYTHON, [str(PYTHON), "-m", "local", *sys.argv[1:]])  # noqa: S606 - becomes the command itself


def refuse(problems: list[str]) -> None:
    """Ends here, with a line for each problem, when there is one."""
    if problems:
        sys.exit("\n".join(problems))


def install() -> None:
    """Bring .venv in line with the pinned, hashed requirements."""
    begun = time.monotonic()
    print("Installing the Python packages that requirements/dev.txt pins ...", flush=True)
    uv = ENVIRONMENT / "bin" / "uv"
    if not uv.exists():
        run(sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT))  # anew: one that was interrupted lacks parts
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
    """Ends here when the command fails, and ends the command with all it started when this program is to end."""
    with subprocess.Popen(command, cwd=REPOSITORY, start_new_session=True) as process:
        try:
            code = process.wait()
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    if code:
        sys.exit(f"failed: {' '.join(command)}")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("interrupted; `make up` goes on from here")
