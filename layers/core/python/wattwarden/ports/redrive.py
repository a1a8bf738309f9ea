"""What sending quarantined items again needs from storage."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from wattwarden.domain.people import Principal
from wattwarden.domain.policy import Scope


@dataclass(frozen=True, slots=True)
class WaitingItem:
    quarantine_id: int
    source: str
    reason: str
    payload: dict[str, Any]


class RedriveCounts(NamedTuple):
    sent: int
    left: int
    waiting: int


class RedriveStore(Protocol):
    def redrive(
        self,
        scope: Scope,
        by: Principal,
        send: Callable[[Sequence[WaitingItem]], Collection[int]],
        *,
        quarantine_id: int | None = None,
        reason: str | None = None,
        limit: int,
    ) -> RedriveCounts:
        """Hand waiting items in the scope to `send`, oldest first, and stamp those whose ids it answers; audited.

        The items stay locked until they are stamped: one that fails again meanwhile waits again afterwards. When
        `send` raises, nothing is stamped.

        Raises:
            NotFoundError: no item with that id waits in the scope.
        """
