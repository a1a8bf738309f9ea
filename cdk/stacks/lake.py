"""The data lake: a second reader of both streams, the nightly tidying, and what Athena knows of it."""

import json
from collections.abc import Mapping

from aws_cdk import Duration
from aws_cdk import aws_athena as athena
from aws_cdk import aws_events as events
from aws_cdk import aws_glue as glue
from aws_cdk import aws_kinesis as kinesis
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_s3 as s3
from constructs import Construct

from cdk.config import ROOT, StageConfig
from cdk.constructs.python_function import PythonFunction
from cdk.stacks.base import NUMBERS, ServiceStack, allow, allow_objects
from cdk.stacks.data import DataStack
from cdk.stacks.ingest import IngestStack

TABLES: Mapping[str, Mapping[str, str]] = json.loads(
    (ROOT / "layers/core/python/wattwarden/contracts/lake_tables.json").read_text(encoding="utf-8")
)
RAW, PROCESSED, INDEX, ANSWERS = "raw/", "processed/", "processed/_index/", "athena/"
FIRST_DAY = "2015-01-01"
"""Athena looks for folders from here to tomorrow."""
SCANNED_AT_MOST = 10 * 1024**3  # bytes a query may read
PARQUET_IN = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat"
PARQUET_OUT = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat"
PARQUET_ROWS = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"


class LakeStack(ServiceStack):
    def __init__(self, scope: Construct, *, config: StageConfig, data: DataStack, ingest: IngestStack) -> None:
        super().__init__(scope, "Lake", config=config, data=data)
        self.archive = self._archive()
        for stream in (ingest.stream, ingest.backfill):
            self.archive.add_event_source(self._everything(stream))
        self.compact = self._compact()
        self.outputs(
            {
                "ArchiveTelemetryName": self.archive.function_name,
                "CompactLakeName": self.compact.function_name,
            }
        )
        if not config.local:
            self._describe_tables()
            self._answer_queries()

    def _archive(self) -> PythonFunction:
        """It needs no database, so it stands apart from it and goes on without."""
        lake = self.data.lake
        function = PythonFunction(
            self,
            "archive_telemetry",
            config=self.config,
            layers=self._layers,
            uses=("runtime", "science"),
            environment={"LAKE_BUCKET": lake.bucket_name},
            timeout_s=120,
            memory_mib=1024,
        )
        allow_objects(function.own_role, ["s3:PutObject"], lake, RAW)
        if self.data.key:
            allow(function, ["kms:Decrypt", "kms:GenerateDataKey"], [self.data.key.key_arn])
        self.functions.append(function)
        return function

    def _everything(self, stream: kinesis.IStream) -> sources.KinesisEventSource:
        """Large batches, for large files; each until S3 has taken it. One reader a shard, so that batches follow."""
        return sources.KinesisEventSource(
            stream,
            starting_position=lambda_.StartingPosition.TRIM_HORIZON,
            batch_size=10_000,
            max_batching_window=Duration.seconds(10 if self.config.local else 120),
            parallelization_factor=1,
            enabled=not self.config.local,  # there, local/streams polls: it keeps to what AWS documents
        )

    def _compact(self) -> PythonFunction:
        lake = self.data.lake
        function = self.function(
            "compact_lake",
            uses=NUMBERS,
            environment={"LAKE_BUCKET": lake.bucket_name},
            timeout_s=900,
            memory_mib=3008,
            asynchronous=True,
        )
        allow(function, ["s3:ListBucket"], [lake.bucket_arn])
        allow_objects(function.own_role, ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], lake, RAW)
        allow_objects(function.own_role, ["s3:PutObject"], lake, PROCESSED)
        allow_objects(function.own_role, ["s3:GetObject"], lake, INDEX)
        if self.data.key:
            allow(function, ["kms:Decrypt", "kms:GenerateDataKey"], [self.data.key.key_arn])
        nightly = events.Schedule.cron(hour="2", minute="30")
        self.scheduled("Nightly", "Tidy the lake, and write what the day before came to", nightly, function)
        return function

    def _describe_tables(self) -> None:
        """Each table's columns, and that its folders are named by day: nobody has to look for new ones."""
        name = f"wattwarden_{self.config.name}"
        database = glue.CfnDatabase(
            self,
            "Tables",
            catalog_id=self.account,
            database_input=glue.CfnDatabase.DatabaseInputProperty(
                name=name, description="Facts as they came (raw_*), and what follows from them"
            ),
        )
        for table, columns in TABLES.items():
            if table.startswith((RAW, PROCESSED)):
                described = glue.CfnTable(
                    self,
                    table.replace("/", "-"),
                    catalog_id=self.account,
                    database_name=name,
                    table_input=self._described(table, columns),
                )
                described.add_dependency(database)
        self.outputs({"LakeDatabase": name})

    def _described(self, table: str, columns: Mapping[str, str]) -> glue.CfnTable.TableInputProperty:
        location = f"s3://{self.data.lake.bucket_name}/{table}/"
        return glue.CfnTable.TableInputProperty(
            name=table.removeprefix(PROCESSED).replace("/", "_"),
            table_type="EXTERNAL_TABLE",
            partition_keys=[glue.CfnTable.ColumnProperty(name="dt", type="string")],
            parameters={
                "classification": "parquet",
                "projection.enabled": "true",
                "projection.dt.type": "date",
                "projection.dt.format": "yyyy-MM-dd",
                "projection.dt.range": f"{FIRST_DAY},NOW+1DAYS",
                "projection.dt.interval": "1",
                "projection.dt.interval.unit": "DAYS",
                "storage.location.template": f"{location}dt=${{dt}}/",
            },
            storage_descriptor=glue.CfnTable.StorageDescriptorProperty(
                location=location,
                columns=[glue.CfnTable.ColumnProperty(name=name, type=kind) for name, kind in columns.items()],
                input_format=PARQUET_IN,
                output_format=PARQUET_OUT,
                serde_info=glue.CfnTable.SerdeInfoProperty(serialization_library=PARQUET_ROWS),
            ),
        )

    def _answer_queries(self) -> None:
        """A workgroup whose answers are encrypted, forgotten after a month, and whose queries cannot cost much."""
        lake, key = self.data.lake, self.data.key
        lake.add_lifecycle_rule(id="answers", prefix=ANSWERS, expiration=Duration.days(30))
        encryption = (
            athena.CfnWorkGroup.EncryptionConfigurationProperty(encryption_option="SSE_KMS", kms_key=key.key_arn)
            if key
            else athena.CfnWorkGroup.EncryptionConfigurationProperty(encryption_option="SSE_S3")
        )
        workgroup = athena.CfnWorkGroup(
            self,
            "Queries",
            name=f"wattwarden-{self.config.name}",
            description="Queries of the data lake",
            recursive_delete_option=not self.config.retained,
            work_group_configuration=athena.CfnWorkGroup.WorkGroupConfigurationProperty(
                enforce_work_group_configuration=True,
                publish_cloud_watch_metrics_enabled=True,
                bytes_scanned_cutoff_per_query=SCANNED_AT_MOST,
                result_configuration=athena.CfnWorkGroup.ResultConfigurationProperty(
                    output_location=_address(lake, ANSWERS), encryption_configuration=encryption
                ),
            ),
        )
        self.outputs({"AthenaWorkgroup": workgroup.name})


def _address(bucket: s3.IBucket, prefix: str) -> str:
    return f"s3://{bucket.bucket_name}/{prefix}"
