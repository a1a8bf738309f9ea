"""What drift is measured by, and what is kept of it."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import Engine

from tests.integration.hostel import rows_of
from tests.integration.views.world import NOW, World
from wattwarden.adapters.postgres.alerts.responses import PostgresResponses
from wattwarden.adapters.postgres.base import tables as t
from wattwarden.adapters.postgres.models.drift import PostgresDrift
from wattwarden.adapters.postgres.views.views import PostgresViews
from wattwarden.domain.people import Role
from wattwarden.ports.drift import DriftReport, Measures, Reference

DAY = timedelta(days=1)


def test_an_empty_database_has_nothing_to_measure(engine: Engine) -> None:
    assert PostgresDrift(engine).measures(NOW) == Measures(None, None, 0, 0, None)


def test_alerts_answers_and_fallback_of_the_last_weeks(engine: Engine) -> None:
    world = World.create(engine)  # five rooms with a meter
    for number, age in enumerate((1, 2, 6, 8, 20, 34, 36), start=1):
        world.add_alert(number, NOW - age * DAY)
    world.add_alert(8, NOW - DAY, resolution="history")
    responses, warden = PostgresResponses(engine), world.people[Role.WARDEN]
    for number, verdict, age in ((1, "real", 1), (2, "real", 2), (2, "expected", 1), (4, "real", 29), (5, "unsure", 3)):
        responses.say(UUID(int=number), warden, verdict, None, NOW - age * DAY)  # type: ignore[arg-type]
    incident = world.add_incident(11, None)
    for meter, old in ((0, True), (1, True), (2, False)):
        learnt = NOW - (20 if old else 3) * DAY
        world.add(t.meter_checkpoints, meter_id=world.home.meters[meter], ts=learnt, state=b"", ring=b"")
    for number, (meter, tier, hours) in enumerate(
        ((0, "model", 1), (0, "rules", 2), (1, "model", 3), (1, "model", 4), (2, "rules", 5), (0, "rules", 60)),
        start=21,
    ):
        at = NOW - timedelta(hours=hours)
        world.add_anomaly(number, incident, at, meter=meter, tier=tier, created_at=at)

    measures = PostgresDrift(engine).measures(NOW)

    assert measures.alert_rate is not None
    assert measures.usual_alert_rate is not None
    assert round(measures.alert_rate, 3) == round(3 / 5 / 7 * 30.44, 3)
    assert round(measures.usual_alert_rate, 3) == round(3 / 5 / 28 * 30.44, 3)
    assert (measures.real, measures.expected) == (1, 1)
    assert measures.fallback_share == 0.25  # the third meter is too young for the model


def test_reports_are_kept_by_day_and_shown_youngest_first(engine: Engine) -> None:
    store, views = PostgresDrift(engine), PostgresViews(engine)
    day = datetime(2026, 11, 19, tzinfo=UTC).date()
    quiet = DriftReport(day, "m", {"value": 0.05}, 0.0, 0.5, None, None, 0, None)
    loud = DriftReport(day + DAY, "m", {"value": 0.5}, 1.0, 0.5, 0.4, 0.5, 40, 0.1, ["it shifted"], retraining=True)
    for report in (loud, loud, quiet):
        store.save(report)
    assert [(r.day, r.reasons, r.retraining) for r in views.drift(9)] == [
        (day + DAY, ["it shifted"], True),
        (day, [], False),
    ]
    assert len(views.drift(1)) == 1
    assert rows_of(engine, "SELECT precision FROM drift_reports ORDER BY day") == [
        {"precision": None},
        {"precision": 0.5},
    ]


def test_a_reference_is_kept_as_it_was_first(engine: Engine) -> None:
    store = PostgresDrift(engine)
    assert store.reference("m") is None
    first = Reference("m", 700, {"value": ([0.5, 1.0], [0.2, 0.3, 0.5])})
    store.keep_reference(first)
    store.keep_reference(Reference("m", 1, {}))
    assert store.reference("m") == first
