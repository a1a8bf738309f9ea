"""The response headers that CloudFront adds in AWS (cdk/stacks/web.py), for plain HTTP on this machine."""

type Headers = dict[str, str]


def security_headers(aws_endpoint_url: str) -> Headers:
    """As in AWS, without HSTS (there is no TLS here); presigned uploads go to `aws_endpoint_url`."""
    policy = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data: blob:",
        "font-src": "'self'",
        "connect-src": f"'self' {aws_endpoint_url}",
        "worker-src": "'self'",
        "manifest-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    return {
        "content-security-policy": "; ".join(f"{name} {sources}" for name, sources in policy.items()),
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "no-referrer",
        "permissions-policy": "camera=(), geolocation=(), microphone=()",
    }
