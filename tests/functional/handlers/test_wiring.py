"""Every function starts: the parts that its handler names exist, and all they are made of can be imported."""

from importlib import import_module
from pathlib import Path

import pytest

from wattwarden.runtime.wiring import _PARTS, wiring

FUNCTIONS = sorted(
    {path.parent.name for path in (Path(__file__).parents[3] / "functions").glob("*/handler.py")} - {"api"}
)
"""`api` imports its routes from its own folder: `tests/functional/api/test_cold_start.py`."""


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_can_be_imported(name: str) -> None:
    assert callable(import_module(f"functions.{name}.handler").handler)


@pytest.mark.parametrize("part", sorted(_PARTS))
def test_a_part_can_be_prepared(part: str) -> None:
    wiring.prepare(part)
