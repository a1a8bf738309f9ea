"""An alert as people see it, worked out from its incidents. Read by the API and pushed to open browsers alike."""

from typing import Any

from sqlalchemy import RowMapping, Select, case, func, select, true
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from wattwarden.adapters.postgres.base.tables import alerts, feedback, hostels, incidents, rooms, users
from wattwarden.contracts.api.alerts import AlertOut, FeedbackOut
from wattwarden.domain.anomalies import Kind

_FEEDBACK = tuple(FeedbackOut.model_fields)


def alert_select() -> Select[Any]:
    """Alerts with the sums of their incidents; filter and order it as needed.

    Incidents of one room follow one another, so its peak is the highest; those of a block happen at once and add up.
    What is unknown of an incident is left out, with what was expected of it; null where all of it is unknown.
    """

    def of_the_highest(column: Any) -> Any:  # noqa: ANN401 - a column of any type
        ordered = aggregate_order_by(column, incidents.c.peak_kw.desc().nulls_last())
        return func.array_agg(ordered, type_=ARRAY(column.type))[1]

    raised = (
        select(
            func.count().label("incidents"),
            func.max(incidents.c.last_at).label("last_at"),
            func.coalesce(func.bool_or(incidents.c.closed_at.is_(None)), False).label("ongoing"),
            func.max(incidents.c.peak_kw).label("highest_kw"),
            func.sum(incidents.c.peak_kw).label("together_kw"),
            of_the_highest(incidents.c.expected_kw).label("expected_at_highest_kw"),
            func.coalesce(
                func.sum(incidents.c.expected_kw).filter(incidents.c.peak_kw.is_not(None)),
                func.sum(incidents.c.expected_kw),
            ).label("expected_together_kw"),
            func.sum(incidents.c.excess_kwh).label("excess_kwh"),
            func.round(func.sum(incidents.c.cost), 2).label("cost"),
            func.max(incidents.c.confidence).label("confidence"),
            of_the_highest(incidents.c.tier).label("tier"),
        )
        .where(incidents.c.alert_id == alerts.c.id, incidents.c.withdrawn_at.is_(None))
        .lateral("raised")
    )
    of_block = alerts.c.room_id.is_(None)

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
            alerts.c.title,
            alerts.c.why,
            alerts.c.started_at,
            func.coalesce(raised.c.last_at, alerts.c.started_at).label("last_at"),
            raised.c.ongoing,
            raised.c.incidents,
            zero_without_incidents(case((of_block, raised.c.together_kw), else_=raised.c.highest_kw)).label("peak_kw"),
            func.coalesce(
                case((of_block, raised.c.expected_together_kw), else_=raised.c.expected_at_highest_kw), 0
            ).label("expected_kw"),
            zero_without_incidents(raised.c.excess_kwh).label("excess_kwh"),
            zero_without_incidents(raised.c.cost).label("cost"),
            hostels.c.currency,
            func.coalesce(raised.c.confidence, 0).label("confidence"),
            func.coalesce(raised.c.tier, "rules").label("tier"),
            users.c.name.label("acknowledged_by"),
            alerts.c.acknowledged_at,
            alerts.c.resolution,
            alerts.c.note,
            *(said.c[name].label(f"feedback_{name}") for name in _FEEDBACK),
            alerts.c.created_at,
        )
        .select_from(alerts)
        .join(hostels, hostels.c.id == alerts.c.hostel_id)
        .outerjoin(rooms, rooms.c.id == alerts.c.room_id)
        .outerjoin(users, users.c.id == alerts.c.acknowledged_by)
        .join(raised, true())
        .outerjoin(said, true())
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
    alert = {name: value for name, value in row.items() if not name.startswith("feedback_")}
    feedback_out = FeedbackOut(**said) if said["verdict"] is not None else None
    return AlertOut(**alert, type=Kind(row["kind"]).type, feedback=feedback_out)
