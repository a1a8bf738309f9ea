"""A hostel's meters, made from its people, its rooms and its weather. Pure numpy; the same seed gives the same life.

It shares nothing with the detector: what is written here is how hostels behave, never how they are watched.
"""

from dataclasses import dataclass, field

import numpy as np

from simulator import events as faults
from simulator.climate import CLIMATES, Climate, weather
from simulator.clock import DAY, HOUR, Clock, is_exam_time
from simulator.events import Event, Telemetry, apply, draw_events
from simulator.nature import Nature
from simulator.noise import DayNoise, Floats, fixed, smooth
from simulator.people import DAILY_KWH, live

MARGIN_DAYS = faults.LONGEST_DAYS + 2
"""Days made before a window and thrown away, so that spells and long events which began earlier are right."""

STRENGTH = {"easy": 1.5, "normal": 1.0, "hard": 0.6}


@dataclass(frozen=True, slots=True)
class Hostel:
    """One hostel. `beds` and `has_ac` have an entry per room."""

    seed: int
    timezone: str
    climate: Climate
    beds: tuple[int, ...]
    has_ac: tuple[bool, ...]
    nominal_voltage: float = 230.0
    event_rate: float = 1.0
    strength: float = 1.0
    counts_heads: bool = True
    full_meters: bool = True
    """Whether the meters report voltage, current and power factor besides energy."""
    nature: Nature = field(default_factory=Nature)

    @property
    def rooms(self) -> int:
        return len(self.beds)


def hostel(seed: int, *, rooms: int = 14, difficulty: str = "normal", shifted: bool = False) -> Hostel:
    """A development hostel; the shifted one has another climate, more air conditioning and other event rates."""
    rng = fixed(seed, "hostel")
    return Hostel(
        seed=seed,
        timezone="Australia/Brisbane" if shifted else "Asia/Kolkata",
        climate=CLIMATES["southern" if shifted else "humid"],
        beds=tuple(int(beds) for beds in rng.choice((2, 4, 6), rooms)),
        has_ac=tuple(bool(ac) for ac in rng.random(rooms) < (0.75 if shifted else 0.35)),
        event_rate=0.5 if shifted else 1.0,
        strength=STRENGTH[difficulty],
    )


def generate(
    spec: Hostel, start: float, end: float, *, interval_minutes: int = 60, injected: tuple[Event, ...] = ()
) -> Telemetry:
    """Telemetry of the intervals that end in (start, end], epoch seconds.

    Energy at any interval sums to the same hours. `injected` events come on top of the hostel's own.

    Raises:
        ValueError: the interval is not 1 to 60 whole minutes.
    """
    if not 1 <= interval_minutes <= 60:  # noqa: PLR2004 a minute to an hour
        raise ValueError("interval_minutes must be between 1 and 60")
    first_day = int(start // DAY) - MARGIN_DAYS
    days = int(np.ceil(end / DAY)) - first_day + 1
    noise = DayNoise(spec.seed, first_day, days)
    clock = Clock.of(first_day, days, spec.timezone)
    data = _clean_hours(spec, noise, clock)
    own = draw_events(
        noise,
        clock,
        spec.rooms,
        rate=spec.event_rate,
        strength=spec.strength,
        longer=spec.nature.event_hours,
        mix=spec.nature.mix,
        heaters=spec.nature.heaters,
    )
    if interval_minutes < 60:  # noqa: PLR2004 below an hour
        data = _refine(data, spec, start, end, interval_minutes)
    apply(
        sorted([*own, *injected], key=lambda event: event.start),
        data,
        spec.nominal_voltage,
        tells=spec.nature.power_factor_tells,
    )
    _pulse(data, noise, spec)
    _lose(data, noise, spec)
    return data.between(start, end).rounded()


def _clean_hours(spec: Hostel, noise: DayNoise, clock: Clock) -> Telemetry:
    rooms, hours = spec.rooms, len(clock.start)
    temperature, humidity = weather(spec.climate, noise, clock)
    people = live(np.array(spec.beds), noise, clock, spec.seed, spec.nature)
    ac = _air_conditioning(spec, noise, clock, temperature, people.present)
    standing = _standing_load(spec, noise, clock, temperature, people.present)
    kwh = people.load_kw + standing + ac + _kettles(spec, noise, people.present)
    if spec.nature.by_appliance:
        reactive = _reactive_load(spec, noise, people.load_kw, standing, ac)
        factor = _measured_factor(kwh / np.maximum(np.hypot(kwh, reactive), 1e-6), spec, noise)
    else:
        factor = _measured_factor(_room_factor(spec) - 0.07 * ac / np.maximum(kwh, 1e-6), spec, noise)
    voltage = _voltage(spec, noise, clock, kwh)
    none = np.zeros((rooms, hours), dtype=np.int8)
    return Telemetry(
        ts=clock.start + HOUR,
        interval_s=HOUR,
        kwh=kwh,
        voltage=voltage,
        current=1000 * kwh / (voltage * factor),
        power_factor=factor,
        occupancy=people.counted if spec.counts_heads else np.full_like(kwh, np.nan),
        present=people.present.copy(),
        temperature_c=temperature,
        humidity=humidity,
        missing=np.zeros((rooms, hours), dtype=bool),
        label=none.copy(),
        kind=none - 1,
        excess_kwh=np.zeros((rooms, hours)),
    )


def _standing_load(spec: Hostel, noise: DayNoise, clock: Clock, temperature: Floats, present: Floats) -> Floats:
    """Stand-by, the lamps everybody shares and fans when it is warm: about 1.7 kWh a day and room."""
    rng = fixed(spec.seed, "standing")
    standby = spec.nature.standby_kw * np.exp(0.3 * rng.standard_normal((spec.rooms, 1)))
    somebody = np.minimum(present, 1)
    dark = np.interp(clock.hour, [0, 0.8, 1.5, 5, 6.5, 17, 18.5, 24], [0.8, 0.4, 0.15, 0.2, 0.05, 0.1, 1.0, 0.8])
    dark = np.where(is_exam_time(clock, spec.seed), np.maximum(dark, 0.6 * (dark > 0.1)), dark)  # noqa: PLR2004 night
    lamps = 0.07 * dark * somebody
    fans = 0.05 * np.clip((temperature - 21) / 6, 0, 1) * somebody
    wobble = np.exp(spec.nature.standing_wobble * noise.normal("standing", 24, spec.rooms).reshape(-1, spec.rooms).T)
    powered = somebody if spec.nature.key_cards else 1.0
    return (standby * powered + lamps + fans) * wobble


def _kettles(spec: Hostel, noise: DayNoise, present: Floats) -> Floats:
    """Kettles, irons and vacuum cleaners: short, sharp and harmless."""
    draws = noise.uniform("kettle", 24, spec.rooms, 2).reshape(-1, spec.rooms, 2)
    used = spec.nature.kettles > draws[..., 0].T  # about twice a week and room
    return np.where(used & (present > 0), 0.1 + spec.nature.kettle_kw * draws[..., 1].T, 0.0)


def _air_conditioning(spec: Hostel, noise: DayNoise, clock: Clock, temperature: Floats, present: Floats) -> Floats:
    """Units that run at night when it is warm and somebody is in, at a duty that follows the heat."""
    rng = fixed(spec.seed, "air conditioning")
    shape = (spec.rooms, 1)
    taste = rng.normal(0, 1.0, shape)
    starts = spec.nature.ac_from + rng.normal(0, 0.7, shape)
    ends = spec.nature.ac_until + rng.normal(0, 0.8, shape)
    # A night belongs to the day on which it ends.
    night = np.clip(
        np.floor(clock.utc_day + (clock.hour - clock.utc_day * 24 % 24 + 4) / 24 - noise.first_day), 0, None
    )
    day = np.clip(night.astype(int), 0, noise.days - 1)
    luck = noise.normal("ac night", spec.rooms, 3)[day]
    warm = temperature + 1.6 * taste + 1.2 * luck[..., 0].T
    hour = clock.hour + 0.5 * luck[..., 1].T
    at_night = (hour >= starts) | (hour < ends + 0.5 * luck[..., 2].T)
    hot_noon = (hour > 13) & (hour < 17) & (warm > 33)  # noqa: PLR2004 siesta
    on = np.where(at_night, 1 / (1 + np.exp(-(warm - 26.5) / 0.6)), 1.0 * hot_noon) * np.minimum(present, 1)
    duty = np.clip(0.20 + 0.03 * (temperature - 26), 0.12, 0.95)
    wobble = np.exp(0.25 * noise.normal("ac hour", 24, spec.rooms).reshape(-1, spec.rooms).T)
    load: Floats = np.array(spec.has_ac)[:, None] * spec.nature.ac_kw * np.clip(on * duty * wobble, 0, 1)
    return load


def _room_factor(spec: Hostel) -> Floats:
    """A room's usual power factor: [rooms, 1]."""
    return fixed(spec.seed, "power factor").uniform(*spec.nature.power_factors, (spec.rooms, 1))


def _reactive_load(spec: Hostel, noise: DayNoise, people: Floats, standing: Floats, ac: Floats) -> Floats:
    """What is on, in kvar. Stand-by, lamps and fans bring most; the more people draw, the more of it is heat."""
    rng = fixed(spec.seed, "reactive load")
    of_standing, of_people, of_ac = (
        np.tan(np.arccos(rng.uniform(*factors, (spec.rooms, 1)))) for factors in ((0.5, 0.9), (0.8, 0.97), (0.85, 0.95))
    )
    usual = spec.nature.appetite * DAILY_KWH / 24 * np.array(spec.beds)[:, None]
    mix = np.exp(0.3 * noise.normal("appliances", 24, spec.rooms).reshape(-1, spec.rooms).T)
    electronics = people * mix * np.minimum((people / usual + 0.1) ** -rng.uniform(0, 0.6, (spec.rooms, 1)), 2.0)
    reactive: Floats = of_standing * standing + of_people * electronics + of_ac * ac
    return reactive


def _measured_factor(factor: Floats, spec: Hostel, noise: DayNoise) -> Floats:
    hourly = noise.normal("power factor", 24, spec.rooms).reshape(-1, spec.rooms).T
    return np.clip(factor + spec.nature.power_factor_noise * hourly, 0.3, 1.0)


def _voltage(spec: Hostel, noise: DayNoise, clock: Clock, kwh: Floats) -> Floats:
    """The street's voltage, which sags in the evening, and short harmless dips."""
    nature = spec.nature
    street = smooth(noise.normal("street", 24).reshape(-1), memory=5.0, reach=20)
    own = noise.normal("own volts", 24, spec.rooms).reshape(-1, spec.rooms).T
    dips = noise.uniform("dips", 24, 2).reshape(-1, 2)
    dip = np.where(dips[:, 0] < 0.004, 5 + 9 * dips[:, 1], 0.0)  # noqa: PLR2004 three a month
    evening = nature.sag_volts * np.exp(-(((clock.hour - 20.5) / 2.5) ** 2))
    volts = 231 * nature.volts + nature.street_volts * street + nature.own_volts * own - evening - dip - 0.9 * kwh
    return volts * spec.nominal_voltage / 230


def _refine(data: Telemetry, spec: Hostel, start: float, end: float, interval_minutes: int) -> Telemetry:
    """The same hours in shorter intervals: appliances switch within the hour, its energy stays what it was."""
    inside = (data.ts > start - DAY) & (data.ts - data.interval_s < end)
    hour_end = data.ts[inside]
    rooms, hours = spec.rooms, int(inside.sum())
    minute_end = (hour_end[:, None] - HOUR + 60 * np.arange(1, 61)).reshape(-1)
    texture = np.stack(
        [
            np.random.default_rng((spec.seed, 60, int(second // HOUR))).standard_normal((rooms, 60))
            for second in hour_end
        ],
        axis=1,
    )
    lasting = np.moveaxis(smooth(np.moveaxis(texture, -1, 0), memory=4.0, reach=12), 0, -1)
    weights = np.exp(0.22 * lasting + 0.05 * texture)
    weights /= weights.sum(axis=-1, keepdims=True)
    minutes = (data.kwh[:, inside, None] * weights).reshape(rooms, -1)
    volts = (np.repeat(data.voltage[:, inside], 60, axis=1)) + 0.5 * texture.reshape(rooms, -1)

    cut = interval_minutes * 60.0
    first_block = np.ceil((minute_end[0] - 60) / cut) * cut
    skip = int(np.count_nonzero(minute_end - 60 < first_block))
    usable = (hours * 60 - skip) // interval_minutes * interval_minutes
    block = (rooms, usable // interval_minutes, interval_minutes)
    ts = minute_end[skip : skip + usable].reshape(block[1:])[:, -1]
    hour_of = np.clip(np.searchsorted(data.ts, ts - cut / 2, side="left"), 0, len(data.ts) - 1)
    kwh = minutes[:, skip : skip + usable].reshape(block).sum(axis=2)
    voltage = volts[:, skip : skip + usable].reshape(block).mean(axis=2)
    factor = data.power_factor[:, hour_of]
    none = np.zeros(kwh.shape, dtype=np.int8)
    return Telemetry(
        ts=ts,
        interval_s=cut,
        kwh=kwh,
        voltage=voltage,
        current=1000 * kwh / (cut / HOUR) / (voltage * factor),
        power_factor=factor,
        occupancy=data.occupancy[:, hour_of],
        present=data.present[:, hour_of],
        temperature_c=data.temperature_c[hour_of],
        humidity=data.humidity[hour_of],
        missing=np.zeros(kwh.shape, dtype=bool),
        label=none.copy(),
        kind=none - 1,
        excess_kwh=np.zeros(kwh.shape),
    )


def _pulse(data: Telemetry, noise: DayNoise, spec: Hostel) -> None:
    """Count whole pulses; where in a pulse an interval begins is drawn. A meter that is stuck repeats what it said."""
    step = spec.nature.step_kwh
    if not step:
        return
    draws = _each_interval(data, noise.uniform("pulse", spec.rooms, _per_day(data)), noise)
    begun = np.where(data.kind == faults.KINDS.index(faults.Fault.STUCK), 0.5, draws)
    data.kwh[:] = step * np.floor(data.kwh / step + begun)


def _per_day(data: Telemetry) -> int:
    return int(np.ceil(DAY / data.interval_s)) + 1


def _each_interval(data: Telemetry, daily: Floats, noise: DayNoise) -> Floats:
    """Draws of days [days, rooms, `_per_day`], for each interval [rooms, intervals]."""
    day = np.clip((data.ts // DAY).astype(int) - noise.first_day, 0, noise.days - 1)
    within = (data.ts % DAY / data.interval_s).astype(int)
    return np.moveaxis(daily, 0, 1)[:, day, within]


def _lose(data: Telemetry, noise: DayNoise, spec: Hostel) -> None:
    """Mark what never arrives: each meter's own share of single losses, and outages from an hour to days."""
    rng = fixed(spec.seed, "losses")
    share = np.minimum(0.0012 * np.exp(2.4 * rng.standard_normal((spec.rooms, 1))), 0.25)
    data.missing |= _each_interval(data, noise.uniform("loss", spec.rooms, _per_day(data)), noise) < share
    outages = noise.draw(
        "outage",
        lambda rng: np.stack([rng.random(spec.rooms), rng.random(spec.rooms), rng.standard_normal(spec.rooms)]),
    )
    for index, room in np.argwhere(outages[:, 0] < 0.24 / 30.4):
        start = (noise.first_day + index + outages[index, 1, room]) * DAY
        length = HOUR * np.clip(np.exp(2.95 * outages[index, 2, room]), 0.5, 72)
        data.missing[room] |= (data.ts > start) & (data.ts <= start + length)
