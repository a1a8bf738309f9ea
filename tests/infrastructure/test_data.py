import json

from tests.infrastructure.clouds import Cloud, listed


def test_no_bucket_can_be_made_public(any_cloud: Cloud) -> None:
    for bucket in any_cloud.of("AWS::S3::Bucket"):
        assert bucket.properties["PublicAccessBlockConfiguration"] == {
            "BlockPublicAcls": True,
            "BlockPublicPolicy": True,
            "IgnorePublicAcls": True,
            "RestrictPublicBuckets": True,
        }, bucket.path


def test_buckets_refuse_plain_http(cloud: Cloud) -> None:
    refusing = {
        (policy.stack, policy.properties["Bucket"]["Ref"])
        for policy in cloud.of("AWS::S3::BucketPolicy")
        for statement in policy.properties["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Deny" and statement.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}
    }
    assert {(bucket.stack, bucket.name) for bucket in cloud.of("AWS::S3::Bucket")} == refusing


def test_what_people_and_meters_sent_is_encrypted_with_our_key(cloud: Cloud) -> None:
    key = cloud.one("AWS::KMS::Key")
    assert key.properties["EnableKeyRotation"] is True
    for name in ("Uploads", "Models", "Lake"):
        (bucket,) = [b for b in cloud.of("AWS::S3::Bucket", "Data") if b.path.split("/")[1] == name]
        (rule,) = bucket.properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
        assert bucket.properties["VersioningConfiguration"] == {"Status": "Enabled"}
    for stream in cloud.of("AWS::Kinesis::Stream"):
        assert stream.properties["StreamEncryption"]["EncryptionType"] == "KMS", stream.path
    for topic in cloud.of("AWS::SNS::Topic"):
        assert "KmsMasterKeyId" in topic.properties, topic.path


def test_the_database_is_encrypted_private_and_speaks_tls_only(cloud: Cloud) -> None:
    database = cloud.one("AWS::RDS::DBInstance").properties
    assert database["StorageEncrypted"] is True
    assert database["PubliclyAccessible"] is False
    assert database["Engine"] == "postgres"
    parameters = cloud.one("AWS::RDS::DBParameterGroup").properties["Parameters"]
    assert parameters["rds.force_ssl"] == "1"


def test_a_database_that_upgrades_itself_is_asked_for_no_version_that_it_may_have_left(cloud: Cloud) -> None:
    """The next change of the stack would ask for the older one again, and RDS downgrades nothing."""
    database = cloud.one("AWS::RDS::DBInstance").properties
    family = cloud.one("AWS::RDS::DBParameterGroup").properties["Family"]
    assert database["AutoMinorVersionUpgrade"] is True
    assert database["EngineVersion"].isdecimal(), "the major version alone"
    assert family == f"postgres{database['EngineVersion']}"


def test_only_functions_reach_the_database(cloud: Cloud) -> None:
    (group,) = cloud.one("AWS::RDS::DBInstance").properties["VPCSecurityGroups"]
    admitted = [
        rule.properties for rule in cloud.of("AWS::EC2::SecurityGroupIngress") if rule.properties["GroupId"] == group
    ]
    (functions,) = [g for g in cloud.of("AWS::EC2::SecurityGroup") if g.path.endswith("FunctionsGroup/Resource")]
    assert admitted
    for rule in admitted:
        assert rule["SourceSecurityGroupId"] == {"Fn::GetAtt": [functions.name, "GroupId"]}
        assert "CidrIp" not in rule


def test_the_databases_subnets_lead_nowhere(cloud: Cloud) -> None:
    subnets = {ref["Ref"] for ref in cloud.one("AWS::RDS::DBSubnetGroup").properties["SubnetIds"]}
    tables = {
        association.properties["RouteTableId"]["Ref"]
        for association in cloud.of("AWS::EC2::SubnetRouteTableAssociation")
        if association.properties["SubnetId"]["Ref"] in subnets
    }
    assert len(subnets) == len(tables) == 2
    assert not [r for r in cloud.of("AWS::EC2::Route") if r.properties["RouteTableId"]["Ref"] in tables]


def test_the_databases_password_is_rotated(cloud: Cloud) -> None:
    rotation = cloud.one("AWS::SecretsManager::RotationSchedule").properties
    assert rotation["RotationRules"]["ScheduleExpression"] == "rate(30 days)"


KEPT = {"Retain", "RetainExceptOnCreate"}
NAMED_BY = {
    "AWS::RDS::DBInstance": "DBInstanceIdentifier",
    "AWS::RDS::DBSubnetGroup": "DBSubnetGroupName",
    "AWS::RDS::DBParameterGroup": "DBParameterGroupName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::Kinesis::Stream": "Name",
    "AWS::SecretsManager::Secret": "Name",
    "AWS::Cognito::UserPool": "UserPoolName",
    "AWS::IAM::Role": "RoleName",
    "AWS::Lambda::LayerVersion": "LayerName",
}
NEVER_NAMED = {"AWS::KMS::Key", "AWS::ApiGateway::Account", "AWS::SecretsManager::SecretTargetAttachment"}


def test_prod_keeps_its_data_when_a_stack_is_deleted(prod: Cloud) -> None:
    kept = {
        "AWS::RDS::DBInstance", "AWS::S3::Bucket", "AWS::KMS::Key", "AWS::Kinesis::Stream", "AWS::Cognito::UserPool",
    }  # fmt: skip
    for kind in kept:
        for resource in prod.of(kind):
            assert resource.deletion in KEPT, resource.path
    assert prod.one("AWS::Cognito::UserPool").properties["DeletionProtection"] == "ACTIVE"


def test_what_a_failed_creation_made_under_a_fixed_name_is_not_in_the_way_of_the_next(any_cloud: Cloud) -> None:
    """`Retain` also holds for what a creation made that failed: the next one would find the name taken."""
    kept = [resource for resource in any_cloud.resources if resource.deletion in KEPT]
    assert {resource.kind for resource in kept} <= set(NAMED_BY) | NEVER_NAMED
    for resource in kept:
        if NAMED_BY.get(resource.kind) in resource.properties:
            assert resource.deletion == "RetainExceptOnCreate", resource.path
            assert "DeletionProtection" not in resource.properties, f"a rollback could not delete {resource.path}"


def test_the_database_is_protected_once_it_stands(any_cloud: Cloud) -> None:
    """A rollback could not delete one that is protected from the start. What the template leaves out stays as it is."""
    protections = any_cloud.of("Custom::AWS")
    assert len(protections) == (1 if any_cloud.config.retained else 0)
    for protection in protections:
        made = json.loads(any_cloud.spelt(protection.stack, protection.properties["Update"]))
        assert protection.properties["Create"] == protection.properties["Update"]
        assert (made["service"], made["action"]) == ("RDS", "modifyDBInstance")
        assert made["parameters"] == {"DBInstanceIdentifier": "<AWS::RDS::DBInstance>", "DeletionProtection": True}
        assert "Delete" not in protection.properties


def test_what_opens_the_database_is_kept_as_long_as_the_database(cloud: Cloud) -> None:
    database = cloud.one("AWS::RDS::DBInstance")
    opens = [cloud.one("AWS::SecretsManager::Secret"), cloud.one("AWS::SecretsManager::SecretTargetAttachment")]
    for resource in [*opens, cloud.one("AWS::RDS::DBSubnetGroup"), cloud.one("AWS::RDS::DBParameterGroup")]:
        assert resource.deletion == database.deletion, resource.path


def test_prod_survives_a_zone_and_restores_to_any_second_of_a_month(prod: Cloud) -> None:
    database = prod.one("AWS::RDS::DBInstance").properties
    assert database["MultiAZ"] is True
    assert database["BackupRetentionPeriod"] == 30
    assert len(prod.of("AWS::EC2::NatGateway")) == 2


def test_a_stage_that_is_thrown_away_leaves_nothing_behind(dev: Cloud) -> None:
    for kind in ("AWS::RDS::DBInstance", "AWS::S3::Bucket", "AWS::KMS::Key"):
        for resource in dev.of(kind):
            assert resource.deletion == "Delete", resource.path


def test_browsers_may_only_touch_uploads_across_origins(cloud: Cloud) -> None:
    shared = [bucket for bucket in cloud.of("AWS::S3::Bucket") if "CorsConfiguration" in bucket.properties]
    (uploads,) = shared
    assert uploads.path.split("/")[1] == "Uploads"
    (rule,) = listed(uploads.properties["CorsConfiguration"]["CorsRules"])
    assert "DELETE" not in rule["AllowedMethods"]
