"""What score_readings needs: the batch's context in one query, its effects in one transaction, the model."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from wattwarden.contracts.events import IncidentsOpened
from wattwarden.domain.anomalies import Anomaly
from wattwarden.domain.meters import Fault, MeterContext, ReplayMark, StateRow
from wattwarden.domain.quarantine import Quarantined
from wattwarden.domain.readings import ReadingRows, StoredValue
from wattwarden.ports.exogenous import ExogenousSource
from wattwarden.ports.outbox import Outbox


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
class ExogenousFacts:
    """Head counts and weather to store. Rows are facts: what counts does not depend on the order they come in."""

    occupancy: list[tuple[int, str, float, int, str, float]] = field(default_factory=list)
    """(hostel id, room name, epoch seconds, headcount, source, received at)"""
    weather: list[tuple[int, float, float | None, float | None, str, float]] = field(default_factory=list)
    """(hostel id, epoch seconds, temperature C, humidity %, source, received at)"""


class TelemetryStore(Outbox, ExogenousSource, Protocol):
    def save_exogenous(self, exogenous: ExogenousFacts) -> None:
        """Store head counts and weather in one transaction, before the readings of the same batch are judged.

        Of several values for one key the one received last counts; for weather the last one received before its hour
        began, else the first one received: a forecast that has been used is not replaced afterwards. What changes
        something that readings were judged by marks those meters for a replay. A meter whose state may be being
        worked out without it meanwhile has its version moved on, so that the other one starts again. Unknown rooms
        are quarantined.
        """

    def meters(self, keys: Sequence[tuple[int, str]]) -> dict[tuple[int, str], MeterContext]:
        """Context and state of the meters named by (hostel id, serial), in one query; unknown ones are left out."""

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
