"""Behind the stream: scoring, the outbox, and the database's own upkeep."""

from aws_cdk import Duration, triggers
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from cdk.config import StageConfig
from cdk.constructs.nag import acknowledge
from cdk.constructs.python_function import PythonFunction
from cdk.stacks.base import NUMBERS, ServiceStack, allow
from cdk.stacks.data import DataStack
from cdk.stacks.ingest import IngestStack

RETRIES = 5


class StreamStack(ServiceStack):
    def __init__(self, scope: Construct, *, config: StageConfig, data: DataStack, ingest: IngestStack) -> None:
        super().__init__(scope, "Stream", config=config, data=data)
        self._ingest = ingest
        self.migrate = self._migrate()
        self.dead_letters = self._dead_letters()
        self.score = self._score()
        self._dispatch_outbox()
        self._extend_partitions()
        self.outputs(
            {
                "ScoreReadingsName": self.score.function_name,
                "DeadLetterQueueUrl": self.dead_letters.queue_url,
                "MigrateDatabaseName": self.migrate.function_name,
            }
        )

    def _migrate(self) -> PythonFunction:
        """Runs at each deployment that changes it; elsewhere the deployer invokes it by name."""
        function = self.function(
            "migrate_database", environment={"ADMIN_EMAIL": self.config.admin_email}, timeout_s=600
        )
        if not self.config.local:
            triggers.Trigger(
                self,
                "MigrateNow",
                handler=function,
                timeout=Duration.minutes(10),
                invocation_type=triggers.InvocationType.REQUEST_RESPONSE,
            )
        return function

    def _dead_letters(self) -> sqs.Queue:
        queue = sqs.Queue(
            self,
            "DeadLetters",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=Duration.days(14),
        )
        acknowledge(queue, "It is itself where failed batches go", "AwsSolutions-SQS3")
        return queue

    def _score(self) -> PythonFunction:
        telemetry = self.config.telemetry
        function = self.function(
            "score_readings",
            uses=NUMBERS,
            environment={"ENDPOINT_NAME": self.config.endpoint_name, "EVENT_BUS": self._ingest.bus.event_bus_name},
            timeout_s=60,
            memory_mib=1024,
        )
        function.add_event_source(
            sources.KinesisEventSource(
                self._ingest.stream,
                starting_position=lambda_.StartingPosition.TRIM_HORIZON,
                batch_size=telemetry.batch_size,
                max_batching_window=telemetry.batch_window,
                parallelization_factor=telemetry.parallelization_factor,
                report_batch_item_failures=True,
                bisect_batch_on_error=True,
                retry_attempts=RETRIES,
                max_record_age=telemetry.max_record_age,
                on_failure=sources.SqsDlq(self.dead_letters),
                enabled=telemetry.consumer_enabled,
            )
        )
        endpoint = self.format_arn(service="sagemaker", resource="endpoint", resource_name=self.config.endpoint_name)
        allow(function, ["sagemaker:InvokeEndpoint"], [endpoint])
        self._ingest.bus.grant_put_events_to(function)
        return function

    def _dispatch_outbox(self) -> None:
        function = self.function(
            "dispatch_outbox",
            environment={"EVENT_BUS": self._ingest.bus.event_bus_name},
            asynchronous=True,
        )
        self._ingest.bus.grant_put_events_to(function)
        self._schedule("EveryMinute", "Send what a crash left in the outbox", Duration.minutes(1), function)

    def _extend_partitions(self) -> None:
        function = self.function("extend_partitions", timeout_s=120, asynchronous=True)
        self._schedule("Daily", "Make the partitions of the months to come", Duration.days(1), function)

    def _schedule(self, name: str, description: str, every: Duration, function: PythonFunction) -> None:
        events.Rule(
            self,
            name,
            description=description,
            schedule=events.Schedule.rate(every),
            targets=[targets.LambdaFunction(function, dead_letter_queue=function.failures)],
        )
