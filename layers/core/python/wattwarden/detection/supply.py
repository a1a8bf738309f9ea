"""What the mains give: below which voltage a meter is badly supplied."""

import numpy as np

from wattwarden.detection.state import Column, Core

LOW = 0.10
"""Below the nominal voltage by this share is undervoltage (EN 50160)."""
IMPLAUSIBLE = 0.70
"""A meter that reports less than 30 % has lost its voltage input."""
STRAYS = 5.0
"""Times as far as the meter's voltage usually strays from its mean: every evening's sag is no event."""
MOST_STRAY = 0.05  # of the nominal voltage: what one reading adds to the habit


def lowest_usual(core: Core, nominal: Column) -> Column:
    """Voltage (V) below which a meter is badly supplied, and worse than it is used to; only the former while NaN."""
    limit: Column = np.fmin((1 - LOW) * nominal, core.voltage72 - STRAYS * core.voltage_stray)
    return limit
