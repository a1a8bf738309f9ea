import json

import pytest

from tests.infrastructure.clouds import Cloud


def test_gateways_need_a_key_for_every_method(any_cloud: Cloud) -> None:
    methods = any_cloud.of("AWS::ApiGateway::Method", "Ingest")
    assert {method.properties["HttpMethod"] for method in methods} == {"POST"}
    assert all(method.properties["ApiKeyRequired"] is True for method in methods)


def test_a_usage_plan_holds_gateways_back(any_cloud: Cloud) -> None:
    plan = any_cloud.one("AWS::ApiGateway::UsagePlan", "Ingest").properties
    assert plan["Throttle"]["RateLimit"] == any_cloud.config.gateways.requests_per_second
    assert len(plan["ApiStages"]) == 1


def test_one_gateway_cannot_use_up_what_all_share(any_cloud: Cloud) -> None:
    (settings,) = any_cloud.one("AWS::ApiGateway::Stage", "Ingest").properties["MethodSettings"]
    plan = any_cloud.one("AWS::ApiGateway::UsagePlan", "Ingest").properties["Throttle"]
    assert plan["RateLimit"] < settings["ThrottlingRateLimit"]
    assert plan["BurstLimit"] < settings["ThrottlingBurstLimit"]


@pytest.mark.parametrize("stack", ["Ingest", "Api"])
@pytest.mark.parametrize("kind", ["THROTTLED", "QUOTA_EXCEEDED"])
def test_who_asks_too_much_is_told_when_to_ask_again(any_cloud: Cloud, stack: str, kind: str) -> None:
    (response,) = [
        r.properties
        for r in any_cloud.of("AWS::ApiGateway::GatewayResponse", stack)
        if r.properties["ResponseType"] == kind
    ]
    assert response["StatusCode"] == "429"
    headers = response["ResponseParameters"]
    assert headers["gatewayresponse.header.Retry-After"] == "'1'"
    assert headers["gatewayresponse.header.Content-Type"] == "'application/problem+json'"
    assert json.loads(response["ResponseTemplates"]["application/json"])["status"] == 429


def test_nothing_of_the_pages_api_answers_without_a_signed_in_user(any_cloud: Cloud) -> None:
    methods = any_cloud.of("AWS::ApiGateway::Method", "Api")
    assert methods
    for method in methods:
        assert method.properties["AuthorizationType"] == "COGNITO_USER_POOLS", method.path
        assert "AuthorizerId" in method.properties


def test_users_are_made_by_administrators_and_choose_strong_passwords(any_cloud: Cloud) -> None:
    pool = any_cloud.one("AWS::Cognito::UserPool").properties
    assert pool["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is True
    policy = pool["Policies"]["PasswordPolicy"]
    assert policy["MinimumLength"] >= 12
    assert all(policy[f"Require{kind}"] for kind in ("Lowercase", "Uppercase", "Numbers", "Symbols"))
    assert pool["MfaConfiguration"] == "OPTIONAL"
    assert pool["EnabledMfas"] == ["SOFTWARE_TOKEN_MFA"]


def test_the_page_is_a_public_client_whose_tokens_can_be_revoked(any_cloud: Cloud) -> None:
    client = any_cloud.one("AWS::Cognito::UserPoolClient").properties
    assert client["GenerateSecret"] is False
    assert client["EnableTokenRevocation"] is True
    assert client["PreventUserExistenceErrors"] == "ENABLED"
    assert set(client["ExplicitAuthFlows"]) == {
        "ALLOW_USER_PASSWORD_AUTH",
        "ALLOW_USER_SRP_AUTH",
        "ALLOW_REFRESH_TOKEN_AUTH",
    }


@pytest.mark.parametrize(("stack", "stage"), [("Ingest", "v1"), ("Api", "api")])
def test_a_stages_name_is_the_first_segment_of_its_path(any_cloud: Cloud, stack: str, stage: str) -> None:
    assert any_cloud.one("AWS::ApiGateway::Stage", stack).properties["StageName"] == stage


def test_the_live_api_has_its_three_routes(any_cloud: Cloud) -> None:
    routes = {route.properties["RouteKey"] for route in any_cloud.of("AWS::ApiGatewayV2::Route")}
    assert routes == {"$connect", "$disconnect", "$default"}
    assert any_cloud.one("AWS::ApiGatewayV2::Stage").properties["StageName"] == "live"


def test_the_one_time_ticket_never_reaches_a_log(cloud: Cloud) -> None:
    settings = cloud.one("AWS::ApiGatewayV2::Stage").properties["AccessLogSettings"]
    assert "$context.path" not in settings["Format"]
    assert "queryString" not in settings["Format"]


def test_prods_apis_stand_behind_web_acls(prod: Cloud) -> None:
    guarded = {association.stack for association in prod.of("AWS::WAFv2::WebACLAssociation")}
    assert guarded == {"Ingest", "Api"}
    for acl in prod.of("AWS::WAFv2::WebACL"):
        rates = [rule for rule in acl.properties["Rules"] if rule["Name"] in ("per-address", "per-person")]
        assert len(rates) == 2
        for rule in rates:
            answer = rule["Action"]["Block"]["CustomResponse"]
            assert answer["ResponseCode"] == 429
            assert answer["ResponseHeaders"][0]["Name"] == "Retry-After"


def test_one_role_writes_the_logs_of_every_api_in_the_account(cloud: Cloud) -> None:
    assert cloud.one("AWS::ApiGateway::Account").stack == "Ingest"
