"""A REST API whose stage name is the first segment of its public path."""

import json

from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_logs as logs
from constructs import Construct

from cdk.config import StageConfig
from cdk.constructs.nag import acknowledge
from cdk.constructs.web_acl import ApiWebAcl

RETRY_AFTER_S = 1
"""A bucket of tokens is filled every second."""


def rest_api(
    scope: Construct, construct_id: str, *, config: StageConfig, name: str, stage: str, account_logs: bool = False
) -> apigateway.RestApi:
    """A regional API, throttled, with access logs; who asks too much is told when to ask again.

    `account_logs` makes the role by which API Gateway writes logs in this account and region; one API does it for all.
    """
    limits = config.apis
    access = None
    if not config.local:
        access = logs.LogGroup(
            scope, f"{construct_id}-access", retention=config.log_retention, removal_policy=config.removal
        )
    api = apigateway.RestApi(
        scope,
        construct_id,
        rest_api_name=f"{name}-{config.name}",
        endpoint_types=[apigateway.EndpointType.REGIONAL],
        cloud_watch_role=account_logs and not config.local,
        deploy_options=apigateway.StageOptions(
            stage_name=stage,
            throttling_rate_limit=limits.requests_per_second,
            throttling_burst_limit=limits.burst,
            metrics_enabled=not config.local,
            tracing_enabled=config.tracing,
            logging_level=apigateway.MethodLoggingLevel.OFF if config.local else apigateway.MethodLoggingLevel.ERROR,
            access_log_destination=apigateway.LogGroupLogDestination(access) if access else None,
            access_log_format=apigateway.AccessLogFormat.json_with_standard_fields(
                caller=False, http_method=True, ip=True, protocol=True, request_time=True, resource_path=True,
                response_length=True, status=True, user=False,
            ) if access else None,
        ),
    )  # fmt: skip
    acknowledge(api, "Bodies are validated by the functions, with answers that name the field", "AwsSolutions-APIG2")
    if account_logs:
        acknowledge(
            api, "API Gateway's own logging role; the managed policy is the documented one",
            "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]",
        )  # fmt: skip
    _tell_when_to_retry(api)
    if config.waf:
        ApiWebAcl(scope, f"{construct_id}-waf", config=config, api=api)
    else:
        acknowledge(api.deployment_stage, "No web ACL in a stage without visitors", "AwsSolutions-APIG3")
    return api


def _tell_when_to_retry(api: apigateway.RestApi) -> None:
    """429 as the functions would answer it: a problem (RFC 9457), and Retry-After."""
    said = {
        "Throttled": (apigateway.ResponseType.THROTTLED, "more requests than this caller may send; send it again"),
        "QuotaExceeded": (apigateway.ResponseType.QUOTA_EXCEEDED, "the quota of this caller is used up"),
    }
    for name, (kind, detail) in said.items():
        body = {"type": "about:blank", "title": "Too Many Requests", "status": 429, "detail": detail}
        api.add_gateway_response(
            name,
            type=kind,
            status_code="429",
            response_headers={"Retry-After": f"'{RETRY_AFTER_S}'", "Content-Type": "'application/problem+json'"},
            templates={"application/json": json.dumps(body, separators=(",", ":"))},
        )
