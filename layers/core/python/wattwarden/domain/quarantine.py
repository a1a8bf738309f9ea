"""What cannot be processed."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Reason(StrEnum):
    """Why something was refused, or set aside."""

    INVALID = "invalid"  # a field is missing, malformed or out of range
    UNKNOWN_METER = "unknown_meter"
    UNKNOWN_ROOM = "unknown_room"
    FUTURE_TIMESTAMP = "future_timestamp"
    CLOCK_WRONG = "clock_wrong"  # sent at another time than it says, or the timestamp is of a clock that was never set
    TOO_OLD = "too_old"  # before what the stage keeps
    REPEATED_IN_REQUEST = "repeated_in_request"
    IMPLAUSIBLE_ENERGY = "implausible_energy"
    UNDECODABLE_RECORD = "undecodable_record"
    PROCESSING_FAILED = "processing_failed"


OF_ITS_TIME = frozenset({Reason.CLOCK_WRONG, Reason.FUTURE_TIMESTAMP, Reason.TOO_OLD})
"""When such a reading was measured is not known, or no longer kept: no repetition helps."""


KEPT_A_DAY = 5_000
"""Items of a hostel and day (UTC) that are kept; more are only counted. What was accepted and then failed is kept
whatever the number."""


@dataclass(frozen=True, slots=True)
class Quarantined:
    """Something that cannot be processed, kept with its reason.

    The `dedupe_key` follows from what it says and the reason: the same again is the same item.
    """

    dedupe_key: str
    source: str
    reason: str
    detail: str
    payload: dict[str, Any]
    received_at: float
    """Epoch seconds; the same at every delivery."""
