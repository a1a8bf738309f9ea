"""The telemetry streams on Kinesis."""

from collections.abc import Mapping, Sequence
from typing import Any

import boto3
import stamina
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from wattwarden.contracts.telemetry import Batch, encode
from wattwarden.domain.errors import BusyError, UnavailableError
from wattwarden.ports.stream import Lane, TelemetryStream

MAX_RECORDS = 500
"""PutRecords takes no more in one call."""

PATIENCE_S = 2.0
"""How long a full stream is tried before a sender is told to come back: it waits better than a function does."""

_FULL = {
    "ProvisionedThroughputExceededException",
    "LimitExceededException",
    "ThrottlingException",
    "ThrottledException",
    "KMSThrottlingException",
}


class _Refused(Exception):  # noqa: N818 - a signal to retry, not an error of its own
    """The stream refused some records of the call; its argument is the error's code."""


class KinesisStream(TelemetryStream):
    """One stream per lane. A full one is tried for `patience_s` seconds."""

    def __init__(self, live_name: str, backfill_name: str, *, patience_s: float = PATIENCE_S) -> None:
        self._names: Mapping[Lane, str] = {Lane.LIVE: live_name, Lane.BACKFILL: backfill_name}
        self._patience_s = patience_s
        # Throttling is retried here and not in the client too, so that patience has one measure.
        self._client = boto3.client(
            "kinesis", config=Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "max_attempts": 2})
        )

    def put(self, batches: Sequence[tuple[str, Batch]], lane: Lane = Lane.LIVE) -> None:
        records = [{"PartitionKey": key, "Data": encode(batch)} for key, batch in batches]
        for start in range(0, len(records), MAX_RECORDS):
            self._put(self._names[lane], records[start : start + MAX_RECORDS])

    def _put(self, stream: str, records: list[dict[str, Any]]) -> None:
        """Write the records, sending again only those refused, until all are in or patience ends."""
        waits: dict[str, float] = {"wait_initial": 0.05, "wait_max": 1.0, "wait_jitter": 0.1}
        try:
            for attempt in stamina.retry_context(on=_Refused, attempts=None, timeout=self._patience_s, **waits):
                with attempt:
                    records, code = self._tried(stream, records)
                    if records:
                        raise _Refused(code)  # noqa: TRY301 - stamina retries on it
        except _Refused as error:
            if error.args[0] in _FULL:
                raise BusyError("the telemetry stream is full; send the same request again") from error
            raise UnavailableError("the telemetry stream failed; send the same request again") from error
        except (ClientError, BotoCoreError) as error:
            raise UnavailableError("the telemetry stream does not answer; send the same request again") from error

    def _tried(self, stream: str, records: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], str]:
        """Send once: the records that were refused, and the error's code."""
        try:
            answer = self._client.put_records(StreamName=stream, Records=records)  # type: ignore[arg-type]
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code not in _FULL:
                raise
            return records, code
        results = zip(records, answer["Records"], strict=True)
        refused = [(record, result["ErrorCode"]) for record, result in results if result.get("ErrorCode")]
        return [record for record, _ in refused], refused[0][1] if refused else ""
