"""Rules of the house that no linter knows, and that each rule's check can fail."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHIPPED = sorted([*(ROOT / "functions").rglob("*.py"), *(ROOT / "layers" / "core" / "python").rglob("*.py")])
HANDLERS = sorted((ROOT / "functions").glob("*/handler.py"))
LAZY = {"api"}
"""Loads a part when a request first needs it: few need more than two."""

OS_READERS = {"environ", "environb", "getenv", "getenvb"}
SETTINGS = "wattwarden.runtime.settings"
WIRING = "wattwarden.runtime.wiring"
MAKES_NOTHING = {"prepare", "use"}


def reads_at_import(source: str) -> list[int]:
    """Lines on which importing the module would read the environment, or have the wiring read it.

    Setting a variable reads none: `os.environ.setdefault(...)`, `.update(...)` and an assignment pass.
    """
    tree = ast.parse(source)
    imported = _imported(tree)
    return sorted({node.lineno for node in _run_at_import(tree) if _reads(node, imported)})


def _run_at_import(node: ast.AST) -> Iterator[ast.expr]:
    """Every expression that an import evaluates: no function's body, but its decorators and default arguments."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            inner: list[ast.AST] = [*node.decorator_list, *_defaults(node.args)]
        case ast.Lambda():
            inner = [*_defaults(node.args)]
        case ast.If() if ast.unparse(node.test) == "__name__ == '__main__'":
            inner = [*node.orelse]
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr="setdefault" | "update", value=written), args=given)):
            inner = [*([] if ast.unparse(written).endswith("environ") else [written]), *given]
        case ast.Subscript(ctx=ast.Store() | ast.Del()):
            inner = [node.slice]
        case _:
            inner = [*ast.iter_child_nodes(node)]
    if isinstance(node, ast.expr):
        yield node
    for child in inner:
        yield from _run_at_import(child)


def _defaults(arguments: ast.arguments) -> list[ast.expr]:
    return [*arguments.defaults, *(default for default in arguments.kw_defaults if default)]


def _imported(tree: ast.AST) -> dict[str, str]:
    """What each imported name stands for."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.asname: alias.name for alias in node.names if alias.asname}
            names |= {first: first for alias in node.names if not alias.asname for first in [alias.name.split(".")[0]]}
        elif isinstance(node, ast.ImportFrom):
            names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return names


def _reads(node: ast.expr, imported: dict[str, str]) -> bool:
    called = isinstance(node, ast.Call)
    if not (called or isinstance(node, ast.Attribute | ast.Name)):
        return False
    first, _, rest = ast.unparse(node.func if isinstance(node, ast.Call) else node).partition(".")
    name = f"{imported.get(first, first)}.{rest}".rstrip(".")
    if called:
        return name in {f"{SETTINGS}.Settings", f"{SETTINGS}.Settings.read"}
    if isinstance(node, ast.Attribute) and name.startswith(f"{WIRING}.wiring."):
        return name.removeprefix(f"{WIRING}.wiring.") not in MAKES_NOTHING
    return isinstance(node, ast.Attribute | ast.Name) and name in {f"os.{reader}" for reader in OS_READERS}


def used_and_prepared(source: str) -> tuple[set[str], set[str]]:
    """The wiring's parts that a handler uses, and those it prepares."""
    used = set(re.findall(r"\bwiring\.(\w+)", source)) - MAKES_NOTHING - {"wiring", "settings"}
    called = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    prepared = [call.args for call in called if ast.unparse(call.func) == "wiring.prepare"]
    return used, {ast.literal_eval(part) for parts in prepared for part in parts}


def test_no_module_reads_the_environment_when_it_is_imported() -> None:
    assert SHIPPED
    found = {str(path.relative_to(ROOT)): reads_at_import(path.read_text(encoding="utf-8")) for path in SHIPPED}
    assert {path: lines for path, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "snippet",
    [
        "import os\nBUS = os.environ['BUS']",
        "import os as system\nBUS = system.environ.get('BUS')",
        "from os import environ as e, getenv\nBUS = getenv('BUS') or e['BUS']",
        "import os\nif 'BUS' in os.environ:\n    pass",
        "import os\nclass Env:\n    bus: str = os.environ['BUS']",
        "import os\ndef handler(event, bus=os.environ['BUS']): ...",
        "import os\ndef handler(event, *, bus=os.getenv('BUS')): ...",
        "import os\n@decorated(os.environ['BUS'])\ndef handler(event): ...",
        "import os\nbus = lambda name=os.environ['BUS']: name",
        "import os\nBUS = os.environ.setdefault('BUS', 'b')",
        "import os\nos.environ.setdefault('BUS', os.environ['OTHER'])",
        "import os\nos.environ['BUS'] = os.environ['OTHER']",
        "from wattwarden.runtime.settings import Settings\nSETTINGS = Settings()",
        "from wattwarden.runtime.settings import Settings\nBUS = Settings.read().event_bus",
        "from wattwarden.runtime.wiring import wiring\nBUS = wiring.settings.event_bus",
        "from wattwarden.runtime.wiring import wiring\nstore = wiring.telemetry",
        "from wattwarden.runtime import wiring as w\nstore = w.wiring.telemetry",
    ],
)
def test_a_read_at_import_is_found(snippet: str) -> None:
    assert reads_at_import(snippet)


@pytest.mark.parametrize(
    "snippet",
    [
        "import os\ndef handler(event):\n    return os.environ['BUS']",
        "import os\nclass Bus:\n    def name(self):\n        return os.environ['BUS']",
        "import os\nbus = lambda: os.environ['BUS']",
        "import os\nos.environ.setdefault('OMP_NUM_THREADS', '1')\nos.environ['A'] = 'b'",
        "import os\nif __name__ == '__main__':\n    print(os.environ['BUS'])",
        "from wattwarden.runtime.wiring import wiring\nwiring.prepare('bus')\ndef handler(event):\n    wiring.bus",
        "environ = {}\nA = environ.get('A')",
    ],
)
def test_what_reads_later_or_only_sets_passes(snippet: str) -> None:
    assert reads_at_import(snippet) == []


@pytest.mark.parametrize("path", HANDLERS, ids=lambda path: path.parent.name)
def test_a_handler_prepares_the_parts_that_it_uses(path: Path) -> None:
    used, prepared = used_and_prepared(path.read_text(encoding="utf-8"))
    assert prepared == (set() if path.parent.name in LAZY else used)


def test_a_part_that_is_not_prepared_or_not_used_is_found() -> None:
    used, prepared = used_and_prepared("wiring.prepare('bus', 'outbox')\ndef handler():\n    wiring.bus, wiring.model")
    assert (used, prepared) == ({"bus", "model"}, {"bus", "outbox"})
