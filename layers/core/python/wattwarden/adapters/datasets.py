"""Training datasets on S3, as Parquet, and the code that a model is trained and served with."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import boto3
import pyarrow as pa
import pyarrow.parquet as pq

from wattwarden.ports.models import DatasetStore, HistoryColumns

SCHEMA = pa.schema(
    [
        ("hostel", pa.string()),
        ("meter", pa.string()),
        ("ts", pa.float64()),
        ("interval_s", pa.float32()),
        ("timezone", pa.string()),
        *[
            (name, pa.float32())
            for name in ("kwh", "voltage", "current", "power_factor", "temperature_c", "humidity", "occupancy")
        ],
        ("beds", pa.int16()),
        ("has_ac", pa.bool_()),
        ("nominal_voltage", pa.float32()),
        ("label", pa.int8()),
        ("kind", pa.string()),
    ]
)
"""`ts` is epoch seconds (UTC) of the interval's end; `label` is 1 anomalous, 0 normal, null unknown."""


class S3Datasets(DatasetStore):
    def __init__(self, bucket: str) -> None:
        self._bucket = bucket
        self._client = boto3.client("s3")

    def write(self, prefix: str, chunks: Iterator[HistoryColumns]) -> tuple[str, int]:
        rows = 0
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "history.parquet"
            with pq.ParquetWriter(path, SCHEMA, compression="zstd") as writer:
                for chunk in chunks:
                    table = pa.table({name: chunk[name] for name in SCHEMA.names}, schema=SCHEMA)
                    writer.write_table(table)
                    rows += table.num_rows
            self._client.upload_file(str(path), self._bucket, f"{prefix}history.parquet")
        return f"s3://{self._bucket}/{prefix}", rows

    def holds(self, uri: str) -> bool:
        bucket, _, folder = uri.removeprefix("s3://").partition("/")
        found = self._client.list_objects_v2(Bucket=bucket, Prefix=folder, MaxKeys=2).get("Contents", [])
        return any(entry["Key"] != folder for entry in found)

    def keep_source(self, source_uri: str, key: str) -> str:
        bucket, _, source = source_uri.removeprefix("s3://").partition("/")
        body = self._client.get_object(Bucket=bucket, Key=source)["Body"].read()
        self._client.put_object(Bucket=self._bucket, Key=key, Body=body)
        return f"s3://{self._bucket}/{key}"
