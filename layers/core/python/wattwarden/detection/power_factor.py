"""What the power factor tells of a load: heaters add active power alone, motors bring reactive power with them."""

import numpy as np

from wattwarden.detection.state import Column, Core

LEVELS = np.array([0.25, 0.5, 1.0, 2.0, 3.5])
"""Loads, in units of the meter's usual mean, that part the ones at which its power factor is remembered."""
LEARNT_AT_H = 6.0
"""Hours at such a load after which its power factor counts as usual."""
IDLE = 0.02  # of the usual load: what a meter says of less is no power factor
HABIT, HABIT_H = (
    slice(Core._fields.index(first), Core._fields.index(first) + len(LEVELS) + 1) for first in ("pf_at0", "pf_at0_h")
)
"""Rows of a state's core: the usual power factor at each level, and the hours it is known from."""
_LEAST, _MOST = 0.3, 0.995  # beyond lies the meter's own error


def usual_factor(core: Core, measured: Column) -> Column:
    """The meter's habit, or what it measures while it has none."""
    return np.where(np.isnan(core.pf_slow), measured, core.pf_slow)


def distance(measured: Column, habit: Column, habit_h: Column, usual: Column) -> Column:
    """How far the power factor lies from what is usual at such a load: negative below it, NaN where it is unknown.

    At a load that is new to the meter it may well be lower than elsewhere: little is on, or the first motor.
    """
    at_least_usual = np.maximum(measured - usual, 0.0)
    return np.where(habit_h >= LEARNT_AT_H, measured - habit, at_least_usual)


def without_reactive(kw: Column, power_factor: Column, usual: Column) -> Column:
    """Load (signed, kW) in excess of what the load's reactive power usually comes with; NaN where a factor is unknown.

    A load P of power factor cos(phi) brings the reactive power P tan(phi); at the usual factor that much belongs to
    the active power P tan(phi) / tan(phi_usual). The rest came without.
    """
    excess: Column = kw * (1 - _reactive(power_factor) / _reactive(usual))
    return excess


def explained_change(core: Core, kw: Column, expected_kw: Column, power_factor: Column) -> Column:
    """Distance to the usual power factor; a rise counts as far as resistance of the load's excess can have caused it.

    A load of power factor f of which a share s is replaced by resistance has (1 - s) f + s at most: a power factor that
    rises beside an ordinary load is one that recovers.
    """
    usual = usual_factor(core, power_factor)
    excess = np.maximum(kw - expected_kw, 0.0) / np.maximum(kw, 1e-9)
    change: Column = np.minimum(power_factor - usual, np.maximum(1 - usual, 0.0) * excess)
    return change


def _reactive(power_factor: Column) -> Column:
    """Reactive over active power: tan(phi)."""
    kept = np.clip(power_factor, _LEAST, _MOST)
    tangent: Column = np.sqrt(1 - kept * kept) / kept
    return tangent
