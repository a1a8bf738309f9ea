"""What the routes need from outside, and the person behind the request.

A part of the wiring is made when a request first needs it: a cold start pays only for what the first one touches.
"""

from typing import Annotated

from aws_lambda_powertools.event_handler import Depends, Request

from wattwarden.domain.errors import ForbiddenError
from wattwarden.domain.people import Principal
from wattwarden.ports.asset_registry import AssetRegistry
from wattwarden.ports.live import LiveSessions
from wattwarden.ports.meters import MeterAdmin
from wattwarden.ports.redrive import RedriveStore
from wattwarden.ports.responses import AlertResponses
from wattwarden.ports.setup import ApiKeys, HostelAdmin, Identity, Subscriptions
from wattwarden.ports.stream import TelemetryStream
from wattwarden.ports.suppressions import SuppressionStore
from wattwarden.ports.uploads import Uploads
from wattwarden.ports.views import Views
from wattwarden.runtime.wiring import wiring

TheViews = Annotated[Views, Depends(lambda: wiring.views)]
TheResponses = Annotated[AlertResponses, Depends(lambda: wiring.responses)]
TheSessions = Annotated[LiveSessions, Depends(lambda: wiring.sessions)]
TheAdmin = Annotated[HostelAdmin, Depends(lambda: wiring.hostel_admin)]
TheMeters = Annotated[MeterAdmin, Depends(lambda: wiring.meter_admin)]
TheRedrives = Annotated[RedriveStore, Depends(lambda: wiring.redrives)]
TheSuppressions = Annotated[SuppressionStore, Depends(lambda: wiring.suppressions)]
TheAssetRegistry = Annotated[AssetRegistry, Depends(lambda: wiring.asset_registry)]
TheIdentity = Annotated[Identity, Depends(lambda: wiring.identity)]
TheSubscriptions = Annotated[Subscriptions, Depends(lambda: wiring.subscriptions)]
TheKeys = Annotated[ApiKeys, Depends(lambda: wiring.api_keys)]
TheUploads = Annotated[Uploads, Depends(lambda: wiring.uploads)]
TheStream = Annotated[TelemetryStream, Depends(lambda: wiring.stream)]


def signed_in(request: Request, known: TheAssetRegistry) -> Principal:
    """The person whose verified address the ID token carries.

    Raises:
        ForbiddenError: the address is not verified, or WattWarden knows nobody by it.
    """
    context = request.resolved_event.raw_event.get("requestContext") or {}
    claims = (context.get("authorizer") or {}).get("claims") or {}
    email = str(claims.get("email") or "")
    if not email or str(claims.get("email_verified")).lower() != "true":
        raise ForbiddenError("sign in with a verified email address")
    person = known.principal(email)
    if person is None:
        raise ForbiddenError("this account has not been given a role; ask an administrator")
    return person


Person = Annotated[Principal, Depends(signed_in)]
