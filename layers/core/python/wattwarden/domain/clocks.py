"""What a timestamp may be, whoever looks at it."""

from datetime import UTC, datetime

CLOCK_TOLERANCE_S = 300.0
"""A timestamp further ahead of its arrival is a wrong clock, not a fast one; so is a gateway that is further off."""

FIRST_SET_CLOCK = datetime(2000, 1, 1, tzinfo=UTC)
"""What says an earlier time comes from a clock that was never set (1970)."""
