"""The data lake on S3: Parquet files, and a few small texts."""

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import boto3
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from wattwarden.contracts.lake import TABLES
from wattwarden.domain.errors import UnavailableError
from wattwarden.ports.lake import Columns, Lake, LakeFile, UnreadableFileError

_TYPES: Mapping[str, Any] = {
    "bigint": pa.int64(),
    "int": pa.int32(),
    "double": pa.float64(),
    "float": pa.float32(),
    "string": pa.string(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", tz="UTC"),
}
_ORDER = ("hostel_id", "meter", "room", "meter_id", "ts", "received_at", "shard", "record_id", "item")
"""What rows are sorted by, as far as a table has it: one meter's readings lie together."""
_DELETED_AT_ONCE = 1000


class S3Lake(Lake):
    def __init__(self, bucket: str) -> None:
        self._bucket = bucket
        self._client = boto3.client(
            "s3", config=Config(connect_timeout=2, read_timeout=20, retries={"mode": "standard", "max_attempts": 4})
        )

    def files(self, prefix: str) -> list[LakeFile]:
        with _told_in_our_words():
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
            return [LakeFile(item["Key"], item["Size"]) for page in pages for item in page.get("Contents", [])]

    def write(self, key: str, table: str, columns: Columns) -> None:
        self._put(key, _parquet(as_table(table, columns)))

    def merge(self, table: str, keys: Sequence[str], into: str) -> int:
        rows = without_repeats(pa.concat_tables([self._rows(table, key) for key in keys]))
        self._put(into, _parquet(rows))
        return int(rows.num_rows)

    def _rows(self, table: str, key: str) -> Any:  # noqa: ANN401 - pyarrow has no types
        body = self._get(key)
        try:
            return _as_now(table, pq.read_table(io.BytesIO(body)))
        except (pa.ArrowException, OSError, ValueError) as error:
            raise UnreadableFileError(key, str(error)[:1000]) from error

    def move(self, key: str, into: str) -> None:
        self._put(into, self._get(key))
        self.delete([key])

    def delete(self, keys: Sequence[str]) -> None:
        for start in range(0, len(keys), _DELETED_AT_ONCE):
            names = [{"Key": key} for key in keys[start : start + _DELETED_AT_ONCE]]
            with _told_in_our_words():
                answer = self._client.delete_objects(Bucket=self._bucket, Delete={"Objects": names, "Quiet": True})  # type: ignore[typeddict-item]
            if answer.get("Errors"):
                raise UnavailableError(f"the lake does not let go of {len(answer['Errors'])} files")

    def read_text(self, key: str) -> str | None:
        try:
            return self._get(key).decode()
        except _MissingError:
            return None

    def write_text(self, key: str, text: str) -> None:
        self._put(key, text.encode())

    def _get(self, key: str) -> bytes:
        with _told_in_our_words():
            return self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()

    def _put(self, key: str, body: bytes) -> None:
        with _told_in_our_words():
            self._client.put_object(Bucket=self._bucket, Key=key, Body=body)


class _MissingError(UnavailableError):
    """There is no such file."""


@contextmanager
def _told_in_our_words() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchKey":
            raise _MissingError("a file of the lake is gone") from error
        raise UnavailableError("the lake does not answer") from error
    except BotoCoreError as error:
        raise UnavailableError("the lake does not answer") from error


def _schema(table: str) -> Any:  # noqa: ANN401 - pyarrow has no types
    return pa.schema([(name, _type_of(spelling)) for name, spelling in TABLES[table].items()])


def _as_now(table: str, rows: Any) -> Any:  # noqa: ANN401 - pyarrow has no types
    """A file's rows with the columns that the table has today; what it had none of is absent."""
    absent = pa.nulls(rows.num_rows)
    found = {name: rows[name] if name in rows.column_names else absent for name in TABLES[table]}
    return pa.table(found).cast(_schema(table))


def as_table(table: str, columns: Columns) -> Any:  # noqa: ANN401 - pyarrow has no types
    """Columns as an Arrow table with the types of the lake's table."""
    schema = _schema(table)
    return pa.Table.from_arrays([_array(columns[field.name], field.type) for field in schema], schema=schema)


def without_repeats(rows: Any) -> Any:  # noqa: ANN401 - pyarrow has no types
    """Sorted rows; those alike in every column once."""
    names = rows.column_names
    kept = rows.group_by(names).aggregate([])
    return kept.sort_by([(name, "ascending") for name in _ORDER if name in names]).combine_chunks()


def _array(values: Any, arrow: Any) -> Any:  # noqa: ANN401 - pyarrow has no types
    if pa.types.is_timestamp(arrow):
        seconds = np.array(values, dtype=np.float64)  # None becomes NaN
        absent = np.isnan(seconds)
        micros = np.rint(np.where(absent, 0.0, seconds) * 1e6).astype(np.int64)
        return pa.array(micros, mask=absent).cast(arrow)
    if pa.types.is_floating(arrow):
        numbers = np.array(values, dtype=arrow.to_pandas_dtype())
        return pa.array(numbers, mask=np.isnan(numbers))
    if pa.types.is_decimal(arrow):
        return pa.array([None if value is None else Decimal(value) for value in values], type=arrow)
    return pa.array(values, type=arrow)


def _type_of(spelling: str) -> Any:  # noqa: ANN401 - pyarrow has no types
    if spelling.startswith("decimal"):
        precision, scale = spelling.removeprefix("decimal(").removesuffix(")").split(",")
        return pa.decimal128(int(precision), int(scale))
    return _TYPES[spelling]


def _parquet(rows: Any) -> bytes:  # noqa: ANN401 - pyarrow has no types
    body = io.BytesIO()
    pq.write_table(rows, body, compression="zstd")
    return body.getvalue()
