"""Score a batch whatever is in it: one bad meter is one bad meter.

A batch that fails is worked through by meter, halving what fails, so that a thousand meters beside a bad one cost some
twenty small batches. What fails alone is set aside with its reason and can be sent through again. When nothing but
failures comes, it is not the readings that are bad: then nothing more is set aside and the stream waits, in which they
are safe for a day or a week. (getsentry/arroyo limits its dead letter queue alike; Powertools' batch processor raises
when a whole batch fails.)
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from wattwarden.domain.errors import ConflictError, UnavailableError
from wattwarden.domain.quarantine import Quarantined, Reason
from wattwarden.ports.scoring import Effects, Model, TelemetryStore
from wattwarden.ports.stream import EventBus
from wattwarden.usecases.telemetry import batch
from wattwarden.usecases.telemetry.batch import DecodedBatch, MeterKey, Record
from wattwarden.usecases.telemetry.score import Scored, score_decoded

LIMIT = 5
"""So many may fail one after the other, with nothing that succeeds between them, before the stream waits."""


class StreamWaitsError(Exception):
    """So much fails for its own sake that the fault is taken to be ours: nothing was set aside."""


@dataclass(slots=True)
class Failing:
    """What failed in a row, remembered by a process from one batch to the next."""

    in_a_row: set[MeterKey | str] = field(default_factory=set)
    """Meters, and ids of records without readings."""


@dataclass(frozen=True, slots=True)
class Consumed:
    """What a batch came to."""

    scored: Scored
    set_aside: Sequence[Quarantined] = ()
    errors: Sequence[Exception] = ()
    """Why: one for each meter or record that was."""


def consume(
    records: Sequence[Record], store: TelemetryStore, model: Model, bus: EventBus, now: datetime, failing: Failing
) -> Consumed:
    """Score the records; what fails for its own sake is set aside, the rest is stored and judged.

    Raises:
        ConflictError: a meter's state kept moving; the batch may be delivered again.
        StreamWaitsError: too much fails; likewise, once whoever is to blame has gone.
        UnavailableError: the database is away; likewise.
    """
    work = _Work(store, model, bus, now, failing)
    try:
        scored = work.score(batch.read(records))
    except UnavailableError:
        raise
    except Exception:  # noqa: BLE001 - which part did it is found out below
        return work.apart(records)
    return Consumed(scored)


@dataclass(slots=True)
class _Work:
    store: TelemetryStore
    model: Model
    bus: EventBus
    now: datetime
    failing: Failing
    scored: Scored = field(default_factory=Scored)
    failed: dict[MeterKey | str, Exception] = field(default_factory=dict)
    succeeded: int = 0

    def score(self, decoded: DecodedBatch) -> Scored:
        scored = score_decoded(decoded, self.store, self.model, self.bus, self.now)
        if decoded.readings:  # that a head count was stored says nothing about judging
            self.failing.in_a_row.clear()
        return scored

    def apart(self, records: Sequence[Record]) -> Consumed:
        """Exogenous inputs first, by record, since readings are judged with it; then the readings, by meter."""
        for record in records:
            decoded = replace(batch.read([record]), readings=[])
            if decoded != DecodedBatch():
                self._try(decoded, [record.record_id])
        decoded = DecodedBatch(readings=batch.read(records).readings)
        self._halve(decoded, decoded.meters)
        if len(self.failed) > max(LIMIT, self.succeeded):
            error = next(iter(self.failed.values()))
            raise StreamWaitsError(f"{len(self.failed)} failed and {self.succeeded} did not") from error
        whole = {record.record_id: record for record in records}
        kept = [item for name, error in self.failed.items() for item in _kept(name, error, decoded, whole)]
        if kept:
            self.store.commit(Effects(quarantined=kept))
        return Consumed(self.scored, kept, list(self.failed.values()))

    def _halve(self, decoded: DecodedBatch, keys: Sequence[MeterKey]) -> None:
        if keys and not self._try(decoded.of(set(keys)), keys):
            half = len(keys) // 2
            self._halve(decoded, keys[:half])
            self._halve(decoded, keys[half:])

    def _try(self, decoded: DecodedBatch, names: Sequence[MeterKey | str]) -> bool:
        """Score what several have said; false when that failed and has to be divided."""
        try:
            self.scored += self.score(decoded)
        except UnavailableError:
            raise
        except Exception as error:
            if len(names) > 1:
                return False
            if isinstance(error, ConflictError):
                raise
            self._note(names[0], error)
            return True
        self.succeeded += len(decoded.meters)
        return True

    def _note(self, name: MeterKey | str, error: Exception) -> None:
        self.failed[name] = error
        self.failing.in_a_row.add(name)
        if len(self.failing.in_a_row) > LIMIT:
            raise StreamWaitsError(f"{len(self.failing.in_a_row)} failed in a row") from error


def _kept(name: MeterKey | str, error: Exception, decoded: DecodedBatch, whole: dict[str, Record]) -> list[Quarantined]:
    """A meter's readings, or a record whole."""
    detail = f"{type(error).__name__}: {error}"
    if isinstance(name, str):
        return [batch.whole_record(whole[name], Reason.PROCESSING_FAILED, detail)]
    return [
        part.kept(at, Reason.PROCESSING_FAILED, detail)
        for part in decoded.of({name}).readings
        for at in range(len(part.batch.meter))
    ]
