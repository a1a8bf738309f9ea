"""The schema, before anything that reads or writes it: every stack with functions comes after this one."""

from aws_cdk import Duration, triggers
from constructs import Construct

from cdk.config import StageConfig
from cdk.constructs.postgres import protect
from cdk.stacks.base import ServiceStack
from cdk.stacks.data import DataStack


class MigrationStack(ServiceStack):
    """A stack of its own: CloudFormation would update the functions beside it in any order.

    A migration only adds, so functions of the release before work on the newer schema until their turn comes.
    """

    def __init__(self, scope: Construct, *, config: StageConfig, data: DataStack) -> None:
        super().__init__(scope, "Migration", config=config, data=data)
        self.migrate = self.function("migrate_database", environment={"ADMIN_EMAIL": config.admin_email}, timeout_s=600)
        if not config.local:  # there, the deployer invokes it by name: the database's address comes later
            triggers.Trigger(
                self,
                "MigrateNow",
                handler=self.migrate,
                timeout=Duration.minutes(10),
                invocation_type=triggers.InvocationType.REQUEST_RESPONSE,
            )
        if data.database and config.retained:
            protect(self, "ProtectDatabase", instance=data.database, config=config)
        self.outputs({"MigrateDatabaseName": self.migrate.function_name})
