"""The page: a private bucket behind CloudFront, which also forwards to the three APIs under one origin."""

import json

from aws_cdk import Duration
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_deployment as deployment
from constructs import Construct

from cdk.config import ROOT, StageConfig
from cdk.constructs.nag import acknowledge
from cdk.stacks.alerts import AlertsStack
from cdk.stacks.api import ApiStack
from cdk.stacks.base import StageStack, acknowledge_copying
from cdk.stacks.data import DataStack
from cdk.stacks.ingest import IngestStack

DIST = ROOT / "frontend/dist"
# A path without a file name is a page of the app. Nothing else becomes index.html: a missing file stays a 404.
OPEN_THE_APP = """
function handler(event) {
  var request = event.request;
  var last = request.uri.slice(request.uri.lastIndexOf('/') + 1);
  if (!last.includes('.')) request.uri = '/index.html';
  return request;
}
"""


class WebStack(StageStack):
    def __init__(
        self,
        scope: Construct,
        *,
        config: StageConfig,
        data: DataStack,
        ingest: IngestStack,
        alerts: AlertsStack,
        api: ApiStack,
    ) -> None:
        super().__init__(scope, "Web", config=config)
        if data.access_logs is None:
            raise ValueError(f"stage {config.name} has a page but no bucket for its access logs")
        self._access_logs = data.access_logs
        self.site = self._site()
        self.headers = self._headers(data.uploads)
        self.distribution = self._distribution(ingest, alerts, api)
        self._publish(api)
        self.outputs(
            {"SiteBucket": self.site.bucket_name, "SiteUrl": f"https://{self.distribution.distribution_domain_name}"}
        )

    def _site(self) -> s3.Bucket:
        return s3.Bucket(
            self,
            "Site",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            versioned=True,
            lifecycle_rules=[s3.LifecycleRule(noncurrent_version_expiration=Duration.days(30))],
            server_access_logs_bucket=self._access_logs,
            server_access_logs_prefix="s3/site/",
            removal_policy=self.config.removal,
        )

    def _headers(self, uploads: s3.Bucket) -> cloudfront.ResponseHeadersPolicy:
        """A strict content policy: own scripts and styles only, calls to itself, sign-in and presigned uploads."""
        connect = [
            "'self'",
            f"https://cognito-idp.{self.region}.amazonaws.com",
            f"https://{uploads.bucket_regional_domain_name}",
        ]
        policy = {
            "default-src": "'none'",
            "script-src": "'self'",
            "style-src": "'self'",
            "img-src": "'self' data: blob:",
            "font-src": "'self'",
            "connect-src": " ".join(connect),
            "worker-src": "'self'",
            "manifest-src": "'self'",
            "base-uri": "'none'",
            "form-action": "'self'",
            "frame-ancestors": "'none'",
        }
        return cloudfront.ResponseHeadersPolicy(
            self,
            "Headers",
            security_headers_behavior=cloudfront.ResponseSecurityHeadersBehavior(
                content_security_policy=cloudfront.ResponseHeadersContentSecurityPolicy(
                    content_security_policy="; ".join(f"{name} {sources}" for name, sources in policy.items()),
                    override=True,
                ),
                strict_transport_security=cloudfront.ResponseHeadersStrictTransportSecurity(
                    access_control_max_age=Duration.days(730), include_subdomains=True, override=True
                ),
                content_type_options=cloudfront.ResponseHeadersContentTypeOptions(override=True),
                frame_options=cloudfront.ResponseHeadersFrameOptions(
                    frame_option=cloudfront.HeadersFrameOption.DENY, override=True
                ),
                referrer_policy=cloudfront.ResponseHeadersReferrerPolicy(
                    referrer_policy=cloudfront.HeadersReferrerPolicy.NO_REFERRER, override=True
                ),
            ),
            custom_headers_behavior=cloudfront.ResponseCustomHeadersBehavior(
                custom_headers=[
                    cloudfront.ResponseCustomHeader(
                        header="Permissions-Policy", value="camera=(), geolocation=(), microphone=()", override=True
                    )
                ]
            ),
        )

    def _distribution(self, ingest: IngestStack, alerts: AlertsStack, api: ApiStack) -> cloudfront.Distribution:
        open_the_app = cloudfront.Function(
            self,
            "OpenTheApp",
            code=cloudfront.FunctionCode.from_inline(OPEN_THE_APP),
            runtime=cloudfront.FunctionRuntime.JS_2_0,
            comment="Pages of the app are index.html",
        )
        distribution = cloudfront.Distribution(
            self,
            "Edge",
            comment=f"WattWarden {self.config.name}",
            default_root_object="index.html",
            http_version=cloudfront.HttpVersion.HTTP2_AND_3,
            price_class=cloudfront.PriceClass.PRICE_CLASS_200,
            enable_logging=True,
            log_bucket=self._access_logs,
            log_file_prefix="cloudfront/",
            default_behavior=cloudfront.BehaviorOptions(
                origin=origins.S3BucketOrigin.with_origin_access_control(self.site),
                viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
                response_headers_policy=self.headers,
                compress=True,
                function_associations=[
                    cloudfront.FunctionAssociation(
                        function=open_the_app, event_type=cloudfront.FunctionEventType.VIEWER_REQUEST
                    )
                ],
            ),
            additional_behaviors={
                "/api/*": self._forward(api.api.rest_api_id),
                "/v1/*": self._forward(ingest.api.rest_api_id),
                "/live": self._forward(alerts.live_api.api_id),
            },
        )
        acknowledge(distribution, "A campus's people travel", "AwsSolutions-CFR1")
        acknowledge(
            distribution,
            "Web ACLs guard the APIs in their own region; what CloudFront serves itself is public",
            "AwsSolutions-CFR2",
        )
        acknowledge(distribution, "CloudFront's own certificate allows no other choice", "AwsSolutions-CFR4")
        return distribution

    def _forward(self, api_id: str) -> cloudfront.BehaviorOptions:
        """To an API of this region, unchanged and uncached; its stage is the path's first segment."""
        return cloudfront.BehaviorOptions(
            origin=origins.HttpOrigin(
                f"{api_id}.execute-api.{self.region}.{self.url_suffix}",
                protocol_policy=cloudfront.OriginProtocolPolicy.HTTPS_ONLY,
            ),
            allowed_methods=cloudfront.AllowedMethods.ALLOW_ALL,
            cache_policy=cloudfront.CachePolicy.CACHING_DISABLED,
            origin_request_policy=cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
            viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
            response_headers_policy=self.headers,
        )

    def _publish(self, api: ApiStack) -> None:
        """The built page; names with a hash in them for ever, everything else never without asking."""
        page = self._page()
        settings = {
            "stage": self.config.name,
            "region": self.region,
            "userPoolId": api.users.user_pool_id,
            "userPoolClientId": api.client.user_pool_client_id,
            "cognitoEndpoint": f"https://cognito-idp.{self.region}.amazonaws.com",
        }
        hashed = deployment.BucketDeployment(
            self,
            "Assets",
            destination_bucket=self.site,
            sources=[page],
            exclude=["*"],
            include=["assets/*"],
            cache_control=[deployment.CacheControl.from_string("public, max-age=31536000, immutable")],
            prune=False,
        )
        pages = deployment.BucketDeployment(
            self,
            "Pages",
            destination_bucket=self.site,
            sources=[
                page,
                deployment.Source.data("config.json", json.dumps(settings)),
            ],
            exclude=["assets/*"],
            cache_control=[deployment.CacheControl.from_string("no-cache")],
            prune=False,
            distribution=self.distribution,
            distribution_paths=["/*"],
        )
        acknowledge_copying(self, self.site)
        pages.node.add_dependency(hashed)  # a page must never name a file that is not there yet

    def _page(self) -> deployment.ISource:
        if self.node.try_get_context("bundle") == "false":
            return deployment.Source.data("index.html", "")
        if not DIST.is_dir():
            raise FileNotFoundError("frontend/dist is missing: build the page first (npm run build in frontend/)")
        return deployment.Source.asset(str(DIST))
