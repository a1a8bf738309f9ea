"""A copy of the lake's files on disk, where DuckDB reads them: its own way to S3 is an extension to download."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from local.lake.progress import Step, Tell, untold
from tools.cloud import write_atomically

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PREFIXES = ("raw/", "processed/")
TOLD_EACH = 100
"""Files."""


def copy(client: "S3Client", bucket: str, folder: Path, tell: Tell = untold) -> int:
    """Make `folder` hold exactly the lake's files; how many there are. A note beside it says which it has.

    A file that is listed but gone has been merged into another meanwhile: then the list is asked for once more.
    """
    note = folder.with_suffix(".json")
    while True:
        wanted = _listed(client, bucket)
        had: dict[str, str] = json.loads(note.read_text()) if note.exists() else {}
        for path in [path for path in folder.rglob("*") if path.is_file()]:
            key = path.relative_to(folder).as_posix()
            if key not in had or had[key] != wanted.get(key):
                path.unlink()
        try:
            for number, key in enumerate(wanted):
                if number % TOLD_EACH == 0:
                    tell(Step("copying the lake", len(wanted) - number, "files left", len(wanted)))
                _fetch(client, bucket, key, folder / key)
        except client.exceptions.NoSuchKey:
            continue
        write_atomically(note, json.dumps(wanted))
        return len(wanted)


def _listed(client: "S3Client", bucket: str) -> dict[str, str]:
    """By key, what tells one content from another."""
    pages = client.get_paginator("list_objects_v2")
    return {
        item["Key"]: item["ETag"]
        for prefix in PREFIXES
        for page in pages.paginate(Bucket=bucket, Prefix=prefix)
        for item in page.get("Contents", [])
    }


def _fetch(client: "S3Client", bucket: str, key: str, path: Path) -> None:
    if not path.exists():
        body = client.get_object(Bucket=bucket, Key=key)["Body"].read()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
