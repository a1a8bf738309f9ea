"""What cannot be processed."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Quarantined:
    """Something that cannot be processed, kept with its reason. The same `dedupe_key` is stored once."""

    dedupe_key: str
    source: str
    reason: str
    detail: str
    payload: dict[str, Any]
