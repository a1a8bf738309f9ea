"""The CDK app onto the laptop cloud: synthesize, deploy, and what a deployer does afterwards."""

import json
import secrets
import string
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import botocore.exceptions

from local import aws
from local.postgres import Database
from tools.cloud import REGION, REPOSITORY, State, write_atomically
from tools.stamps import Stamp, fingerprint
from tools.steps import StepFailedError, run_logged

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient

ACCOUNT = "000000000000"
STAGE = "local"
ADMIN_EMAIL = "admin@wattwarden.example"
SOURCES = ("cdk", "functions", "layers", "detector", "statemachines", "cdk.json", "requirements/dev.txt")
DEPLOYED = ("CREATE_COMPLETE", "UPDATE_COMPLETE")
ASSETS = f"cdk-hnb659fds-assets-{ACCOUNT}-{REGION}"
"""Where `cdk bootstrap` has the assets of a deployment lie."""
CDK = str(REPOSITORY / "node_modules" / ".bin" / "cdk")


def weather_url(state: State) -> str:
    return f"http://127.0.0.1:{state.weather_port}/v1/forecast"


def synthesize(state: State) -> str | None:
    """Write the cloud assembly, when anything it is made from changed."""
    facts = _facts(state)
    wanted = fingerprint(SOURCES, facts)
    stamp = Stamp(state.stamps / "assembly")
    if stamp.is_fresh(wanted) and (state.assembly / "manifest.json").exists():
        return "unchanged"
    environment = facts | {"CDK_OUTDIR": str(state.assembly), "CDK_CONTEXT_JSON": json.dumps({"stage": STAGE})}
    run_logged([sys.executable, "-m", "cdk.app"], state.logs / "synth.log", REPOSITORY, _credentials() | environment)
    stamp.set(wanted)
    return None


def deploy(state: State) -> str | None:
    """Deploy all stacks, unless this assembly is what MiniStack still has."""
    stamp = Stamp(state.stamps / "deployed")
    wanted = Stamp(state.stamps / "assembly").file.read_text()
    if stamp.is_fresh(wanted) and _all_stacks_stand(state):
        return "unchanged"
    stamp.clear()
    environment = _credentials() | {"AWS_ENDPOINT_URL": state.aws_endpoint_url}
    with tempfile.TemporaryDirectory() as empty:  # a folder with a cdk.json would run the app again
        command = [CDK, "bootstrap", f"aws://{ACCOUNT}/{REGION}", "--no-notices"]
        run_logged(command, state.logs / "bootstrap.log", Path(empty), environment)
    # It refuses plain HTTP, which is all that is spoken here, and a function reads the detector's code from it.
    storage: S3Client = aws.client("s3", state.aws_endpoint_url)
    storage.delete_bucket_policy(Bucket=ASSETS)
    command = [
        *(CDK, "deploy", "--all", "--app", str(state.assembly), "--method", "direct", "--no-notices"),
        *("--require-approval", "never", "--concurrency", "4"),
    ]
    run_logged(command, state.logs / "deploy.log", REPOSITORY, environment)
    stamp.set(wanted)
    return None


def outputs(state: State) -> dict[str, str]:
    """The outputs of all our stacks, merged."""
    cloudformation: CloudFormationClient = aws.client("cloudformation", state.aws_endpoint_url)
    found: dict[str, str] = {}
    for page in cloudformation.get_paginator("describe_stacks").paginate():
        for stack in page["Stacks"]:
            if stack["StackName"] in _stacks(state):
                found |= {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
    return found


def write_database_secret(state: State, secret_arn: str, database: Database) -> str | None:
    """Tell the functions where the database is, as RDS would."""
    manager: SecretsManagerClient = aws.client("secretsmanager", state.aws_endpoint_url)
    wanted = database.as_secret()
    if _loads(manager.get_secret_value(SecretId=secret_arn)["SecretString"]) == wanted:
        return "unchanged"
    manager.put_secret_value(SecretId=secret_arn, SecretString=json.dumps(wanted))
    return None


def invoke(state: State, function: str) -> None:
    """Run a function once, as an operator would.

    Raises:
        StepFailedError: it failed; with what it says.
    """
    functions: LambdaClient = aws.client("lambda", state.aws_endpoint_url, read_timeout=660)
    answer = functions.invoke(FunctionName=function, Payload=b"{}")
    if "FunctionError" in answer:
        log = state.logs / "ministack.log"
        raise StepFailedError(f"{function} failed: {answer['Payload'].read().decode()[:2000]}", log)


def ensure_admin(state: State, user_pool: str) -> dict[str, str]:
    """The admin's sign-in; made on first use, kept in the state folder."""
    file = state.folder / "admin.json"
    admin: dict[str, str] = _loads(file.read_text()) if file.exists() else {}
    if not admin:
        admin = {"email": ADMIN_EMAIL, "password": _password()}
        write_atomically(file, json.dumps(admin), mode=0o600)
    cognito: CognitoIdentityProviderClient = aws.client("cognito-idp", state.aws_endpoint_url)
    try:
        cognito.admin_get_user(UserPoolId=user_pool, Username=admin["email"])
    except cognito.exceptions.UserNotFoundException:
        cognito.admin_create_user(
            UserPoolId=user_pool,
            Username=admin["email"],
            UserAttributes=[
                {"Name": "email", "Value": admin["email"]},
                {"Name": "email_verified", "Value": "true"},
            ],
            MessageAction="SUPPRESS",
        )
        cognito.admin_set_user_password(
            UserPoolId=user_pool, Username=admin["email"], Password=admin["password"], Permanent=True
        )
    return admin


def _facts(state: State) -> dict[str, str]:
    """What the assembly depends on besides files."""
    return {
        "AWS_ENDPOINT_URL": state.aws_endpoint_url,
        "WEATHER_URL": weather_url(state),
        "ADMIN_EMAIL": ADMIN_EMAIL,
    }


def _credentials() -> dict[str, str]:
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    return keys | {"AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION, "AWS_PROFILE": "", "AWS_SESSION_TOKEN": ""}


def _stacks(state: State) -> set[str]:
    manifest = _loads((state.assembly / "manifest.json").read_text())
    artifacts: dict[str, Any] = manifest["artifacts"]
    kind = "aws:cloudformation:stack"
    return {a.get("displayName", name) for name, a in artifacts.items() if a["type"] == kind}


def _all_stacks_stand(state: State) -> bool:
    cloudformation: CloudFormationClient = aws.client("cloudformation", state.aws_endpoint_url)
    try:
        pages = cloudformation.get_paginator("describe_stacks").paginate()
        stacks = [stack for page in pages for stack in page["Stacks"]]
    except botocore.exceptions.ClientError:
        return False
    return _stacks(state) <= {stack["StackName"] for stack in stacks if stack["StackStatus"] in DEPLOYED}


def _password() -> str:
    """Sixteen random characters of every kind that the user pool demands."""
    kinds = (string.ascii_lowercase, string.ascii_uppercase, string.digits, "-_.!")
    letters = [secrets.choice(kind) for kind in kinds]
    letters += [secrets.choice("".join(kinds)) for _ in range(12)]
    secrets.SystemRandom().shuffle(letters)
    return "".join(letters)


def _loads(text: str) -> Any:  # noqa: ANN401 - any JSON
    return json.loads(text)
