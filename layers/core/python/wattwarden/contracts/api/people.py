"""Who is signed in."""

from wattwarden.contracts.fields import Contract
from wattwarden.domain.people import Role


class Me(Contract):
    user_id: int
    email: str
    name: str
    role: Role
    hostel_ids: list[int]
