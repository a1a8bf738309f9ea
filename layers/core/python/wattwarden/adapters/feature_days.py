"""Features of past days, from the lake."""

import io
from collections.abc import Sequence
from datetime import date

import boto3
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from botocore.exceptions import BotoCoreError, ClientError

from wattwarden.contracts.lake import folder
from wattwarden.domain.errors import UnavailableError
from wattwarden.ports.drift import FeatureDays, FeatureSample

FEATURES = "processed/features"
ROWS_A_DAY = 20_000
"""Of a day with more readings every n-th is taken, so that the function's memory does not grow with the hostels."""


class S3FeatureDays(FeatureDays):
    def __init__(self, bucket: str) -> None:
        self._bucket = bucket
        self._client = boto3.client("s3")

    def sample(self, days: Sequence[date]) -> FeatureSample:
        """As the port says.

        Raises:
            UnavailableError: the lake does not answer.
        """
        try:
            tables = [table for day in days for table in self._day(day)]
        except (ClientError, BotoCoreError) as error:
            raise UnavailableError("the lake does not answer") from error
        if not tables:
            return FeatureSample({}, 0, 0)
        whole = pa.concat_tables(tables, promote_options="default")
        names = [name for name in whole.column_names if name not in {"meter_id", "ts"}]
        # A column that some days lack says nothing about those days.
        columns = {name: whole[name].drop_null().to_numpy() for name in names}
        return FeatureSample(columns, whole.num_rows, len(np.unique(whole["meter_id"].to_numpy())))

    def _day(self, day: date) -> list[pa.Table]:
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=folder(FEATURES, day)
        )
        keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
        bodies = (self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read() for key in keys)
        tables = [pq.read_table(io.BytesIO(body)) for body in bodies]
        every = -(-sum(table.num_rows for table in tables) // ROWS_A_DAY)
        return [table.take(np.arange(0, table.num_rows, every)) if every > 1 else table for table in tables]
