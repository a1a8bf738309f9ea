"""Behind the streams: scoring, replays, the outbox, and the database's own upkeep."""

import json
from dataclasses import asdict

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_kinesis as kinesis
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from cdk.config import Lane, StageConfig
from cdk.constructs.nag import acknowledge
from cdk.constructs.python_function import PythonFunction
from cdk.stacks.base import NUMBERS, ServiceStack, allow
from cdk.stacks.data import DataStack
from cdk.stacks.ingest import IngestStack


class StreamStack(ServiceStack):
    def __init__(self, scope: Construct, *, config: StageConfig, data: DataStack, ingest: IngestStack) -> None:
        super().__init__(scope, "Stream", config=config, data=data)
        self._ingest = ingest
        self.dead_letters = self._dead_letters()
        self.score = self._score()
        self.replay = self._replay()
        self._dispatch_outbox()
        self._extend_partitions()
        self.outputs(
            {
                "ScoreReadingsName": self.score.function_name,
                "DeadLetterQueueUrl": self.dead_letters.queue_url,
            }
        )

    def _dead_letters(self) -> sqs.Queue:
        queue = sqs.Queue(
            self,
            "DeadLetters",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=Duration.days(14),
        )
        acknowledge(queue, "It is itself where expired batches go", "AwsSolutions-SQS3")
        return queue

    def _score(self) -> PythonFunction:
        function = self.function(
            "score_readings", uses=NUMBERS, environment=self._judging, timeout_s=60, memory_mib=1024
        )
        function.add_event_source(self._every_record(self._ingest.stream, self.config.telemetry))
        function.add_event_source(self._every_record(self._ingest.backfill, self.config.backfill))
        self._allow_judging(function)
        return function

    def _every_record(self, stream: kinesis.IStream, lane: Lane) -> sources.KinesisEventSource:
        """Each record until it is dealt with: what fails is an outage, which ends. Poison the function sets aside.

        A batch that fails is halved, so that one too heavy for a single invocation gets through; an outage costs that
        a handful of small batches when it ends.
        """
        return sources.KinesisEventSource(
            stream,
            starting_position=lambda_.StartingPosition.TRIM_HORIZON,
            batch_size=lane.batch_size,
            max_batching_window=lane.batch_window,
            parallelization_factor=lane.parallelization_factor,
            report_batch_item_failures=True,
            bisect_batch_on_error=True,
            max_record_age=lane.max_record_age,
            on_failure=sources.SqsDlq(self.dead_letters),
            enabled=not self.config.local,  # there, local/streams polls: it keeps to what AWS documents
        )

    def _replay(self) -> PythonFunction:
        """One at a time: replays of one meter would only overtake each other."""
        local = self.config.local  # its queue for asynchronous events knows no waiting, so runs must not overlap
        function = self.function(
            "replay_meters",
            uses=NUMBERS,
            environment=self._judging,
            timeout_s=60 if local else 300,
            memory_mib=1024,
            asynchronous=True,
            reserved=None if local else 1,
        )
        self._allow_judging(function)
        every = events.Schedule.rate(Duration.minutes(1))
        self.scheduled("Replays", "Work out anew what meters' changed past changes", every, function)
        return function

    @property
    def _judging(self) -> dict[str, str]:
        return {"ENDPOINT_NAME": self.config.endpoint_name, "EVENT_BUS": self._ingest.bus.event_bus_name}

    def _allow_judging(self, function: PythonFunction) -> None:
        endpoint = self.format_arn(service="sagemaker", resource="endpoint", resource_name=self.config.endpoint_name)
        allow(function, ["sagemaker:InvokeEndpoint"], [endpoint])
        self._ingest.bus.grant_put_events_to(function)

    def _dispatch_outbox(self) -> None:
        function = self.function(
            "dispatch_outbox",
            environment={"EVENT_BUS": self._ingest.bus.event_bus_name},
            asynchronous=True,
        )
        self._ingest.bus.grant_put_events_to(function)
        every = events.Schedule.rate(Duration.minutes(1))
        self.scheduled("EveryMinute", "Send what a crash left in the outbox", every, function)

    def _extend_partitions(self) -> None:
        kept = self.config.kept
        days = {} if kept is None else {"KEPT_DAYS": json.dumps(asdict(kept))}
        function = self.function("extend_partitions", environment=self.kept | days, timeout_s=300, asynchronous=True)
        every = events.Schedule.rate(Duration.days(1))
        self.scheduled("Daily", "Make the months to come, remove what is no longer kept", every, function)
