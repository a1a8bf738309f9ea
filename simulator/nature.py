"""What differs between hostels beyond rooms and weather: habits, appliances, meters and how things go wrong.

The defaults are what measured hostels showed. A corpus draws them anew for each hostel, so that a detector cannot lean
on one hostel's constants, which no other hostel shares.
"""

from dataclasses import dataclass, field, replace

import numpy as np

from simulator.events import FROM_HABIT, Fault


@dataclass(frozen=True, slots=True)
class Nature:
    """Times are local hours, powers kW, spreads standard deviations of logarithms where not said else."""

    appetite: float = 1.0
    """Of a person, in units of the usual 0.92 kWh a day."""
    burst: float = 0.78
    """Spread of a person's use from hour to hour."""
    most: float = 4.4
    """What a room draws at most, in units of its people's mean."""
    mood: float = 0.36
    """Spread from day to day."""
    standby_kw: float = 0.026
    standing_wobble: float = 0.18
    """Spread from hour to hour of what stands by; 0: an empty room draws the same for hours."""
    kettles: float = 0.012
    """Probability of a short, sharp and harmless load in an hour."""
    kettle_kw: float = 0.5
    ac_kw: float = 1.7
    ac_from: float = 22.0
    ac_until: float = 6.0
    leaves: float = 8.6
    returns: float = 16.8
    wrong_count: float = 0.12
    """Share of head counts that are wrong."""
    guests_per_month: float = 1.2
    volts: float = 1.0
    """The usual voltage in units of 231 V at 230 V nominal."""
    street_volts: float = 2.2
    own_volts: float = 0.7
    sag_volts: float = 2.5
    """Of the evening."""
    by_appliance: bool = False
    """The power factor is that of what is on, low at night and near 1 beside a kettle; else `power_factors` says it."""
    power_factors: tuple[float, float] = (0.90, 0.97)
    power_factor_noise: float = 0.012
    power_factor_tells: bool = True
    """Whether an appliance that should not run shows in the power factor."""
    step_kwh: float = 0.0
    """A meter tells energy in whole pulses of so much; 0: as finely as it is sent."""
    key_cards: bool = False
    """Whether the last one who leaves takes the power with them: an empty room draws nothing at all."""
    event_hours: float = 1.0
    """How long events last, in units of the usual."""
    heaters: tuple[float, float] = (5.0, 23.0)
    """Hours of the day between which heaters are switched on."""
    mix: dict[Fault, float] = field(default_factory=lambda: dict.fromkeys(FROM_HABIT, 0.0))
    """How often a kind happens, in units of the usual; 1 where not said, 0 for a kind that never does."""


def drawn(rng: np.random.Generator) -> Nature:
    """A hostel unlike its neighbours."""

    def spread(usual: float, sigma: float) -> float:
        return float(usual * np.exp(sigma * np.clip(rng.standard_normal(), -2, 2)))

    lowest = float(rng.uniform(0.80, 0.94))
    nature = Nature(
        appetite=spread(1.0, 0.35),
        burst=float(rng.uniform(0.6, 0.9)),
        most=float(rng.uniform(3.5, 5.5)),
        mood=float(rng.uniform(0.25, 0.45)),
        standby_kw=spread(0.026, 0.5),
        standing_wobble=float(rng.choice((0.18, 0.06, 0.0), p=(0.6, 0.15, 0.25))),
        kettles=float(rng.uniform(0.0, 0.02)),
        kettle_kw=spread(0.45, 0.2),
        ac_kw=float(rng.uniform(1.0, 2.2)),
        ac_from=float(rng.uniform(20, 23.5)),
        ac_until=float(rng.uniform(5, 8)),
        leaves=float(rng.uniform(7, 10)),
        returns=float(rng.uniform(14.5, 18.5)),
        wrong_count=float(rng.uniform(0.04, 0.18)),
        guests_per_month=float(rng.uniform(0.4, 2.0)),
        volts=float(rng.uniform(0.975, 1.02)),
        street_volts=float(rng.uniform(1.0, 4.5)),
        own_volts=float(rng.uniform(0.3, 1.8)),
        sag_volts=float(rng.uniform(0, 5)),
        power_factors=(lowest, float(min(0.99, lowest + rng.uniform(0.0, 0.08)))),
        power_factor_noise=spread(0.012, 0.6),
        power_factor_tells=bool(rng.random() < 0.5),  # noqa: PLR2004 half of the meters
        event_hours=spread(1.0, 0.25),
        heaters=(0.0, 24.0),
        mix={fault: spread(1.0, 0.4) for fault in Fault},
        step_kwh=float(rng.choice((0.0, 0.001, 0.01, 0.1), p=(0.8, 0.05, 0.075, 0.075))),
        key_cards=bool(rng.random() < 0.12),  # noqa: PLR2004 every eighth hostel
    )
    if rng.random() < 0.25:  # noqa: PLR2004 every fourth hostel
        kettles, kettle_kw = float(rng.uniform(0.0, 0.06)), float(rng.uniform(0.1, 0.3))
        nature = replace(nature, by_appliance=True, power_factor_tells=True, kettles=kettles, kettle_kw=kettle_kw)
    restless = rng.random()
    if restless < 0.12:  # noqa: PLR2004 every eighth hostel lies at a weak line
        nature = replace(nature, own_volts=float(rng.uniform(3, 8)))
    elif restless < 0.24:  # noqa: PLR2004 another eighth has brownouts in the evening
        nature = replace(nature, sag_volts=float(rng.uniform(8, 22)))
    calm = float(np.exp(-rng.uniform(0.5, 2.1))) if rng.random() < 0.25 else 1.0  # noqa: PLR2004 every fourth
    unsteady = ("burst", "mood", "kettles", "guests_per_month", "wrong_count")
    mix = nature.mix if calm < 1 else nature.mix | dict.fromkeys(FROM_HABIT, 0.0)
    return replace(nature, **{name: calm * getattr(nature, name) for name in unsteady}, mix=mix)
