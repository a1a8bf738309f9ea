"""Meters with their rooms, changes and states, as `domain.meters.MeterContext`."""

import json
import time
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

import numpy as np
from sqlalchemy import Connection, RowMapping, text

from wattwarden.adapters.postgres.base.json_parameters import storable_text
from wattwarden.adapters.postgres.base.parameters import whole_numbers
from wattwarden.domain.meters import MeterContext, StateRow, with_state
from wattwarden.domain.registers import ChangeKind, MeterChange, RegisterState, in_force

_REGISTER = ("register_value", "register_ts", "suspect_value", "suspect_ts")
_NAN = float("nan")
_ROOM_MAX_KW = 50
"""What cannot pass the wiring of a room with beds, unless its meter says otherwise."""

# Three columns: the driver spends a microsecond or two on each value, and json reads a whole row of them in as much.
CONTEXT_COLUMNS = f"""
    json_build_array(
        m.id, m.serial, m.hostel_id, m.room_id, h.timezone, h.country, r.beds, r.has_ac,
        m.interval_minutes * 60, m.register_digits, m.nominal_voltage,
        coalesce(m.max_kw, CASE WHEN r.beds > 0 THEN {_ROOM_MAX_KW} ELSE 'Infinity'::float8 END),
        (SELECT json_agg(json_build_array(
            extract(epoch FROM c.at), c.kind, c.register_before, c.register_after, c.multiplier) ORDER BY c.at)
         FROM meter_changes c WHERE c.meter_id = m.id),
        coalesce(s.version, 0), extract(epoch FROM s.last_ts)::float8,
        json_build_array(s.register_value, s.register_ts, s.suspect_value, s.suspect_ts)
    ) AS meter, s.state, g.ring
"""  # noqa: S608 (a number from this module)

CONTEXT_JOINS = """
JOIN rooms r ON r.id = m.room_id
JOIN hostels h ON h.id = m.hostel_id
LEFT JOIN meter_state s ON s.meter_id = m.id
LEFT JOIN meter_rings g ON g.meter_id = m.id
"""


def context_of(row: RowMapping) -> MeterContext:
    """The context that `CONTEXT_COLUMNS` tell; JSON has no type for infinity, or a float that is whole."""
    *meter, max_kw, changes, version, last_ts, register = row["meter"]
    values: list[Any] = [
        *meter,
        float(max_kw),
        _changes(changes) if changes else (),
        version,
        row["state"],
        row["ring"],
        None if last_ts is None else float(last_ts),
        _register(register),
    ]
    return MeterContext(*values)


def _changes(told: Sequence[Sequence[Any]]) -> tuple[MeterChange, ...]:
    multipliers = in_force(multiplier for *_, multiplier in told)
    return tuple(
        MeterChange(float(at), ChangeKind(kind), before, after, multiplier)
        for (at, kind, before, after, _), multiplier in zip(told, multipliers, strict=True)
    )


def register_of(row: RowMapping) -> RegisterState:
    return _register([row[name] for name in _REGISTER])


def _register(values: Iterable[float | None]) -> RegisterState:
    return RegisterState(*[_NAN if value is None else float(value) for value in values])


Key = tuple[int, str]
"""Hostel id and serial."""

_METERS = text(f"""
SELECT {CONTEXT_COLUMNS}
FROM json_array_elements(CAST(:keys AS json)) AS k
JOIN meters m ON m.hostel_id = CAST(k->>0 AS bigint) AND m.serial = k->>1 AND m.removed_at IS NULL
{CONTEXT_JOINS}
""")  # noqa: S608 (names from this package)

# As one text of numbers, which numpy reads far faster than the driver reads rows.
_VERSIONS = text("""
SELECT string_agg(coalesce(s.version, 0)::text, ' ' ORDER BY k.n)
FROM unnest(CAST(:meters AS bigint[])) WITH ORDINALITY AS k (meter_id, n)
LEFT JOIN LATERAL (SELECT version FROM meter_state WHERE meter_id = k.meter_id LIMIT 1) s ON true
""")

_HOLDS_S = 600.0
_MOST = 60_000
"""Meters remembered: some 4 kB each."""


class KnownMeters:
    """Contexts as this process loaded or wrote them last: a state that nobody moved on meanwhile is not read again.

    What else a context says (beds, limits) is believed for ten minutes.
    """

    def __init__(self) -> None:
        self._known: dict[Key, tuple[float, MeterContext]] = {}
        self._key_of: dict[int, Key] = {}

    def load(self, connection: Connection, keys: Sequence[Key]) -> dict[Key, MeterContext]:
        """Contexts of the keys; unknown meters are left out."""
        now = time.monotonic()
        young = [key for key in keys if (known := self._known.get(key)) and known[0] > now]
        held = [self._known[key][1] for key in young]
        if held:
            meters = [context.meter_id for context in held]
            told = connection.execute(_VERSIONS, {"meters": whole_numbers(meters)}).scalar_one()
            same = np.array(told.split(), dtype=np.int64) == [context.version for context in held]
            found = {key: context for key, context, holds in zip(young, held, same.tolist(), strict=True) if holds}
        else:
            found = {}
        rest = [key for key in keys if key not in found and key[1] == storable_text(key[1])]
        if rest:
            loaded = map(context_of, connection.execute(_METERS, {"keys": json.dumps(rest)}).mappings())
            found |= self._remember(loaded, now + _HOLDS_S)
        return found

    def written(self, states: Iterable[StateRow]) -> None:
        """The states are committed: they are what the next batch finds."""
        for state in states:
            key = self._key_of.get(state.meter_id)
            if key is not None:
                until, context = self._known[key]
                self._known[key] = until, with_state(context, state)

    def _remember(self, loaded: Iterable[MeterContext], until: float) -> dict[Key, MeterContext]:
        contexts = {(context.hostel_id, context.serial): context for context in loaded}
        for oldest in list(islice(self._known, max(0, len(self._known) + len(contexts) - _MOST))):
            del self._key_of[self._known.pop(oldest)[1].meter_id]
        for key, context in contexts.items():
            self._known.pop(key, None)
            self._known[key] = until, context
            self._key_of[context.meter_id] = key
        return contexts
