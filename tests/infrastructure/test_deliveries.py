"""Whoever sends something to somebody may: a walk from each source to its target, and to the key that guards it.

Nobody is told of a delivery that is refused: an alarm that may not publish looks like one that never rang.
"""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from tests.infrastructure.clouds import Cloud, Resource, listed

INBOXES = ("AWS::SNS::Topic", "AWS::SQS::Queue")
# What may name a topic or a queue without sending to it: policies, readings of it, and functions told its address.
ONLY_NAMES = {
    "AWS::IAM::Policy", "AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy", "AWS::SNS::Subscription",
    "AWS::CloudWatch::Dashboard", "AWS::Lambda::Function",
}  # fmt: skip
SENDS = {
    "AWS::CloudWatch::Alarm", "AWS::Events::Rule", "AWS::Lambda::EventInvokeConfig", "AWS::Lambda::EventSourceMapping",
    "AWS::Budgets::Budget",
}  # fmt: skip
USE_KEY = {"kms:Decrypt", "kms:GenerateDataKey"}


def allows(statement: dict[str, Any], action: str) -> bool:
    named = [pattern.lower() for pattern in listed(statement["Action"])]
    return statement["Effect"] == "Allow" and any(fnmatchcase(action.lower(), pattern) for pattern in named)


def admitting(cloud: Cloud, target: Resource, service: str, action: str) -> list[dict[str, Any]]:
    """The statements of a topic's, queue's or key's own policy that let an AWS service do this to it."""
    match target.kind:
        case "AWS::KMS::Key":
            statements = target.properties["KeyPolicy"]["Statement"]
        case "AWS::SNS::Topic":
            statements = statements_on(cloud, "AWS::SNS::TopicPolicy", "Topics", target)
        case _:
            statements = statements_on(cloud, "AWS::SQS::QueuePolicy", "Queues", target)
    return [
        statement
        for statement in statements
        if allows(statement, action) and service in listed(statement["Principal"].get("Service", []))
    ]


def statements_on(cloud: Cloud, kind: str, names: str, target: Resource) -> list[dict[str, Any]]:
    policies = [p for p in cloud.of(kind) if target in (cloud.meant(p.stack, ref) for ref in p.properties[names])]
    return [statement for policy in policies for statement in policy.properties["PolicyDocument"]["Statement"]]


def flat(conditions: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {key.lower(): value for test in conditions.values() for key, value in test.items()}


def key_of(cloud: Cloud, target: Resource) -> Resource | None:
    named = target.properties.get("KmsMasterKeyId")
    return None if named is None else cloud.meant(target.stack, named)


def may(cloud: Cloud, role: Resource, action: str, target: Resource) -> bool:
    """Whether a role's own policies allow an action on this very resource."""
    return any(
        allows(statement, action)
        and any(cloud.meant(role.stack, resource) == target for resource in listed(statement["Resource"]))
        for statement in cloud.statements(role.name, role.stack)
    )


def alarm_actions(cloud: Cloud) -> Iterator[tuple[Resource, Resource]]:
    for alarm in cloud.of("AWS::CloudWatch::Alarm"):
        for kind in ("AlarmActions", "OKActions", "InsufficientDataActions"):
            for action in alarm.properties.get(kind, []):
                topic = cloud.meant(alarm.stack, action)
                assert topic, f"{alarm.path} rings nobody: {action}"
                yield alarm, topic


def rule_targets(cloud: Cloud) -> Iterator[tuple[Resource, dict[str, Any]]]:
    for rule in cloud.of("AWS::Events::Rule"):
        for target in rule.properties["Targets"]:
            yield rule, target


def test_every_alarm_may_publish_to_its_topic_and_use_the_topics_key(cloud: Cloud) -> None:
    """A topic's own policy replaces the one that SNS gives it, which lets the account's services publish."""
    rings = list(alarm_actions(cloud))
    assert len(rings) >= 2 * len(cloud.of("AWS::CloudWatch::Alarm"))
    for topic in {pair[1].name: pair[1] for pair in rings}.values():
        assert topic.kind == "AWS::SNS::Topic"
        (statement,) = admitting(cloud, topic, "cloudwatch.amazonaws.com", "sns:Publish")
        conditions = flat(statement["Condition"])
        assert conditions["aws:sourceaccount"] == {"Ref": "AWS::AccountId"}, topic.path
        assert ":cloudwatch:" in str(conditions["aws:sourcearn"]), topic.path
        assert ":alarm:" in str(conditions["aws:sourcearn"]), topic.path
        key = key_of(cloud, topic)
        assert key, f"{topic.path} is encrypted with a key that only its owner may change"
        for action in USE_KEY:
            (use,) = admitting(cloud, key, "cloudwatch.amazonaws.com", action)
            assert flat(use["Condition"])["aws:sourceaccount"] == {"Ref": "AWS::AccountId"}


def test_a_budget_tells_people_or_a_topic_that_lets_it(cloud: Cloud) -> None:
    for budget in cloud.of("AWS::Budgets::Budget"):
        notifications = budget.properties["NotificationsWithSubscribers"]
        assert notifications
        for subscriber in (s for n in notifications for s in n["Subscribers"]):
            if subscriber["SubscriptionType"] == "EMAIL":
                continue
            topic = cloud.meant(budget.stack, subscriber["Address"])
            assert topic
            assert admitting(cloud, topic, "budgets.amazonaws.com", "sns:Publish"), budget.path


def test_every_rule_may_call_its_target(any_cloud: Cloud) -> None:
    for rule, target in rule_targets(any_cloud):
        called = any_cloud.meant(rule.stack, target["Arn"])
        assert called, rule.path
        match called.kind:
            case "AWS::Lambda::Function":
                assert invoked_by(any_cloud, called, "events.amazonaws.com", rule), rule.path
            case "AWS::StepFunctions::StateMachine":
                role = any_cloud.meant(rule.stack, target["RoleArn"])
                assert role, rule.path
                assert may(any_cloud, role, "states:StartExecution", called), rule.path
            case other:
                raise AssertionError(f"{rule.path} calls a {other}, of which this walk knows nothing")


def test_every_rule_may_set_aside_what_it_cannot_deliver(any_cloud: Cloud) -> None:
    for rule, target in rule_targets(any_cloud):
        if "DeadLetterConfig" not in target:
            continue
        queue = any_cloud.meant(rule.stack, target["DeadLetterConfig"]["Arn"])
        assert queue, rule.path
        admitted = admitting(any_cloud, queue, "events.amazonaws.com", "sqs:SendMessage")
        sources = [flat(statement["Condition"])["aws:sourcearn"] for statement in admitted]
        assert rule in [any_cloud.meant(rule.stack, source) for source in sources], rule.path
        if key := key_of(any_cloud, queue):
            assert all(admitting(any_cloud, key, "events.amazonaws.com", action) for action in USE_KEY)


def test_what_a_function_failed_on_may_go_where_it_is_kept(any_cloud: Cloud) -> None:
    kept = 0
    for kind in ("AWS::Lambda::EventInvokeConfig", "AWS::Lambda::EventSourceMapping"):
        for config in any_cloud.of(kind):
            destination = config.properties.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
            if destination is None:
                continue
            queue = any_cloud.meant(config.stack, destination)
            function = any_cloud.meant(config.stack, config.properties["FunctionName"])
            assert queue, config.path
            assert function, config.path
            role = any_cloud.meant(function.stack, function.properties["Role"])
            assert role, config.path
            assert may(any_cloud, role, "sqs:SendMessage", queue), config.path
            kept += 1
    assert kept


def test_a_bucket_may_call_whom_it_tells_of_uploads(any_cloud: Cloud) -> None:
    told = 0
    for notification in any_cloud.of("Custom::S3BucketNotifications"):
        settings = notification.properties["NotificationConfiguration"]
        assert set(settings) == {"LambdaFunctionConfigurations"}, "this walk knows nothing of other targets"
        for target in settings["LambdaFunctionConfigurations"]:
            function = any_cloud.meant(notification.stack, target["LambdaFunctionArn"])
            assert function
            (permission,) = permissions(any_cloud, function, "s3.amazonaws.com")
            assert permission.properties["SourceAccount"] in ({"Ref": "AWS::AccountId"}, "000000000000")
            assert "SourceArn" in permission.properties
            told += 1
    assert told


def test_an_api_may_call_the_functions_behind_it(any_cloud: Cloud) -> None:
    behind = [
        (method, method.properties["Integration"]["Uri"])
        for method in any_cloud.of("AWS::ApiGateway::Method")
        if method.properties["Integration"]["Type"] == "AWS_PROXY"
    ] + [(i, i.properties["IntegrationUri"]) for i in any_cloud.of("AWS::ApiGatewayV2::Integration")]
    assert len(behind) == 6
    for method, uri in behind:
        called = [
            f for f in any_cloud.functions().values() if any(f == r for r in any_cloud.all_meant(method.stack, uri))
        ]
        (function,) = called
        assert permissions(any_cloud, function, "apigateway.amazonaws.com"), method.path


def test_a_function_that_sends_to_a_topic_may_publish_and_use_its_key(cloud: Cloud) -> None:
    sender = cloud.functions()["send_notifications"]
    topic = cloud.meant(sender.stack, sender.properties["Environment"]["Variables"]["ALERT_TOPIC_ARN"])
    role = cloud.meant(sender.stack, sender.properties["Role"])
    assert topic
    assert role
    assert may(cloud, role, "sns:Publish", topic)
    key = key_of(cloud, topic)
    assert key
    assert all(may(cloud, role, action, key) for action in USE_KEY)


def test_whatever_is_read_from_a_bucket_is_put_there_by_somebody(cloud: Cloud) -> None:
    """A folder that only a person could fill is empty: the laptop's corpus was never in AWS."""
    put = prefixes(cloud, "s3:PutObject")
    for copied in cloud.of("Custom::CDKBucketDeployment"):
        bucket = cloud.meant(copied.stack, copied.properties["DestinationBucketName"])
        assert bucket, copied.path
        put.add((bucket.path, copied.properties.get("DestinationBucketKeyPrefix", "")))
    read = prefixes(cloud, "s3:GetObject")
    assert len(read) > 5
    unfilled = {(o, folder) for o, folder in read if not any(o == b and folder.startswith(p) for b, p in put)}
    assert unfilled == set()


def test_what_is_copied_at_a_deployment_takes_nothing_away(cloud: Cloud) -> None:
    """Labelled examples of one's own may lie beside the corpus."""
    for copied in cloud.of("Custom::CDKBucketDeployment"):
        assert copied.properties["Prune"] is False, copied.path
        assert copied.properties.get("RetainOnDelete", True) is True, copied.path


def test_nothing_sends_to_a_topic_or_queue_unseen_by_these_walks(cloud: Cloud) -> None:
    inboxes = {(r.stack, r.name) for r in cloud.resources if r.kind in INBOXES}
    for resource in cloud.resources:
        named = {(r.stack, r.name) for r in cloud.all_meant(resource.stack, resource.properties)}
        if named & inboxes - {(resource.stack, resource.name)}:
            assert resource.kind in ONLY_NAMES | SENDS, resource.path


def permissions(cloud: Cloud, function: Resource, service: str) -> list[Resource]:
    return [
        permission
        for permission in cloud.of("AWS::Lambda::Permission")
        if permission.properties["Principal"] == service
        and permission.properties["Action"] == "lambda:InvokeFunction"
        and cloud.meant(permission.stack, permission.properties["FunctionName"]) == function
    ]


def prefixes(cloud: Cloud, action: str) -> set[tuple[str, str]]:
    """The folders of our buckets on which any role is allowed this by name: the bucket's path, the folder."""
    found: set[tuple[str, str]] = set()
    for policy in cloud.of("AWS::IAM::Policy"):
        for statement in policy.properties["PolicyDocument"]["Statement"]:
            for resource in listed(statement["Resource"]) if allows(statement, action) else []:
                match resource:
                    case {"Fn::Join": ["", [bucket, str(rest)]]} if owner := cloud.meant(policy.stack, bucket):
                        if owner.kind == "AWS::S3::Bucket" and (prefix := rest.strip("/*")):
                            found.add((owner.path, f"{prefix}/"))
    return found


def invoked_by(cloud: Cloud, function: Resource, service: str, source: Resource) -> bool:
    return any(
        cloud.meant(permission.stack, permission.properties["SourceArn"]) == source
        for permission in permissions(cloud, function, service)
    )
