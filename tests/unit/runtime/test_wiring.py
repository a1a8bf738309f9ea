"""The one wiring: what it makes, when, and how a test stands in for a part."""

import subprocess
import sys
from collections.abc import Iterator
from functools import cached_property
from importlib import import_module
from pathlib import Path

import pytest

from wattwarden.runtime.settings import Settings
from wattwarden.runtime.wiring import Wiring, wiring

ROOT = Path(__file__).parents[3]
CORE = ROOT / "layers" / "core" / "python"
FUNCTIONS = ROOT / "functions"
PARTS = [name for name, value in vars(Wiring).items() if isinstance(value, cached_property)]
LIMITS = '{"drifted_share": 0.3, "alert_rate_ratio": 2, "precision": 0.5, "fallback_share": 0.1, "cooldown_days": 6}'


@pytest.fixture
def fresh() -> Iterator[Wiring]:
    with wiring.use():
        yield wiring


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Every variable that any function has."""
    for name in Settings.model_fields:
        monkeypatch.setenv(name.upper(), "https://made.invalid/x")
    for name in ("challenger_share", "search_seconds", "trial_seconds", "readings_kept_months"):
        monkeypatch.setenv(name.upper(), "1")
    monkeypatch.setenv("DRIFT_LIMITS", LIMITS)
    monkeypatch.setenv("KEPT_DAYS", '{"outbox": 30}')
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    return monkeypatch


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize("part", PARTS)
def test_every_part_can_be_made_and_is_made_once(fresh: Wiring, part: str) -> None:
    assert getattr(fresh, part) is getattr(fresh, part)


@pytest.mark.parametrize("part", PARTS)
def test_every_part_can_be_prepared(fresh: Wiring, part: str) -> None:
    fresh.prepare(part)
    assert vars(fresh) == {"_given": {}}


@pytest.mark.parametrize("handler", sorted(FUNCTIONS.glob("*/handler.py")), ids=lambda path: path.parent.name)
def test_every_handler_can_be_imported(handler: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(handler.parent)  # as in AWS, where the function's folder is the root
    assert callable(import_module(f"functions.{handler.parent.name}.handler").handler)


def test_a_missing_variable_is_named_when_it_is_first_needed(fresh: Wiring, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EVENT_BUS", raising=False)
    assert fresh.settings.readings_kept_months is None
    with pytest.raises(RuntimeError, match=r"missing .*: EVENT_BUS"):
        _ = fresh.bus


def test_malformed_variables_are_named_together(fresh: Wiring, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("TRIAL_SECONDS", "soon")
    environment.setenv("READINGS_KEPT_MONTHS", "0")
    with pytest.raises(RuntimeError, match=r"malformed .*: READINGS_KEPT_MONTHS, TRIAL_SECONDS"):
        _ = fresh.settings


def test_a_stand_in_is_used_by_the_parts_that_are_made_of_it(fresh: Wiring) -> None:
    database = object()
    with wiring.use(database=database):
        assert fresh.asset_registry.__dict__["_engine"] is database


def test_stand_ins_end_with_their_block_and_so_does_what_was_made_of_them(fresh: Wiring) -> None:
    outer, inner = object(), object()
    with wiring.use(bus=outer, database=outer):
        registry = fresh.asset_registry
        with pytest.raises(ValueError, match="within"), wiring.use(stream=inner):  # noqa: PT012 - two contexts
            assert (fresh.bus, fresh.stream) == (outer, inner)
            assert fresh.asset_registry is not registry
            raise ValueError("within")
        assert fresh.asset_registry is registry
    assert {"bus", "stream", "asset_registry"}.isdisjoint(vars(fresh))


def test_nobody_stands_in_for_a_part_that_does_not_exist(fresh: Wiring) -> None:
    with pytest.raises(AttributeError, match="no part 'telemetri'"), wiring.use(telemetri=object()):
        pass
    for name in ("telemetri", "use"):
        with pytest.raises(AttributeError, match="no part"):
            fresh.prepare(name)


def test_preparing_a_part_imports_what_it_and_its_own_parts_are_made_of_and_makes_nothing() -> None:
    script = """
import sys
from wattwarden.runtime.wiring import wiring
heavy = {"boto3", "sqlalchemy", "numpy"}
assert heavy.isdisjoint(sys.modules)
wiring.prepare("door_registry")
assert vars(wiring) == {"_given": {}}
assert "wattwarden.adapters.asset_registry_copies" in sys.modules
assert "wattwarden.adapters.postgres.hostels.asset_registry" in sys.modules
assert heavy & set(sys.modules) == {"boto3", "sqlalchemy"}
"""
    done = subprocess.run(
        [sys.executable, "-c", script], env={"PYTHONPATH": str(CORE)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
