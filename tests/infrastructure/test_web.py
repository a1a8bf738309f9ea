import json
import subprocess

import pytest

from cdk.stacks.web import OPEN_THE_APP
from tests.infrastructure.clouds import Cloud


def opened(path: str) -> str:
    """The path CloudFront's function makes of a viewer's."""
    script = f"{OPEN_THE_APP}; console.log(handler({{request: {{uri: {json.dumps(path)}}}}}).uri)"
    return subprocess.run(["node", "-e", script], capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize("path", ["/", "/rooms", "/rooms/12", "/hostels/3/alerts"])
def test_a_page_of_the_app_opens_the_app(path: str) -> None:
    assert opened(path) == "/index.html"


@pytest.mark.parametrize("path", ["/config.json", "/assets/index-1a2b.js", "/assets/gone.js", "/favicon.svg"])
def test_a_file_is_that_file_or_missing(path: str) -> None:
    assert opened(path) == path


def test_apis_never_answer_with_the_page(cloud: Cloud) -> None:
    edge = cloud.one("AWS::CloudFront::Distribution").properties["DistributionConfig"]
    assert "CustomErrorResponses" not in edge
    assert edge["DefaultCacheBehavior"]["FunctionAssociations"]
    behaviours = {behaviour["PathPattern"]: behaviour for behaviour in edge["CacheBehaviors"]}
    assert set(behaviours) == {"/api/*", "/v1/*", "/live"}
    for behaviour in behaviours.values():
        assert "FunctionAssociations" not in behaviour
        assert behaviour["ViewerProtocolPolicy"] == "https-only"
        assert behaviour["CachePolicyId"] == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"  # CachingDisabled


def test_the_content_policy_has_no_exceptions(cloud: Cloud) -> None:
    headers = cloud.one("AWS::CloudFront::ResponseHeadersPolicy").properties["ResponseHeadersPolicyConfig"]
    security = headers["SecurityHeadersConfig"]
    policy = json.dumps(security["ContentSecurityPolicy"])
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "https: " not in policy
    assert security["StrictTransportSecurity"]["AccessControlMaxAgeSec"] >= 365 * 24 * 3600
    assert security["FrameOptions"]["FrameOption"] == "DENY"


def test_only_cloudfront_reads_the_site(cloud: Cloud) -> None:
    (policy,) = cloud.of("AWS::S3::BucketPolicy", "Web")
    reads = [s for s in policy.properties["PolicyDocument"]["Statement"] if s["Effect"] == "Allow"]
    services = {s["Principal"].get("Service") for s in reads if "s3:GetObject" in s["Action"]}
    assert services == {"cloudfront.amazonaws.com"}


def test_the_page_learns_where_to_sign_in(cloud: Cloud) -> None:
    pages = [d for d in cloud.of("Custom::CDKBucketDeployment", "Web") if "/Pages/" in d.path]
    (deployment,) = pages
    assert "UserPool" in deployment.text or "Users" in deployment.text
