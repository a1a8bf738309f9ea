"""Who is signed in."""

from wattwarden.contracts.fields import Contract
from wattwarden.domain.people import Role
from wattwarden.domain.policy import Action


class Me(Contract):
    user_id: int
    email: str
    name: str
    role: Role
    hostel_ids: list[int]
    may: list[Action]
    """What the role allows in those hostels: the page shows no button for anything else."""
