"""The state of each meter and its ring, guarded by a version; marks for replays; states that replays start from."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, text

from wattwarden.adapters.postgres.base.parameters import copy_in, timestamps
from wattwarden.detection import STATE_HEADER
from wattwarden.domain.errors import ConflictError
from wattwarden.domain.meters import ReplayMark, StateRow

OF_THIS_RELEASE = f"substring(state FOR {len(STATE_HEADER)}) = CAST('\\x{STATE_HEADER.hex()}' AS bytea)"
"""SQL for whether readings can be folded on from a checkpoint: what another release remembered means nothing here."""

_NUMBERS = ("last_kw", "expected_low_kw", "expected_kw", "expected_high_kw")
_REGISTER = ("register_value", "register_ts", "suspect_value", "suspect_ts")
_KNOWN = ", ".join(f"nullif({name}, 'NaN')" for name in (*_NUMBERS, *_REGISTER))

_STATES_TABLE = f"""
CREATE TEMP TABLE IF NOT EXISTS incoming_states (
    meter_id bigint, loaded_version bigint, last_ts timestamptz, {", ".join(f"{n} float8" for n in _NUMBERS)},
    {", ".join(f"{n} float8" for n in _REGISTER)}, last_received_at timestamptz, stuck_since float8,
    checkpoint smallint, state bytea STORAGE PLAIN
) ON COMMIT DELETE ROWS
"""
_RINGS_TABLE = """
CREATE TEMP TABLE IF NOT EXISTS incoming_rings (meter_id bigint, last_ts timestamptz, ring bytea STORAGE PLAIN)
ON COMMIT DELETE ROWS
"""
_WRITTEN = ("state", "last_ts", *_NUMBERS, *_REGISTER, "last_received_at", "stuck_since")

# A scalar sub-select is one look-up per row; EXISTS would be hashed, which reads the states of all meters there are.
# Rows of meters are locked in the order of their ids here and in every statement below: two writers cannot deadlock.
_SAVE_STATES = text(f"""
INSERT INTO meter_state AS kept (
    meter_id, version, state, last_ts, {", ".join((*_NUMBERS, *_REGISTER))}, last_received_at, stuck_since
)
SELECT meter_id, loaded_version + 1, state, last_ts, {_KNOWN}, last_received_at,
       to_timestamp(nullif(stuck_since, 'NaN'))
FROM incoming_states new
WHERE loaded_version = 0 OR (SELECT true FROM meter_state s WHERE s.meter_id = new.meter_id)
ORDER BY meter_id
ON CONFLICT (meter_id) DO UPDATE SET
    version = excluded.version, {", ".join(f"{name} = excluded.{name}" for name in _WRITTEN)}
WHERE kept.version = excluded.version - 1
""")  # noqa: S608 (names from this module)

_SAVE_RINGS = text("""
INSERT INTO meter_rings AS kept (meter_id, ring) SELECT meter_id, ring FROM incoming_rings ORDER BY meter_id
ON CONFLICT (meter_id) DO UPDATE SET ring = excluded.ring
""")

_SAVE_CHECKPOINTS = text(f"""
INSERT INTO meter_checkpoints AS kept (meter_id, ts, state, ring, {", ".join(_REGISTER)})
SELECT DISTINCT ON (meter_id, last_ts)
    meter_id, last_ts, state, ring, {", ".join(f"nullif({name}, 'NaN')" for name in _REGISTER)}
FROM incoming_states JOIN incoming_rings USING (meter_id, last_ts) WHERE checkpoint = 1
ORDER BY meter_id, last_ts
ON CONFLICT (meter_id, ts) DO UPDATE SET
    {", ".join(f"{name} = excluded.{name}" for name in ("state", "ring", *_REGISTER))}
""")  # noqa: S608 (names from this module)

_FORGET_OLD_CHECKPOINTS = text("""
DELETE FROM meter_checkpoints c USING meter_state s
WHERE s.meter_id = c.meter_id AND c.ts < s.last_ts - interval '8 weeks' AND c.meter_id = ANY(CAST(:meters AS bigint[]))
""")

_FORGET_YOUNGER_CHECKPOINTS = text("""
DELETE FROM meter_checkpoints c
USING unnest(CAST(:meters AS bigint[]), CAST(:since AS timestamptz[])) AS k (meter_id, since)
WHERE c.meter_id = k.meter_id AND c.ts > k.since
""")

_LOCK = text("""
SELECT count(*) FROM (
    SELECT FROM meter_state s
    JOIN unnest(CAST(:meters AS bigint[]), CAST(:versions AS bigint[])) AS k (meter_id, version)
        ON k.meter_id = s.meter_id AND k.version = s.version
    ORDER BY s.meter_id FOR UPDATE OF s
) locked
""")

_MARK = text("""
UPDATE meter_state s SET
    version = s.version + 1,
    replay_from = least(s.replay_from, k.since),
    replay_first_marked_at = coalesce(s.replay_first_marked_at, now()),
    replay_marked_at = now()
FROM unnest(CAST(:meters AS bigint[]), CAST(:since AS timestamptz[])) AS k (meter_id, since)
WHERE k.meter_id = s.meter_id AND (s.last_ts > k.since OR s.last_ts = k.since AND :inclusive)
""")

_UNMARK = text("""
UPDATE meter_state SET
    version = version + 1, replay_from = NULL, replay_first_marked_at = NULL, replay_marked_at = NULL
WHERE meter_id = ANY(CAST(:meters AS bigint[]))
""")

# A meter that has said nothing yet gets a row, so that whoever works out its first state meanwhile finds out, too.
_MOVE_ON = text("""
INSERT INTO meter_state AS kept (meter_id, version)
SELECT meter_id, 1 FROM unnest(CAST(:meters AS bigint[])) AS k (meter_id) ORDER BY meter_id
ON CONFLICT (meter_id) DO UPDATE SET version = kept.version + 1
""")


def save_states(connection: Connection, states: Sequence[StateRow], marks: Sequence[ReplayMark] = ()) -> None:
    """Write the new states, the rings that changed, and the marks.

    Raises:
        ConflictError: one of them was not loaded at the version it has now.
    """
    if marks:
        # of a meter without a version its first state is the guard
        loaded = [(mark.meter_id, mark.loaded_version) for mark in marks if mark.loaded_version]
        loaded += [(state.meter_id, state.loaded_version) for state in states if state.loaded_version]
        lock_versions(connection, loaded)
    if states:
        _stage_states(connection, states)
        if connection.execute(_SAVE_STATES).rowcount != len(states):
            raise ConflictError("a meter's state moved on since it was loaded")
        if any(state.ring for state in states):
            connection.execute(_SAVE_RINGS)
        if any(state.checkpoint for state in states):
            _keep_checkpoints(connection, states)
    if marks:
        mark_for_replay(connection, {mark.meter_id: mark.from_ts for mark in marks}, inclusive=True)


def lock_versions(connection: Connection, versions: Sequence[tuple[int, int]]) -> None:
    """Keep everybody else from moving these meters on, until the end of the transaction.

    Raises:
        ConflictError: one of them has another version already.
    """
    wanted = sorted(set(versions))
    asked = {"meters": [meter_id for meter_id, _ in wanted], "versions": [version for _, version in wanted]}
    if connection.execute(_LOCK, asked).scalar_one() != len(wanted):
        raise ConflictError("a meter's state moved on since it was loaded")


def mark_for_replay(connection: Connection, since: Mapping[int, float], *, inclusive: bool) -> None:
    """Mark those of the meters (id: epoch seconds) that have been judged since then; their rows must be locked."""
    meters = sorted(since)
    instants = iso_instants(np.array([since[meter_id] for meter_id in meters]))
    connection.execute(_MARK, {"meters": meters, "since": instants, "inclusive": inclusive})


def move_on(connection: Connection, meter_ids: Sequence[int]) -> None:
    """Make everybody who has loaded these meters load them again."""
    connection.execute(_MOVE_ON, {"meters": sorted(set(meter_ids))})


def unmark(connection: Connection, meter_ids: Sequence[int]) -> None:
    """Take the marks of meters away that were replayed; their rows must be locked."""
    connection.execute(_UNMARK, {"meters": list(meter_ids)})


def forget_checkpoints(connection: Connection, since: Mapping[int, float]) -> None:
    """Forget the checkpoints of meters (id: epoch seconds) that are younger than that."""
    asked = {"meters": list(since), "since": iso_instants(np.array(list(since.values())))}
    connection.execute(_FORGET_YOUNGER_CHECKPOINTS, asked)


def save_checkpoints(connection: Connection, states: Sequence[StateRow]) -> None:
    """Keep each state with its ring under its `last_ts`, and of the meters' checkpoints those of eight weeks."""
    if states:
        connection.exec_driver_sql(_STATES_TABLE)
        connection.exec_driver_sql("DELETE FROM incoming_states")
        connection.exec_driver_sql(_RINGS_TABLE)
        connection.exec_driver_sql("DELETE FROM incoming_rings")
        _stage_states(connection, states)
        _keep_checkpoints(connection, states)


def iso_instants(ts: NDArray[np.float64]) -> list[str]:
    """Epoch seconds as ISO texts, rounded to the microsecond as they are when stored."""
    texts: list[str] = np.datetime_as_string(microseconds(ts), timezone="UTC").tolist()
    return texts


def microseconds(ts: NDArray[np.float64]) -> NDArray[np.datetime64]:
    return np.rint(ts * 1e6).astype(np.int64).astype("datetime64[us]")


def _keep_checkpoints(connection: Connection, states: Sequence[StateRow]) -> None:
    connection.execute(_SAVE_CHECKPOINTS)
    connection.execute(_FORGET_OLD_CHECKPOINTS, {"meters": sorted({s.meter_id for s in states if s.checkpoint})})


def _stage_states(connection: Connection, states: Sequence[StateRow]) -> None:
    of: dict[str, tuple[Any, ...]] = dict(zip(StateRow._fields, zip(*states, strict=True), strict=True))
    values = chain.from_iterable(of["register"])
    register = np.fromiter(values, np.float64, len(states) * len(_REGISTER)).reshape(-1, len(_REGISTER))
    columns: dict[str, NDArray[Any]] = {
        "meter_id": np.array(of["meter_id"], dtype=np.int64),
        "loaded_version": np.array(of["loaded_version"], dtype=np.int64),
        "last_ts": timestamps(np.array(of["last_ts"])),
        **{name: np.array(of[name], dtype=np.float64) for name in _NUMBERS},  # None becomes NaN
        **{name: register[:, i] for i, name in enumerate(_REGISTER)},
        "last_received_at": timestamps(np.array(of["last_received_at"])),
        "stuck_since": np.array(of["stuck_since"], dtype=np.float64),
        "checkpoint": np.array(of["checkpoint"], dtype=np.int16),
    }
    connection.exec_driver_sql(_STATES_TABLE)
    columns["state"] = _byte_strings(of["state"])
    copy_in(connection, "incoming_states", columns)
    rings = [(n, s.ring) for n, s in enumerate(states) if s.ring]
    if rings:
        which = [n for n, _ in rings]
        connection.exec_driver_sql(_RINGS_TABLE)
        of_meters = {name: columns[name][which] for name in ("meter_id", "last_ts")}
        copy_in(connection, "incoming_rings", of_meters | {"ring": _byte_strings([ring for _, ring in rings])})


def _byte_strings(values: Sequence[bytes]) -> NDArray[np.void]:
    """Of one length each."""
    return np.frombuffer(b"".join(values), dtype=f"V{len(values[0])}")
