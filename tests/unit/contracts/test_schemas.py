"""The published schemas: every kind of record has one, with a sample that it accepts."""

import json
from pathlib import Path
from typing import get_args

import pytest

from wattwarden.contracts.schemas import PUBLISHED, stale
from wattwarden.contracts.telemetry import Batch, decode, encode

EVENTS = Path("events")


def sample(name: str) -> str:
    return (EVENTS / name / "v1.sample.json").read_text(encoding="utf-8")


def test_the_schemas_are_those_of_the_contracts() -> None:
    assert stale(EVENTS) == []


def test_every_kind_of_telemetry_record_is_published() -> None:
    assert set(get_args(Batch.__value__)) <= set(PUBLISHED.values())


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_sample_is_what_the_contract_says(name: str) -> None:
    assert PUBLISHED[name].model_validate_json(sample(name))


@pytest.mark.parametrize("name", [name for name in PUBLISHED if name.startswith("telemetry_")])
def test_a_sample_record_goes_through_the_stream_unchanged(name: str) -> None:
    batch: Batch = PUBLISHED[name].model_validate_json(sample(name))  # type: ignore[assignment]
    assert decode(encode(batch)) == batch
    assert json.loads(sample(name)) == batch.model_dump()
