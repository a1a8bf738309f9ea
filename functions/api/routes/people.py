from wattwarden.contracts.api.people import Me
from wattwarden.domain import policy

from .dependencies import Person
from .parameters import new_router
from .problems import documented

router = new_router()


@router.get("/v1/me", summary="Who is signed in, and what they may see", responses=documented())
def read_me(person: Person) -> Me:
    return Me(
        user_id=person.user_id,
        email=person.email,
        name=person.name,
        role=person.role,
        hostel_ids=sorted(person.hostel_ids),
        may=policy.allowed(person),
    )
