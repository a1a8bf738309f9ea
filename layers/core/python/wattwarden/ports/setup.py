"""What setting up a hostel changes, here and at the services that know people and keys."""

from typing import Protocol

from wattwarden.contracts.api.hostels import HostelSetup
from wattwarden.domain.people import Principal


class HostelAdmin(Protocol):
    """Writes of set-up; each call is one transaction and audited."""

    def save_hostel(self, code: str, setup: HostelSetup, by: Principal) -> int:
        """Create or update the hostel, its rooms, meters, tariff and users; returns its id.

        Raises:
            InvalidError: the time zone is unknown, or a room name, serial or email appears twice.
        """

    def save_gateway(self, hostel_id: int, name: str, api_key_id: str, by: Principal) -> int:
        """Record a gateway and its key; returns its id.

        Raises:
            ConflictError: the key belongs to a gateway already.
            NotFoundError: there is no such hostel.
        """


class Identity(Protocol):
    """The identity provider (Cognito) and the alert topic's subscriptions, as set-up needs them."""

    def ensure_user(self, email: str, name: str) -> None:
        """Create the sign-in when it is missing; the provider sends the invitation."""


class Subscriptions(Protocol):
    def ensure(self, user_id: int, channel: str, address: str) -> None:
        """Subscribe the address so that it gets exactly the messages addressed to this user and channel."""


class ApiKeys(Protocol):
    def create(self, name: str) -> tuple[str, str]:
        """A new key bound to the ingest usage plan: (id, secret value)."""
