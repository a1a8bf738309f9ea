"""An event source mapping's settings, and its records."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

FOREVER = -1
RECORD_OVERHEAD = 600  # bytes of JSON that Lambda's event adds to a record's data, at most
PAYLOAD_LIMIT = 6 * 1024 * 1024


@dataclass(frozen=True)
class StreamMapping:
    """What one deployed mapping asks for; -1 means without limit, ages and windows are seconds."""

    function_arn: str
    stream_arn: str
    starting_position: str
    batch_size: int = 100
    batching_window: float = 0
    parallelization_factor: int = 1
    bisects: bool = False
    reports_item_failures: bool = False
    maximum_retry_attempts: int = FOREVER
    maximum_record_age: int = FOREVER
    failure_destination: str | None = None

    @classmethod
    def from_description(cls, description: Mapping[str, Any]) -> Self:
        """From an item of `list_event_source_mappings`."""
        return cls(
            function_arn=description["FunctionArn"],
            stream_arn=description["EventSourceArn"],
            starting_position=description.get("StartingPosition", "LATEST"),
            batch_size=int(description.get("BatchSize", 100)),
            batching_window=float(description.get("MaximumBatchingWindowInSeconds", 0)),
            parallelization_factor=int(description.get("ParallelizationFactor") or 1),
            bisects=_flag(description.get("BisectBatchOnFunctionError")),
            reports_item_failures="ReportBatchItemFailures" in description.get("FunctionResponseTypes", []),
            maximum_retry_attempts=_limit(description.get("MaximumRetryAttempts")),
            maximum_record_age=_limit(description.get("MaximumRecordAgeInSeconds")),
            failure_destination=description.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination"),
        )

    @property
    def key(self) -> str:
        """Names the mapping across deployments, which give it a new UUID."""
        return f"{self.stream_name}>{self.function_arn.rpartition(':')[2]}"

    @property
    def stream_name(self) -> str:
        return self.stream_arn.rpartition("/")[2]


@dataclass(frozen=True)
class Record:
    """A Kinesis record of one shard."""

    shard_id: str
    sequence_number: str
    partition_key: str
    data: bytes
    arrived: datetime

    @property
    def size(self) -> int:
        """Bytes it takes in an invocation's payload, at most."""
        return len(self.data) * 4 // 3 + RECORD_OVERHEAD

    @property
    def order(self) -> int:
        return int(self.sequence_number)

    def lane(self, lanes: int) -> int:
        """Which of a shard's parallel lanes takes it: one key, one lane, hence in order."""
        digest = hashlib.md5(self.partition_key.encode(), usedforsecurity=False).digest()
        return int.from_bytes(digest[-4:]) % lanes

    def as_event(self, mapping: StreamMapping) -> dict[str, Any]:
        """As it stands in the event that Lambda hands to the function."""
        return {
            "kinesis": {
                "kinesisSchemaVersion": "1.0",
                "partitionKey": self.partition_key,
                "sequenceNumber": self.sequence_number,
                "data": base64.b64encode(self.data).decode(),
                "approximateArrivalTimestamp": round(self.arrived.timestamp(), 3),
            },
            "eventSource": "aws:kinesis",
            "eventVersion": "1.0",
            "eventID": f"{self.shard_id}:{self.sequence_number}",
            "eventName": "aws:kinesis:record",
            "invokeIdentityArn": f"arn:aws:iam::{mapping.function_arn.split(':')[4]}:role/event-source-mapping",
            "awsRegion": mapping.stream_arn.split(":")[3],
            "eventSourceARN": mapping.stream_arn,
        }


def _flag(value: object) -> bool:
    """CloudFormation hands booleans on as text."""
    return value is True or str(value).lower() == "true"


def _limit(value: object) -> int:
    return FOREVER if value is None else int(str(value))
