"""A record of the Kinesis stream `telemetry`: a micro-batch of one kind, from one hostel, in columns.

Columns instead of rows make a record a tenth the size and let the consumer hand them to numpy as they are.
On the wire: zlib-compressed JSON.
"""

import json
import zlib
from functools import cache
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from wattwarden.contracts.fields import Contract

Numbers = list[float | None]


class ReadingsBatch(Contract):
    """Readings of one hostel. `ts` is epoch seconds (UTC) of the interval's end; columns have one length."""

    v: Literal[1] = 1
    kind: Literal["readings"] = "readings"
    hostel_id: int
    source: str
    """Who sent it: gateway:<id>, import:<key>."""
    received_at: float
    meter: list[str]
    ts: list[float]
    interval_s: Numbers
    kwh: Numbers
    register_kwh: Numbers
    voltage: Numbers
    current: Numbers
    power_factor: Numbers


MEASURES = tuple(name for name, field in ReadingsBatch.model_fields.items() if field.annotation == Numbers)
"""What a reading may say beside its meter and instant: called so from the door to the lake."""


class OccupancyBatch(Contract):
    v: Literal[1] = 1
    kind: Literal["occupancy"] = "occupancy"
    hostel_id: int
    source: str
    received_at: float
    room: list[str]
    ts: list[float]
    count: list[int]


class WeatherBatch(Contract):
    """Hourly weather at the hostel: degrees Celsius, relative humidity in percent."""

    v: Literal[1] = 1
    kind: Literal["weather"] = "weather"
    hostel_id: int
    source: str
    received_at: float
    ts: list[float]
    temperature_c: Numbers
    humidity: Numbers


class RefusedBatch(Contract):
    """Readings of known meters that the door refused for their clock: kept with their reason, never as energy."""

    v: Literal[1] = 1
    kind: Literal["refused"] = "refused"
    hostel_id: int
    source: str
    received_at: float
    meter: list[str]
    ts: list[float]
    kwh: Numbers
    register_kwh: Numbers
    reason: list[str]
    detail: list[str]


type Batch = ReadingsBatch | OccupancyBatch | WeatherBatch | RefusedBatch


@cache
def _adapter() -> TypeAdapter[Batch]:
    """Made on first use: the doors only write."""
    return TypeAdapter(
        Annotated[ReadingsBatch | OccupancyBatch | WeatherBatch | RefusedBatch, Field(discriminator="kind")]
    )


def encode(batch: Batch) -> bytes:
    return zlib.compress(json.dumps(batch.model_dump(), separators=(",", ":"), allow_nan=False).encode(), level=1)


def decode(data: bytes) -> Batch:
    """Read a record.

    Raises:
        ValueError: the bytes are no micro-batch (zlib.error and pydantic's ValidationError are made one), or its
            columns differ in length.
    """
    try:
        batch = _adapter().validate_json(zlib.decompress(data))
    except zlib.error as error:
        raise ValueError(f"not zlib data: {error}") from error
    lengths = {len(value) for _, value in batch if isinstance(value, list)}
    if len(lengths) > 1:
        raise ValueError(f"columns differ in length: {sorted(lengths)}")
    return batch
