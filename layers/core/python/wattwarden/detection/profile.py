"""What is usual for a meter: from its own six weeks, and from its room's kind while it has none."""

import numpy as np
from numpy.typing import NDArray

from wattwarden.detection.state import RING_H, VACANT_H, Column, Core

Flags = NDArray[np.bool_]
Indices = NDArray[np.int64]

OWN_PROFILE_H = 14 * 24
"""Finished hours after which a meter's own statistics count, and the rules that rest on them."""
JUDGED_H = 24
"""Finished hours after which the model judges a meter: it has learnt how little a young one's band says."""

_HOW_LAGS = 168 * np.arange(1, 7)
_HOD_LAGS = 24 * np.arange(1, 15)
_BESIDE_LAGS = np.concatenate([_HOD_LAGS - 1, _HOD_LAGS + 1])
_RECENT = np.arange(1, 169)
_LAGS, _PLACE = np.unique(np.concatenate([_RECENT, _HOD_LAGS, _BESIDE_LAGS, _HOW_LAGS]), return_inverse=True)
_HOD_AT, _BESIDE_AT, _HOW_AT = np.split(_PLACE[len(_RECENT) :], np.cumsum([len(_HOD_LAGS), len(_BESIDE_LAGS)]))

DAY_KNOWN_H, DAYS_KNOWN = 18, 5
"""Hours that a day must have been measured to count, and days of which quantiles mean anything."""
_EARLY_STATS = (1, 2, 3, 6, 12)  # finished hours at which a new meter's statistics are worth another look

# Pooled prior: mean kW of a room by beds, and how it spreads over the day (published dormitory load shapes).
_PRIOR_BEDS = np.array([2.0, 4.0, 6.0])
_PRIOR_KW = np.array([0.15, 0.22, 0.30])
_PRIOR_KW_AC = np.array([0.32, 0.42, 0.50])
_SHAPE = np.array(
    [8, 6, 5, 4, 4, 5, 8, 11, 9, 7, 6, 6, 8, 8, 7, 7, 9, 12, 16, 19, 20, 20, 17, 12], dtype=np.float64
)  # fmt: skip
_SHAPE_AC = np.array(
    [19, 18, 17, 16, 15, 13, 8, 6, 5, 4, 4, 5, 6, 7, 7, 7, 7, 8, 9, 10, 11, 13, 18, 20], dtype=np.float64
)  # fmt: skip
_SHAPES = np.stack([_SHAPE / _SHAPE.mean(), _SHAPE_AC / _SHAPE_AC.mean()])

_PRIOR_WEIGHT_H = 24.0  # hours of own readings that the prior is worth, fading out over two weeks
_PRIOR_REACH = 8.0  # a meter further than this factor from the prior measures something else than such a room
MIN_SCALE_KW = 0.01
ROOM_REACH = 20.0
"""A meter that draws this many times as much as such a room measures something larger."""
LIKE_A_ROOM = 4.0
"""A meter registered with beds that draws more than this many times the pooled room is no such room."""


def prior_kw(beds: NDArray[np.int16], has_ac: Flags) -> Column:
    """Mean kW of such a room; 0 where the meter measures no room."""
    kw = np.where(has_ac, np.interp(beds, _PRIOR_BEDS, _PRIOR_KW_AC), np.interp(beds, _PRIOR_BEDS, _PRIOR_KW))
    return np.where(beds > 0, kw, 0.0)


def prior_shape(hour_of_week: NDArray[np.int16], has_ac: Flags) -> Column:
    return _SHAPES[has_ac.astype(np.intp), hour_of_week % 24]


def usual_level(core: Core, prior: Column, value: Column) -> Column:
    """Mean kW of each meter: its own, leaning on the prior while young; the reading itself when nothing is known."""
    own = core.level
    like_the_prior = (own < prior * _PRIOR_REACH) & (own > prior / _PRIOR_REACH)
    weight = np.where(like_the_prior, _PRIOR_WEIGHT_H * np.clip(1 - core.seen_h / OWN_PROFILE_H, 0, 1), 0.0)
    own_weight = np.maximum(core.seen_h, 1e-9)
    blended = (weight * prior + own_weight * own) / (weight + own_weight)
    untold = np.where(value < prior * ROOM_REACH, prior, value)
    return np.maximum(np.where(np.isnan(own), untold, blended), MIN_SCALE_KW)


def seasonal_band(core: Core, level: Column, shape: Column) -> tuple[Column, Column, Column]:
    """(low, expected, high) kW of the hour being filled: hour of week, else hour of day, else the pooled shape."""
    hod_weight = np.minimum(core.hod_n / 7, 1.0)
    how_weight = np.clip((core.how_n - 1) / 3, 0.0, 1.0)
    by_day = hod_weight * _or(core.hod_mid, 0.0) + (1 - hod_weight) * shape * level
    mid = how_weight * _or(core.how_mid, 0.0) + (1 - how_weight) * by_day
    own = np.clip(core.seen_h / OWN_PROFILE_H, 0.0, 1.0)
    # a busy hour varies more than a quiet one
    stretch = 0.4 + 0.6 * np.minimum(mid / level, 3.0)
    up = own * _or(core.spread_high, 0.0) + (1 - own) * 1.5 * level
    down = own * -_or(core.spread_low, 0.0) + (1 - own) * 0.8 * level
    return np.maximum(mid - down * stretch, 0.0), mid, mid + np.maximum(up * stretch, 0.05 * mid)


def stats_due(core: Core, finished: Flags) -> Flags:
    day = core.hour // 24
    early = np.isin(core.seen_h, _EARLY_STATS)
    due: Flags = finished & (early | (day != core.stats_day))
    return due


def refresh_stats(core: Core, ring: NDArray[np.float16], meters: Indices, due: Flags) -> None:
    """Work out from the ring what the meters are like (once a day each)."""
    which = np.flatnonzero(due)
    if len(which) == 0:
        return
    kw = ring[meters[which]].astype(np.float32)
    n = np.count_nonzero(~np.isnan(kw), axis=1)
    ordered = np.sort(kw, axis=1)
    level = np.where(np.isnan(kw), np.float32(0), kw).sum(axis=1, dtype=np.float64) / np.maximum(n, 1)
    core.level[which] = np.where(n > 0, level, np.nan)
    core.p05[which] = _quantile(ordered, n, 0.05)
    core.p50[which] = _quantile(ordered, n, 0.50)
    core.p99[which] = _quantile(ordered, n, 0.99)
    days = kw.reshape(len(which), RING_H // 24, 24)
    per_hour = np.sort(days, axis=1)
    count = np.count_nonzero(~np.isnan(days), axis=1)
    usual = np.take_along_axis(per_hour, np.maximum(count - 1, 0)[:, None, :] // 2, axis=1)
    distance = np.sort((days - usual).reshape(len(which), RING_H), axis=1)
    core.spread_low[which] = _quantile(distance, n, 0.05)
    core.spread_high[which] = _quantile(distance, n, 0.95)
    _refresh_days(core, which, days)
    seen = np.maximum(n, 1)
    core.zero_share[which] = np.count_nonzero(kw <= 0.005 * level[:, None], axis=1) / seen
    core.same_share[which] = np.count_nonzero((kw[:, 1:] == kw[:, :-1]) & (kw[:, 1:] > 0), axis=1) / seen
    core.stats_day[which] = core.hour[which] // 24


def _refresh_days(core: Core, which: Indices, days: NDArray[np.float32]) -> None:
    """What the days' least and mean load [meters, days, 24] usually are; they are days of UTC."""
    hours = np.count_nonzero(~np.isnan(days), axis=2)
    whole = hours >= DAY_KNOWN_H
    total = np.where(np.isnan(days), np.float32(0), days).sum(axis=2)
    n = np.count_nonzero(whole, axis=1)
    for name, kw in (("baseload", np.fmin.reduce(days, axis=2)), ("day", total / np.maximum(hours, 1))):
        ordered = np.sort(np.where(whole, kw, np.nan), axis=1)
        for which_one, q in (("low", 0.1), ("mid", 0.5), ("high", 0.9)):
            getattr(core, f"{name}_{which_one}")[which] = np.where(n >= DAYS_KNOWN, _quantile(ordered, n, q), np.nan)


def recall(core: Core, ring: NDArray[np.float16], meters: Indices, new_hour: Flags) -> None:
    """Work out what the past says about the hour that begins (once an hour each)."""
    which = np.flatnonzero(new_hour)
    if len(which) == 0:
        return
    slots = (core.hour[which].astype(np.int64)[:, None] - _LAGS) % RING_H
    kw = ring[meters[which][:, None], slots].astype(np.float32)
    how = np.sort(kw[:, _HOW_AT], axis=1)
    hod = np.sort(kw[:, _HOD_AT], axis=1)
    core.how_n[which] = how_n = np.count_nonzero(~np.isnan(how), axis=1)
    core.hod_n[which] = hod_n = np.count_nonzero(~np.isnan(hod), axis=1)
    core.how_low[which] = how[:, 0]
    core.how_mid[which] = _median(how, how_n)
    core.how_high[which] = _pick(how, how_n - 1)
    core.hod_mid[which] = _median(hod, hod_n)
    core.hod_low[which] = hod[:, 0]
    core.hod_high[which] = _pick(hod, hod_n - 1)
    beside = kw[:, _BESIDE_AT]
    core.near_low[which] = np.fmin(hod[:, 0], np.fmin.reduce(beside, axis=1))
    core.near_high[which] = np.fmax(core.hod_high[which], np.fmax.reduce(beside, axis=1))
    for name, lag in (("lag1", 1), ("lag2", 2), ("lag3", 3), ("lag24", 24), ("lag168", 168)):
        getattr(core, name)[which] = kw[:, lag - 1]
    known = ~np.isnan(kw[:, :168])
    filled = np.where(known, kw[:, :168], np.float32(0))
    for name, hours in (("roll3", 3), ("roll6", 6), ("roll24", 24), ("roll72", 72), ("roll168", 168)):
        n = np.count_nonzero(known[:, :hours], axis=1)
        total = np.ascontiguousarray(filled[:, :hours]).sum(axis=1, dtype=np.float64)
        getattr(core, name)[which] = np.where(n > 0, total / np.maximum(n, 1), np.nan)
    for hours, least, most in ((24, core.min24, core.max24), (72, core.min72, core.max72)):
        least[which] = np.fmin.reduce(kw[:, :hours], axis=1)
        most[which] = np.fmax.reduce(kw[:, :hours], axis=1)
    core.recurs[which] = _recurrence(kw[:, :168], known)
    core.span6[which] = np.fmax.reduce(kw[:, :6], axis=1) - np.fmin.reduce(kw[:, :6], axis=1)


def _recurrence(kw: NDArray[np.float32], known: Flags) -> Column:
    """Of hours [meters, hours], youngest first: the share that were like the youngest before it was another.

    An hour that nobody knows was no other: a meter that is stuck stays stuck while a reading is lost.
    """
    same = kw == kw[:, :1]
    before = np.logical_or.accumulate(known & ~same, axis=1)
    share: Column = np.count_nonzero(same & before, axis=1) / np.maximum(np.count_nonzero(known & before, axis=1), 1)
    return share


def remember_vacant(core: Core, vacant: NDArray[np.float16], meters: Indices, hour_kw: Column, finished: Flags) -> None:
    """Keep the load of a finished hour in which nobody was in, unless the load is what the empty-room rule is after."""
    suspicious = (core.vacant_n >= VACANT_H // 4) & (hour_kw > core.vacant_p97 + 0.25)
    which = np.flatnonzero(finished & (core.hour_people == 0) & ~suspicious)
    if len(which) == 0:
        return
    vacant[meters[which], core.vacant_n[which].astype(np.int64) % VACANT_H] = hour_kw[which]
    core.vacant_n[which] += 1
    ordered = np.sort(vacant[meters[which]].astype(np.float32), axis=1)
    core.vacant_p97[which] = _quantile(ordered, np.minimum(core.vacant_n[which], VACANT_H).astype(np.int64), 0.97)


def _or(column: Column, otherwise: float) -> Column:
    return np.where(np.isnan(column), otherwise, column)


def _pick(ordered: NDArray[np.float32], at: NDArray[np.int64]) -> NDArray[np.float32]:
    return ordered[np.arange(len(ordered)), np.maximum(at, 0)]


def _median(ordered: NDArray[np.float32], n: NDArray[np.int64]) -> NDArray[np.float32]:
    """Median of the first n values of each row (NaN sorts last); NaN when there is none."""
    return (_pick(ordered, (n - 1) // 2) + _pick(ordered, n // 2)) * np.float32(0.5)


def _quantile(ordered: NDArray[np.float32], n: NDArray[np.int64], q: float) -> NDArray[np.float32]:
    return _pick(ordered, np.rint(q * (n - 1)).astype(np.int64))
