"""Every micro-batch of the stream, kept as it came, to be replayed when the stream itself has forgotten it.

A record is a zlib stream of JSON, and a file is records end to end: zlib streams say themselves where they stop
(`zlib.decompressobj().unused_data` is where the next begins).
"""

from aws_cdk import Duration, Size
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kinesis as kinesis
from aws_cdk import aws_kinesisfirehose as firehose
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from constructs import Construct

from cdk.config import StageConfig

RAW, UNDELIVERED = "raw/", "undelivered/"


class LakeDelivery(Construct):
    """Firehose from `stream` to `raw/dt=YYYY-MM-DD/` (UTC) of `lake`, a file each quarter of an hour or 64 MiB."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        config: StageConfig,
        stream: kinesis.IStream,
        lake: s3.IBucket,
        key: kms.IKey | None,
    ) -> None:
        super().__init__(scope, construct_id)
        log_group = logs.LogGroup(self, "Logs", retention=config.log_retention, removal_policy=config.removal)
        log_stream = log_group.add_stream("S3Delivery")
        self.role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("firehose.amazonaws.com"),
            description="Delivery of the telemetry stream into the lake",
        )
        may_read = ["kinesis:DescribeStream", "kinesis:GetShardIterator", "kinesis:GetRecords", "kinesis:ListShards"]
        granted = iam.Grant.add_to_principal(grantee=self.role, actions=may_read, resource_arns=[stream.stream_arn])
        log_group.grant_write(self.role)
        if key:
            self.role.add_to_principal_policy(
                iam.PolicyStatement(actions=["kms:Decrypt", "kms:GenerateDataKey"], resources=[key.key_arn])
            )
        delivery = firehose.CfnDeliveryStream(
            self,
            "Delivery",
            delivery_stream_type="KinesisStreamAsSource",
            kinesis_stream_source_configuration=firehose.CfnDeliveryStream.KinesisStreamSourceConfigurationProperty(
                kinesis_stream_arn=stream.stream_arn, role_arn=self.role.role_arn
            ),
            extended_s3_destination_configuration=firehose.CfnDeliveryStream.ExtendedS3DestinationConfigurationProperty(
                bucket_arn=lake.bucket_arn,
                role_arn=self.role.role_arn,
                prefix=f"{RAW}dt=!{{timestamp:yyyy-MM-dd}}/",
                error_output_prefix=f"{UNDELIVERED}!{{firehose:error-output-type}}/dt=!{{timestamp:yyyy-MM-dd}}/",
                compression_format="UNCOMPRESSED",
                file_extension=".zlib",
                buffering_hints=firehose.CfnDeliveryStream.BufferingHintsProperty(
                    interval_in_seconds=Duration.minutes(15).to_seconds(),
                    size_in_m_bs=Size.mebibytes(64).to_mebibytes(),
                ),
                cloud_watch_logging_options=firehose.CfnDeliveryStream.CloudWatchLoggingOptionsProperty(
                    enabled=True, log_group_name=log_group.log_group_name, log_stream_name=log_stream.log_stream_name
                ),
            ),
        )
        granted.apply_before(delivery)  # Firehose checks its rights when it is made
