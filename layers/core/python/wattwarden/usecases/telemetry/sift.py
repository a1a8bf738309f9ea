"""Which readings of a batch are looked at: plausible ones of known meters; the others are kept with their reason."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wattwarden.domain.clocks import CLOCK_TOLERANCE_S, FIRST_SET_CLOCK
from wattwarden.domain.data_health import FaultKind
from wattwarden.domain.intervals import snap
from wattwarden.domain.meters import Fault, Meters
from wattwarden.domain.quarantine import Quarantined, Reason
from wattwarden.domain.readings import ReadingColumns
from wattwarden.domain.registers import MOST_KWH, MOST_REGISTER
from wattwarden.usecases.telemetry.batch import Part
from wattwarden.usecases.telemetry.facts import columns_of

_HALF_A_STORED_DIGIT_KWH = 0.00005


class Sifted(NamedTuple):
    columns: ReadingColumns
    """Sorted by (meter, ts)."""
    quarantined: list[Quarantined]
    faults: list[Fault]


def sift(parts: Sequence[Part], meters: Meters) -> Sifted:
    """Take the readings that can be true. At least one part; `meters` are those of its serials that are known.

    Refused are: unknown meters; times of no set clock, which the doors refuse too, as whoever writes to the stream is
    not believed either; more energy than the meter can pass in the interval, and registers beyond all.
    """
    taken: list[ReadingColumns] = []
    quarantined: list[Quarantined] = []
    faults: list[Fault] = []
    for part, meter in _placed(parts, meters):
        sent = part.batch
        columns = columns_of(sent, meter)
        refused = _refused(part, columns, meters)
        for at, (reason, kind, detail) in refused.items():
            quarantined.append(part.kept(at, reason, detail))
            if kind is not None:
                faults.append(Fault(sent.hostel_id, sent.meter[at], kind, float(columns.received_at[at]), detail))
        taken.append(columns.take(np.delete(np.arange(len(meter)), list(refused))) if refused else columns)
    together = _snapped(ReadingColumns.concatenate(taken), meters)
    return Sifted(together.take(np.lexsort((together.ts, together.meter))), quarantined, faults)


def _snapped(columns: ReadingColumns, meters: Meters) -> ReadingColumns:
    """Interval readings at the instants of their meter's grid; a register says what it showed when it was read."""
    on_grid = np.round(snap(columns.ts, meters.lengths_s(columns)), 6)
    return replace(columns, ts=np.where(np.isnan(columns.register_kwh), on_grid, columns.ts))


def _placed(parts: Sequence[Part], meters: Meters) -> Iterator[tuple[Part, NDArray[np.int64]]]:
    """Each part with its readings' places among the meters, -1 for unknown ones."""
    places: dict[int, dict[str, int]] = {}
    for place, (hostel_id, serial) in enumerate(zip(meters.hostel_id.tolist(), meters.serial, strict=True)):
        places.setdefault(hostel_id, {})[serial] = place
    before: dict[tuple[int, str], tuple[list[str], NDArray[np.int64]]] = {}
    for part in parts:
        sent = part.batch
        serials, meter = before.get((sent.hostel_id, sent.source), ([], np.empty(0, dtype=np.int64)))
        if serials != sent.meter:  # a gateway names the same meters again and again
            of_hostel = places.get(sent.hostel_id, {})
            meter = np.array([of_hostel.get(serial, -1) for serial in sent.meter], dtype=np.int64)
            before[sent.hostel_id, sent.source] = sent.meter, meter
        yield part, meter


def _refused(part: Part, columns: ReadingColumns, meters: Meters) -> dict[int, tuple[Reason, FaultKind | None, str]]:
    """By place in the part: why a reading is refused, and the fault of its meter that it shows."""
    unknown = columns.meter < 0
    ahead = columns.ts > columns.received_at + CLOCK_TOLERANCE_S
    misdated = ahead | (columns.ts < FIRST_SET_CLOCK.timestamp())
    beyond = columns.register_kwh > MOST_REGISTER
    limit = np.full(len(columns.ts), MOST_KWH)
    if meters.serial:
        limit = np.minimum(meters.max_kw[columns.meter] * meters.lengths_s(columns) / 3600, limit)
    over = columns.kwh > limit + _HALF_A_STORED_DIGIT_KWH
    found: dict[int, tuple[Reason, FaultKind | None, str]] = {}
    for at in np.flatnonzero(unknown | misdated | beyond | over).tolist():
        if unknown[at]:
            detail = f"meter {part.batch.meter[at]!r} is not in service in hostel {part.batch.hostel_id}"
            found[at] = Reason.UNKNOWN_METER, None, detail
        elif misdated[at]:
            reason = Reason.FUTURE_TIMESTAMP if ahead[at] else Reason.CLOCK_WRONG
            detail = f"{columns.ts[at]:.0f} s after 1970 cannot be when it was measured; check the clock"
            found[at] = reason, FaultKind.CLOCK_WRONG, detail
        else:
            detail = f"{columns.kwh[at]:.4f} kWh; more than {limit[at]:.4f} kWh cannot pass the meter in that time"
            if beyond[at]:
                detail = f"the register shows {columns.register_kwh[at]:.4f}, which no register does"
            found[at] = Reason.IMPLAUSIBLE_ENERGY, FaultKind.IMPLAUSIBLE, detail
    return found
