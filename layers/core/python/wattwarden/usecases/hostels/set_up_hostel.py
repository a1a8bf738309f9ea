"""An administrator sets up a hostel: its rooms and meters, its people and how they are reached, its gateways."""

from wattwarden.contracts.api.hostels import GatewayOut, HostelSetup
from wattwarden.domain import policy
from wattwarden.domain.people import Principal
from wattwarden.ports.asset_registry import AssetRegistry
from wattwarden.ports.setup import ApiKeys, HostelAdmin, Identity, Subscriptions
from wattwarden.ports.views import RoomViews


def set_up_hostel(
    code: str,
    setup: HostelSetup,
    person: Principal,
    admin: HostelAdmin,
    registry: AssetRegistry,
    identity: Identity,
    subscriptions: Subscriptions,
) -> int:
    """Write the hostel, then give each person a sign-in and subscribe their addresses. Returns the hostel's id.

    Every step may be repeated, so a call that failed half-way is simply sent again.

    Raises:
        ForbiddenError: the person is no administrator.
        InvalidError: the setup contradicts itself.
        UnavailableError: the database, the identity provider or the alert topic did not answer.
    """
    policy.require(person, policy.Action.SET_UP)
    hostel_id = admin.save_hostel(code, setup, person)
    subscriptions.ensure(person.user_id, "email", person.email)  # who hears of it while a hostel has no warden
    for user in setup.users:
        identity.ensure_user(user.email, user.name)
        known = registry.principal(user.email)
        if known is None:
            continue
        subscriptions.ensure(known.user_id, "email", user.email)
        if user.phone is not None:
            subscriptions.ensure(known.user_id, "sms", user.phone)
    return hostel_id


def register_gateway(
    hostel_id: int, name: str, person: Principal, views: RoomViews, admin: HostelAdmin, keys: ApiKeys
) -> GatewayOut:
    """Create a gateway with a key of its own, bound to the hostel's meters.

    Raises:
        ForbiddenError: the person is no administrator.
        NotFoundError: there is no such hostel.
        UnavailableError: no key could be made.
    """
    policy.require(person, policy.Action.SET_UP)
    hostel = views.hostel(policy.scope(person), hostel_id)
    key_id, key = keys.create(f"{hostel.code}/{name}")
    gateway_id = admin.save_gateway(hostel_id, name, key_id, person)
    return GatewayOut(gateway_id=gateway_id, hostel_id=hostel_id, name=name, key=key)
