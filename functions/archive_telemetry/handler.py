"""The other consumer of the streams: keeps what came, see `usecases/lake/archive.py`."""

import base64
from typing import Any

from wattwarden.runtime.observe import count, logger, metrics
from wattwarden.runtime.wiring import wiring
from wattwarden.usecases.lake.archive import ShardRecord, archive

wiring.prepare("lake")


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: object) -> dict[str, int]:
    """Write a batch of one shard; it fails as a whole, and only while S3 is away."""
    done = archive([_record(item) for item in event["Records"]], wiring.lake)
    logger.info("archived", extra={"rows": done.rows, "undecodable": done.undecodable, "files": len(done.keys)})
    count("RowsArchived", done.rows)
    count("RecordsUndecodable", done.undecodable)
    return {"rows": done.rows, "undecodable": done.undecodable}


def _record(item: dict[str, Any]) -> ShardRecord:
    stream, shard = item["eventSourceARN"].rpartition("/")[2], item["eventID"].partition(":")[0]
    kinesis = item["kinesis"]
    return ShardRecord(
        shard=f"{stream}/{shard}",
        record_id=kinesis["sequenceNumber"],
        arrived_at=kinesis["approximateArrivalTimestamp"],
        data=base64.b64decode(kinesis["data"]),
    )
