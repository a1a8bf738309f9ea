"""`make test`, `make check`, `make generate`, `make lock`."""

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from threading import Lock

from rich.console import Console

from tools import node
from tools.cloud import REPOSITORY, State, local_environment

TEST_PORT = 18_080
FRONTEND = REPOSITORY / "frontend"
END_TO_END = "tests/e2e"
SIDE_BY_SIDE = ("-n", "logical", "--dist", "loadfile", "--no-loadscope-reorder")
"""A process for each core; the tests of a file share what they start, so they stay together."""
PYTHON_PATH = {"PYTHONPATH": f"{REPOSITORY / 'layers' / 'core' / 'python'}:{REPOSITORY}"}
COMPILE = ("pip", "compile", "-q", "--python-version", "3.13", "--generate-hashes")
UNADORNED = ("--no-emit-index-url", "--no-emit-find-links", "--no-header")

PRINTING = Lock()

type Command = list[str]


def test(console: Console, arguments: list[str], system: Callable[[State], AbstractContextManager[None]]) -> bool:
    """Every test; those end to end against a `system` of their own. True when all pass.

    They come last and alone: what waits for people's seconds fails beside work that takes both cores.
    """
    state = State(REPOSITORY / ".wattwarden" / "test", TEST_PORT)
    _prepare_page(state)
    passed = _run(console, _python("pytest", "tests", "--ignore", END_TO_END, *SIDE_BY_SIDE, *arguments))
    passed &= _run(console, ["npm", "test"], "frontend")
    with system(state):
        return _run(console, _python("pytest", END_TO_END, *arguments), state=state) and passed


def check(console: Console) -> bool:
    """Linters, types, layering and generated files, of both languages. True when all is well."""
    _prepare_page(State.from_environment())
    tool = str(REPOSITORY / ".venv" / "bin") + "/"
    types: list[tuple[Command, str]] = [([tool + "mypy"], ".")]  # as long as all others
    others: list[tuple[Command, str]] = [
        ([tool + "ruff", "check"], "."),
        ([tool + "ruff", "format", "--check"], "."),
        ([tool + "lint-imports"], "."),
        (_python("wattwarden.contracts.schemas", "events", "--check"), "."),
        (_python("functions.api.openapi", "--check"), "."),
        (["npm", "run", "--silent", "lint"], "frontend"),
        (["npm", "run", "--silent", "typecheck"], "frontend"),
        (["npm", "run", "--silent", "unused"], "frontend"),
        (["npm", "run", "--silent", "generate:check"], "frontend"),  # a file comes and goes in what is checked before
    ]
    with ThreadPoolExecutor() as beside:
        return all(list(beside.map(lambda commands: _run_apart(console, commands), (types, others))))


def generate(console: Console) -> bool:
    """Write every generated file anew: event schemas, the OpenAPI document, the page's client."""
    _prepare_page(State.from_environment())
    return all(
        _run(console, command, folder)
        for command, folder in (
            (_python("wattwarden.contracts.schemas", "events"), "."),
            (_python("functions.api.openapi"), "."),
            (["npm", "run", "--silent", "generate"], "frontend"),
        )
    )


def lock(console: Console) -> bool:
    """Pin every requirements file anew, hashed and without addresses."""
    uv = str(REPOSITORY / ".venv" / "bin" / "uv")
    sources = [*REPOSITORY.glob("layers/*/requirements.in"), *REPOSITORY.glob("requirements/*.in")]
    sources += REPOSITORY.glob("detector/*.in")
    names = sorted(str(source.relative_to(REPOSITORY)) for source in sources)
    return all(_run(console, [uv, *COMPILE, *UNADORNED, name, "-o", f"{name[:-2]}txt"]) for name in names)


def _prepare_page(state: State) -> None:
    node.install(state)
    node.install(state, "frontend")


def _python(module: str, *arguments: str) -> Command:
    return [sys.executable, "-m", module, *arguments]


def _run_apart(console: Console, commands: list[tuple[Command, str]]) -> bool:
    """One after the other, beside something else: each is told when it has ended. Every complaint, not only the first.

    True when all succeed.
    """
    passed = True
    for command, folder in commands:
        ended = subprocess.run(
            command, cwd=REPOSITORY / folder, env=_environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, check=False,
        )  # fmt: skip
        with PRINTING:
            _announce(console, command)
            console.out(ended.stdout, highlight=False, end="")
        passed &= ended.returncode == 0
    return passed


def _run(console: Console, command: Command, folder: str = ".", *, state: State | None = None) -> bool:
    _announce(console, command)
    return subprocess.run(command, cwd=REPOSITORY / folder, env=_environment(state), check=False).returncode == 0


def _announce(console: Console, command: Command) -> None:
    console.rule(" ".join(command).replace(f"{REPOSITORY}/", ""), style="dim")


def _environment(state: State | None = None) -> dict[str, str]:
    return local_environment(state or State.from_environment()) | PYTHON_PATH
