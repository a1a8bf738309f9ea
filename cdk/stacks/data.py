"""What must survive: database, keys, buckets, and the network they share."""

from aws_cdk import Duration, SecretValue
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_rds as rds
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from cdk.config import Database, Network, StageConfig
from cdk.constructs.nag import acknowledge
from cdk.stacks.base import StageStack

DATABASE_NAME = "wattwarden"
POSTGRES = rds.PostgresEngineVersion.VER_18_3
POSTGRES_PORT = 5432


class DataStack(StageStack):
    def __init__(self, scope: Construct, *, config: StageConfig) -> None:
        super().__init__(scope, "Data", config=config)
        self.key = self._key() if config.customer_key else None
        self.access_logs = self._bucket("AccessLogs") if config.web else None
        self.uploads = self._uploads()
        self.models = self._bucket("Models", noncurrent_days=90)
        self.lake = self._bucket("Lake")
        self.vpc = self._vpc(config.network) if config.network else None
        self.functions_group: ec2.SecurityGroup | None = None
        self.database: rds.DatabaseInstance | None = None
        if config.database and self.vpc:
            self.functions_group = ec2.SecurityGroup(
                self, "FunctionsGroup", vpc=self.vpc, description="Functions that reach the database"
            )
            self.database = self._postgres(config.database, self.vpc, self.functions_group)
            self.database_secret = self._secret_of(self.database)
        else:
            self.database_secret = self._secret_for_a_foreign_database()
        self.outputs(
            {
                "DatabaseSecretArn": self.database_secret.secret_arn,
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

    def _bucket(
        self,
        name: str,
        *,
        noncurrent_days: int = 30,
        expire_days: int | None = None,
        cors: list[s3.CorsRule] | None = None,
    ) -> s3.Bucket:
        logs = name == "AccessLogs"
        bucket = s3.Bucket(
            self,
            name,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=not self.config.local,
            # S3 delivers access logs only into a bucket with its own keys.
            encryption=s3.BucketEncryption.KMS if self.key and not logs else s3.BucketEncryption.S3_MANAGED,
            encryption_key=None if logs else self.key,
            bucket_key_enabled=(bool(self.key) and not logs) or None,
            versioned=not logs,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_PREFERRED if logs else None,
            lifecycle_rules=[
                s3.LifecycleRule(
                    noncurrent_version_expiration=None if logs else Duration.days(noncurrent_days),
                    expiration=Duration.days(expire_days or 90) if logs or expire_days else None,
                    abort_incomplete_multipart_upload_after=Duration.days(1),
                )
            ],
            cors=cors,
            server_access_logs_bucket=None if logs else self.__dict__.get("access_logs"),
            server_access_logs_prefix=None if logs or not self.config.web else f"s3/{name.lower()}/",
            removal_policy=self.config.removal,
        )
        if logs:
            acknowledge(bucket, "It is where the other buckets log to", "AwsSolutions-S1")
        return bucket

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

    def _vpc(self, network: Network) -> ec2.Vpc:
        vpc = ec2.Vpc(
            self,
            "Vpc",
            ip_addresses=ec2.IpAddresses.cidr("10.40.0.0/16"),
            availability_zones=self.availability_zones,
            nat_gateways=network.nat_gateways,
            restrict_default_security_group=False,
            subnet_configuration=[
                ec2.SubnetConfiguration(name="public", subnet_type=ec2.SubnetType.PUBLIC, cidr_mask=24,
                                        map_public_ip_on_launch=False),
                ec2.SubnetConfiguration(name="functions", subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS, cidr_mask=20),
                ec2.SubnetConfiguration(name="database", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED, cidr_mask=24),
            ],
        )  # fmt: skip
        vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)
        for service in network.interface_endpoints:
            vpc.add_interface_endpoint(
                service.title().replace("-", "").replace(".", ""),
                service=ec2.InterfaceVpcEndpointAwsService(service),
                private_dns_enabled=True,
            )
        if not self.config.local:
            vpc.add_flow_log("FlowLog", traffic_type=ec2.FlowLogTrafficType.REJECT)
        return vpc

    def _postgres(self, size: Database, vpc: ec2.Vpc, clients: ec2.SecurityGroup) -> rds.DatabaseInstance:
        engine = rds.DatabaseInstanceEngine.postgres(version=POSTGRES)
        instance = rds.DatabaseInstance(
            self,
            "Database",
            engine=engine,
            parameter_group=rds.ParameterGroup(
                self,
                "DatabaseParameters",
                engine=engine,
                description="TLS only; statements over a second are logged",
                parameters={"rds.force_ssl": "1", "log_min_duration_statement": "1000"},
            ),
            instance_type=ec2.InstanceType(size.instance_type),
            database_name=DATABASE_NAME,
            credentials=rds.Credentials.from_generated_secret(DATABASE_NAME, encryption_key=self.key),
            vpc=vpc,
            vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
            publicly_accessible=False,
            multi_az=size.multi_az,
            allocated_storage=size.storage_gib,
            max_allocated_storage=size.max_storage_gib,
            storage_type=rds.StorageType.GP3,
            storage_encrypted=True,
            storage_encryption_key=self.key,
            backup_retention=Duration.days(size.backup_days),
            preferred_backup_window="20:00-20:30",
            preferred_maintenance_window="sun:21:00-sun:22:00",
            copy_tags_to_snapshot=True,
            delete_automated_backups=not self.config.retained,
            auto_minor_version_upgrade=True,
            deletion_protection=self.config.retained,
            iam_authentication=False,
            cloudwatch_logs_exports=["postgresql", "upgrade"],
            cloudwatch_logs_retention=self.config.log_retention,
            removal_policy=self.config.removal,
        )
        instance.connections.allow_from(clients, ec2.Port.tcp(POSTGRES_PORT), "functions")
        instance.add_rotation_single_user(
            automatically_after=Duration.days(30),
            security_group=clients,
            vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS),
        )
        acknowledge(instance, "The default port is not a secret; the group admits functions only", "AwsSolutions-RDS11")
        if not self.config.retained:
            acknowledge(instance, "A stage that may be thrown away", "AwsSolutions-RDS10")
        if not size.multi_az:
            acknowledge(instance, "One zone is enough where nobody is woken", "AwsSolutions-RDS3")
        return instance

    def _secret_of(self, database: rds.DatabaseInstance) -> secretsmanager.ISecret:
        if database.secret is None:
            raise ValueError("the database has no generated secret")
        return database.secret

    def _secret_for_a_foreign_database(self) -> secretsmanager.Secret:
        """RDS's fields, filled in after deployment by whoever runs the database."""
        fields = {"username": "", "password": "", "host": "", "port": "5432", "dbname": DATABASE_NAME}
        return secretsmanager.Secret(
            self,
            "Database",
            secret_name=f"wattwarden/{self.config.name}/database",
            secret_object_value={key: SecretValue.unsafe_plain_text(value) for key, value in fields.items()},
            removal_policy=self.config.removal,
        )
