"""Random lives of meters: what each said and what was said of it, with when it was received; a function of a seed.

`make trust ARGS="lives --seed 7"` lives the hostel of that seed again and shows the first rows that differ.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import blake2b
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

HOUR = 3_600.0
DAY = 24 * HOUR
WEEK = 7 * DAY
LIVES = 20
"""In a hostel."""
ZONES = ("Asia/Kolkata", "Europe/Berlin", "America/New_York", "UTC", "Australia/Lord_Howe", "America/Havana")
CODES = (9_999.9, 65_535.0, 99_999.0, 32_767.0, 6_553.5)
"""What meters send as energy when they mean that they know none; 99,999 kWh is what the door takes at most."""
REGISTER_CODES = (9_999.9, 65_535.0, 99_999.9, 0.0)
HUGE_CODES = (999_999.99, 4_294_967.295, 4_294_967_295.0, 9_999_999_999.0)

_MINUTES = (1, 5, 15, 30, 60, 1440)
_SHARES = (0.06, 0.12, 0.24, 0.16, 0.34, 0.08)
_MOST_DAYS = {1: 3.5, 5: 7, 15: 12, 30: 21, 60: 75, 1440: 150}


class Trait(StrEnum):
    """What may befall a meter. Each draws from numbers of its own: without one of them the rest stays the same."""

    REGISTER = "register"
    ROLLOVER = "rollover"
    RESET = "reset"
    STEP_BACK = "step back"
    REPLACED = "replaced"
    RATIO = "ratio"
    UNNOTED = "unnoted replacement"
    RENOTED = "changes noted wrongly first"
    IMPLIED = "multiplier left out"
    COARSE = "coarse display"
    BOTH_MEASURES = "both measures"
    BUILDING = "building"
    HEATER = "heater"
    NIGHT = "night use"
    EMPTY = "empty room with load"
    STUCK = "stuck"
    DEAD = "dead"
    LEAK = "leak"
    SHORT = "short of the usual"
    GAPS = "gaps"
    LONG_GAP = "long gap"
    ERROR_CODES = "error codes"
    HUGE_CODES = "huge error codes"
    IMPLAUSIBLE = "implausible"
    SAGS = "sags"
    NO_VOLTS = "no volts"
    VOLTS_ABSENT = "volts absent"
    PF_NEGATIVE = "negative power factor"
    PF_ZERO = "power factor of nought"
    PF_FALLS = "power factor falls"
    PF_ABSENT = "power factor absent"
    CHANGED_INTERVAL = "changed interval"
    OTHER_NOMINAL = "other nominal interval"
    ODD_STAMPS = "odd stamps"
    CORRECTED = "corrected"
    CORRECTED_BACK = "corrected back"
    AT_ONCE = "two values at once"
    REPEATED = "repeated"
    RESTATED = "repeated with other volts"
    BACKLOG = "backlog"
    LATE = "late"
    HEADS = "head counts"
    HEADS_AFTER = "head counts after the fact"
    HEADS_CORRECTED = "head counts corrected"
    MOMENT_APART = "again a moment later"
    WRONG_CLOCK = "wrong clock"
    CLOCK_OF_2000 = "clock of 2000"


@dataclass(frozen=True, slots=True)
class Reading:
    meter: str
    ts: float
    at: float
    """When it was received."""
    kwh: float | None = None
    register_kwh: float | None = None
    interval_s: float | None = None
    voltage: float | None = None
    current: float | None = None
    power_factor: float | None = None


@dataclass(frozen=True, slots=True)
class HeadCount:
    room: str
    ts: float
    at: float
    count: int


@dataclass(frozen=True, slots=True)
class Weather:
    ts: float
    at: float
    temperature_c: float | None
    humidity: float | None


@dataclass(frozen=True, slots=True)
class Change:
    """What somebody noted, at `at`, to have been done to a meter at `ts`."""

    meter: str
    ts: float
    at: float
    kind: str
    """`replaced` or `ratio`; `none`: what was noted for that instant is taken back."""
    before: float | None = None
    after: float | None = None
    multiplier: float | None = None


type Fact = Reading | HeadCount | Weather | Change


@dataclass(frozen=True, slots=True)
class Story:
    """A hostel with a meter to each room, and everything that was said of them, in the order of event time."""

    seed: int
    timezone: str
    rooms: list[dict[str, Any]]
    """As for `contracts.api.RoomSetup`."""
    facts: list[Fact]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens: facts are delivered (or delivered again), or meters are replayed."""

    facts: tuple[Fact, ...] = ()
    delivery: int = 0
    """The same for the same records."""
    consumer: int = 0

    @property
    def is_replay(self) -> bool:
        return not self.facts


def some_traits(rng: np.random.Generator) -> frozenset[Trait]:
    """A few of all traits: many at once hide each other's effects."""
    share = float(rng.choice([0.05, 0.15, 0.3, 0.5]))
    traits = {trait for trait in Trait if rng.random() < share}
    return frozenset(traits | ({Trait.REGISTER} if rng.random() < 0.5 else set()))  # noqa: PLR2004


def story(
    seed: int,
    lives: Sequence[frozenset[Trait]] | int = LIVES,
    steps: int = 800,
    spared: frozenset[Trait] = frozenset(),
) -> Story:
    """A hostel of so many lives, or of lives with these traits but those spared, of at most so many readings each."""
    rng = np.random.default_rng([seed, 1])
    chosen = [some_traits(rng) for _ in range(lives)] if isinstance(lives, int) else lives
    chosen = [traits - spared for traits in chosen]
    zone = str(rng.choice(ZONES))
    month = int(rng.choice([2, 9]))  # the clocks change in March or April, and in October or November
    start = datetime(2025, month, 10, tzinfo=UTC).timestamp() + float(rng.integers(0, 50 * 24)) * HOUR
    told = [_Life(seed, n, traits, start, steps) for n, traits in enumerate(chosen, start=1)]
    facts = [fact for life in told for fact in life.facts]
    latest = max((fact.ts for fact in facts), default=start)
    facts += _weather(np.random.default_rng([seed, 2]), start, min(latest, start + 20 * DAY))
    return Story(seed, zone, [life.room for life in told], in_order(facts))


def in_order(facts: Iterable[Fact]) -> list[Fact]:
    """By event time; exogenous inputs before readings, what was received first before the rest."""
    return sorted(facts, key=lambda fact: (fact.ts, isinstance(fact, Reading), fact.at, repr(fact)))


def storm(seed: int, facts: Sequence[Fact]) -> Iterator[Step]:
    """The facts about as they were received: in batches of any size, shuffled, some again, with replays in between.

    What becomes of a fact is its own chance, so that it stays the same when others are left out.
    """
    rng = np.random.default_rng([seed, 3])
    strays = rng.choice([0.0, 0.02, 0.2, 1.0], p=[0.2, 0.3, 0.4, 0.1])
    span_s = float(rng.choice([600.0, 6 * HOUR, 3 * DAY, 5 * WEEK]))
    cut = float(rng.choice([0.02, 0.005, 0.001, 0.0]))
    replayed, again = float(rng.choice([0.0, 0.05, 0.2])), float(rng.choice([0.0, 0.1]))
    chances = [_chances(seed, fact) for fact in facts]
    held = [
        chance[1] * span_s if chance[0] < strays and not isinstance(fact, Change) else 0.0
        for fact, chance in zip(facts, chances, strict=True)
    ]
    done: list[Step] = []
    batch: list[Fact] = []
    for number in sorted(range(len(facts)), key=lambda n: (facts[n].at + held[n], chances[n])):
        fact, (*_, cuts, happens, consumer) = facts[number], chances[number]
        alone = isinstance(fact, Change)  # no record of the stream
        if batch and (alone or cuts < cut):
            done.append(Step(tuple(batch), len(done), round(consumer)))
            yield done[-1]
            if happens < again:
                yield done[int(consumer * len(done))]
            if happens > 1 - replayed:
                yield Step()
            batch = []
        if alone:
            yield Step((fact,))
        else:
            batch.append(fact)
    if batch:
        yield Step(tuple(batch), len(done))
    yield Step()


def clean_pass(facts: Sequence[Fact], size: int = 2_000) -> Iterator[Step]:
    """Everything once, in the order of event time."""
    number = 0
    batch: list[Fact] = []
    for fact in in_order(facts):
        alone = isinstance(fact, Change)
        if batch and (alone or len(batch) == size):
            yield Step(tuple(batch), number)
            number, batch = number + 1, []
        if alone:
            yield Step((fact,))
        else:
            batch.append(fact)
    if batch:
        yield Step(tuple(batch), number)
    yield Step()


def _chances(seed: int, fact: Fact) -> tuple[float, ...]:
    """Five numbers from 0 to 1."""
    drawn = blake2b(f"{seed}{fact!r}".encode(), digest_size=20).digest()
    return tuple(int.from_bytes(drawn[n : n + 4]) / 2**32 for n in range(0, 20, 4))


def _weather(rng: np.random.Generator, start: float, end: float) -> list[Fact]:
    """Every hour's, foretold; for some hours said again, sooner or later, and for some never."""
    facts: list[Fact] = []
    if rng.random() < 0.3:  # noqa: PLR2004 - nobody knows the weather
        return facts
    for ts in np.arange(start // HOUR * HOUR, end, HOUR).tolist():
        if rng.random() < 0.1:  # noqa: PLR2004
            continue
        for lag in [-5 * HOUR, -HOUR, 3 * HOUR, 2 * DAY][: 1 + int(rng.integers(4) * (rng.random() < 0.1))]:  # noqa: PLR2004
            humidity = None if rng.random() < 0.2 else round(float(rng.uniform(20, 95)), 1)  # noqa: PLR2004
            facts.append(Weather(ts, ts + lag, round(float(rng.normal(25, 5)), 1), humidity))
    return facts


@dataclass(slots=True)
class _Life:
    """One meter with its room."""

    seed: int
    number: int
    traits: frozenset[Trait]
    start: float
    steps: int
    room: dict[str, Any] = field(init=False)
    facts: list[Fact] = field(init=False)
    _name: str = field(init=False)
    _minutes: int = field(init=False)
    _end: NDArray[np.float64] = field(init=False)
    _kw: NDArray[np.float64] = field(init=False)
    _people: NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        rng = np.random.default_rng([self.seed, self.number])
        self._name = f"A-{self.number}"
        self._minutes = int(rng.choice(_MINUTES, p=_SHARES))
        count = max(3, int(min(self.steps, _MOST_DAYS[self._minutes] * 1440 / self._minutes) * rng.uniform(0.3, 1)))
        self._end = self.start + 60.0 * self._minutes * np.arange(1, count + 1, dtype=np.float64)
        if Trait.ODD_STAMPS in self.traits:
            self._end += float(self._of(Trait.ODD_STAMPS).integers(1, 3_599)) + 0.25
        digits = int(rng.choice([5, 6])) if rng.random() < 0.5 else None  # noqa: PLR2004
        beds = 0 if Trait.BUILDING in self.traits else int(rng.integers(1, 5))
        nominal = float(rng.choice([self._minutes, 15, 60])) if Trait.OTHER_NOMINAL in self.traits else self._minutes
        self.room = {
            "name": self._name,
            "block": "A",
            "floor": 1,
            "beds": beds,
            "has_ac": bool(rng.random() < 0.3),  # noqa: PLR2004
            "meters": [
                {
                    "serial": self._name,
                    "measures": "register" if Trait.REGISTER in self.traits else "interval",
                    "interval_minutes": nominal,
                    "register_digits": digits,
                    "nominal_voltage": 230,
                    "max_kw": float(rng.choice([10, 20])) if rng.random() < 0.3 else None,  # noqa: PLR2004
                }
            ],
        }
        self._kw = self._loads(rng)
        self._people = rng.integers(0, max(beds, 1) + 1, count)
        self._unusual()
        self.facts = []
        readings = self._registers(digits) if Trait.REGISTER in self.traits else self._intervals()
        readings = self._received(self._gone(self._measured(readings)))
        self.facts += [*readings, *self._said_again(readings), *self._heads()]

    def _of(self, trait: Trait) -> np.random.Generator:
        return np.random.default_rng([self.seed, self.number, crc32(trait.encode())])

    def _drawing(self, *traits: Trait) -> Iterator[tuple[Trait, np.random.Generator]]:
        """Those that this life has, each with its numbers."""
        for trait in traits:
            if trait in self.traits:
                yield trait, self._of(trait)

    def _window(self, rng: np.random.Generator, least_h: float, most_h: float) -> slice:
        """Some time, in the later two thirds of the life when it can."""
        length = max(1, round(rng.uniform(least_h, most_h) * 60 / self._minutes))
        first = int(rng.integers(len(self._end) // 3, max(len(self._end) // 3 + 1, len(self._end) - length)))
        return slice(first, first + length)

    def _around_falls(self, trait: Trait) -> list[int]:
        """Where the trait goes on while the register falls."""
        falls = self._moments(Trait.RESET, 3) if trait in self.traits else ()
        return sorted({near for n in falls for near in range(n - 2, n + 3) if 0 <= near < len(self._end)})

    # -- what the room draws ---------------------------------------------------------------------------------------

    def _loads(self, rng: np.random.Generator) -> NDArray[np.float64]:
        hour = self._end % DAY / HOUR
        level = rng.uniform(0.04, 0.4) * (rng.choice([1, 20]) if Trait.BUILDING in self.traits else 1)
        evening = 1 + rng.uniform(0, 2) * np.exp(-(((hour - 20) / 3) ** 2))
        shape = level * evening * np.exp(rng.uniform(0, 0.5) * rng.standard_normal(len(hour)))
        return np.asarray(shape)

    def _unusual(self) -> None:
        kw = self._kw
        kw[self._around_falls(Trait.HEATER)] += 3.0
        for trait, rng in self._drawing(
            Trait.HEATER, Trait.NIGHT, Trait.EMPTY, Trait.STUCK, Trait.DEAD, Trait.LEAK, Trait.SHORT
        ):
            for _ in range(int(rng.integers(1, 4))):
                if trait is Trait.HEATER:
                    kw[self._window(rng, 1, 8)] += 3.0
                elif trait is Trait.NIGHT:
                    kw[self._end % DAY < 5 * HOUR] += 0.5
                elif trait is Trait.EMPTY:
                    window = self._window(rng, 6, 60)
                    kw[window] += 0.8
                    self._people[window] = 0
                elif trait is Trait.STUCK:
                    kw[self._window(rng, 5, 30)] = round(rng.uniform(0.1, 1.0), 3)
                elif trait is Trait.DEAD:
                    kw[self._window(rng, 3, 30)] = 0.0
                elif trait is Trait.LEAK:
                    window = self._window(rng, 24, 240)
                    kw[window] += np.linspace(0, 1.5, len(kw[window]))
                else:
                    kw[self._window(rng, 24, 120)] *= 0.1

    # -- what the meter says of it ---------------------------------------------------------------------------------

    def _intervals(self) -> list[Reading]:
        seconds = 60.0 * self._minutes
        energy = self._kw * self._minutes / 60
        told = Trait.OTHER_NOMINAL in self.traits or Trait.CHANGED_INTERVAL in self.traits
        readings = [
            Reading(self._name, end, end, round(kwh, 4), interval_s=seconds if told else None)
            for end, kwh in zip(self._end.tolist(), energy.tolist(), strict=True)
        ]
        for _, rng in self._drawing(Trait.CHANGED_INTERVAL):
            since, together = self._window(rng, 1, 1).start, int(rng.integers(2, 5))
            groups = [readings[n : n + together] for n in range(since, len(readings), together)]
            readings[since:] = [
                replace(group[-1], kwh=round(sum(r.kwh or 0 for r in group), 4), interval_s=seconds * len(group))
                for group in groups
            ]
            if self._minutes * together > 1440:  # noqa: PLR2004 - the longest that the door takes
                readings = readings[:since]
        for _, rng in self._drawing(Trait.BOTH_MEASURES):
            total = 100.0 + np.cumsum(energy)
            at = {end: round(value, 4) for end, value in zip(self._end.tolist(), total.tolist(), strict=True)}
            for n in rng.integers(0, len(readings), 6).tolist():
                readings[n] = replace(readings[n], kwh=None, register_kwh=at[readings[n].ts], interval_s=None)
        for _, rng in self._drawing(Trait.ERROR_CODES):
            for n in rng.integers(0, len(readings), int(rng.integers(1, 6))).tolist():
                readings[n] = replace(readings[n], kwh=float(rng.choice(CODES)), register_kwh=None)
        for _, rng in self._drawing(Trait.IMPLAUSIBLE):
            for n in rng.integers(0, len(readings), 2).tolist():
                readings[n] = replace(readings[n], kwh=round(float(rng.uniform(20, 90)), 4), register_kwh=None)
        return readings or [Reading(self._name, self._end[0], self._end[0], 0.1)]

    def _registers(self, digits: int | None) -> list[Reading]:
        count = len(self._end)
        rolls_over = Trait.ROLLOVER in self.traits
        value = float(np.random.default_rng([self.seed, self.number, 5]).uniform(0, 9_000))
        if rolls_over:
            value = 10.0 ** (digits or 6) - float(self._of(Trait.ROLLOVER).uniform(0.1, 5))
        falls = self._moments(Trait.RESET, 3)
        swaps = self._moments(Trait.REPLACED, 2)
        unnoted = self._moments(Trait.UNNOTED, 1)
        ratios = self._moments(Trait.RATIO, 2)
        decimals = int(self._of(Trait.COARSE).integers(0, 3)) if Trait.COARSE in self.traits else 4
        rng = np.random.default_rng([self.seed, self.number, 6])
        multiplier = 1.0
        readings = []
        for n in range(count):
            energy = float(self._kw[n]) * self._minutes / 60
            if n in swaps or n in unnoted:
                last, value = value, round(float(rng.uniform(0, 500)), 4)
                if n in swaps:
                    self._note(rng, n, "replaced", last, value, multiplier)
            if n in ratios:
                multiplier = float(rng.choice([1.0, 5.0, 10.0, 0.1]))
                self._note(rng, n, "ratio", value, None, multiplier)
            value += energy / multiplier
            if n in falls:
                value = round(float(rng.choice([0.0, 0.3, value / 2])), 4)
            if digits is not None or rolls_over:
                value %= 10.0 ** (digits or 6)
            readings.append(Reading(self._name, float(self._end[n]), 0.0, register_kwh=round(value, decimals)))
        self._disturb(readings)
        return readings

    def _disturb(self, readings: list[Reading]) -> None:
        for trait, rng in self._drawing(
            Trait.STEP_BACK, Trait.ERROR_CODES, Trait.HUGE_CODES, Trait.IMPLAUSIBLE, Trait.BOTH_MEASURES
        ):
            for n in rng.integers(0, len(readings), int(rng.integers(1, 6))).tolist():
                shown = readings[n].register_kwh or 0.0
                if trait is Trait.STEP_BACK:
                    readings[n] = replace(readings[n], register_kwh=max(0.0, round(shown - 0.006, 4)))
                elif trait in {Trait.ERROR_CODES, Trait.HUGE_CODES}:
                    codes = REGISTER_CODES if trait is Trait.ERROR_CODES else HUGE_CODES
                    readings[n] = replace(readings[n], register_kwh=float(rng.choice(codes)))
                elif trait is Trait.IMPLAUSIBLE:
                    readings[n] = replace(readings[n], register_kwh=round(shown + float(rng.uniform(60, 3_000)), 4))
                else:
                    kwh = round(float(self._kw[n]) * self._minutes / 60, 4)
                    readings[n] = replace(readings[n], register_kwh=None, kwh=kwh)

    def _moments(self, trait: Trait, most: int) -> frozenset[int]:
        if trait not in self.traits:
            return frozenset()
        rng = self._of(trait)
        return frozenset(rng.integers(1, len(self._end), int(rng.integers(1, most + 1))).tolist())

    def _note(
        self, rng: np.random.Generator, n: int, kind: str, before: float, after: float | None, multiplier: float
    ) -> None:
        """Somebody notes a change, at once or weeks later, and has read both registers, one of them or none."""
        end = self._end[n]
        ts = float(rng.choice([self._end[n - 1] + 1, end - 1, end, end - 30 * self._minutes]))
        after = None if kind == "ratio" or rng.random() < 0.3 else after  # noqa: PLR2004
        known = round(before, 4) if rng.random() < 0.7 else None  # noqa: PLR2004
        at = ts + float(rng.choice([60.0, 6 * HOUR, 3 * DAY, 4 * WEEK]))
        implied = kind == "replaced" and Trait.IMPLIED in self.traits
        self.facts.append(Change(self._name, ts, at, kind, known, after, None if implied else multiplier))
        if Trait.RENOTED in self.traits:
            wrong = ts - 2 * HOUR - 1
            self.facts += [Change(self._name, wrong, at - 30, "replaced", 1.0, 2.0, 3.0)]
            self.facts += [Change(self._name, ts, at - 30, "replaced", before + 1, None, 7.0)]
            self.facts += [Change(self._name, wrong, at + 2 * DAY, "none")]

    def _measured(self, readings: list[Reading]) -> list[Reading]:
        """With voltage, current and power factor."""
        count = len(self._end)
        rng = np.random.default_rng([self.seed, self.number, 7])
        voltage = np.round(230 + 3 * rng.standard_normal(count), 1)
        factor = np.round(np.clip(0.92 + 0.03 * rng.standard_normal(count), 0, 1), 3)
        has_current = rng.random() < 0.5  # noqa: PLR2004
        voltage[self._around_falls(Trait.SAGS)] = 188.0
        for trait, drawn in self._drawing(
            Trait.SAGS, Trait.NO_VOLTS, Trait.VOLTS_ABSENT, Trait.PF_NEGATIVE, Trait.PF_ZERO, Trait.PF_FALLS,
            Trait.PF_ABSENT,
        ):  # fmt: skip
            for _ in range(int(drawn.integers(1, 4))):
                window = self._window(drawn, 1, 12)
                if trait is Trait.SAGS:
                    voltage[window] = np.round(drawn.uniform(170, 200), 1)
                elif trait is Trait.NO_VOLTS:
                    voltage[window] = 0.0
                elif trait is Trait.VOLTS_ABSENT:
                    voltage[window] = np.nan
                elif trait is Trait.PF_NEGATIVE:
                    factor[window] *= -1
                elif trait is Trait.PF_ZERO:
                    factor[window] = 0.0
                elif trait is Trait.PF_FALLS:
                    factor[window.start :] = np.round(factor[window.start :] * 0.7, 3)
                else:
                    factor[window] = np.nan
        place = {end: n for n, end in enumerate(self._end.tolist())}
        found = []
        for reading in readings:
            n = place[reading.ts]
            volts, share = _known(voltage[n]), _known(factor[n])
            current = round(float(self._kw[n]) * 1000 / volts, 3) if has_current and volts else None
            found.append(replace(reading, voltage=volts, power_factor=share, current=current))
        return found

    # -- what arrives of it, and when ------------------------------------------------------------------------------

    def _gone(self, readings: list[Reading]) -> list[Reading]:
        for trait, rng in self._drawing(Trait.GAPS, Trait.LONG_GAP):
            for _ in range(int(rng.integers(1, 5)) if trait is Trait.GAPS else 1):
                gap = self._window(rng, 0.1, 5) if trait is Trait.GAPS else self._window(rng, 24, 600)
                lost = set(self._end[gap].tolist())
                readings = [reading for reading in readings if reading.ts not in lost] or readings[:1]
        return readings

    def _received(self, readings: list[Reading]) -> list[Reading]:
        """At once, in a lump after the line was down, or each for itself hours to weeks later."""
        lag = float(np.random.default_rng([self.seed, self.number, 8]).integers(1, 4))
        readings = [replace(reading, at=reading.ts + lag) for reading in readings]
        for _, rng in self._drawing(Trait.BACKLOG):
            for _ in range(int(rng.integers(1, 4))):
                window = self._window(rng, 2, 100)
                first = float(self._end[window.start])
                last = float(self._end[min(window.stop, len(self._end)) - 1]) + float(rng.choice([60, HOUR, 2 * DAY]))
                readings = [replace(r, at=max(r.at, last)) if first <= r.ts <= last else r for r in readings]
        for _, rng in self._drawing(Trait.LATE):
            share = float(rng.choice([0.01, 0.1, 0.5]))
            readings = [
                replace(r, at=r.at + float(rng.choice([HOUR, DAY, WEEK, 6 * WEEK])) * rng.random())
                if rng.random() < share
                else r
                for r in readings
            ]
        return readings

    def _said_again(self, readings: list[Reading]) -> list[Reading]:
        """Corrections and repetitions."""
        found: list[Reading] = []
        for trait, rng in self._drawing(
            Trait.CORRECTED, Trait.CORRECTED_BACK, Trait.AT_ONCE, Trait.REPEATED, Trait.RESTATED, Trait.MOMENT_APART,
            Trait.WRONG_CLOCK, Trait.CLOCK_OF_2000,
        ):  # fmt: skip
            for n in rng.integers(0, len(readings), int(rng.integers(1, 9))).tolist():
                found += _again(trait, readings[n], rng)
        return found

    def _heads(self) -> list[HeadCount]:
        if not self.traits & {Trait.HEADS, Trait.EMPTY, Trait.HEADS_AFTER, Trait.HEADS_CORRECTED}:
            return []
        rng = np.random.default_rng([self.seed, self.number, 9])
        every = max(1, round(float(rng.choice([1, 6, 12, 30])) * 60 / self._minutes))
        shift = float(rng.choice([0, 0, 1_800]))
        found = [
            HeadCount(self._name, float(self._end[n]) - shift, float(self._end[n]) - shift + 10, int(self._people[n]))
            for n in range(0, len(self._end), every)
            if rng.random() < 0.8  # noqa: PLR2004
        ]
        for _, drawn in self._drawing(Trait.HEADS_AFTER):
            lag = float(drawn.choice([2 * HOUR, 3 * DAY, 4 * WEEK]))
            found = [replace(c, at=c.at + lag) if drawn.random() < 0.5 else c for c in found]  # noqa: PLR2004
        for _, drawn in self._drawing(Trait.HEADS_CORRECTED):
            for n in drawn.integers(0, max(len(found), 1), int(drawn.integers(1, 6))).tolist()[: len(found)]:
                at = found[n].at + float(drawn.choice([0, 60, DAY, 3 * WEEK]))
                found.append(replace(found[n], at=at, count=int(drawn.integers(0, 4))))
        return found


def _again(trait: Trait, reading: Reading, rng: np.random.Generator) -> list[Reading]:
    """What comes of a reading once more, sooner or later."""
    later = replace(reading, at=round(reading.at + float(rng.choice([0.5, 600, DAY, 3 * WEEK])), 3))
    other = _scaled(later, float(rng.choice([0.0, 0.5, 0.98, 1.1, 1.7])))
    ts = {
        Trait.MOMENT_APART: later.ts + float(rng.choice([0.125, 0.25, 1.5])),
        Trait.WRONG_CLOCK: float(rng.choice([DAY, later.at + 2 * DAY])),
        Trait.CLOCK_OF_2000: 946_684_800.0 + 60 * float(rng.integers(0, 5_000)),
    }
    if trait is Trait.CLOCK_OF_2000 and reading.kwh is None:
        return []  # a register's next interval would be of a quarter of a century: 220,000 rows
    if trait in ts:
        return [replace(later, ts=ts[trait])]
    if trait is Trait.CORRECTED_BACK:
        return [other, replace(reading, at=other.at + 300)]
    if trait is Trait.RESTATED:
        return [replace(later, voltage=199.0, power_factor=0.5)]
    said = {Trait.CORRECTED: other, Trait.AT_ONCE: replace(other, at=reading.at), Trait.REPEATED: later}
    return [said[trait]]


def _scaled(reading: Reading, share: float) -> Reading:
    if reading.kwh is not None:
        return replace(reading, kwh=round(min(reading.kwh * share, 99_999.0), 4))
    assert reading.register_kwh is not None
    return replace(reading, register_kwh=round(max(0.0, reading.register_kwh + 0.05 * (share - 1)), 4))


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
