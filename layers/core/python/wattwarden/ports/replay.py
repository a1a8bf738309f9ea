"""What replay_meters needs: meters whose past changed, what they said, and one transaction for what follows from it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol

from wattwarden.contracts.events import IncidentsOpened
from wattwarden.domain.anomalies import Anomaly
from wattwarden.domain.meters import Fault, MeterContext, StateRow
from wattwarden.domain.readings import ReadingColumns, ReadingRows
from wattwarden.ports.exogenous import ExogenousSource
from wattwarden.ports.outbox import Outbox


@dataclass(frozen=True, slots=True)
class ReplayTask:
    """A meter to be worked out anew. Instants are epoch seconds.

    The context holds `state`, `last_ts` and `register` as they were at the checkpoint (None, None and empty: from the
    meter's first reading), and the `version` of now.
    """

    context: MeterContext
    window_start: float
    """Start of a local day (and not after it the hour): everything derived from readings whose interval starts here
    or later is written anew. The checkpoint is not younger; readings between the two only bring the state here."""
    readings: int
    """How many readings follow the checkpoint, about."""


@dataclass(slots=True)
class ReplayEffects:
    """What a replay of some meters comes to; committed together or not at all."""

    tasks: Sequence[ReplayTask]
    readings: ReadingRows
    """Every stored reading of the meters whose interval starts in the window: same keys, derived values anew."""
    pieces: ReadingRows | None = None
    """Parts of the time that are known from a total alone: roll-ups have them beside what of `readings` counts."""
    states: list[StateRow] = field(default_factory=list)
    """The last state of each meter, to take the place of the current one."""
    checkpoints: list[StateRow] = field(default_factory=list)
    """States on the way (younger than the window's start), to take the place of those kept from there on."""
    anomalies: list[Anomaly] = field(default_factory=list)
    """All anomalies of readings in the window, to take the place of those stored."""
    closed_incidents: list[tuple[int, datetime]] = field(default_factory=list)
    """(meter id, instant) of every closing in the window."""
    events: list[IncidentsOpened] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


class Waiting(NamedTuple):
    """Meters that wait for their replay."""

    marked: int
    failing: int
    """Of these, the ones whose last try failed."""
    oldest_s: float
    """How long the one that waits longest has been marked, the failing ones apart; 0 when none is."""


class ReplayStore(Outbox, ExogenousSource, Protocol):
    def due(self, now: datetime, limit: int) -> list[ReplayTask]:
        """Meters marked for a replay, oldest mark first: quiet for a few seconds, or marked for over two minutes.

        One that failed is left out until its pause is over.
        """

    def note_failure(self, meter_id: int, error: str, now: datetime) -> None:
        """Note that a meter's replay failed once more, and why; its pause grows with the attempts."""

    def waiting(self, now: datetime) -> Waiting: ...

    def facts(self, tasks: Sequence[ReplayTask]) -> ReadingColumns:
        """The stored readings of each task's meter after its checkpoint, sorted by (task, ts), as they were sent.

        `meter` indexes the tasks; `kwh` is NaN where a register was sent.
        """

    def totals(self, tasks: Sequence[ReplayTask]) -> ReadingColumns:
        """Energies of intervals longer than that of the reading that counts at the same instant; likewise sorted."""

    def commit_replay(self, effects: ReplayEffects) -> None:
        """Put what was worked out in the place of what is stored from the window on; marks and failures are gone.

        Readings: energy, interval, quality. Roll-ups of the window's hours and days. Anomalies; their incidents are
        summed anew. An incident left without anomalies is deleted, or, where an alert was raised for it, kept as
        withdrawn; an alert whose incidents are all withdrawn is resolved with a note.

        Raises:
            ConflictError: a meter moved on since its task was read; nothing was applied.
        """
