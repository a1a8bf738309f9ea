"""A gateway in the hostel's cellar: its key, and the pushing of readings and head counts."""

import json
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from itertools import batched
from typing import Any, Self

from local.demo.admin import Admin
from local.demo.http import Connection
from tools.cloud import Cloud, State, write_atomically

MAX_ITEMS = 1_000


@dataclass(slots=True)
class Tally:
    """What was accepted, and refused by reason."""

    accepted: int = 0
    refused: Counter[str] = field(default_factory=Counter)

    def add(self, answer: dict[str, Any]) -> None:
        self.accepted += answer["accepted"]
        self.refused.update(refusal["reason"] for refusal in answer["refused"])

    def join(self, other: "Tally") -> None:
        self.accepted += other.accepted
        self.refused.update(other.refused)


class Gateway:
    """Pushes over one kept-open connection, patiently, saying when by its own clock. Not shared between threads."""

    def __init__(self, url: str, key: str) -> None:
        self._connection = Connection(url)
        self._headers = {"x-api-key": key}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

    def push(self, what: str, body: bytes) -> dict[str, Any]:
        """POST a ready body to /v1/readings or /v1/occupancy; the answer says what was refused, item by item.

        Raises:
            HttpError: the whole request was refused, or nobody answered for minutes.
        """
        answer: dict[str, Any] = self._connection.patiently(
            "POST", f"/v1/{what}", lambda: stamped(body, time.time()), self._headers
        ).json()
        return answer

    def push_all(self, what: str, items: Iterable[dict[str, Any]]) -> Tally:
        """POST the items in their order, 1,000 at a time."""
        tally = Tally()
        for part in batched(items, MAX_ITEMS, strict=False):
            tally.add(self.push(what, as_body(what, part)))
        return tally

    def is_known(self) -> bool:
        """Whether the key opens the door: an empty request is then malformed rather than forbidden."""
        answer = self._connection.once("POST", "/v1/readings", b'{"readings":[]}', self._headers)
        return answer.status not in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


def as_body(what: str, items: Sequence[dict[str, Any]]) -> bytes:
    return json.dumps({what: items}, separators=(",", ":")).encode()


def stamped(body: bytes, now: float) -> bytes:
    """A ready body with the gateway's own clock (epoch seconds) as `sent_at`."""
    return body[:-1] + b',"sent_at":"' + datetime.fromtimestamp(now, UTC).isoformat().encode() + b'"}'


def key_of(code: str, hostel_id: int, admin: Admin, cloud: Cloud, state: State) -> str:
    """The key of this hostel's gateway, kept in the state folder; a new one when it is missing or no longer works."""
    file = state.folder / "gateways.json"
    keys: dict[str, dict[str, Any]] = json.loads(file.read_text()) if file.exists() else {}
    known = keys.get(code)
    if known and known["hostel_id"] == hostel_id:
        with Gateway(cloud.url, known["key"]) as gateway:
            if gateway.is_known():
                return str(known["key"])
    made = admin.call("POST", f"/hostels/{hostel_id}/gateways", {"name": f"{code} cellar"})
    keys[code] = {"hostel_id": hostel_id, "key": made["key"]}
    write_atomically(file, json.dumps(keys, indent=2) + "\n", mode=0o600)
    return str(made["key"])
