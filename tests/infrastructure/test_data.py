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


def test_prod_keeps_its_data_when_a_stack_is_deleted(prod: Cloud) -> None:
    kept = {
        "AWS::RDS::DBInstance", "AWS::S3::Bucket", "AWS::KMS::Key", "AWS::Kinesis::Stream", "AWS::Cognito::UserPool",
    }  # fmt: skip
    for kind in kept:
        for resource in prod.of(kind):
            assert resource.deletion == "Retain", resource.path
    assert prod.one("AWS::RDS::DBInstance").properties["DeletionProtection"] is True
    assert prod.one("AWS::Cognito::UserPool").properties["DeletionProtection"] == "ACTIVE"


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
