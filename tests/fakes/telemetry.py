"""The stream's ports in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from wattwarden.contracts.events import IncidentsOpened
from wattwarden.contracts.telemetry import OccupancyBatch, ReadingsBatch, WeatherBatch
from wattwarden.domain.errors import ConflictError, UnavailableError
from wattwarden.ports.scoring import Effects, MeterContext, Model, Surroundings, TelemetryStore
from wattwarden.ports.stream import EventBus, TelemetryStream

Batch = ReadingsBatch | OccupancyBatch | WeatherBatch


@dataclass
class FakeStream(TelemetryStream):
    """Keeps what was put; `broken` makes it refuse."""

    batches: list[tuple[str, Batch]] = field(default_factory=list)
    broken: bool = False

    def put(self, batches: Sequence[tuple[str, Batch]]) -> None:
        if self.broken:
            raise UnavailableError("the telemetry stream is busy; send the same request again")
        self.batches += batches


@dataclass
class FakeBus(EventBus):
    """Takes events, or none while `broken`."""

    events: list[IncidentsOpened] = field(default_factory=list)
    broken: bool = False

    def publish(self, events: Sequence[IncidentsOpened]) -> list[bool]:
        if not self.broken:
            self.events += events
        return [not self.broken] * len(events)


class SilentModel(Model):
    """An endpoint that never answers."""

    version = None

    def predict(self, features: NDArray[np.float32]) -> None:
        assert features.ndim == 2


@dataclass
class FakeTelemetry(TelemetryStore):
    """The database as dictionaries, with the same promises: all or nothing, a key once, versions guard states."""

    contexts: dict[tuple[int, str], MeterContext] = field(default_factory=dict)
    readings: dict[tuple[int, float], tuple[float, float]] = field(default_factory=dict)
    qualities: dict[tuple[int, float], str] = field(default_factory=dict)
    applied: list[Effects] = field(default_factory=list)
    outbox: dict[str, tuple[IncidentsOpened, bool]] = field(default_factory=dict)
    quarantine: dict[str, str] = field(default_factory=dict)
    around: Surroundings = field(default_factory=lambda: Surroundings({}, {}, {}))
    conflicts_to_come: int = 0

    def meters(self, keys: Sequence[tuple[int, str]]) -> dict[tuple[int, str], MeterContext]:
        return {key: self.contexts[key] for key in keys if key in self.contexts}

    def surroundings(
        self, room_ids: Sequence[int], hostel_ids: Sequence[int], start: float, end: float
    ) -> Surroundings:
        assert room_ids
        assert hostel_ids
        assert start <= end
        return self.around

    def stored(self, meter_ids: Sequence[int], ts: Sequence[float]) -> dict[tuple[int, float], tuple[float, float]]:
        return {key: self.readings[key] for key in zip(meter_ids, ts, strict=True) if key in self.readings}

    def commit(self, effects: Effects) -> None:
        by_id = {context.meter_id: key for key, context in self.contexts.items()}
        if self.conflicts_to_come:
            self.conflicts_to_come -= 1
            raise ConflictError("another consumer was first")
        for state in effects.states:
            if self.contexts[by_id[state.meter_id]].version != state.loaded_version:
                raise ConflictError("another consumer was first")
        for state in effects.states:
            key = by_id[state.meter_id]
            self.contexts[key] = replace(
                self.contexts[key],
                version=state.loaded_version + 1,
                state=state.state,
                last_ts=state.last_ts,
                last_register_kwh=state.last_register_kwh,
            )
        if effects.readings is not None:
            rows = effects.readings
            for i, meter_id in enumerate(rows.meter_id):
                at = (int(meter_id), float(rows.ts[i]))
                assert at not in self.readings
                self.readings[at] = (float(rows.kwh[i]), float(rows.register_kwh[i]))
                self.qualities[at] = str(rows.quality[i])
        for item in effects.quarantined:
            self.quarantine.setdefault(item.dedupe_key, item.reason)
        for event in effects.events:
            self.outbox.setdefault(str(event.outbox_id), (event, False))
        self.applied.append(effects)

    def mark_published(self, outbox_ids: Sequence[str]) -> None:
        for outbox_id in outbox_ids:
            self.outbox[outbox_id] = (self.outbox[outbox_id][0], True)

    def unpublished(self, older_than_s: float, limit: int) -> list[IncidentsOpened]:
        assert older_than_s >= 0
        return [event for event, sent in self.outbox.values() if not sent][:limit]
