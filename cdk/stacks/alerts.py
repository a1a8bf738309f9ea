"""From an incident to a person: the fan-out workflow, the topic, the live connections."""

from aws_cdk import Duration
from aws_cdk import aws_apigatewayv2 as apigatewayv2
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct

from cdk.config import StageConfig
from cdk.constructs.nag import acknowledge
from cdk.constructs.python_function import PythonFunction
from cdk.constructs.topic import topic
from cdk.constructs.workflow import workflow
from cdk.stacks.base import ServiceStack, allow, allow_named
from cdk.stacks.data import DataStack
from cdk.stacks.ingest import IngestStack

LIVE_STAGE = "live"


class AlertsStack(ServiceStack):
    def __init__(self, scope: Construct, *, config: StageConfig, data: DataStack, ingest: IngestStack) -> None:
        super().__init__(scope, "Alerts", config=config, data=data)
        self.topic = topic(self, "Topic", config=config, display_name="WattWarden", key=data.key)
        self.live_api = self._live_api()
        self.live_stage = self._live_stage(self.live_api)
        self.fanout = self._fanout()
        self._start_on_incidents(ingest.bus)
        self.outputs(
            {
                "AlertTopicArn": self.topic.topic_arn,
                "FanoutArn": self.fanout.state_machine_arn,
                "LiveApiId": self.live_api.api_id,
                "LiveUrl": self.live_stage.url,
            }
        )

    def _live_api(self) -> apigatewayv2.WebSocketApi:
        function = self.function("live")

        def route(name: str, *, answers: bool = False) -> apigatewayv2.WebSocketRouteOptions:
            return apigatewayv2.WebSocketRouteOptions(
                integration=integrations.WebSocketLambdaIntegration(f"On{name}", function), return_response=answers
            )

        api = apigatewayv2.WebSocketApi(
            self,
            "Live",
            api_name=f"wattwarden-live-{self.config.name}",
            connect_route_options=route("Connect"),
            disconnect_route_options=route("Disconnect"),
            default_route_options=route("Default", answers=True),  # a pong for a ping
        )
        acknowledge(
            api,
            "A page connects with a one-time ticket that the signed-in API gave it; $connect checks it",
            "AwsSolutions-APIG4",
        )
        return api

    def _live_stage(self, api: apigatewayv2.WebSocketApi) -> apigatewayv2.WebSocketStage:
        stage = apigatewayv2.WebSocketStage(
            self,
            "LiveStage",
            web_socket_api=api,
            stage_name=LIVE_STAGE,
            auto_deploy=True,
            throttle=apigatewayv2.ThrottleSettings(rate_limit=100, burst_limit=200),
        )
        if not self.config.local:
            access = logs.LogGroup(
                self, "LiveAccess", retention=self.config.log_retention, removal_policy=self.config.removal
            )
            resource = stage.node.default_child
            if isinstance(resource, apigatewayv2.CfnStage):
                # The connect request's path is left out: its query holds the ticket.
                resource.access_log_settings = apigatewayv2.CfnStage.AccessLogSettingsProperty(
                    destination_arn=access.log_group_arn,
                    format=(
                        '{"requestId":"$context.requestId","ip":"$context.identity.sourceIp",'
                        '"time":"$context.requestTime","route":"$context.routeKey","status":"$context.status",'
                        '"connection":"$context.connectionId"}'
                    ),
                )
        return stage

    def _fanout(self) -> stepfunctions.StateMachine:
        raise_alerts = self.function("raise_alerts")
        send_notifications = self._send_notifications()
        push_live = self._push_live()
        machine = workflow(
            self,
            "alert_fanout",
            config=self.config,
            substitutions={
                "RaiseAlertsArn": raise_alerts.function_arn,
                "SendNotificationsArn": send_notifications.function_arn,
                "PushLiveArn": push_live.function_arn,
            },
        )
        invoke_exactly(machine, raise_alerts, send_notifications, push_live)
        return machine

    def _send_notifications(self) -> PythonFunction:
        """Called by the workflow at once, and by the clock for what could not leave then."""
        function = self.function(
            "send_notifications",
            environment={"ALERT_TOPIC_ARN": self.topic.topic_arn},
            timeout_s=60,
            asynchronous=True,
        )
        allow(function, ["sns:Publish"], [self.topic.topic_arn])
        if self.data.key:
            allow(function, ["kms:GenerateDataKey"], [self.data.key.key_arn])
        every = events.Schedule.rate(Duration.minutes(1))
        self.scheduled("EveryMinute", "Send the messages that could not leave when they were written", every, function)
        return function

    def _push_live(self) -> PythonFunction:
        override = self.config.live_endpoint
        endpoint = (
            override.format(api_id=self.live_api.api_id, stage=LIVE_STAGE) if override else self.live_stage.callback_url
        )
        function = self.function("push_live", environment={"LIVE_ENDPOINT": endpoint})
        connections = self.format_arn(
            service="execute-api",
            resource=self.live_api.api_id,
            resource_name=f"{LIVE_STAGE}/POST/@connections/*",
        )
        allow_named(
            function.own_role, ["execute-api:ManageConnections"], connections, "A connection's id is made when it opens"
        )
        return function

    def _start_on_incidents(self, bus: events.IEventBus) -> None:
        failed = sqs.Queue(
            self,
            "UnstartedFanouts",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=Duration.days(14),
        )
        acknowledge(failed, "It is itself where failed events go", "AwsSolutions-SQS3")
        self.unstarted = failed
        events.Rule(
            self,
            "IncidentsOpened",
            event_bus=bus,
            event_pattern=events.EventPattern(source=["wattwarden"], detail_type=["IncidentsOpened"]),
            targets=[
                targets.SfnStateMachine(
                    self.fanout,
                    input=events.RuleTargetInput.from_event_path("$.detail"),
                    dead_letter_queue=failed,
                    retry_attempts=8,
                    max_event_age=Duration.hours(6),
                )
            ],
        )


def invoke_exactly(machine: stepfunctions.StateMachine, *functions: lambda_.IFunction) -> None:
    """Let a workflow invoke these functions as they are now; a grant would include every version of them."""
    allow(machine, ["lambda:InvokeFunction"], [function.function_arn for function in functions])
