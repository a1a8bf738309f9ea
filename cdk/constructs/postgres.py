"""RDS for PostgreSQL: encrypted, reachable by the functions alone, its password rotated monthly."""

from aws_cdk import Duration
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_rds as rds
from constructs import Construct

from cdk.config import Database, StageConfig
from cdk.constructs.nag import acknowledge
from cdk.constructs.network import NetworkBesideDatabase

DATABASE_NAME = "wattwarden"
VERSION = rds.PostgresEngineVersion.VER_18_3
PORT = 5432
EXPORTED_LOGS = ("postgresql", "upgrade")


class Postgres(Construct):
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        config: StageConfig,
        size: Database,
        network: NetworkBesideDatabase,
        key: kms.IKey | None,
    ) -> None:
        super().__init__(scope, construct_id)
        engine = rds.DatabaseInstanceEngine.postgres(version=VERSION)
        name = f"wattwarden-{config.name}"
        log_groups = [
            logs.LogGroup(
                self,
                f"Database-{kind}",
                log_group_name=f"/aws/rds/instance/{name}/{kind}",
                retention=config.log_retention,
                removal_policy=config.removal,
            )
            for kind in EXPORTED_LOGS
        ]
        self.instance = rds.DatabaseInstance(
            self,
            "Database",
            engine=engine,
            instance_identifier=name,
            parameter_group=rds.ParameterGroup(
                self,
                "DatabaseParameters",
                engine=engine,
                description="TLS only; statements over a second are logged",
                parameters={"rds.force_ssl": "1", "log_min_duration_statement": "1000"},
            ),
            instance_type=ec2.InstanceType(size.instance_type),
            database_name=DATABASE_NAME,
            credentials=rds.Credentials.from_generated_secret(DATABASE_NAME, encryption_key=key),
            vpc=network.vpc,
            vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
            publicly_accessible=False,
            multi_az=size.multi_az,
            allocated_storage=size.storage_gib,
            max_allocated_storage=size.max_storage_gib,
            storage_type=rds.StorageType.GP3,
            storage_encrypted=True,
            storage_encryption_key=key,
            backup_retention=Duration.days(size.backup_days),
            preferred_backup_window="20:00-20:30",
            preferred_maintenance_window="sun:21:00-sun:22:00",
            copy_tags_to_snapshot=True,
            delete_automated_backups=not config.retained,
            auto_minor_version_upgrade=True,
            deletion_protection=config.retained,
            iam_authentication=False,
            cloudwatch_logs_exports=list(EXPORTED_LOGS),
            removal_policy=config.removal,
        )
        self.instance.node.add_dependency(*log_groups)  # else RDS makes them itself, kept for ever
        self.instance.connections.allow_from(network.functions_group, ec2.Port.tcp(PORT), "functions")
        self.instance.add_rotation_single_user(
            automatically_after=Duration.days(30),
            security_group=network.functions_group,
            vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS),
        )
        acknowledge(
            self.instance, "The default port is not a secret; the group admits functions only", "AwsSolutions-RDS11"
        )
        if not config.retained:
            acknowledge(self.instance, "A stage that may be thrown away", "AwsSolutions-RDS10")
        if not size.multi_az:
            acknowledge(self.instance, "One zone is enough where nobody is woken", "AwsSolutions-RDS3")
        if self.instance.secret is None:
            raise ValueError("the database has no generated secret")
        self.secret = self.instance.secret
