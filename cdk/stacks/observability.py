"""Who is told when the system itself is unwell: alarms, one dashboard, a budget."""

from collections.abc import Sequence

from aws_cdk import ArnFormat, Duration
from aws_cdk import aws_budgets as budgets
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_kinesis as kinesis
from aws_cdk import aws_rds as rds
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from cdk.config import StageConfig
from cdk.constructs.python_function import PythonFunction
from cdk.constructs.topic import topic
from cdk.stacks.alerts import AlertsStack
from cdk.stacks.api import ApiStack
from cdk.stacks.base import StageStack
from cdk.stacks.data import DataStack
from cdk.stacks.ingest import IngestStack
from cdk.stacks.lake import LakeStack
from cdk.stacks.migration import MigrationStack
from cdk.stacks.ml import MlStack
from cdk.stacks.stream import StreamStack

FIVE = Duration.minutes(5)
LIVE_LATE_MS = 60_000  # a reading waits a minute: alerts are promised within seconds
BACKFILL_LATE_MS = 3_600_000  # history may wait, but it should move
LATE_REPLAY_S = 900
SLOW_API_MS = 1_000
GIB = 1024**3
AT_OR_ABOVE = cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
BELOW = cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD


class ObservabilityStack(StageStack):
    def __init__(
        self,
        scope: Construct,
        *,
        config: StageConfig,
        data: DataStack,
        migration: MigrationStack,
        ingest: IngestStack,
        stream: StreamStack,
        lake: LakeStack,
        alerts: AlertsStack,
        ml: MlStack,
        api: ApiStack,
    ) -> None:
        super().__init__(scope, "Observability", config=config)
        alarms = self.format_arn(
            service="cloudwatch", resource="alarm", resource_name="*", arn_format=ArnFormat.COLON_RESOURCE_NAME
        )
        self._operators = topic(
            self,
            "Operators",
            config=config,
            display_name="WattWarden alarms",
            key=data.key,
            publishers={"cloudwatch.amazonaws.com": alarms},  # its use of the key is in the key's own policy
        )
        if config.alarm_email:
            self._operators.add_subscription(subscriptions.EmailSubscription(config.alarm_email))
        functions = [f for stack in (migration, ingest, stream, lake, alerts, ml, api) for f in stack.functions]
        for function in functions:
            for alarm in function.alarms(self):
                self._notify(alarm)
        self._watch_queues(
            {
                "expired": stream.dead_letters,
                "fanout": alerts.unstarted,
                **{f.service: f.failures for f in functions if f.failures},
            }
        )
        self._watch_streams(ingest, stream.score, lake.archive)
        self._watch_flow(alerts, ml, api)
        self._watch_readings(stream)
        self._watch_repairs(stream)
        if data.database:
            self._watch_database(data.database)
        self._dashboard(functions, ingest, stream, alerts, api, data)
        if config.alarm_email:
            self._budget(config.alarm_email)

    def _notify(self, alarm: cloudwatch.Alarm) -> None:
        alarm.add_alarm_action(actions.SnsAction(self._operators))
        alarm.add_ok_action(actions.SnsAction(self._operators))

    def _alarm(
        self,
        name: str,
        meaning: str,
        metric: cloudwatch.IMetric,
        threshold: float,
        *,
        periods: int = 1,
        comparison: cloudwatch.ComparisonOperator = AT_OR_ABOVE,
        missing: cloudwatch.TreatMissingData = cloudwatch.TreatMissingData.NOT_BREACHING,
    ) -> None:
        self._notify(
            cloudwatch.Alarm(
                self,
                name,
                metric=metric,
                threshold=threshold,
                evaluation_periods=periods,
                comparison_operator=comparison,
                treat_missing_data=missing,
                alarm_description=meaning,
            )
        )

    def _watch_queues(self, queues: dict[str, sqs.Queue]) -> None:
        for name, queue in queues.items():
            self._alarm(
                f"{name}-dead-letters",
                f"Events that {name} could not process wait in a queue. See docs/runbooks.",
                queue.metric_approximate_number_of_messages_visible(period=FIVE, statistic="Maximum"),
                1,
            )

    def _watch_streams(self, ingest: IngestStack, *consumers: PythonFunction) -> None:
        """The slowest reader of each stream; and each consumer, whose own age is the only one told while it fails."""
        minute = Duration.minutes(1)
        live, backfill = (_unread(stream, minute) for stream in (ingest.stream, ingest.backfill))
        self._alarm("readings-late", "Readings wait in the stream for over a minute", live, LIVE_LATE_MS, periods=5)
        self._alarm("backfill-late", "History waits for over an hour", backfill, BACKFILL_LATE_MS, periods=5)
        for consumer in consumers:
            age = consumer.metric("IteratorAge", period=minute, statistic="Maximum")
            meaning = f"{consumer.service} is over an hour behind. See docs/runbooks."
            self._alarm(f"{consumer.service}-behind", meaning, age, BACKFILL_LATE_MS, periods=5)

    def _watch_flow(self, alerts: AlertsStack, ml: MlStack, api: ApiStack) -> None:
        fanout_failed = alerts.fanout.metric_failed(period=FIVE, statistic="Sum")
        self._alarm("fanout-failed", "An alert did not reach everybody", fanout_failed, 1)
        sender = "send_notifications"
        self._alarm(
            "messages-failed",
            "SNS refuses messages for good: somebody was not told. See docs/runbooks/set-aside.md",
            _said(sender, "MessagesFailed"),
            1,
        )
        self._alarm(
            "messages-wait",
            "Messages have waited for a quarter of an hour. See docs/runbooks/set-aside.md",
            _said(sender, "PeopleWaiting", "Minimum"),
            1,
            periods=3,
        )
        retrain_failed = ml.retrain.metric_failed(period=FIVE, statistic="Sum")
        self._alarm("retrain-failed", "No new model; the old one goes on", retrain_failed, 1)
        drift = _said(ml.watch_drift.service, "Drift", "Maximum", Duration.hours(1))
        self._alarm("model-drift", "The model no longer fits what it sees. See docs/runbooks/retraining.md", drift, 1)
        errors = api.api.metric_server_error(period=FIVE, statistic="Sum")
        self._alarm("page-api-errors", "The page's API answers 5xx", errors, 5)
        latency = api.api.metric_latency(period=FIVE, statistic="p95")
        self._alarm("page-api-slow", "The page's API is slow at its 95th percentile", latency, SLOW_API_MS, periods=3)

    def _watch_readings(self, stream: StreamStack) -> None:
        """What score_readings says of what it reads; that the function itself runs says nothing of it."""
        score = stream.score.service
        self._alarm(
            "readings-set-aside",
            "Readings failed for their own sake and were set aside. See docs/runbooks/set-aside.md",
            _said(score, "ReadingsSetAside"),
            1,
        )
        self._alarm(
            "stream-waits",
            "Readings of several meters in a row failed: mostly a release that fails on everything. The stream waits, "
            "nothing is lost: go back to the release before. See docs/runbooks/set-aside.md",
            _said(score, "StreamWaits"),
            1,
        )
        self._alarm(
            "rules-judge-alone",
            "No model has answered for a quarter of an hour; before the first one is trained that is so",
            _said(score, "FallbackBatches"),
            1,
            periods=3,
        )
        self._alarm(
            "no-readings",
            "No reading has come for two hours. See docs/runbooks/set-aside.md",
            _said(score, "ReadingsStored", period=Duration.hours(1)),
            1,
            periods=2,
            comparison=BELOW,
            missing=cloudwatch.TreatMissingData.BREACHING,
        )

    def _watch_repairs(self, stream: StreamStack) -> None:
        """What puts things right later, and how far behind it is."""
        replay = stream.replay.service
        self._alarm(
            "replays-failing",
            "Meters' pasts cannot be worked out anew; each is tried again by itself. See docs/runbooks/set-aside.md",
            _said(replay, "ReplaysFailing", "Maximum"),
            1,
        )
        self._alarm(
            "replays-late",
            "A meter whose past changed waits for over a quarter of an hour. See docs/runbooks/set-aside.md",
            _said(replay, "OldestReplayMarkS", "Maximum"),
            LATE_REPLAY_S,
            periods=3,
        )
        self._alarm(
            "lake-files-unreadable",
            "Files of the lake hold no rows and were set aside. See docs/runbooks/set-aside.md",
            _said("compact_lake", "LakeFilesUnreadable"),
            1,
        )
        self._alarm(
            "incidents-raised-again",
            "Incidents had no alert after two minutes and were raised again. See docs/runbooks/set-aside.md",
            _said("dispatch_outbox", "IncidentsRaisedAgain"),
            1,
        )

    def _watch_database(self, database: rds.DatabaseInstance) -> None:
        cpu = database.metric_cpu_utilization(period=FIVE)
        self._alarm("database-cpu", "The database's processor is busy", cpu, 80, periods=3)
        storage = database.metric_free_storage_space(period=FIVE)
        self._alarm("database-full", "The database runs out of storage", storage, 4 * GIB, comparison=BELOW)
        connections = database.metric_database_connections(period=FIVE, statistic="Maximum")
        self._alarm("database-connections", "The database runs out of connections", connections, 70, periods=2)

    def _dashboard(
        self,
        functions: Sequence[PythonFunction],
        ingest: IngestStack,
        stream: StreamStack,
        alerts: AlertsStack,
        api: ApiStack,
        data: DataStack,
    ) -> None:
        def graph(title: str, *metrics: cloudwatch.IMetric) -> cloudwatch.GraphWidget:
            return cloudwatch.GraphWidget(title=title, left=list(metrics), width=8, height=6)

        dashboard = cloudwatch.Dashboard(self, "Dashboard", dashboard_name=f"WattWarden-{self.config.name}")
        dashboard.add_widgets(
            graph("Readings in", ingest.api.metric_count(), ingest.api.metric_client_error(),
                  ingest.api.metric_server_error()),
            graph("Age of the oldest unread reading", _unread(ingest.stream, FIVE), _unread(ingest.backfill, FIVE)),
            graph("Scoring", stream.score.metric_duration(statistic="p95"), stream.score.metric_errors()),
        )  # fmt: skip
        dashboard.add_widgets(
            graph("Alerts", alerts.fanout.metric_started(), alerts.fanout.metric_failed()),
            graph("The page's API", api.api.metric_latency(statistic="p95"), api.api.metric_server_error()),
            graph("Errors by function", *(function.metric_errors(label=function.service) for function in functions)),
        )
        if data.database:
            dashboard.add_widgets(
                graph("Database processor", data.database.metric_cpu_utilization()),
                graph("Database connections", data.database.metric_database_connections()),
                graph("Database storage left", data.database.metric_free_storage_space()),
            )

    def _budget(self, email: str) -> None:
        subscriber = budgets.CfnBudget.SubscriberProperty(address=email, subscription_type="EMAIL")
        budgets.CfnBudget(
            self,
            "Budget",
            budget=budgets.CfnBudget.BudgetDataProperty(
                budget_type="COST",
                time_unit="MONTHLY",
                budget_limit=budgets.CfnBudget.SpendProperty(amount=self.config.monthly_budget_usd, unit="USD"),
            ),
            notifications_with_subscribers=[
                budgets.CfnBudget.NotificationWithSubscribersProperty(
                    notification=budgets.CfnBudget.NotificationProperty(
                        comparison_operator="GREATER_THAN",
                        notification_type=kind,
                        threshold=threshold,
                        threshold_type="PERCENTAGE",
                    ),
                    subscribers=[subscriber],
                )
                for kind, threshold in (("ACTUAL", 80), ("FORECASTED", 100))
            ],
        )


def _unread(stream: kinesis.IStream, period: Duration) -> cloudwatch.IMetric:
    """The age of what the slowest consumer read last."""
    return stream.metric_get_records_iterator_age_milliseconds(period=period, statistic="Maximum")


def _said(service: str, name: str, statistic: str = "Sum", period: Duration = FIVE) -> cloudwatch.IMetric:
    """What a function counts itself (`runtime/observe.py`)."""
    return cloudwatch.Metric(
        namespace="WattWarden",
        metric_name=name,
        dimensions_map={"service": service},
        period=period,
        statistic=statistic,
    )
