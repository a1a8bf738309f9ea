"""What score_readings needs: the batch's context in one query, its effects in one transaction, the model."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from wattwarden.contracts.events import IncidentsOpened
from wattwarden.domain.anomalies import Anomaly
from wattwarden.ports.outbox import Outbox


@dataclass(frozen=True, slots=True)
class MeterContext:
    """A meter, its room, and its state as stored. `version` is 0 when there is no state yet."""

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
    version: int
    state: bytes | None
    last_ts: float | None
    last_register_kwh: float | None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Step functions over time: value i holds from ts i on. Keys are room ids and hostel ids; ts in epoch seconds."""

    occupancy: dict[int, tuple[NDArray[np.float64], NDArray[np.float64]]]
    temperature_c: dict[int, tuple[NDArray[np.float64], NDArray[np.float64]]]
    humidity: dict[int, tuple[NDArray[np.float64], NDArray[np.float64]]]


@dataclass(slots=True)
class ReadingRows:
    """Columns of equal length, to insert. NaN stands for absent."""

    meter_id: NDArray[np.int64]
    ts: NDArray[np.float64]
    interval_s: NDArray[np.float64]
    kwh: NDArray[np.float64]
    register_kwh: NDArray[np.float64]
    voltage: NDArray[np.float64]
    current: NDArray[np.float64]
    power_factor: NDArray[np.float64]
    quality: list[str]
    expected_low_kwh: NDArray[np.float64]
    expected_kwh: NDArray[np.float64]
    expected_high_kwh: NDArray[np.float64]
    received_at: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class StateRow:
    """The new state of a meter. `loaded_version` guards against two consumers at once."""

    meter_id: int
    loaded_version: int
    state: bytes
    last_ts: float
    last_register_kwh: float | None
    last_kw: float | None
    expected_low_kw: float | None
    expected_kw: float | None
    expected_high_kw: float | None
    last_received_at: float


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
    states: list[StateRow] = field(default_factory=list)
    anomalies: list[Anomaly] = field(default_factory=list)
    closed_incidents: list[tuple[int, datetime]] = field(default_factory=list)
    """(meter id, instant) where the detector closed the open incident of a meter."""
    occupancy: list[tuple[int, str, float, int, str]] = field(default_factory=list)
    """(hostel id, room name, epoch seconds, headcount, source)"""
    weather: list[tuple[int, float, float | None, float | None, str]] = field(default_factory=list)
    """(hostel id, epoch seconds, temperature C, humidity %, source)"""
    quarantined: list[Quarantined] = field(default_factory=list)
    events: list[IncidentsOpened] = field(default_factory=list)
    model_version: str | None = None


class TelemetryStore(Outbox, Protocol):
    def meters(self, keys: Sequence[tuple[int, str]]) -> dict[tuple[int, str], MeterContext]:
        """Context and state of the meters named by (hostel id, serial), in one query; unknown ones are left out."""

    def surroundings(
        self, room_ids: Sequence[int], hostel_ids: Sequence[int], start: float, end: float
    ) -> Surroundings:
        """Occupancy and weather that hold anywhere in [start, end], at most a day older than start."""

    def stored(self, meter_ids: Sequence[int], ts: Sequence[float]) -> dict[tuple[int, float], tuple[float, float]]:
        """Those of the given keys (parallel sequences) that are stored already: (kwh, register_kwh), NaN if absent."""

    def commit(self, effects: Effects) -> None:
        """Apply all effects in one transaction, roll-ups and incidents included.

        Readings whose key exists are left alone and change no roll-up. Incidents grow by their anomalies.

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
        """Name of the production variant and model that answered last."""
