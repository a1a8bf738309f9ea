"""History for training (`ports.models.History`), in the columns of the detector's dataset."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, Row, RowMapping, text

from wattwarden.adapters.postgres.base.engine import transaction
from wattwarden.adapters.postgres.telemetry.exogenous import load_exogenous
from wattwarden.domain.exogenous import held
from wattwarden.ports.models import History, HistoryColumns

_METERS = text("""
SELECT m.id, m.serial, m.hostel_id, h.code, h.timezone, m.room_id, r.beds, r.has_ac, m.nominal_voltage
FROM meters m JOIN rooms r ON r.id = m.room_id JOIN hostels h ON h.id = m.hostel_id
ORDER BY h.code, m.serial
""")

_NUMBERS = {
    "ts": "extract(epoch FROM ts)",
    "interval_s": "interval_s",
    "kwh": "kwh",
    "voltage": "voltage",
    "current": "current_a",
    "power_factor": "power_factor",
}
# Each column comes as one text of numbers, which numpy reads many times faster than the driver reads rows.
_COLUMNS = ", ".join(
    f"string_agg(coalesce({sql}::text, 'NaN'), ' ' ORDER BY ts) AS {name}" for name, sql in _NUMBERS.items()
)
_READINGS = text(f"SELECT {_COLUMNS} FROM readings WHERE meter_id = :meter_id AND ts >= :since")  # noqa: S608 (names from this module)

# What people said of the incidents that a meter's readings were part of, the last word of each alert, oldest first.
_VERDICTS = text("""
SELECT extract(epoch FROM i.started_at)::float8 AS start, extract(epoch FROM i.last_at)::float8 AS last, i.kind,
    said.verdict = 'real' AS real
FROM incidents i
JOIN LATERAL (
    SELECT verdict, changed_at FROM feedback WHERE alert_id = i.alert_id ORDER BY changed_at DESC, id DESC LIMIT 1
) said ON said.verdict <> 'unsure'
WHERE i.meter_id = :meter_id AND i.last_at >= :since AND i.withdrawn_at IS NULL
ORDER BY said.changed_at, i.started_at
""")


class PostgresHistory(History):
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def chunks(self, since: datetime) -> Iterator[HistoryColumns]:
        """One chunk per meter that has readings, by hostel and serial; each is read in a transaction of its own.

        Occupancy and weather are those that held at the start of a reading's interval, as when it was scored. The
        readings of an incident are labelled by what people said last about its alert: real is 1, expected is 0.
        """
        with transaction(self._engine) as connection:
            meters = connection.execute(_METERS).mappings().all()
        for meter in meters:
            with transaction(self._engine) as connection:
                columns = _history(connection, meter, since)
            if columns is not None:
                yield columns


def _history(connection: Connection, meter: RowMapping, since: datetime) -> HistoryColumns | None:
    row = connection.execute(_READINGS, {"meter_id": meter["id"], "since": since}).one()
    if row.ts is None:
        return None
    numbers = {name: np.array(getattr(row, name).split(), dtype=np.float64) for name in _NUMBERS}
    starts = numbers["ts"] - numbers["interval_s"]
    end = datetime.now(UTC).timestamp()
    exogenous = load_exogenous(connection, [meter["room_id"]], [meter["hostel_id"]], float(starts[0]), end)
    numbers["occupancy"] = held(exogenous.occupancy.get(meter["room_id"]), starts)
    numbers["temperature_c"] = held(exogenous.temperature_c.get(meter["hostel_id"]), starts)
    numbers["humidity"] = held(exogenous.humidity.get(meter["hostel_id"]), starts)
    same_for_all = {
        "hostel": meter["code"],
        "meter": meter["serial"],
        "timezone": meter["timezone"],
        "beds": meter["beds"],
        "has_ac": meter["has_ac"],
        "nominal_voltage": meter["nominal_voltage"],
    }
    repeated = {name: [value] * len(starts) for name, value in same_for_all.items()}
    verdicts = connection.execute(_VERDICTS, {"meter_id": meter["id"], "since": since}).all()
    return repeated | {name: column.tolist() for name, column in numbers.items()} | _labels(numbers["ts"], verdicts)


def _labels(ts: NDArray[np.float64], verdicts: Sequence[Row[Any]]) -> dict[str, list[Any]]:
    """`label` and `kind` of the readings at `ts`; of two verdicts on one reading the later one counts."""
    label: list[int | None] = [None] * len(ts)
    kind: list[str | None] = [None] * len(ts)
    for verdict in verdicts:
        for at in range(*np.searchsorted(ts, [verdict.start, np.nextafter(verdict.last, np.inf)]).tolist()):
            label[at], kind[at] = (1, verdict.kind) if verdict.real else (0, None)
    return {"label": label, "kind": kind}
