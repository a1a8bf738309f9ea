"""Meters with their rooms, tariffs, changes and states, as `ports.scoring.MeterContext`."""

from typing import Any

from sqlalchemy import RowMapping

from wattwarden.domain.registers import MeterChange, RegisterState
from wattwarden.ports.scoring import MeterContext

_SAME = (
    "meter_id serial hostel_id room_id timezone beds has_ac interval_s measures register_digits nominal_voltage "
    "price_per_kwh currency max_kw version state last_ts"
)
_REGISTER = ("register_value", "register_ts", "suspect_value", "suspect_ts")
_NAN = float("nan")

_ROOM_MAX_KW = 50
"""What cannot pass the wiring of a room with beds, unless its meter says otherwise."""

CONTEXT_COLUMNS = f"""
    m.id AS meter_id, m.serial, m.hostel_id, m.room_id, h.timezone, r.beds, r.has_ac,
    m.interval_minutes * 60 AS interval_s, m.measures, m.register_digits, m.nominal_voltage,
    coalesce(t.price_per_kwh, 0) AS price_per_kwh, coalesce(t.currency, h.currency) AS currency,
    coalesce(m.max_kw, CASE WHEN r.beds > 0 THEN {_ROOM_MAX_KW} ELSE 'Infinity'::float8 END) AS max_kw,
    coalesce(s.version, 0) AS version, s.state, extract(epoch FROM s.last_ts)::float8 AS last_ts,
    s.register_value, s.register_ts, s.suspect_value, s.suspect_ts,
    (SELECT json_agg(json_build_array(
        extract(epoch FROM c.at), c.kind, c.register_before, c.register_after, c.multiplier) ORDER BY c.at)
     FROM meter_changes c WHERE c.meter_id = m.id) AS changes
"""  # noqa: S608 (a number from this module)

CONTEXT_JOINS = """
JOIN rooms r ON r.id = m.room_id
JOIN hostels h ON h.id = m.hostel_id
LEFT JOIN meter_state s ON s.meter_id = m.id
LEFT JOIN LATERAL (
    SELECT price_per_kwh, currency FROM tariffs
    WHERE hostel_id = h.id AND valid_from <= (now() AT TIME ZONE h.timezone)::date
    ORDER BY valid_from DESC LIMIT 1
) t ON true
"""


def context_of(row: RowMapping) -> MeterContext:
    return MeterContext(
        **{name: row[name] for name in _SAME.split()}, register=register_of(row), changes=_changes(row["changes"])
    )


def register_of(row: RowMapping) -> RegisterState:
    return RegisterState(*(_NAN if row[name] is None else row[name] for name in _REGISTER))


def _changes(rows: list[list[Any]] | None) -> tuple[MeterChange, ...]:
    return tuple(MeterChange(float(at), *rest) for at, *rest in rows or ())
