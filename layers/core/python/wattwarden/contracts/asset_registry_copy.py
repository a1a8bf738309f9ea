"""What the doors need of the registry, as one document: they read it where the database does not answer."""

from pydantic import AwareDatetime, BaseModel, ConfigDict

from wattwarden.domain.people import Gateway


class HostelCopy(BaseModel):
    model_config = ConfigDict(frozen=True)

    meters: frozenset[str]
    """Serials of the meters in service."""
    rooms: frozenset[str]


class AssetRegistryCopy(BaseModel):
    model_config = ConfigDict(frozen=True)

    taken_at: AwareDatetime
    gateways: dict[str, Gateway]
    """By the id of their API key; the revoked ones are not among them."""
    hostels: dict[int, HostelCopy]

    def says_the_same(self, other: "AssetRegistryCopy") -> bool:
        return self.gateways == other.gateways and self.hostels == other.hostels
