"""The schema of a release is there before any of its functions runs."""

from tests.infrastructure.clouds import Cloud, Resource


def migration(cloud: Cloud) -> Resource:
    return cloud.functions()["migrate_database"]


def test_the_database_is_migrated_by_the_deployment_itself_which_fails_with_it(cloud: Cloud) -> None:
    (trigger,) = cloud.of("Custom::Trigger")
    assert trigger.stack == migration(cloud).stack
    assert trigger.properties["InvocationType"] == "RequestResponse"
    version = cloud.meant(trigger.stack, trigger.properties["HandlerArn"])
    assert version, "it runs again when, and only when, the function or a layer of it is another"
    assert cloud.meant(trigger.stack, version.properties["FunctionName"]) == migration(cloud)


def test_no_function_of_a_release_runs_before_its_schema(any_cloud: Cloud) -> None:
    """CloudFormation updates a stack's functions in any order, and stacks beside each other at once."""
    first = migration(any_cloud)
    for name, function in any_cloud.functions().items():
        if name == "migrate_database":
            continue
        assert first.stack in any_cloud.waits_for[function.stack], (
            f"{name} may run before the schema it was written for"
        )


def test_the_migration_waits_for_the_database_alone(any_cloud: Cloud) -> None:
    assert any_cloud.waits_for[migration(any_cloud).stack] == {"Data"}


def test_every_stack_but_the_data_comes_after_the_migration(any_cloud: Cloud) -> None:
    first = migration(any_cloud).stack
    assert {part for part, before in any_cloud.waits_for.items() if first not in before} == {"Data", first}
