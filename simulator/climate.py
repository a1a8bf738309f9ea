"""Weather of a place: season, day and night, and spells of warm or dull days. Celsius and percent."""

from dataclasses import dataclass

import numpy as np

from simulator.clock import Clock
from simulator.noise import DayNoise, Floats, smooth

SPELL_DAYS = 10


@dataclass(frozen=True, slots=True)
class Climate:
    """`warmest_day` is the day of the year (0-364) with the highest mean; south of the equator it falls in January."""

    mean_c: float
    season_c: float
    day_c: float
    warmest_day: int
    humidity: float


CLIMATES = {
    "humid": Climate(mean_c=26.5, season_c=5.0, day_c=4.0, warmest_day=140, humidity=74),
    "dry": Climate(mean_c=24.5, season_c=9.0, day_c=6.0, warmest_day=170, humidity=45),
    "highland": Climate(mean_c=23.5, season_c=3.0, day_c=5.0, warmest_day=110, humidity=65),
    "temperate": Climate(mean_c=12.5, season_c=9.5, day_c=4.5, warmest_day=200, humidity=70),
    "southern": Climate(mean_c=18.5, season_c=5.5, day_c=4.5, warmest_day=20, humidity=63),
}


def weather(climate: Climate, noise: DayNoise, clock: Clock) -> tuple[Floats, Floats]:
    """Temperature and relative humidity per hour of the clock, [hours] each."""
    spell = smooth(noise.normal("weather spell"), memory=3.0, reach=SPELL_DAYS)
    daily = np.interp(clock.utc_day - noise.first_day, np.arange(noise.days) + 0.5, spell)
    hourly = smooth(noise.normal("weather hour", 24).reshape(-1), memory=4.0, reach=16)
    season = np.cos(2 * np.pi * (clock.day_of_year - climate.warmest_day) / 365.25)
    rhythm = np.cos(2 * np.pi * (clock.hour - 15.0) / 24)
    temperature = climate.mean_c + climate.season_c * season + climate.day_c * rhythm + 1.8 * daily + 0.5 * hourly
    humidity = climate.humidity - 2.6 * (climate.day_c * rhythm + 1.8 * daily) + 3.0 * hourly - 4.0 * season
    return temperature, np.clip(humidity, 8, 100)
