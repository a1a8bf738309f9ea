"""Training and deploying the model. The endpoint is made by the workflow, once there is a model to serve."""

from aws_cdk import ArnFormat
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3_assets as assets
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct

from cdk.config import StageConfig
from cdk.constructs.detector_source import detector_source
from cdk.constructs.workflow import workflow
from cdk.stacks.alerts import invoke_exactly
from cdk.stacks.base import NUMBERS, ServiceStack, allow, allow_named, allow_objects
from cdk.stacks.data import DataStack

DATASETS, CORPUS, MODELS = "ml/datasets/", "ml/corpus/", "ml/models/"
NAME_PREFIX = "wattwarden-"


class MlStack(ServiceStack):
    def __init__(self, scope: Construct, *, config: StageConfig, data: DataStack) -> None:
        super().__init__(scope, "Ml", config=config, data=data)
        self.source = assets.Asset(self, "DetectorSource", path=str(detector_source()))
        self.role = self._sagemaker_role()
        self.retrain = self._retrain()
        self.outputs(
            {
                "RetrainArn": self.retrain.state_machine_arn,
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
        allow_objects(role, ["s3:GetObject"], models, DATASETS, CORPUS, MODELS)
        allow_objects(role, ["s3:PutObject", "s3:AbortMultipartUpload"], models, MODELS)
        allow(role, ["s3:GetObject"], [self.source.bucket.arn_for_objects(self.source.s3_object_key)])
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

    def _retrain(self) -> stepfunctions.StateMachine:
        export = self.function(
            "export_training_data",
            uses=NUMBERS,
            environment={"MODEL_BUCKET": self.data.models.bucket_name},
            timeout_s=900,
            memory_mib=2048,
        )
        allow_objects(export.own_role, ["s3:PutObject", "s3:AbortMultipartUpload"], self.data.models, DATASETS)
        if self.data.key:
            allow(export, ["kms:Decrypt", "kms:GenerateDataKey"], [self.data.key.key_arn])
        gate, record = self.function("gate_model"), self.function("record_model")
        model = self.config.model
        machine = workflow(
            self,
            "retrain_model",
            config=self.config,
            substitutions={
                "ExportTrainingDataArn": export.function_arn,
                "GateModelArn": gate.function_arn,
                "RecordModelArn": record.function_arn,
                "TrainingImage": model.training_image,
                "SageMakerRoleArn": self.role.role_arn,
                "ModelBucket": self.data.models.bucket_name,
                "SourceUri": self.source.s3_object_url,
                "EndpointName": self.config.endpoint_name,
                "TrainingInstanceType": model.training_instance,
                "ServingInstanceType": model.serving_instance,
            },
        )
        invoke_exactly(machine, export, gate, record)
        self._allow_sagemaker(machine)
        events.Rule(
            self,
            "Weekly",
            description="Retrain on what was learnt since",
            schedule=events.Schedule.cron(week_day="SUN", hour="2", minute="0"),
            targets=[targets.SfnStateMachine(machine)],
        )
        return machine

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
            [f"sagemaker:{action}" for action in ("DescribeEndpoint", *moves)],
            [named("endpoint", self.config.endpoint_name)],
        )
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
