"""Energy from a cumulative register: differences of plausible values, and nothing that nobody measured."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import isinf, isnan, nan
from typing import NamedTuple


class Quality(StrEnum):
    """How a stored reading's energy came to be: the reason code that travels with it."""

    MEASURED = "measured"
    LATE = "late"  # a register value that arrived after younger ones; its energy is worked out by the meter's replay
    BASELINE = "baseline"  # a register's first value: where counting starts
    ROLLOVER = "rollover"  # the register passed its last digit
    RESET = "reset"  # the register fell back: energy unknown, counting starts anew
    REPLACED = "replaced"  # another device took over, as the meter's register of changes says
    RATIO = "ratio"  # the current transformer's ratio changed within the interval
    STEP_BACK = "step_back"  # the register fell by less than its own jitter: no energy, the higher value still counts
    IMPLAUSIBLE = "implausible"  # more than the meter can pass in that time: not energy until the next value agrees
    GAP = "gap"  # the difference spans missing intervals: known in sum, spread evenly, never counted as measured
    COARSE = "coarse"  # it counts for what finer readings leave uncovered of its interval
    COVERED = "covered"  # finer readings, or the same told before, hold all of its interval
    CONTRADICTED = "contradicted"  # finer readings say something else of its interval: they count


class ChangeKind(StrEnum):
    REPLACED = "replaced"
    RATIO = "ratio"


@dataclass(frozen=True, slots=True)
class MeterChange:
    """What somebody did to a meter at an instant. From `at` on, `multiplier` kWh per unit of its register."""

    at: float
    """Epoch seconds."""
    kind: ChangeKind
    register_before: float | None
    """What the register (of the old device, at the old ratio) showed last; None: nobody read it."""
    register_after: float | None
    """What the register showed first afterwards; None: nobody read it (of a ratio: the same as before)."""
    multiplier: float


def in_force(multipliers: Iterable[float | None]) -> list[float]:
    """Of changes in order of time: one that says nothing (None) leaves the multiplier as it was, 1 to begin with."""
    last = 1.0
    return [last := last if multiplier is None else multiplier for multiplier in multipliers]


class RegisterState(NamedTuple):
    """What is remembered of a register between readings. NaN: nothing."""

    value: float = nan
    """The last value that counts, in the register's own units."""
    ts: float = nan
    """Its instant, epoch seconds."""
    suspect: float = nan
    """A value that was implausible after `value`; the next reading decides which of the two goes on."""
    suspect_ts: float = nan


MOST_KWH = 999_999.9999
"""No interval holds more: what is beyond is an error's code, not energy, and could not be stored either."""
MOST_REGISTER = 9_999_999_999.9999
"""No register shows more: likewise."""
_JITTER = 0.01
"""Register units by which a register may step back without having fallen; or by one step of a coarser display."""
_DECIMALS = 4
"""Energies and registers are kept to 0.1 Wh."""
_INFERRED_SHARE = 0.05
"""A register of unknown digits is taken to have rolled over only this near to its presumed end."""


def difference(
    state: RegisterState,
    ts: float,
    register: float,
    interval_s: float,
    digits: int | None,
    max_kw: float,
    changes: Sequence[MeterChange] = (),
) -> tuple[float, float, Quality, RegisterState]:
    """Energy since the last value that counts: (kWh or NaN, seconds it covers, how it came to be, what to remember).

    One value after another, in order of time: `ts` (epoch seconds) is after `state.ts`. `interval_s` is the reading's
    nominal length, which stands where the energy is unknown. Differences are taken between rounded energies, so that
    the intervals add up to the register to 0.1 Wh. No energy is negative, none more than `max_kw` allows in the time
    it covers (or one step of a display that shows coarser steps than that).
    """
    multiplier = next((change.multiplier for change in reversed(changes) if change.at <= state.ts), 1.0)
    within = [change for change in changes if state.ts < change.at <= ts]  # never true of an empty state
    if not within:
        return _Step(ts, interval_s, digits, max_kw, multiplier).take(state, register)
    # When a person notes a change, its minute is a guess: every part of the energy may have all of the time.
    since, parts = state.ts, []
    for change in within:
        before, after = change.register_before, change.register_after
        if change.kind == ChangeKind.RATIO:
            before, after = (after if before is None else before), (before if after is None else after)
        if before is not None:
            parts.append(_Step(ts, interval_s, digits, max_kw, multiplier).take(state, before)[0])
        state = RegisterState() if after is None else RegisterState(after, since)
        multiplier = change.multiplier
    last = _Step(ts, interval_s, digits, max_kw, multiplier)
    kwh, _, _, state = last.take(state, register)
    if state.ts == since:  # a suspect: the next value is differenced from the change, which must not count again
        state = state._replace(ts=within[-1].at)
    known = [part for part in (*parts, kwh) if not isnan(part)]
    total = round(sum(known), _DECIMALS) if known else nan
    if total > last.limit(ts - since):
        total = nan
    quality = Quality.REPLACED if any(change.kind == ChangeKind.REPLACED for change in within) else Quality.RATIO
    return total, interval_s if isnan(total) else ts - since, quality, state


@dataclass(frozen=True, slots=True)
class _Step:
    """One value of a register whose multiplier stays the same."""

    ts: float
    interval_s: float
    digits: int | None
    max_kw: float
    multiplier: float

    def take(self, state: RegisterState, register: float) -> tuple[float, float, Quality, RegisterState]:
        if isnan(state.value):
            return nan, self.interval_s, Quality.BASELINE, RegisterState(register, self.ts)
        # A value nobody believed is only believed when the next one goes on from it, and not from the one before.
        for value, since in ((state.value, state.ts), (state.suspect, state.suspect_ts)):
            elapsed = self.ts - since
            if isnan(value) or (found := self._continues(value, register, elapsed)) is None:
                continue
            kwh, quality = found
            if quality is Quality.MEASURED and elapsed > 1.5 * self.interval_s:
                quality = Quality.GAP
            counts = value if quality is Quality.STEP_BACK else register
            return kwh, elapsed, quality, RegisterState(counts, self.ts)
        quality = Quality.RESET if register < state.value else Quality.IMPLAUSIBLE
        return nan, self.interval_s, quality, state._replace(suspect=register, suspect_ts=self.ts)

    def limit(self, elapsed_s: float) -> float:
        """The most energy, in kWh, that can have passed in that time."""
        return min(self.max_kw * elapsed_s / 3600 + 0.0001, MOST_KWH)

    def _continues(self, value: float, register: float, elapsed_s: float) -> tuple[float, Quality] | None:
        limit = self.limit(elapsed_s)
        if register >= value:
            kwh = self._kwh(value, register)
            step = _display_step(value, register) * self.multiplier
            return (kwh, Quality.MEASURED) if kwh <= min(max(limit, step), MOST_KWH) else None
        if round(value - register, _DECIMALS) <= max(_JITTER, _display_step(value, register)):
            return 0.0, Quality.STEP_BACK
        for digits in range(3, 10) if self.digits is None else (self.digits,):
            span = 10.0**digits
            wrapped = register + span - value
            inferred = self.digits is None
            if value < span and wrapped < (_INFERRED_SHARE if inferred else 0.5) * span:
                kwh = self._kwh(value, register + span)
                if kwh <= limit and not (inferred and isinf(limit)):
                    return kwh, Quality.ROLLOVER
        return None

    def _kwh(self, low: float, high: float) -> float:
        """Difference of rounded energies: their sum over a day is the day's, whatever the multiplier."""
        return round(round(high * self.multiplier, _DECIMALS) - round(low * self.multiplier, _DECIMALS), _DECIMALS)


def _display_step(first: float, second: float) -> float:
    """The coarsest decimal step that both values are multiples of: 1, 0.1, 0.01, 0.001 or 0.

    A display of whole kWh, read every minute, rises by 60 kW for a minute and stands still for many.
    """
    for decimals, step in enumerate((1.0, 0.1, 0.01, 0.001)):
        if round(first, decimals) == first and round(second, decimals) == second:
            return step
    return 0.0
