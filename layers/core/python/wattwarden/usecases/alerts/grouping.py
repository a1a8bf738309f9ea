"""Which incidents are one alert: those of a room that follow one another, and those of many rooms at once."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID, uuid5

from wattwarden.domain import waves
from wattwarden.domain.alert_facts import AlertFacts, blocks, facts_of, usual_kind
from wattwarden.domain.alerts import AlertDraft, AlertState, OpenAlert
from wattwarden.domain.anomalies import NAMESPACE, Incident, Severity
from wattwarden.words.phrases import say

SAME_ALERT_GAP = timedelta(hours=3)
"""Incidents of a room this close together are one alert, as two events of a label are."""


@dataclass(frozen=True, slots=True)
class Group:
    """One alert and its incidents. `news` is False when people heard of it, as severe as it is, already."""

    draft: AlertDraft
    facts: AlertFacts
    incidents: tuple[Incident, ...]
    place: str
    news: bool


def group(
    incidents: Sequence[Incident],
    near: Sequence[Incident],
    open_alerts: Sequence[OpenAlert],
    metered: Mapping[str, int],
) -> list[Group]:
    """The alerts that these incidents raise or join.

    Those `near` them, which await a decision of their own, are taken only into a wave. `metered` counts the rooms
    with a meter by block.
    """
    groups: list[Group] = []
    alone: list[Incident] = []
    for cause in sorted({waves.cause(i.kind) for i in incidents}):
        of_cause = _Waves(cause, open_alerts)
        own, others = ([i for i in given if waves.cause(i.kind) == cause] for given in (incidents, near))
        alone += of_cause.take(own, others, metered)
        groups += of_cause.groups(metered)
    folded = {alert_id for found in groups for alert_id in found.draft.folds}
    alone.sort(key=lambda i: (i.room_id, i.started_at))
    for room_id, of_room in groupby(alone, key=lambda i: i.room_id):
        known = [a for a in open_alerts if a.room_id == room_id and a.alert_id not in folded]
        groups += _group_room(list(of_room), known)
    return groups


@dataclass(slots=True)
class _Wave:
    """A wave's alert in the making."""

    alert_id: UUID
    known: OpenAlert | None
    members: list[Incident]
    fresh: list[Incident] = field(default_factory=list)
    folds: list[OpenAlert] = field(default_factory=list)

    @property
    def blocks(self) -> set[str]:
        return {i.block for i in self.members}

    @property
    def may_widen(self) -> bool:
        """Whoever took charge of one block did not take charge of the hostel."""
        return self.known is None or self.known.state == AlertState.OPEN

    def spans(self, at: datetime, after: timedelta = waves.FOLLOWS) -> bool:
        starts = [i.started_at for i in self.members]
        return min(starts) - waves.TOGETHER <= at <= max(starts) + after

    def goes_with(self, incident: Incident) -> bool:
        """One block's wave takes its block's incidents; one of several blocks takes every block's."""
        here = self.blocks
        if len(here) == 1 and incident.block not in here:
            return False
        goes_on = (
            self.known is not None
            and self.known.lasts
            and self.known.started_at <= incident.started_at <= self.known.last_at + waves.LASTS
        )
        return goes_on or self.spans(incident.started_at)

    def add(self, incidents: Iterable[Incident]) -> None:
        new = list(incidents)
        self.members += new
        self.fresh += new

    def fold(self, alert: OpenAlert) -> None:
        self.folds.append(alert)
        self.add(alert.incidents)


class _Waves:
    """The waves of one cause: those with an alert already, and those that only now show."""

    def __init__(self, cause: str, open_alerts: Sequence[OpenAlert]) -> None:
        of_cause = [a for a in open_alerts if waves.cause(a.kind) == cause and a.incidents]
        self._waves = [_Wave(a.alert_id, a, list(a.incidents)) for a in of_cause if a.room_id is None]
        self._singles = [a for a in of_cause if a.room_id is not None and a.state == AlertState.OPEN]

    def take(
        self, incidents: Sequence[Incident], near: Sequence[Incident], metered: Mapping[str, int]
    ) -> list[Incident]:
        """Put into waves what belongs there; the rest of `incidents` is returned."""
        own = {i.incident_id for i in incidents}
        rest = self._join(incidents)
        waiting = [i for i in near if i.incident_id not in own]
        while rest:
            singles = {a.incidents[0].incident_id: a for a in self._singles}
            candidates = [*rest, *waiting, *(a.incidents[0] for a in self._singles)]
            found = waves.largest(candidates, metered)
            if found is None:
                break
            wave = self._wave_of(found)
            taken = {i.incident_id for i in found.incidents}
            wave.add(i for i in found.incidents if i.incident_id not in singles)
            for incident_id in taken & singles.keys():
                wave.fold(singles[incident_id])
            self._singles = [a for a in self._singles if a.incidents[0].incident_id not in taken]
            waiting = [i for i in waiting if i.incident_id not in taken]
            rest = self._join([i for i in rest if i.incident_id not in taken])
        self._fold_singles()
        return rest

    def groups(self, metered: Mapping[str, int]) -> list[Group]:
        return [_group_wave(wave, metered) for wave in self._waves if wave.fresh]

    def _join(self, incidents: Sequence[Incident]) -> list[Incident]:
        """Let the incidents join known waves, in the order of their starts; the rest is returned."""
        rest = []
        for incident in sorted(incidents, key=lambda i: (i.started_at, i.incident_id)):
            wave = next((w for w in self._waves if w.goes_with(incident)), None)
            if wave:
                wave.add([incident])
            else:
                rest.append(incident)
        return rest

    def _wave_of(self, found: waves.Wave) -> _Wave:
        """The wave that widens to take these in, with all others it then makes one with; or a new one."""
        first = min(found.incidents, key=lambda i: (i.started_at, i.incident_id))
        same = [w for w in self._waves if w.may_widen and w.spans(first.started_at)]
        wave, others = (same[0], same[1:]) if same else (_new(first), [])
        for other in others:
            wave.add(other.fresh)
            if other.known:
                wave.fold(other.known)
            wave.folds += other.folds
        self._waves = [w for w in self._waves if w is not wave and w not in others] + [wave]
        return wave

    def _fold_singles(self) -> None:
        """What was told of single rooms moments before is the wave's beginning."""
        for wave in self._waves:
            if not wave.fresh:
                continue
            for single in list(self._singles):
                blocks = wave.blocks
                here = len(blocks) > 1 or single.incidents[0].block in blocks
                if here and wave.spans(single.started_at, waves.TOGETHER):
                    self._singles.remove(single)
                    wave.fold(single)


def _new(first: Incident) -> _Wave:
    return _Wave(uuid5(NAMESPACE, f"wave:{first.incident_id}"), None, [])


def group_grown(alert: OpenAlert, metered: Mapping[str, int]) -> Group:
    """An alert that got worse by what it holds already: what is to be told of it now."""
    if alert.room_id is None:
        return _group_wave(_Wave(alert.alert_id, alert, list(alert.incidents)), metered)
    return _group_alert(alert, [])


def _group_wave(wave: _Wave, metered: Mapping[str, int]) -> Group:
    """It is told as a severe alert is: whatever ails many rooms concerns more than one warden."""
    known = wave.known
    before = [known.severity] if known else []
    severity = max(Severity.HIGH, *before, *(i.severity for i in wave.members), key=lambda s: s.rank)
    kind = usual_kind(wave.members)
    draft = AlertDraft(
        alert_id=wave.alert_id,
        hostel_id=wave.members[0].hostel_id,
        room_id=None,
        block=blocks(wave.blocks),
        kind=kind,
        severity=severity,
        started_at=min(i.started_at for i in wave.members),
        incident_ids=tuple(i.incident_id for i in wave.fresh),
        told=severity,
        folds=tuple(a.alert_id for a in wave.folds),
    )
    place = say("place.block" if len(wave.blocks) == 1 else "place.blocks", block=draft.block)
    return Group(draft, facts_of(wave.members, kind, metered), tuple(wave.members), place, _is_news(known, severity))


def _group_room(incidents: Sequence[Incident], open_alerts: Sequence[OpenAlert]) -> list[Group]:
    """Attach each incident of a room to the alert it continues, or start a new one.

    An alert has one cause: low voltage during an excess is news, not more of the same.
    """
    joined: dict[UUID, tuple[OpenAlert, list[Incident]]] = {}
    alone: list[list[Incident]] = []
    for incident in incidents:
        known = next((a for a in open_alerts if _continues(incident, a)), None)
        together = next((found for found in alone if _goes_with(found, incident)), None)
        if known:
            joined.setdefault(known.alert_id, (known, []))[1].append(incident)
        elif together:
            together.append(incident)
        else:
            alone.append([incident])
    return [
        *(_group_alert(known, fresh) for known, fresh in joined.values()),
        *(_group_alert(None, fresh) for fresh in alone),
    ]


def _group_alert(known: OpenAlert | None, fresh: Sequence[Incident]) -> Group:
    """One room's alert; its worst incident gives it its kind.

    Of those alike in severity one of known energy: it says more.
    """
    members = [*(known.incidents if known else ()), *fresh]
    worst = max(members, key=lambda i: (i.severity.rank, _known_first(i.excess_kwh)))
    severity = max([worst.severity, *([known.severity] if known else [])], key=lambda s: s.rank)
    draft = AlertDraft(
        alert_id=known.alert_id if known else uuid5(NAMESPACE, f"alert:{fresh[0].incident_id}"),
        hostel_id=worst.hostel_id,
        room_id=worst.room_id,
        block=worst.block,
        kind=worst.kind,
        severity=severity,
        started_at=known.started_at if known else fresh[0].started_at,
        incident_ids=tuple(i.incident_id for i in fresh),
        told=severity,
    )
    return Group(draft, facts_of(members, worst.kind), tuple(members), worst.room_name, _is_news(known, severity))


def _is_news(known: OpenAlert | None, severity: Severity) -> bool:
    return known is None or replace(known, severity=severity).news


def _goes_with(found: Sequence[Incident], incident: Incident) -> bool:
    near = incident.started_at - max(i.last_at for i in found) <= SAME_ALERT_GAP
    return near and waves.cause(incident.kind) == waves.cause(found[0].kind)


def _continues(incident: Incident, alert: OpenAlert) -> bool:
    near = alert.started_at - SAME_ALERT_GAP <= incident.started_at <= alert.last_at + SAME_ALERT_GAP
    return near and waves.cause(incident.kind) == waves.cause(alert.kind)


def _known_first(excess_kwh: float | None) -> float:
    return -math.inf if excess_kwh is None else excess_kwh
