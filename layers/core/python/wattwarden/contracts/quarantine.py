"""What quarantine keeps: everything a redrive needs to send the same thing through the stream again.

A payload is one of these models, dumped; which one, its fields say. Head counts of an unknown room are kept as their
store keeps them.
"""

from wattwarden.contracts.fields import Contract

MAX_RECORD_BYTES = 1 << 20
"""The largest record a stream takes: kept whole."""


class QuarantinedReading(Contract):
    """One reading, as it came. Times are epoch seconds, UTC; a redrive makes a `ReadingsBatch` of one row of it.

    Reasons: `unknown_meter`, `implausible_energy`, and what the door refused for its clock: `clock_wrong`,
    `future_timestamp`, `too_old`.
    """

    hostel_id: int
    source: str
    received_at: float
    meter: str
    ts: float
    interval_s: float | None = None
    kwh: float | None = None
    register_kwh: float | None = None
    voltage: float | None = None
    current: float | None = None
    power_factor: float | None = None


class QuarantinedRecord(Contract):
    """A whole record of the stream; a redrive puts the same bytes again.

    Reasons: `undecodable_record`, `processing_failed`.
    """

    record_id: str
    data_hex: str
