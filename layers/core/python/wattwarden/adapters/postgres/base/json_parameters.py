"""Rows as one JSON parameter, cleaned of what PostgreSQL cannot store."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any


def json_rows(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as one parameter for `jsonb_to_recordset`; whatever JSON or PostgreSQL cannot hold is replaced."""
    return json.dumps(_storable(rows), separators=(",", ":"), allow_nan=False, default=str)


def storable_text(value: str) -> str:
    """The text without what PostgreSQL cannot store: NUL characters and lone surrogates."""
    return value.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def _storable(value: Any) -> Any:  # noqa: ANN401 (any JSON value, and numpy's scalars)
    if callable(item := getattr(value, "item", None)):  # a numpy scalar; most functions have no numpy
        value = item()
    match value:
        case str():
            return storable_text(value)
        case float():
            return value if math.isfinite(value) else None
        case dict():
            return {storable_text(str(key)): _storable(item) for key, item in value.items()}
        case list() | tuple():
            return [_storable(item) for item in value]
        case _:
            return value
