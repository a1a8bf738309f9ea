"""What score_readings needs: the batch's context in one query, its effects in one transaction, the model."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from wattwarden.contracts.events import IncidentsOpened
from wattwarden.domain.anomalies import Anomaly
from wattwarden.domain.registers import MeterChange, RegisterState
from wattwarden.ports.outbox import Outbox


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


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Step functions over time: value i holds from ts i on. Keys are room ids and hostel ids; ts in epoch seconds."""

    occupancy: dict[int, tuple[NDArray[np.float64], NDArray[np.float64]]]
    temperature_c: dict[int, tuple[NDArray[np.float64], NDArray[np.float64]]]
    humidity: dict[int, tuple[NDArray[np.float64], NDArray[np.float64]]]


@dataclass(frozen=True, slots=True)
class ReadingColumns:
    """What meters said, in columns of equal length; `meter` indexes a list of contexts, NaN stands for absent.

    Times are epoch seconds to the microsecond, energies kWh to four decimals: as they are stored, so that what is
    worked out from a stored reading equals what was worked out when it came.
    """

    meter: NDArray[np.int64]
    ts: NDArray[np.float64]
    interval_s: NDArray[np.float64]
    kwh: NDArray[np.float64]
    register_kwh: NDArray[np.float64]
    voltage: NDArray[np.float64]
    current: NDArray[np.float64]
    power_factor: NDArray[np.float64]
    received_at: NDArray[np.float64]

    @classmethod
    def concatenate(cls, parts: Sequence["ReadingColumns"]) -> "ReadingColumns":
        return cls(*(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(cls)))

    def take(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> "ReadingColumns":
        return ReadingColumns(*(getattr(self, f.name)[rows] for f in fields(self)))


class StoredValue(NamedTuple):
    """What counts at a (meter, ts) now. Numbers are NaN when absent; `received_at` is epoch seconds."""

    kwh: float
    register_kwh: float
    received_at: float
    others: tuple[tuple[float, float], ...] = ()
    """(kwh, register_kwh) of the values in the versions: received before, so that they add nothing when repeated."""


@dataclass(slots=True)
class ReadingRows:
    """Columns of equal length. NaN stands for absent."""

    meter_id: NDArray[np.int64]
    ts: NDArray[np.float64]
    interval_s: NDArray[np.float64]
    kwh: NDArray[np.float64]
    register_kwh: NDArray[np.float64]
    voltage: NDArray[np.float64]
    current: NDArray[np.float64]
    power_factor: NDArray[np.float64]
    quality: list[str]
    timezone: NDArray[np.object_]
    """Of the hostel: a reading counts for the local day in which its interval begins."""
    expected_low_kwh: NDArray[np.float64]
    expected_kwh: NDArray[np.float64]
    expected_high_kwh: NDArray[np.float64]
    received_at: NDArray[np.float64]

    @classmethod
    def concatenate(cls, parts: Sequence["ReadingRows"]) -> "ReadingRows":
        columns = {
            f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(cls) if f.name != "quality"
        }
        return cls(**columns, quality=[quality for part in parts for quality in part.quality])

    def take(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> "ReadingRows":
        quality = np.array(self.quality, dtype=object)[rows].tolist()
        columns = {f.name: getattr(self, f.name)[rows] for f in fields(self) if f.name != "quality"}
        return ReadingRows(**columns, quality=quality)


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


@dataclass(frozen=True, slots=True)
class Quarantined:
    """Something that cannot be processed, kept with its reason. The same `dedupe_key` is stored once."""

    dedupe_key: str
    source: str
    reason: str
    detail: str
    payload: dict[str, Any]


@dataclass(slots=True)
class Effects:
    """Everything one batch changes; committed together or not at all."""

    readings: ReadingRows | None = None
    """To insert."""
    corrections: ReadingRows | None = None
    """Values that count from now on, at keys that are stored; what counted so far joins the versions."""
    versions: ReadingRows | None = None
    """Values that were received for keys at which another one counts; kept beside it. A value that is known may be
    among them, received earlier than the one that counts: the store ranks all it knows anew."""
    states: list[StateRow] = field(default_factory=list)
    marks: list[ReplayMark] = field(default_factory=list)
    """At most one per meter; a meter may have a state and a mark."""
    anomalies: list[Anomaly] = field(default_factory=list)
    closed_incidents: list[tuple[int, datetime]] = field(default_factory=list)
    """(meter id, instant) where the detector closed the open incident of a meter."""
    faults: list[Fault] = field(default_factory=list)
    quarantined: list[Quarantined] = field(default_factory=list)
    events: list[IncidentsOpened] = field(default_factory=list)


@dataclass(slots=True)
class Around:
    """Head counts and weather to store. Rows are facts: what counts does not depend on the order they come in."""

    occupancy: list[tuple[int, str, float, int, str, float]] = field(default_factory=list)
    """(hostel id, room name, epoch seconds, headcount, source, received at)"""
    weather: list[tuple[int, float, float | None, float | None, str, float]] = field(default_factory=list)
    """(hostel id, epoch seconds, temperature C, humidity %, source, received at)"""


class TelemetryStore(Outbox, Protocol):
    def save_around(self, around: Around) -> None:
        """Store head counts and weather in one transaction, before the readings of the same batch are judged.

        Of several values for one key the one received last counts; for weather the last one received before its hour
        began, else the first one received: a forecast that has been used is not replaced afterwards. What changes
        something that readings were judged by marks those meters for a replay. A meter whose state may be being
        worked out without it meanwhile has its version moved on, so that the other one starts again. Unknown rooms
        are quarantined.
        """

    def meters(self, keys: Sequence[tuple[int, str]]) -> dict[tuple[int, str], MeterContext]:
        """Context and state of the meters named by (hostel id, serial), in one query; unknown ones are left out."""

    def surroundings(
        self, room_ids: Sequence[int], hostel_ids: Sequence[int], start: float, end: float
    ) -> Surroundings:
        """Occupancy and weather that hold anywhere in [start, end], at most a day older than start."""

    def stored(self, meter_ids: Sequence[int], ts: Sequence[float]) -> dict[tuple[int, float], StoredValue]:
        """Those of the given keys (parallel sequences) that are stored already."""

    def commit(self, effects: Effects) -> None:
        """Apply all effects in one transaction, roll-ups and incidents included.

        Readings whose key exists are left alone and change no roll-up. Incidents grow by their anomalies. Corrections
        change the stored reading; their roll-ups follow with the meter's replay.

        Raises:
            ConflictError: a meter's state moved on since it was loaded; nothing was applied.
        """


class Model(Protocol):
    def predict(self, features: NDArray[np.float32]) -> NDArray[np.float32] | None:
        """Predictions [n, 5] for features [n, F]: probability of an anomaly, band 5/50/95 % in kW, alarm threshold.

        None when the endpoint does not answer (or the breaker is open): the caller judges without it.
        """

    @property
    def version(self) -> str | None:
        """Name of the model (it is its production variant's too) that gave all of the last answer."""
