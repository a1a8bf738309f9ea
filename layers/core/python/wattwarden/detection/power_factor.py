"""What the power factor tells of a load: heaters add active power alone, motors bring reactive power with them."""

import numpy as np

from wattwarden.detection.state import Column, Core

_LEAST, _MOST = 0.3, 0.995  # beyond lies the meter's own error


def usual_factor(core: Core, measured: Column) -> Column:
    """The meter's habit, or what it measures while it has none."""
    return np.where(np.isnan(core.pf_slow), measured, core.pf_slow)


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
