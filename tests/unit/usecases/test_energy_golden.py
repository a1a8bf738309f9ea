"""Every case of tests/golden/meters.csv, as a table that people who read no code have agreed to."""

import csv
import re
from datetime import UTC, datetime
from math import isnan, nan
from pathlib import Path

import numpy as np
import pytest

from tests.fakes.telemetry import FakeBus, FakeReplays, FakeTelemetry, SilentModel
from tests.unit.usecases.meters import Fact, columns, in_batches, meter
from wattwarden.contracts.telemetry import ReadingsBatch, encode
from wattwarden.domain.meters import MeterContext, Meters
from wattwarden.domain.registers import MeterChange, Quality
from wattwarden.usecases.telemetry.batch import Record
from wattwarden.usecases.telemetry.energy import interval_energy
from wattwarden.usecases.telemetry.replay import replay
from wattwarden.usecases.telemetry.score import score

NOW = datetime(2026, 1, 31, 9, 0, tzinfo=UTC)
MIDNIGHT = datetime(2026, 1, 5, tzinfo=UTC).timestamp()

TABLE = Path(__file__).parents[2] / "golden" / "meters.csv"
with TABLE.open(newline="") as file:
    CASES = list(csv.DictReader(file))


def seconds(text: str) -> float:
    """`3d 08:30` as epoch seconds."""
    days, hours, minutes = re.fullmatch(r"(?:(\d+)d )?(\d\d):(\d\d)", text).groups()  # type: ignore[union-attr]
    return MIDNIGHT + int(days or 0) * 86_400.0 + int(hours) * 3600.0 + int(minutes) * 60.0


def meter_of(text: str, changes: str) -> MeterContext:
    digits = re.search(r"(\d+) digits", text)
    minutes = re.search(r"(\d+) min", text)
    return meter(
        int(digits[1]) if digits else None,
        interval_s=60.0 * int(minutes[1]) if minutes else 3600.0,
        changes=[change_of(part) for part in changes.split("; ") if part],
    )


def change_of(text: str) -> MeterChange:
    def number(part: str | None) -> float | None:
        return None if part in {None, "?"} else float(part)  # type: ignore[arg-type]

    if replaced := re.fullmatch(r"(\S+) replaced (\S+) -> (\S+)", text):
        return MeterChange(seconds(replaced[1]), "replaced", number(replaced[2]), number(replaced[3]), 1.0)
    ratio = re.fullmatch(r"(\S+) ratio (?:(\S+) )?x(\S+)", text)
    assert ratio, text
    return MeterChange(seconds(ratio[1]), "ratio", number(ratio[2]), None, float(ratio[3]))


def facts_of(text: str) -> list[Fact]:
    """What counts once everything has arrived: at each instant the value that came last."""
    values = dict(part.split("=") for part in text.split("; "))
    return [
        (0, seconds(at), float(value), nan) if value.startswith("+") else (0, seconds(at), nan, float(value))
        for at, value in values.items()
    ]


def same(found: list[float], expected: list[float]) -> bool:
    return found == pytest.approx(expected, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize("case", CASES, ids=[f"{case['case']}: {case['what happened']}" for case in CASES])
def test_a_meter_yields_the_energy_that_was_agreed(case: dict[str, str]) -> None:
    context, facts = meter_of(case["meter"], case["changes"]), sorted(facts_of(case["readings as they arrive"]))
    expected = dict(part.rsplit(" ", 1) for part in case["expected kWh"].split("; "))
    assert [seconds(at) for at in expected] == [fact[1] for fact in facts]
    kwh = [nan if value == "unknown" else float(value) for value in expected.values()]
    known = [value for value in kwh if not isnan(value)]
    assert sum(known) == pytest.approx(float(case["expected total kWh"]))

    at_once = interval_energy(columns(facts), Meters.of([context]))
    assert same(at_once.kwh.tolist(), kwh)
    assert [str(quality) for quality in at_once.quality] == case["reason codes"].split()

    one_by_one, _ = in_batches([context], [[fact] for fact in facts])
    assert same(np.concatenate([energy.kwh for energy in one_by_one]).tolist(), kwh)
    assert [energy.quality[0] for energy in one_by_one] == at_once.quality


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
@pytest.mark.parametrize("at_once", [True, False], ids=["replayed at the end", "replayed after each reading"])
def test_it_is_stored_whatever_arrives_when(case: dict[str, str], *, at_once: bool) -> None:
    """The table's order of arrival, through the consumer and the replays of what came late or was corrected."""
    store = FakeTelemetry(contexts={(1, "M1"): meter_of(case["meter"], case["changes"])})
    arriving = [part.split("=") for part in case["readings as they arrive"].split("; ")]
    for number, (at, value) in enumerate(arriving):
        score([_record(number, seconds(at), value)], store, SilentModel(), FakeBus(), NOW)
        if not at_once or number == len(arriving) - 1:
            replay(FakeReplays(store), SilentModel(), FakeBus(), NOW, lambda: 60.0)

    rows = [store.rows[key] for key in sorted(store.rows)]
    expected = [part.rsplit(" ", 1)[1] for part in case["expected kWh"].split("; ")]
    assert same([row["kwh"] for row in rows], [nan if value == "unknown" else float(value) for value in expected])
    assert [str(row["quality"]) for row in rows] == case["reason codes"].split()
    assert not store.quarantine


def _record(number: int, ts: float, value: str) -> Record:
    kwh = float(value) if value.startswith("+") else None
    batch = ReadingsBatch(
        hostel_id=1,
        source="gateway:1",
        received_at=NOW.timestamp() + number,
        meter=["M1"],
        ts=[ts],
        interval_s=[None],
        kwh=[kwh],
        register_kwh=[None if kwh is not None else float(value)],
        voltage=[None],
        current=[None],
        power_factor=[None],
    )
    return Record(f"record-{number}", encode(batch))


def test_the_table_holds_every_reason_code_but_the_passing_one() -> None:
    of_intervals = {Quality.COARSE, Quality.COVERED, Quality.CONTRADICTED}
    told = {code for case in CASES for code in case["reason codes"].split()}
    assert told == set(Quality) - {Quality.LATE} - of_intervals
