"""An alert as people see it, worked out from its incidents. Read by the API and pushed to open browsers alike."""

from datetime import timedelta
from typing import Any

from sqlalchemy import RowMapping, ScalarSelect, Select, case, func, select, text, true
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from wattwarden.adapters.postgres.base.tables import (
    alerts,
    feedback,
    hostels,
    incidents,
    meter_state,
    meters,
    rooms,
    users,
)
from wattwarden.contracts.api.alerts import AlertOut, FeedbackOut, MeasuredOut
from wattwarden.domain.alert_facts import AlertFacts, figures, priced, quantity_of, silence
from wattwarden.domain.anomalies import Kind
from wattwarden.domain.data_health import SILENT_AFTER_INTERVALS
from wattwarden.words.alerts import title, why

RESTS = timedelta(minutes=15)
"""A load that has been normal for so long is over; a heater's thermostat rests shorter."""

_FEEDBACK = tuple(FeedbackOut.model_fields)


def alert_select() -> Select[Any]:
    """Alerts with the sums of their incidents; filter and order it as needed.

    Incidents of one room follow one another, so its peak is that which lies furthest out; those of a block happen at
    once and add up. What is unknown of an incident is left out, with what was expected of it; null where all of it is
    unknown.
    """
    of_block = alerts.c.room_id.is_(None)
    raised = _raised().lateral("raised")

    def zero_without_incidents(known: Any) -> Any:  # noqa: ANN401 - SQL of any type
        return case((raised.c.incidents == 0, 0), else_=known)

    said = feedback_select().where(feedback.c.alert_id == alerts.c.id).limit(1).lateral("said")
    return (
        select(
            alerts.c.id.label("alert_id"),
            alerts.c.hostel_id,
            alerts.c.room_id,
            rooms.c.name.label("room"),
            alerts.c.block,
            alerts.c.kind,
            alerts.c.severity,
            alerts.c.state,
            func.coalesce(raised.c.began_at, alerts.c.started_at).label("started_at"),
            func.coalesce(raised.c.last_at, alerts.c.started_at).label("last_at"),
            raised.c.ongoing,
            case((~raised.c.ongoing, raised.c.unknown_since)).label("unknown_since"),
            raised.c.incidents,
            zero_without_incidents(case((of_block, raised.c.together_kw), else_=raised.c.furthest_kw)).label("peak_kw"),
            func.coalesce(
                case((of_block, raised.c.expected_together_kw), else_=raised.c.expected_at_furthest_kw), 0
            ).label("expected_kw"),
            zero_without_incidents(raised.c.excess_kwh).label("excess_kwh"),
            raised.c.cost,
            hostels.c.currency,
            func.coalesce(raised.c.confidence, 0).label("confidence"),
            func.coalesce(raised.c.tier, "rules").label("tier"),
            users.c.name.label("acknowledged_by"),
            alerts.c.acknowledged_at,
            alerts.c.resolution,
            alerts.c.note,
            alerts.c.created_at,
            # what only the words need
            hostels.c.timezone.label("facts_timezone"),
            func.coalesce(raised.c.reasons, text("'{}'::jsonb")).label("facts_reasons"),
            raised.c.rooms.label("facts_rooms"),
            raised.c.unknown.label("facts_unknown"),
            case((of_block, _metered()), else_=0).label("facts_metered"),
            *(said.c[name].label(f"feedback_{name}") for name in _FEEDBACK),
        )
        .select_from(alerts)
        .join(hostels, hostels.c.id == alerts.c.hostel_id)
        .outerjoin(rooms, rooms.c.id == alerts.c.room_id)
        .outerjoin(users, users.c.id == alerts.c.acknowledged_by)
        .join(raised, true())
        .outerjoin(said, true())
    )


def _raised() -> Select[Any]:
    """An alert's incidents, summed. One is over when it is closed, or its meter has been normal for a while since."""
    last_ts = meter_state.c.last_ts
    moved_on = last_ts > incidents.c.last_at + RESTS
    over = incidents.c.closed_at.is_not(None) | func.coalesce(moved_on, False)
    missed = (SILENT_AFTER_INTERVALS * meters.c.interval_minutes + 1) * text("interval '1 minute'")
    silent = func.coalesce(last_ts + missed < func.now(), False)

    def of_the_furthest(column: Any) -> Any:  # noqa: ANN401 - a column of any type
        far = func.coalesce(incidents.c.far, incidents.c.peak_kw)
        ordered = aggregate_order_by(column, far.desc().nulls_last(), incidents.c.started_at)
        return func.array_agg(ordered, type_=ARRAY(column.type))[1]

    return (
        select(
            func.count().label("incidents"),
            func.count(incidents.c.room_id.distinct()).label("rooms"),
            func.count().filter(incidents.c.excess_kwh.is_(None)).label("unknown"),
            func.min(func.coalesce(incidents.c.began_at, incidents.c.started_at)).label("began_at"),
            func.max(incidents.c.last_at).label("last_at"),
            func.coalesce(func.bool_or(~over & ~silent), False).label("ongoing"),
            func.max(last_ts).filter(~over & silent).label("unknown_since"),
            of_the_furthest(incidents.c.peak_kw).label("furthest_kw"),
            func.sum(incidents.c.peak_kw).label("together_kw"),
            of_the_furthest(incidents.c.expected_kw).label("expected_at_furthest_kw"),
            func.coalesce(
                func.sum(incidents.c.expected_kw).filter(incidents.c.peak_kw.is_not(None)),
                func.sum(incidents.c.expected_kw),
            ).label("expected_together_kw"),
            func.sum(incidents.c.excess_kwh).label("excess_kwh"),
            func.round(func.sum(incidents.c.cost), 2).label("cost"),
            func.max(incidents.c.confidence).label("confidence"),
            of_the_furthest(incidents.c.tier).label("tier"),
            of_the_furthest(incidents.c.reasons).label("reasons"),
        )
        .select_from(incidents)
        .join(meters, meters.c.id == incidents.c.meter_id)
        .outerjoin(meter_state, meter_state.c.meter_id == incidents.c.meter_id)
        .where(incidents.c.alert_id == alerts.c.id, incidents.c.withdrawn_at.is_(None))
    )


def _metered() -> ScalarSelect[Any]:
    """Rooms with a meter in the blocks that a wave's alert is about."""
    theirs = rooms.alias("theirs")
    its_blocks = (
        select(theirs.c.block)
        .join(incidents, incidents.c.room_id == theirs.c.id)
        .where(incidents.c.alert_id == alerts.c.id, incidents.c.withdrawn_at.is_(None))
    )
    there = rooms.alias("there")
    return (
        select(func.count(there.c.id.distinct()))
        .join(meters, meters.c.room_id == there.c.id)
        .where(there.c.hostel_id == alerts.c.hostel_id, meters.c.removed_at.is_(None), there.c.block.in_(its_blocks))
        .correlate(alerts)
        .scalar_subquery()
    )


def feedback_select() -> Select[Any]:
    """What people said about alerts, youngest first."""
    speaker = users.alias("speaker")
    return (
        select(
            feedback.c.verdict,
            feedback.c.note,
            feedback.c.user_id,
            speaker.c.name.label("by"),
            feedback.c.changed_at.label("at"),
        )
        .join(speaker, speaker.c.id == feedback.c.user_id)
        .order_by(feedback.c.changed_at.desc(), feedback.c.id.desc())
    )


def alert_out(row: RowMapping) -> AlertOut:
    said = {name: row[f"feedback_{name}"] for name in _FEEDBACK}
    alert = {name: value for name, value in row.items() if not name.startswith(("feedback_", "facts_"))}
    kind = Kind(row["kind"])
    alert["cost"] = priced(kind, row["cost"])
    facts = _facts(row, kind)
    return AlertOut(
        **alert,
        type=kind.type,
        title=title(facts),
        why=why(facts, row["facts_timezone"]),
        measured=MeasuredOut(quantity=facts.quantity, value=facts.measured, expected=facts.expected),
        feedback=FeedbackOut(**said) if said["verdict"] is not None else None,
    )


def _facts(row: RowMapping, kind: Kind) -> AlertFacts:
    reasons, peak_kw = row["facts_reasons"], row["peak_kw"]
    measured, expected = figures(kind, reasons, peak_kw, row["expected_kw"])
    goes_on = row["ongoing"] or row["unknown_since"] is not None
    return AlertFacts(
        kind=kind,
        rooms=row["facts_rooms"] if row["room_id"] is None else None,
        metered=row["facts_metered"],
        since=row["started_at"],
        until=None if goes_on else row["last_at"],
        unknown_since=row["unknown_since"],
        quantity=quantity_of(kind),
        measured=measured,
        expected=expected,
        excess_kwh=None if row["excess_kwh"] is None else float(row["excess_kwh"]),
        all_known=row["facts_unknown"] == 0,
        cost=priced(kind, row["cost"]),
        currency=row["currency"],
        silent_h=silence(reasons),
    )
