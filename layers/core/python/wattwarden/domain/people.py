"""Who may see and do what."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    ADMIN = "admin"
    MANAGER = "manager"
    WARDEN = "warden"
    VIEWER = "viewer"


@dataclass(frozen=True, slots=True)
class Principal:
    """The person behind a request. `hostel_ids` is ignored for an admin, who sees every hostel."""

    user_id: int
    email: str
    name: str
    role: Role
    hostel_ids: frozenset[int]

    def sees(self, hostel_id: int) -> bool:
        return self.role is Role.ADMIN or hostel_id in self.hostel_ids


@dataclass(frozen=True, slots=True)
class Gateway:
    """A device that pushes for the meters of one hostel."""

    gateway_id: int
    hostel_id: int
    name: str
