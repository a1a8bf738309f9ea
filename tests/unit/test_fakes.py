"""A fake is worth what its likeness is: each one that stands for a port has a suite that the real one passes too."""

import ast
import inspect
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
SUITES = TESTS / "integration" / "ports"
PORTS = "wattwarden.ports."
WITHOUT = {"FakeUntold"}
LATER = {"floor", "unheard", "holds"}
"""Fakes, and methods of ports, that no suite has yet: neither list may grow."""


def fakes() -> Iterator[type]:
    """Classes in tests/fakes that implement a port."""
    for file in sorted((TESTS / "fakes").glob("*.py")):
        module = import_module(f"tests.fakes.{file.stem}")
        for _, one in inspect.getmembers(module, inspect.isclass):
            if one.__module__ == module.__name__ and ports_of(one) and one.__name__ not in WITHOUT:
                yield one


def ports_of(fake: type) -> list[type]:
    return [base for base in fake.__mro__ if base.__module__.startswith(PORTS)]


def suites_of(fake: type) -> list[Path]:
    """Suites whose `VERIFIES` names the fake."""
    return [
        file
        for file in sorted(SUITES.glob("test_*.py"))
        for node in ast.parse(file.read_text()).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "VERIFIES"
        if fake.__name__ in {name.id for name in ast.walk(node.value) if isinstance(name, ast.Name)}
    ]


@pytest.mark.parametrize("fake", list(fakes()), ids=lambda fake: fake.__name__)
def test_a_fake_of_a_port_has_a_suite_that_calls_every_method_of_it(fake: type) -> None:
    suites = suites_of(fake)
    assert suites, f"no suite in {SUITES.relative_to(TESTS.parent)} names {fake.__name__} in VERIFIES (CONTRIBUTING.md)"
    nodes = [node for file in suites for node in ast.walk(ast.parse(file.read_text()))]
    used = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    promised = {name for port in ports_of(fake) for name in vars(port) if not name.startswith("_")} - LATER
    assert promised <= used, f"no suite of {fake.__name__} uses {sorted(promised - used)}"
