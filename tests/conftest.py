"""What every test may count on: the environment a function has in AWS, and no AWS behind it."""

import os

os.environ.setdefault("POWERTOOLS_METRICS_NAMESPACE", "WattWarden")
os.environ.setdefault("POWERTOOLS_SERVICE_NAME", "tests")
os.environ.setdefault("AWS_DEFAULT_REGION", "eu-west-1")
