"""Whether the flow lives, and what fell out of it."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import StringConstraints

from wattwarden.contracts.api.meters import FaultCounts
from wattwarden.contracts.fields import Contract


class Redriven(Contract):
    """What became of quarantined items: sent through the stream again, or left because that could not help."""

    sent: int
    left: int
    waiting: int
    """How many of that reason wait still; more than `left` when there were more than one call takes."""


class RedriveRequest(Contract):
    reason: Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[a-z_]+$")]


class Health(Contract):
    """Liveness of the flow, for the page's freshness badge.

    It is degraded when events have waited for over five minutes, when no reading came for two hours, and when a meter's
    replay has been failing for over an hour: a shorter failure is mended by one of its next tries.
    """

    status: Literal["ok", "degraded"]
    database: bool
    meters: int
    silent_meters: int
    faults: FaultCounts
    last_reading_received: datetime | None
    outbox_waiting: int
    messages_failed: int
    """Messages of the last day that will never be sent: their provider refuses them."""
    quarantined: int
    model_version: str | None
    model_share_last_hour: float | None
    """Share of the last hour's anomalies judged by the model tier."""


class DriftOut(Contract):
    """A day's look at whether the model still fits. Null: it could not be measured."""

    day: date
    model: str | None
    stability: dict[str, float]
    """Population stability index by feature: below 0.1 nothing happened, above 0.25 it shifted."""
    drifted_share: float | None
    """Of the features, those that shifted."""
    alert_rate: float | None
    """Alerts per room and month over the week before."""
    usual_alert_rate: float | None
    precision: float | None
    """Of the alerts that people judged in four weeks, those that were real."""
    labelled: int
    fallback_share: float | None
    reasons: list[str]
    """What was past its limit; empty: nothing."""
    retraining: bool
    """It started a retraining."""


class DriftPage(Contract):
    reports: list[DriftOut]


class QuarantineOut(Contract):
    quarantine_id: int
    source: str
    reason: str
    detail: str
    payload: dict[str, Any]
    first_seen: datetime
    times: int
    """How often it was received, at least."""
    last_received_at: datetime


class BeyondQuota(Contract):
    """What came beyond the items that are kept of a hostel's day: counted only, as the data lake keeps it."""

    hostel_id: int | None
    """Null: it names no hostel."""
    day: date
    """UTC."""
    reason: str
    times: int
    """At least."""


class QuarantinePage(Contract):
    items: list[QuarantineOut]
    next_before: datetime | None
    beyond: list[BeyondQuota]
    """Of the last days on which there was any, youngest first."""
