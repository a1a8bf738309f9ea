"""Whether the data can be trusted: meters that are silent, stuck, ahead of time, beyond belief or not worked out."""

from collections import Counter
from datetime import datetime

from wattwarden.contracts.api.meters import DataHealth, FaultCounts, FaultOut
from wattwarden.domain.data_health import Finding, findings
from wattwarden.domain.policy import Scope
from wattwarden.ports.views import MeterViews

ROWS = 500
"""As many findings are listed; the counts tell of all."""


def data_health(scope: Scope, hostel_id: int | None, views: MeterViews, now: datetime) -> DataHealth:
    """The faults of meters in the scope, those with one cause as one.

    Raises:
        NotFoundError: the hostel is not in the scope.
    """
    faults, metered = views.faults(scope, hostel_id, now)
    counts = Counter(fault.kind for fault in faults)
    return DataHealth(
        faults=[_out(finding) for finding in findings(faults, metered)[:ROWS]],
        counts=FaultCounts(**{kind: counts[kind] for kind in FaultCounts.model_fields}),  # type: ignore[index] # the kinds
    )


def _out(finding: Finding) -> FaultOut:
    one = finding.members[0]
    alone = finding.scope == "meter"
    count = len(finding.members)
    together = f"{count} of {finding.total} meters fell silent together: check the supply, then the gateway."
    return FaultOut(
        scope=finding.scope,
        kind=one.kind,
        hostel_id=one.hostel_id,
        hostel=one.hostel,
        block=None if finding.scope == "hostel" else one.block,
        room_id=one.room_id if alone else None,
        room=one.room if alone else None,
        meter_id=one.meter_id if alone else None,
        meter=one.meter if alone else None,
        meters=count,
        since=min(fault.since for fault in finding.members),
        last_at=max(fault.last_at for fault in finding.members),
        n=sum(fault.n for fault in finding.members),
        detail=one.detail if alone else together,
    )
