"""The ways in: gateways by HTTP, files by S3, weather by the clock. All end in two streams: now, and later."""

from aws_cdk import Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_events as events
from aws_cdk import aws_kinesis as kinesis
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_notifications as notifications
from constructs import Construct

from cdk.config import Lane, StageConfig
from cdk.constructs.nag import acknowledge
from cdk.constructs.python_function import PythonFunction
from cdk.constructs.rest_api import rest_api
from cdk.stacks.base import NUMBERS, ServiceStack, allow, allow_objects
from cdk.stacks.data import DataStack

UPLOADS, RESULTS, REGISTRY = "uploads/", "results/", "registry/"


class IngestStack(ServiceStack):
    def __init__(self, scope: Construct, *, config: StageConfig, data: DataStack) -> None:
        super().__init__(scope, "Ingest", config=config, data=data)
        self.stream = self._stream("Telemetry", config.telemetry)
        self.backfill = self._stream("Backfill", config.backfill)
        self.put_environment = {
            "TELEMETRY_STREAM": self.stream.stream_name,
            "BACKFILL_STREAM": self.backfill.stream_name,
        }
        self.bus = events.EventBus(self, "Bus", event_bus_name=config.bus_name)
        self.api = rest_api(self, "Api", config=config, name="wattwarden-ingest", stage="v1", account_logs=True)
        self.usage_plan = self._usage_plan()
        for path in ("readings", "occupancy"):
            self._open(path)
        self._copy_registry()
        self.collect_weather = self._collect_weather()
        self._import_files()
        self.outputs(
            {
                "IngestApiId": self.api.rest_api_id,
                "IngestApiUrl": self.api.url,
                "UsagePlanId": self.usage_plan.usage_plan_id,
                "TelemetryStream": self.stream.stream_name,
                "BackfillStream": self.backfill.stream_name,
                "EventBusName": self.bus.event_bus_name,
                "CollectWeatherName": self.collect_weather.function_name,
            }
        )

    def _stream(self, name: str, lane: Lane) -> kinesis.Stream:
        key = self.data.key
        managed = kinesis.StreamEncryption.UNENCRYPTED if self.config.local else kinesis.StreamEncryption.MANAGED
        stream = kinesis.Stream(
            self,
            name,
            shard_count=lane.shards,
            retention_period=lane.retention,
            encryption=kinesis.StreamEncryption.KMS if key else managed,
            encryption_key=key,
            removal_policy=self.config.removal,
        )
        acknowledge(stream, "Our own key, so that access can be audited and withdrawn", "AwsSolutions-KDS3")
        return stream

    @property
    def _bucket(self) -> dict[str, str]:
        return {"UPLOAD_BUCKET": self.data.uploads.bucket_name}

    def _usage_plan(self) -> apigateway.UsagePlan:
        limits = self.config.gateways
        plan = self.api.add_usage_plan(
            "Gateways",
            description="Meters and gateways; each holds a key of its own",
            throttle=apigateway.ThrottleSettings(rate_limit=limits.requests_per_second, burst_limit=limits.burst),
        )
        plan.add_api_stage(stage=self.api.deployment_stage)
        return plan

    def _open(self, path: str) -> None:
        """POST /v1/<path>, for holders of a key."""
        environment = self.put_environment | self.kept | self._bucket
        function = self.function(f"ingest_{path}", environment=environment)
        self.allow_put(function)
        allow_objects(function.own_role, ["s3:GetObject"], self.data.uploads, REGISTRY)
        method = self.api.root.add_resource(path).add_method(
            "POST", apigateway.LambdaIntegration(function), api_key_required=True
        )
        acknowledge(
            method,
            "Gateways are devices: they hold an API key bound to their meters, checked again by the function",
            "AwsSolutions-APIG4",
            "AwsSolutions-COG4",
        )

    def _collect_weather(self) -> PythonFunction:
        function = self.function(
            "collect_weather",
            environment=self.put_environment | {"WEATHER_URL": self.config.weather_url},
            timeout_s=120,
            asynchronous=True,
        )
        self.allow_put(function)
        every = events.Schedule.rate(Duration.hours(1))
        self.scheduled("Hourly", "Fetch the weather of every hostel", every, function)
        return function

    def _copy_registry(self) -> None:
        """What the doors read when the database is away."""
        function = self.function("copy_asset_registry", environment=self._bucket, asynchronous=True)
        allow_objects(function.own_role, ["s3:GetObject", "s3:PutObject"], self.data.uploads, REGISTRY)
        if self.data.key:
            allow(function, ["kms:GenerateDataKey"], [self.data.key.key_arn])
        every = events.Schedule.rate(Duration.minutes(1))
        self.scheduled("AssetRegistryCopy", "Copy what the doors need of the registry", every, function)

    def _import_files(self) -> None:
        uploads = self.data.uploads
        function = self.function(
            "import_file",
            uses=NUMBERS,
            environment=self.put_environment | self.kept | self._bucket,
            timeout_s=300,
            memory_mib=1024,
            asynchronous=True,
        )
        self.allow_put(function)
        allow_objects(function.own_role, ["s3:GetObject"], uploads, UPLOADS)
        allow_objects(function.own_role, ["s3:PutObject"], uploads, RESULTS)
        if self.data.key:
            allow(function, ["kms:Decrypt", "kms:GenerateDataKey"], [self.data.key.key_arn])
        # By name: the notification belongs to this stack, so that the bucket's stack need not know the function.
        s3.Bucket.from_bucket_name(self, "Uploads", uploads.bucket_name).add_event_notification(
            s3.EventType.OBJECT_CREATED,
            notifications.LambdaDestination(function),
            s3.NotificationKeyFilter(prefix=UPLOADS),
        )

        acknowledge(
            self,
            "CDK's own function that sets a bucket's notifications",
            "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]",
        )

    def allow_put(self, function: lambda_.Function) -> None:
        """Let a function put micro-batches on both streams."""
        streams = [self.stream.stream_arn, self.backfill.stream_arn]
        allow(function, ["kinesis:PutRecord", "kinesis:PutRecords"], streams)
        if self.data.key:
            allow(function, ["kms:GenerateDataKey"], [self.data.key.key_arn])
