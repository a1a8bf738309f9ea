"""Answers kept for a short while in this process."""

from collections.abc import Callable
from time import monotonic


class Recent[K, V]:
    """Remembers what was found for `seconds`; what was not found is asked for again each time."""

    def __init__(self, load: Callable[[K], V | None], seconds: float = 30) -> None:
        self._load = load
        self._seconds = seconds
        self._kept: dict[K, tuple[float, V]] = {}

    def __call__(self, key: K) -> V | None:
        now = monotonic()
        known = self._kept.get(key)
        if known is not None and now < known[0]:
            return known[1]
        found = self._load(key)
        if found is None:
            self._kept.pop(key, None)
        else:
            self._kept[key] = (now + self._seconds, found)
        return found
