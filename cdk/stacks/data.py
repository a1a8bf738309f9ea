"""What must survive: database, keys, buckets, and the network they share."""

import json

from aws_cdk import Duration
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_rds as rds
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from cdk.config import StageConfig
from cdk.constructs.nag import acknowledge
from cdk.constructs.network import NetworkBesideDatabase
from cdk.constructs.postgres import DATABASE_NAME, Postgres
from cdk.stacks.base import StageStack


class DataStack(StageStack):
    def __init__(self, scope: Construct, *, config: StageConfig) -> None:
        super().__init__(scope, "Data", config=config)
        self.key = self._key() if config.customer_key else None
        self.access_logs = self._log_bucket() if config.web else None
        self.uploads = self._uploads()
        self.models = self._bucket("Models", noncurrent_days=90)
        self.lake = self._bucket("Lake")
        self.vpc: ec2.Vpc | None = None
        self.functions_group: ec2.SecurityGroup | None = None
        self.database: rds.DatabaseInstance | None = None
        if config.network and config.database:
            network = NetworkBesideDatabase(self, "Network", network=config.network)
            self.vpc, self.functions_group = network.vpc, network.functions_group
            postgres = Postgres(self, "Postgres", config=config, size=config.database, network=network, key=self.key)
            self.database, self.database_secret_arn = postgres.instance, postgres.secret.secret_arn
        else:
            self.database_secret_arn = self._secret_for_a_foreign_database()
        self.outputs(
            {
                "DatabaseSecretArn": self.database_secret_arn,
                "UploadBucket": self.uploads.bucket_name,
                "ModelBucket": self.models.bucket_name,
                "LakeBucket": self.lake.bucket_name,
            }
        )

    def _key(self) -> kms.Key:
        key = kms.Key(
            self,
            "Key",
            description=f"WattWarden {self.config.name}: readings, uploads, models, alerts",
            enable_key_rotation=True,
            removal_policy=self.config.removal,
        )
        # Alarms publish to an encrypted topic as CloudWatch itself, which only the key's own policy can allow.
        key.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["kms:Decrypt", "kms:GenerateDataKey"],
                resources=["*"],
                conditions={"StringEquals": {"aws:SourceAccount": self.account}},
            )
        )
        return key

    def _log_bucket(self) -> s3.Bucket:
        """Where the other buckets and CloudFront log to; they deliver only where ACLs and S3's own keys are used."""
        bucket = s3.Bucket(
            self,
            "AccessLogs",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
            encryption=s3.BucketEncryption.S3_MANAGED,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_PREFERRED,
            lifecycle_rules=[s3.LifecycleRule(expiration=Duration.days(90))],
            removal_policy=self.config.removal,
        )
        acknowledge(bucket, "It is where the other buckets log to", "AwsSolutions-S1")
        return bucket

    def _bucket(
        self,
        name: str,
        *,
        noncurrent_days: int = 30,
        expire_days: int | None = None,
        cors: list[s3.CorsRule] | None = None,
    ) -> s3.Bucket:
        """A private, versioned bucket. Deleting a stage with data in it is refused: it must be emptied by hand."""
        return s3.Bucket(
            self,
            name,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=not self.config.local,
            encryption=s3.BucketEncryption.KMS if self.key else s3.BucketEncryption.S3_MANAGED,
            encryption_key=self.key,
            bucket_key_enabled=True if self.key else None,
            versioned=True,
            lifecycle_rules=[
                s3.LifecycleRule(
                    noncurrent_version_expiration=Duration.days(noncurrent_days),
                    expiration=Duration.days(expire_days) if expire_days else None,
                    abort_incomplete_multipart_upload_after=Duration.days(1),
                )
            ],
            cors=cors,
            server_access_logs_bucket=self.access_logs,
            server_access_logs_prefix=f"s3/{name.lower()}/" if self.access_logs else None,
            removal_policy=self.config.removal,
        )

    def _uploads(self) -> s3.Bucket:
        # The presigned address is the credential; the origin that a browser sends adds nothing to it.
        browser = s3.CorsRule(
            allowed_methods=[s3.HttpMethods.PUT, s3.HttpMethods.POST, s3.HttpMethods.GET],
            allowed_origins=["*"],
            allowed_headers=["*"],
            exposed_headers=["ETag"],
            max_age=3600,
        )
        return self._bucket("Uploads", expire_days=365, cors=[browser])

    def _secret_for_a_foreign_database(self) -> str:
        """RDS's fields, filled in after deployment by whoever runs the database; the secret's ARN."""
        fields = {"username": "", "password": "", "host": "", "port": "5432", "dbname": DATABASE_NAME}
        secret = secretsmanager.CfnSecret(
            self, "Database", name=f"wattwarden/{self.config.name}/database", secret_string=json.dumps(fields)
        )
        secret.apply_removal_policy(self.config.removal)
        acknowledge(secret, "Whoever runs the database rotates its password", "AwsSolutions-SMG4")
        return secret.attr_id
