"""What a timestamp may be, whoever looks at it."""

from datetime import UTC, datetime

CLOCK_TOLERANCE_S = 300.0
"""A timestamp further ahead of its arrival is a wrong clock, not a fast one; so is a gateway that is further off."""

FIRST_SET_CLOCK = datetime(2001, 1, 1, tzinfo=UTC)
"""What says an earlier time comes from a clock that was never set: it began in 1970, in 1980 (GPS) or in 2000 (DSMR,
most clock chips), and may have been running for up to a year since."""
