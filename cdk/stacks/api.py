"""What the page talks to: who signs in, and the one HTTP function behind it."""

from aws_cdk import Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cognito as cognito
from constructs import Construct

from cdk.config import StageConfig
from cdk.constructs.nag import acknowledge
from cdk.constructs.python_function import PythonFunction
from cdk.constructs.rest_api import rest_api
from cdk.stacks.alerts import AlertsStack
from cdk.stacks.base import ServiceStack, allow, allow_named, allow_objects
from cdk.stacks.data import DataStack
from cdk.stacks.ingest import RESULTS, UPLOADS, IngestStack

APP_STAGE = "api"


class ApiStack(ServiceStack):
    def __init__(
        self, scope: Construct, *, config: StageConfig, data: DataStack, ingest: IngestStack, alerts: AlertsStack
    ) -> None:
        super().__init__(scope, "Api", config=config, data=data)
        self.users = self._users()
        self.client = self._client()
        self.handler = self._handler(ingest, alerts)
        self.api = self._rest()
        self.outputs(
            {
                "AppApiId": self.api.rest_api_id,
                "AppApiUrl": self.api.url,
                "UserPoolId": self.users.user_pool_id,
                "UserPoolClientId": self.client.user_pool_client_id,
            }
        )

    def _users(self) -> cognito.UserPool:
        protect = self.config.threat_protection
        pool = cognito.UserPool(
            self,
            "Users",
            self_sign_up_enabled=False,
            sign_in_aliases=cognito.SignInAliases(email=True),
            sign_in_case_sensitive=False,
            auto_verify=cognito.AutoVerifiedAttrs(email=True),
            password_policy=cognito.PasswordPolicy(
                min_length=12,
                require_lowercase=True,
                require_uppercase=True,
                require_digits=True,
                require_symbols=True,
                temp_password_validity=Duration.days(3),
            ),
            mfa=cognito.Mfa.OPTIONAL,
            mfa_second_factor=cognito.MfaSecondFactor(otp=True, sms=False),
            account_recovery=cognito.AccountRecovery.EMAIL_ONLY,
            feature_plan=cognito.FeaturePlan.PLUS if protect else cognito.FeaturePlan.ESSENTIALS,
            standard_threat_protection_mode=(cognito.StandardThreatProtectionMode.FULL_FUNCTION if protect else None),
            deletion_protection=self.config.retained,
            removal_policy=self.config.removal,
        )
        acknowledge(pool, "Wardens may sign in on a shared phone; each may add an authenticator", "AwsSolutions-COG2")
        if not protect:
            acknowledge(pool, "Threat protection is paid per user, and for real users", "AwsSolutions-COG3",
                        "AwsSolutions-COG8")  # fmt: skip
        return pool

    def _client(self) -> cognito.UserPoolClient:
        """The single-page app: no secret, the password itself or SRP, refresh tokens that can be revoked."""
        return self.users.add_client(
            "Page",
            generate_secret=False,
            auth_flows=cognito.AuthFlow(user_password=True, user_srp=True),
            disable_o_auth=True,
            prevent_user_existence_errors=True,
            enable_token_revocation=True,
            id_token_validity=Duration.minutes(60),
            access_token_validity=Duration.minutes(60),
            refresh_token_validity=Duration.days(30),
        )

    def _handler(self, ingest: IngestStack, alerts: AlertsStack) -> PythonFunction:
        uploads = self.data.uploads
        function = self.function(
            "api",
            environment=ingest.put_environment
            | {
                "UPLOAD_BUCKET": uploads.bucket_name,
                "USER_POOL_ID": self.users.user_pool_id,
                "ALERT_TOPIC_ARN": alerts.topic.topic_arn,
                "INGEST_USAGE_PLAN_ID": ingest.usage_plan.usage_plan_id,
            },
            memory_mib=1024,
        )
        ingest.allow_put(function)
        # Presigned addresses carry the right of whoever signs them.
        allow_objects(function.own_role, ["s3:PutObject"], uploads, UPLOADS)
        allow_objects(function.own_role, ["s3:GetObject"], uploads, RESULTS)
        if self.data.key:
            allow(function, ["kms:Decrypt", "kms:GenerateDataKey"], [self.data.key.key_arn])
        allow(function, ["cognito-idp:AdminCreateUser", "cognito-idp:AdminGetUser"], [self.users.user_pool_arn])
        self._allow_subscribing(function, alerts.topic.topic_arn)
        self._allow_keys(function, ingest.usage_plan.usage_plan_id)
        return function

    def _allow_subscribing(self, function: PythonFunction, topic_arn: str) -> None:
        allow(function, ["sns:Subscribe", "sns:ListSubscriptionsByTopic"], [topic_arn])
        allow_named(
            function.own_role,
            ["sns:GetSubscriptionAttributes", "sns:SetSubscriptionAttributes"],
            "*",
            "What is asked about a subscription takes neither a resource nor a condition",
        )

    def _allow_keys(self, function: PythonFunction, usage_plan_id: str) -> None:
        """Give a gateway a key of the ingest API, and take it back."""
        root = f"arn:{self.partition}:apigateway:{self.region}::"
        allow(function, ["apigateway:POST"], [f"{root}/apikeys", f"{root}/usageplans/{usage_plan_id}/keys"])
        allow_named(
            function.own_role,
            ["apigateway:DELETE"],
            f"{root}/apikeys/*",
            "API Gateway chooses a key's id when it makes the key",
        )

    def _rest(self) -> apigateway.RestApi:
        api = rest_api(self, "App", config=self.config, name="wattwarden-app", stage=APP_STAGE)
        authorizer = apigateway.CognitoUserPoolsAuthorizer(
            self, "SignedIn", cognito_user_pools=[self.users], results_cache_ttl=Duration.minutes(5)
        )
        # Not add_proxy: mounted at the root, that also opens the root itself, without the authorizer.
        api.root.add_resource("{proxy+}").add_method(
            "ANY",
            apigateway.LambdaIntegration(self.handler, allow_test_invoke=False),
            authorizer=authorizer,
            authorization_type=apigateway.AuthorizationType.COGNITO,
        )
        return api
