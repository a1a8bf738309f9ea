"""A web ACL for the APIs: known attacks, and one address that asks too much."""

from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_logs as logs
from aws_cdk import aws_wafv2 as wafv2
from constructs import Construct

from cdk.config import StageConfig

# Per address and five minutes. CloudFront speaks for many people, who are told apart by the header it adds.
PER_PERSON = 3_000
PER_ADDRESS = 300_000
RETRY_AFTER_S = "60"  # the rate is looked at over minutes, not seconds
MANAGED = (
    "AWSManagedRulesCommonRuleSet",
    "AWSManagedRulesKnownBadInputsRuleSet",
    "AWSManagedRulesAmazonIpReputationList",
)
# A batch of readings is larger than the 8 KiB that the common rules allow; the functions bound and validate bodies.
COUNTED_ONLY = ("SizeRestrictions_BODY",)

_Rule = wafv2.CfnWebACL.RuleProperty
_Statement = wafv2.CfnWebACL.StatementProperty


class ApiWebAcl(Construct):
    def __init__(self, scope: Construct, construct_id: str, *, config: StageConfig, api: apigateway.RestApi) -> None:
        super().__init__(scope, construct_id)
        self.acl = wafv2.CfnWebACL(
            self,
            "Acl",
            scope="REGIONAL",
            default_action=wafv2.CfnWebACL.DefaultActionProperty(allow={}),
            visibility_config=_visible(f"{api.node.id}-acl"),
            rules=[*_rate_rules(), *_managed_rules(first_priority=10)],
        )
        wafv2.CfnWebACLAssociation(
            self, "Association", resource_arn=api.deployment_stage.stage_arn, web_acl_arn=self.acl.attr_arn
        )
        refused = logs.LogGroup(
            self,
            "Logs",
            log_group_name=f"aws-waf-logs-wattwarden-{config.name}-{api.node.id.lower()}",
            retention=config.log_retention,
            removal_policy=config.removal_of_named,
        )
        wafv2.CfnLoggingConfiguration(
            self,
            "Logging",
            resource_arn=self.acl.attr_arn,
            log_destination_configs=[refused.log_group_arn.removesuffix(":*")],
            redacted_fields=[wafv2.CfnLoggingConfiguration.FieldToMatchProperty(single_header={"Name": header})
                             for header in ("authorization", "x-api-key")],
        )  # fmt: skip


def _visible(name: str) -> wafv2.CfnWebACL.VisibilityConfigProperty:
    return wafv2.CfnWebACL.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=True
    )


def _too_many_requests() -> wafv2.CfnWebACL.BlockActionProperty:
    return wafv2.CfnWebACL.BlockActionProperty(
        custom_response=wafv2.CfnWebACL.CustomResponseProperty(
            response_code=429,
            response_headers=[wafv2.CfnWebACL.CustomHTTPHeaderProperty(name="Retry-After", value=RETRY_AFTER_S)],
        )
    )


def _rate_rules() -> list[_Rule]:
    by_address = wafv2.CfnWebACL.RateBasedStatementProperty(limit=PER_ADDRESS, aggregate_key_type="IP")
    by_person = wafv2.CfnWebACL.RateBasedStatementProperty(
        limit=PER_PERSON,
        aggregate_key_type="FORWARDED_IP",
        forwarded_ip_config=wafv2.CfnWebACL.ForwardedIPConfigurationProperty(
            header_name="X-Forwarded-For", fallback_behavior="NO_MATCH"
        ),
    )
    return [
        _Rule(
            name=name,
            priority=priority,
            action=wafv2.CfnWebACL.RuleActionProperty(block=_too_many_requests()),
            statement=_Statement(rate_based_statement=statement),
            visibility_config=_visible(name),
        )
        for priority, (name, statement) in enumerate({"per-address": by_address, "per-person": by_person}.items())
    ]


def _managed_rules(*, first_priority: int) -> list[_Rule]:
    counted = [
        wafv2.CfnWebACL.RuleActionOverrideProperty(
            name=name, action_to_use=wafv2.CfnWebACL.RuleActionProperty(count={})
        )
        for name in COUNTED_ONLY
    ]
    return [
        _Rule(
            name=name,
            priority=priority,
            override_action=wafv2.CfnWebACL.OverrideActionProperty(none={}),
            statement=_Statement(
                managed_rule_group_statement=wafv2.CfnWebACL.ManagedRuleGroupStatementProperty(
                    vendor_name="AWS",
                    name=name,
                    rule_action_overrides=counted if name == MANAGED[0] else None,
                )
            ),
            visibility_config=_visible(name),
        )
        for priority, name in enumerate(MANAGED, start=first_priority)
    ]
