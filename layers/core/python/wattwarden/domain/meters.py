"""A meter as those know it who judge its readings: its room, its state, its faults."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

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
    beds: int
    has_ac: bool
    interval_s: float
    measures: str
    register_digits: int | None
    nominal_voltage: float
    price_per_kwh: Decimal
    currency: str
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
    """What shows that a meter, not its room, has a fault. `kind`: implausible, clock_wrong."""

    hostel_id: int
    meter: str
    kind: str
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
