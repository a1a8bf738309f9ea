from tests.infrastructure.clouds import Cloud


def test_a_poison_batch_is_split_retried_and_put_aside(cloud: Cloud) -> None:
    mapping = cloud.one("AWS::Lambda::EventSourceMapping", "Stream").properties
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["BisectBatchOnFunctionError"] is True
    assert mapping["MaximumRetryAttempts"] == 5
    destination = mapping["DestinationConfig"]["OnFailure"]["Destination"]["Fn::GetAtt"][0]
    (queue,) = [q for q in cloud.of("AWS::SQS::Queue", "Stream") if q.name == destination]
    assert queue.properties["MessageRetentionPeriod"] == 14 * 24 * 3600


def test_a_reading_waits_a_second_at_most_for_its_batch(cloud: Cloud) -> None:
    mapping = cloud.one("AWS::Lambda::EventSourceMapping", "Stream").properties
    assert mapping["BatchSize"] == 100
    assert mapping["MaximumBatchingWindowInSeconds"] == 1
    assert mapping["StartingPosition"] == "TRIM_HORIZON"


def test_no_record_outlives_the_stream_while_it_is_retried(cloud: Cloud) -> None:
    mapping = cloud.one("AWS::Lambda::EventSourceMapping", "Stream").properties
    kept_s = cloud.one("AWS::Kinesis::Stream").properties["RetentionPeriodHours"] * 3600
    assert mapping["MaximumRecordAgeInSeconds"] < kept_s


def test_a_shard_is_read_by_several_in_prod(prod: Cloud) -> None:
    assert prod.one("AWS::Lambda::EventSourceMapping", "Stream").properties["ParallelizationFactor"] == 4


def test_the_laptop_cloud_polls_the_stream_itself(local: Cloud) -> None:
    assert local.one("AWS::Lambda::EventSourceMapping", "Stream").properties["Enabled"] is False


def test_the_database_is_migrated_by_the_deployment_itself(cloud: Cloud) -> None:
    (trigger,) = cloud.of("Custom::Trigger", "Stream")
    assert trigger.properties["InvocationType"] == "RequestResponse"


def test_late_readings_raise_an_alarm(cloud: Cloud) -> None:
    ages = [a.properties for a in cloud.of("AWS::CloudWatch::Alarm") if a.properties.get("MetricName") == "IteratorAge"]
    (alarm,) = ages
    assert alarm["Threshold"] == 60_000
    assert alarm["Statistic"] == "Maximum"
