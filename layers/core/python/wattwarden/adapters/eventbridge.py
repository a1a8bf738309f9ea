"""The event bus on EventBridge."""

from collections.abc import Sequence

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from wattwarden.contracts.events import IncidentsOpened
from wattwarden.ports.stream import EventBus

SOURCE = "wattwarden"
MAX_ENTRIES = 10
"""PutEvents takes no more in one call."""


class EventBridgeBus(EventBus):
    def __init__(self, bus_name: str) -> None:
        self._name = bus_name
        self._client = boto3.client(
            "events", config=Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "max_attempts": 2})
        )

    def publish(self, events: Sequence[IncidentsOpened]) -> list[bool]:
        taken: list[bool] = []
        for start in range(0, len(events), MAX_ENTRIES):
            chunk = events[start : start + MAX_ENTRIES]
            try:
                answer = self._client.put_events(
                    Entries=[
                        {
                            "EventBusName": self._name,
                            "Source": SOURCE,
                            "DetailType": type(event).__name__,
                            "Detail": event.model_dump_json(),
                        }
                        for event in chunk
                    ]
                )
            except (ClientError, BotoCoreError):
                taken += [False] * len(chunk)
            else:
                taken += ["ErrorCode" not in entry for entry in answer["Entries"]]
        return taken
