"""RDS for PostgreSQL: encrypted, reachable by the functions alone, its password rotated monthly."""

from aws_cdk import CfnResource, Duration, RemovalPolicy, Stack, custom_resources
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_rds as rds
from constructs import Construct

from cdk.config import Database, StageConfig
from cdk.constructs.nag import acknowledge
from cdk.constructs.network import NetworkBesideDatabase

DATABASE_NAME = "wattwarden"
# The major version alone: RDS installs minor ones by itself, and naming an older one asks for a downgrade.
VERSION = rds.PostgresEngineVersion.of("18", "18")
PORT = 5432
EXPORTED_LOGS = ("postgresql", "upgrade")
KEPT_WITH_IT = {
    "AWS::SecretsManager::Secret",
    "AWS::SecretsManager::SecretTargetAttachment",
    "AWS::RDS::DBSubnetGroup",
}


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
                removal_policy=config.removal_of_named,
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
                removal_policy=config.removal_of_named,
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
            # Where it is kept, `protect` does it: a creation that fails could not take back a protected one.
            deletion_protection=None if config.retained else False,
            iam_authentication=False,
            cloudwatch_logs_exports=list(EXPORTED_LOGS),
            removal_policy=config.removal_of_named,
        )
        self.instance.node.add_dependency(*log_groups)  # else RDS makes them itself, kept for ever
        self.instance.connections.allow_from(network.functions_group, ec2.Port.tcp(PORT), "functions")
        self.instance.add_rotation_single_user(
            automatically_after=Duration.days(30),
            security_group=network.functions_group,
            vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS),
        )
        _keep_with(self.instance, "Secret", "SubnetGroup", policy=config.removal_of_named)
        acknowledge(
            self.instance, "The default port is not a secret; the group admits functions only", "AwsSolutions-RDS11"
        )
        unprotected = "It is protected once it stands" if config.retained else "A stage that may be thrown away"
        acknowledge(self.instance, unprotected, "AwsSolutions-RDS10")
        if not size.multi_az:
            acknowledge(self.instance, "One zone is enough where nobody is woken", "AwsSolutions-RDS3")
        if self.instance.secret is None:
            raise ValueError("the database has no generated secret")
        self.secret = self.instance.secret


def _keep_with(instance: rds.DatabaseInstance, *parts: str, policy: RemovalPolicy) -> None:
    """Keep what CDK makes beside a database as long as the database: a kept one without its password helps nobody."""
    for part in parts:
        for made in instance.node.find_child(part).node.find_all():
            if isinstance(made, CfnResource) and made.cfn_resource_type in KEPT_WITH_IT:
                made.apply_removal_policy(policy)


def protect(scope: Construct, construct_id: str, *, instance: rds.DatabaseInstance, config: StageConfig) -> Construct:
    """Have RDS refuse to delete the database, from now on: its template leaves that open, so that updates do too."""
    log_group = logs.LogGroup(
        scope, f"{construct_id}-logs", retention=config.log_retention, removal_policy=config.removal
    )
    made = custom_resources.AwsCustomResource(
        scope,
        construct_id,
        on_update=custom_resources.AwsSdkCall(  # at its creation too
            service="RDS",
            action="modifyDBInstance",
            parameters={"DBInstanceIdentifier": instance.instance_identifier, "DeletionProtection": True},
            physical_resource_id=custom_resources.PhysicalResourceId.of("deletion-protection"),
            output_paths=["DBInstance.DeletionProtection"],
        ),
        policy=custom_resources.AwsCustomResourcePolicy.from_statements(
            [iam.PolicyStatement(actions=["rds:ModifyDBInstance"], resources=[instance.instance_arn])]
        ),
        install_latest_aws_sdk=False,
        log_group=log_group,
    )
    acknowledge(
        Stack.of(scope),
        "CDK's own function that makes one call to AWS",
        "AwsSolutions-L1",
        "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]",
    )
    return made
