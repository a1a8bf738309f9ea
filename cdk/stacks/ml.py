"""Training and deploying the model. The endpoint is made by the workflow, once there is a model to serve."""

import json
from dataclasses import asdict

from aws_cdk import ArnFormat
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3_assets as assets
from aws_cdk import aws_sagemaker as sagemaker
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct

from cdk.config import StageConfig
from cdk.constructs.corpus import Corpus
from cdk.constructs.detector_source import serving_source, training_source
from cdk.constructs.python_function import PythonFunction
from cdk.constructs.workflow import workflow
from cdk.stacks.alerts import invoke_exactly
from cdk.stacks.base import NUMBERS, REGISTRY, ServiceStack, acknowledge_copying, allow, allow_named, allow_objects
from cdk.stacks.data import DataStack

DATASETS, CORPUS, MODELS, SOURCES = "ml/datasets/", "ml/corpus/", "ml/models/", "ml/source/"
MLFLOW = "ml/mlflow/"
FEATURES = "processed/features/"
NAME_PREFIX = "wattwarden-"
TELLS_MLFLOW = (
    *("CreateExperiment", "GetExperimentByName", "CreateRun", "UpdateRun", "LogMetric"),
    *("CreateRegisteredModel", "GetRegisteredModel", "CreateModelVersion", "UpdateModelVersion"),
    *("SearchModelVersions", "SetModelVersionTag", "SetRegisteredModelAlias", "DeleteRegisteredModelAlias"),
)


class MlStack(ServiceStack):
    def __init__(self, scope: Construct, *, config: StageConfig, data: DataStack) -> None:
        super().__init__(scope, "Ml", config=config, data=data)
        self.sources = {
            "TRAINING_SOURCE": assets.Asset(self, "TrainingSource", path=str(training_source())),
            "SERVING_SOURCE": assets.Asset(self, "ServingSource", path=str(serving_source())),
        }
        if not config.local:  # there, local/training makes one for each lesson
            Corpus(self, "Corpus", config=config, bucket=data.models, prefix=CORPUS)
            acknowledge_copying(self, data.models)
        self.role = self._sagemaker_role()
        self.retrain = self._retrain()
        self.watch_drift = self._watch_drift()
        self.outputs(
            {
                "RetrainArn": self.retrain.state_machine_arn,
                "WatchDriftName": self.watch_drift.function_name,
                "EndpointName": config.endpoint_name,
                "SageMakerRoleArn": self.role.role_arn,
            }
        )

    def _sagemaker_role(self) -> iam.Role:
        """What training jobs and the endpoint run as."""
        role = iam.Role(
            self,
            "SageMakerRole",
            assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"),
            description="Training jobs and the endpoint of WattWarden",
        )
        models = self.data.models
        allow_objects(role, ["s3:GetObject"], models, DATASETS, CORPUS, MODELS, SOURCES)
        allow_objects(role, ["s3:PutObject", "s3:AbortMultipartUpload"], models, MODELS)
        allow(role, ["s3:ListBucket"], [models.bucket_arn])
        if self.data.key:
            allow(role, ["kms:Decrypt", "kms:GenerateDataKey"], [self.data.key.key_arn])
        allow_named(
            role,
            ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            self.format_arn(
                service="logs",
                resource="log-group",
                resource_name="/aws/sagemaker/*",
                arn_format=ArnFormat.COLON_RESOURCE_NAME,
            ),
            "SageMaker names the log groups of jobs and endpoints",
        )
        allow_named(role, ["ecr:GetAuthorizationToken"], "*", "A registry's token belongs to no resource")
        allow(
            role,
            ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            [image_repository_arn(self, self.config.model.training_image)],
        )
        return role

    def _export(self) -> PythonFunction:
        model = self.config.model
        export = self.function(
            "export_training_data",
            uses=NUMBERS,
            environment={
                "MODEL_BUCKET": self.data.models.bucket_name,
                **{name: source.s3_object_url for name, source in self.sources.items()},
                "SEARCH_SECONDS": str(model.search.to_seconds()),
                "TRIAL_SECONDS": str(model.trial.to_seconds()),
                "CHALLENGER_SHARE": str(model.challenger_share),
            },
            timeout_s=900,
            memory_mib=2048,
        )
        writes = ["s3:PutObject", "s3:AbortMultipartUpload"]
        allow_objects(export.own_role, writes, self.data.models, DATASETS, SOURCES)
        allow(export, ["s3:ListBucket"], [self.data.models.bucket_arn])  # whether there is a corpus to learn from
        read = [source.bucket.arn_for_objects(source.s3_object_key) for source in self.sources.values()]
        allow(export, ["s3:GetObject"], read)
        if self.data.key:
            allow(export, ["kms:Decrypt", "kms:GenerateDataKey"], [self.data.key.key_arn])
        return export

    def _compare(self) -> PythonFunction:
        compare = self.function(
            "compare_models",
            uses=NUMBERS,
            environment={
                "ENDPOINT_NAME": self.config.endpoint_name,
                "CHALLENGER_SHARE": str(self.config.model.challenger_share),
            },
            timeout_s=120,
        )
        endpoint = self.format_arn(service="sagemaker", resource="endpoint", resource_name=self.config.endpoint_name)
        allow(compare, ["sagemaker:InvokeEndpoint"], [endpoint])
        return compare

    def _register(self) -> PythonFunction:
        """The function that tells MLflow, which lives in our database or, by configuration, on a server of its own."""
        server = self._tracking_server() if self.config.model.tracking_server else None
        environment = {"TRACKING_SERVER": server.attr_tracking_server_arn} if server else {}
        register = self.function(
            "register_model", uses=REGISTRY, environment=environment, timeout_s=120, memory_mib=1024
        )
        if server:
            actions = [f"sagemaker-mlflow:{action}" for action in TELLS_MLFLOW]
            allow(register, actions, [server.attr_tracking_server_arn])
        return register

    def _tracking_server(self) -> sagemaker.CfnMlflowTrackingServer:
        role = iam.Role(
            self,
            "TrackingRole",
            assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"),
            description="MLflow's tracking server of WattWarden",
        )
        allow_objects(role, ["s3:GetObject", "s3:PutObject"], self.data.models, MLFLOW)
        allow(role, ["s3:ListBucket"], [self.data.models.bucket_arn])
        if self.data.key:
            allow(role, ["kms:Decrypt", "kms:GenerateDataKey"], [self.data.key.key_arn])
        return sagemaker.CfnMlflowTrackingServer(
            self,
            "TrackingServer",
            tracking_server_name=f"wattwarden-{self.config.name}",
            tracking_server_size=self.config.model.tracking_server,
            artifact_store_uri=f"s3://{self.data.models.bucket_name}/{MLFLOW}",
            role_arn=role.role_arn,
        )

    def _retrain(self) -> stepfunctions.StateMachine:
        model = self.config.model
        export, compare, record = self._export(), self._compare(), self.function("record_model")
        gate = self.function("gate_model", environment={"TRIAL_SECONDS": str(model.trial.to_seconds())})
        register = self._register()
        machine = workflow(
            self,
            "retrain_model",
            config=self.config,
            substitutions={
                "ExportTrainingDataArn": export.function_arn,
                "GateModelArn": gate.function_arn,
                "CompareModelsArn": compare.function_arn,
                "RecordModelArn": record.function_arn,
                "RegisterModelArn": register.function_arn,
                "TrainingImage": model.training_image,
                "SageMakerRoleArn": self.role.role_arn,
                "ModelBucket": self.data.models.bucket_name,
                "EndpointName": self.config.endpoint_name,
                "TrainingInstanceType": model.training_instance,
                "ServingInstanceType": model.serving_instance,
            },
        )
        invoke_exactly(machine, export, gate, compare, record, register)
        self._allow_sagemaker(machine)
        why = events.RuleTargetInput.from_object({"reason": "schedule"})
        events.Rule(
            self,
            "Weekly",
            description="Retrain on what was learnt since",
            schedule=events.Schedule.cron(week_day="SUN", hour="2", minute="0"),
            targets=[targets.SfnStateMachine(machine, input=why)],
        )
        return machine

    def _watch_drift(self) -> PythonFunction:
        """After the night's compaction, which writes the features of the day before."""
        lake = self.data.lake
        watch = self.function(
            "watch_drift",
            uses=NUMBERS,
            environment={
                "LAKE_BUCKET": lake.bucket_name,
                "RETRAIN_ARN": self.retrain.state_machine_arn,
                "DRIFT_LIMITS": json.dumps(asdict(self.config.drift)),
            },
            timeout_s=300,
            memory_mib=2048,
            asynchronous=True,
        )
        allow(watch, ["s3:ListBucket"], [lake.bucket_arn])
        allow_objects(watch.own_role, ["s3:GetObject"], lake, FEATURES)
        allow(watch, ["states:StartExecution"], [self.retrain.state_machine_arn])
        daily = events.Schedule.cron(hour="4", minute="0")
        self.scheduled("Daily", "Look whether the model still fits", daily, watch)
        return watch

    def _allow_sagemaker(self, machine: stepfunctions.StateMachine) -> None:
        """Train, make models and configurations under our prefix, and move our one endpoint."""
        ours = "The workflow names each run; the prefix is ours"

        def named(kind: str, name: str = f"{NAME_PREFIX}*") -> str:
            return self.format_arn(service="sagemaker", resource=kind, resource_name=name)

        jobs = ["CreateTrainingJob", "DescribeTrainingJob", "StopTrainingJob", "AddTags"]
        allow_named(machine.role, [f"sagemaker:{action}" for action in jobs], named("training-job"), ours)
        allow_named(machine.role, ["sagemaker:CreateModel"], named("model"), ours)
        moves = ["CreateEndpoint", "UpdateEndpoint"]
        allow_named(
            machine.role,
            [f"sagemaker:{action}" for action in ("CreateEndpointConfig", *moves)],
            named("endpoint-config"),
            ours,
        )
        allow(
            machine,
            [f"sagemaker:{action}" for action in ("DescribeEndpoint", "DeleteEndpoint", *moves)],
            [named("endpoint", self.config.endpoint_name)],
        )
        for kind in ("training-job", "model", "endpoint-config"):
            allow_named(machine.role, ["sagemaker:ListTags"], named(kind), ours)  # Step Functions asks beside each task
        allow(machine, ["sagemaker:ListTags"], [named("endpoint", self.config.endpoint_name)])
        machine.add_to_role_policy(
            iam.PolicyStatement(
                actions=["iam:PassRole"],
                resources=[self.role.role_arn],
                conditions={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
            )
        )
        # A `.sync` task waits on this rule, which Step Functions keeps in each account.
        rule = self.format_arn(
            service="events", resource="rule", resource_name="StepFunctionsGetEventsForSageMakerTrainingJobsRule"
        )
        allow(machine, ["events:PutTargets", "events:PutRule", "events:DescribeRule"], [rule])


def image_repository_arn(stack: ServiceStack, image: str) -> str:
    """The registry's repository of an image address `<account>.dkr.ecr.<region>.amazonaws.com/<repository>:<tag>`."""
    host, _, path = image.partition("/")
    account, _, _, region, *_ = host.split(".")
    repository = path.partition(":")[0]
    return f"arn:{stack.partition}:ecr:{region}:{account}:repository/{repository}"
