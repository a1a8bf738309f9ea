from datetime import UTC, datetime

from wattwarden.contracts.api import Health, QuarantinePage
from wattwarden.domain import policy

from .needs import Person, TheViews
from .parameters import Before, Limit, new_router
from .problems import documented

router = new_router()


@router.get("/v1/health", summary="Whether readings flow and are judged", responses=documented())
def read_health(person: Person, views: TheViews) -> Health:
    return views.health(policy.scope(person), datetime.now(UTC))


@router.get("/v1/quarantine", summary="What could not be processed, youngest first", responses=documented())
def list_quarantine(person: Person, views: TheViews, before: Before = None, limit: Limit = 100) -> QuarantinePage:
    policy.require(person, policy.Action.READ_QUARANTINE)
    return views.quarantine(policy.scope(person), before, limit)
