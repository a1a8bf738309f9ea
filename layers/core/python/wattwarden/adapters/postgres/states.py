"""The state of each meter, guarded by its version."""

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, text

from wattwarden.adapters.postgres.parameters import copy_in, timestamps
from wattwarden.domain.errors import ConflictError
from wattwarden.ports.scoring import StateRow

_STATES_TABLE = """
CREATE TEMP TABLE IF NOT EXISTS incoming_states (
    meter_id bigint, loaded_version bigint, last_ts timestamptz, last_register_kwh float8, last_kw float8,
    expected_low_kw float8, expected_kw float8, expected_high_kw float8, last_received_at timestamptz,
    state bytea STORAGE EXTERNAL
) ON COMMIT DELETE ROWS
"""

_SAVE_STATES = text("""
INSERT INTO meter_state AS kept (
    meter_id, version, state, last_ts, last_register_kwh, last_kw,
    expected_low_kw, expected_kw, expected_high_kw, last_received_at
)
SELECT meter_id, loaded_version + 1, state, last_ts, nullif(last_register_kwh, 'NaN'), nullif(last_kw, 'NaN'),
       nullif(expected_low_kw, 'NaN'), nullif(expected_kw, 'NaN'), nullif(expected_high_kw, 'NaN'), last_received_at
FROM incoming_states new
WHERE loaded_version = 0 OR EXISTS (SELECT FROM meter_state s WHERE s.meter_id = new.meter_id)
ORDER BY meter_id
ON CONFLICT (meter_id) DO UPDATE SET
    version = excluded.version, state = excluded.state, last_ts = excluded.last_ts,
    last_register_kwh = excluded.last_register_kwh, last_kw = excluded.last_kw,
    expected_low_kw = excluded.expected_low_kw, expected_kw = excluded.expected_kw,
    expected_high_kw = excluded.expected_high_kw, last_received_at = excluded.last_received_at
WHERE kept.version = excluded.version - 1
""")


def save_states(connection: Connection, states: list[StateRow]) -> None:
    """Write the new states.

    Raises:
        ConflictError: one of them was not loaded at the version it has now.
    """
    if not states:
        return

    def numbers(values: list[float | None]) -> NDArray[np.float64]:
        return np.array([np.nan if value is None else value for value in values])

    columns = {
        "meter_id": np.array([s.meter_id for s in states], dtype=np.int64),
        "loaded_version": np.array([s.loaded_version for s in states], dtype=np.int64),
        "last_ts": timestamps(np.array([s.last_ts for s in states])),
        "last_register_kwh": numbers([s.last_register_kwh for s in states]),
        "last_kw": numbers([s.last_kw for s in states]),
        "expected_low_kw": numbers([s.expected_low_kw for s in states]),
        "expected_kw": numbers([s.expected_kw for s in states]),
        "expected_high_kw": numbers([s.expected_high_kw for s in states]),
        "last_received_at": timestamps(np.array([s.last_received_at for s in states])),
    }
    connection.exec_driver_sql(_STATES_TABLE)
    copy_in(connection, "incoming_states", columns, ("state", [s.state for s in states]))
    if connection.execute(_SAVE_STATES).rowcount != len(states):
        raise ConflictError("a meter's state moved on since it was loaded")
