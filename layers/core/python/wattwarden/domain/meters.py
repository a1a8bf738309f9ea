"""A meter as those know it who judge its readings: its room, its state, its faults."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wattwarden.domain.data_health import FaultKind
from wattwarden.domain.readings import ReadingColumns
from wattwarden.domain.registers import MeterChange, RegisterState


class MeterContext(NamedTuple):
    """A meter, its room, and its state as stored. `version` is 0 when there is no state yet.

    A tuple because one is made per meter and batch: a frozen dataclass takes several times as long.
    """

    meter_id: int
    serial: str
    hostel_id: int
    room_id: int
    timezone: str
    country: str | None
    """Of its hostel, by ISO 3166-1; None: nobody has said."""
    beds: int
    has_ac: bool
    interval_s: float
    register_digits: int | None
    nominal_voltage: float
    max_kw: float
    """More than this cannot pass the meter: such energy is implausible."""
    changes: tuple[MeterChange, ...]
    """In order of time; empty for almost every meter."""
    version: int
    state: bytes | None
    """What `MeterStates.dump` wrote of it."""
    ring: bytes | None
    """What `MeterStates.dump_rings` wrote of it."""
    last_ts: float | None
    register: RegisterState


@dataclass(frozen=True, slots=True)
class Meters:
    """The meters of a batch in columns, which are called as the fields of `MeterContext`; None becomes NaN."""

    meter_id: NDArray[np.int64]
    serial: Sequence[str]
    hostel_id: NDArray[np.int64]
    room_id: NDArray[np.int64]
    timezone: NDArray[np.object_]
    country: Sequence[str | None]
    beds: NDArray[np.int16]
    has_ac: NDArray[np.bool_]
    interval_s: NDArray[np.float64]
    register_digits: Sequence[int | None]
    nominal_voltage: NDArray[np.float64]
    max_kw: NDArray[np.float64]
    changes: Sequence[tuple[MeterChange, ...]]
    version: Sequence[int]
    state: Sequence[bytes | None]
    ring: Sequence[bytes | None]
    last_ts: NDArray[np.float64]
    register: Sequence[RegisterState]

    @classmethod
    def of(cls, contexts: Sequence[MeterContext]) -> "Meters":
        named = MeterContext(*(zip(*contexts, strict=True) if contexts else [()] * len(MeterContext._fields)))
        columns: dict[str, Any] = named._asdict()
        return cls(**columns | {name: np.array(columns[name], dtype=dtype) for name, dtype in _DTYPES.items()})

    def lengths_s(self, columns: ReadingColumns) -> NDArray[np.float64]:
        """Of each reading's interval: as it says itself, else its meter's nominal one."""
        return np.where(np.isnan(columns.interval_s), self.interval_s[columns.meter], columns.interval_s)


_DTYPES = {
    **dict.fromkeys(("meter_id", "hostel_id", "room_id"), np.int64),
    **dict.fromkeys(("interval_s", "nominal_voltage", "max_kw", "last_ts"), np.float64),
    "timezone": object,
    "beds": np.int16,
    "has_ac": np.bool_,
}


class StateRow(NamedTuple):
    """The new state of a meter. `loaded_version` guards against two consumers at once."""

    meter_id: int
    loaded_version: int
    state: bytes
    ring: bytes | None
    """None: the one that was loaded."""
    last_ts: float
    register: RegisterState
    last_kw: float | None
    expected_low_kw: float | None
    expected_kw: float | None
    expected_high_kw: float | None
    last_received_at: float
    """When the reading of `last_ts` was received."""
    stuck_since: float | None
    """Since when a live meter repeats one value; None: it does not."""
    checkpoint: bool
    """Keep this state under its `last_ts`: a replay may start from it."""


@dataclass(frozen=True, slots=True)
class ReplayMark:
    """What is derived from a meter's readings is to be worked out anew from `from_ts` on (epoch seconds).

    Guarded by `loaded_version` and moving it on, like a state.
    """

    meter_id: int
    loaded_version: int
    from_ts: float


@dataclass(frozen=True, slots=True)
class Fault:
    """What shows that a meter, not its room, has a fault."""

    hostel_id: int
    meter: str
    kind: FaultKind
    at: float
    """When it was noticed, epoch seconds."""
    detail: str


_OF_STATE = MeterContext._fields.index("version")
"""The first of the fields that a commit changes, in the order in which `with_state` gives them."""


def with_state(context: MeterContext, state: StateRow) -> MeterContext:
    """The context once the state is committed: what the next reading is judged from."""
    ring = context.ring if state.ring is None else state.ring
    # `_replace` takes longer, and this is done for every reading of a live meter.
    values: list[Any] = [
        *context[:_OF_STATE],
        state.loaded_version + 1,
        state.state,
        ring,
        state.last_ts,
        state.register,
    ]
    return MeterContext(*values)


def with_states(contexts: Iterable[MeterContext], states: Iterable[StateRow]) -> list[MeterContext]:
    """The contexts once the states, of some of them, are committed."""
    new = {state.meter_id: state for state in states}
    return [with_state(context, new[context.meter_id]) if context.meter_id in new else context for context in contexts]
