"""The telemetry stream on Kinesis."""

from collections.abc import Sequence
from typing import Any

import boto3
import stamina
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from wattwarden.contracts.telemetry import OccupancyBatch, ReadingsBatch, WeatherBatch, encode
from wattwarden.domain.errors import UnavailableError
from wattwarden.ports.stream import TelemetryStream

MAX_RECORDS = 500
"""PutRecords takes no more in one call."""


class _Refused(Exception):  # noqa: N818 - a signal to retry, not an error of its own
    """The stream refused some records of the call; `records` are those."""

    def __init__(self, records: list[dict[str, Any]], code: str) -> None:
        super().__init__(code)
        self.records = records


class KinesisStream(TelemetryStream):
    def __init__(self, stream_name: str) -> None:
        self._name = stream_name
        self._client = boto3.client(
            "kinesis", config=Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "max_attempts": 3})
        )

    def put(self, batches: Sequence[tuple[str, ReadingsBatch | OccupancyBatch | WeatherBatch]]) -> None:
        records = [{"PartitionKey": key, "Data": encode(batch)} for key, batch in batches]
        for start in range(0, len(records), MAX_RECORDS):
            self._put(records[start : start + MAX_RECORDS])

    def _put(self, records: list[dict[str, Any]]) -> None:
        """Write the records, sending again only those refused, until all are in or patience ends."""
        try:
            for attempt in stamina.retry_context(on=_Refused, attempts=6, timeout=8.0, wait_initial=0.05, wait_max=1.0):
                with attempt:
                    answer = self._client.put_records(StreamName=self._name, Records=records)  # type: ignore[arg-type]
                    if answer["FailedRecordCount"]:
                        pairs = list(zip(records, answer["Records"], strict=True))
                        records = [record for record, result in pairs if "ErrorCode" in result]
                        raise _Refused(records, next(r["ErrorCode"] for _, r in pairs if "ErrorCode" in r))  # noqa: TRY301 - stamina retries on it
        except (_Refused, ClientError, BotoCoreError) as error:
            raise UnavailableError("the telemetry stream is busy; send the same request again") from error
