"""The training corpus: made by the simulator at synthesis, put into a bucket at deployment."""

import subprocess
import sys

from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_deployment as deployment
from constructs import Construct

from cdk.config import ROOT, StageConfig

FOLDER = ROOT / "build" / "corpora"
COPIER_MIB = 512
"""The corpus has 15 MB; the function that copies it holds it once, beside the AWS command."""


class Corpus(Construct):
    """Puts the corpus under a prefix and leaves alone what else lies there.

    The same simulator makes the same bytes, so an unchanged one is neither made nor sent again.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, config: StageConfig, bucket: s3.IBucket, prefix: str
    ) -> None:
        super().__init__(scope, construct_id)
        deployment.BucketDeployment(
            self,
            "Copy",
            destination_bucket=bucket,
            destination_key_prefix=prefix,
            sources=[self._source()],
            prune=False,
            memory_limit=COPIER_MIB,
            log_group=logs.LogGroup(self, "Logs", retention=config.log_retention, removal_policy=config.removal),
        )

    def _source(self) -> deployment.ISource:
        if self.node.try_get_context("bundle") == "false":
            return deployment.Source.data("corpus.parquet", "")
        made = subprocess.run(
            [sys.executable, "-m", "simulator", str(FOLDER)], cwd=ROOT, check=True, text=True, stdout=subprocess.PIPE
        )
        return deployment.Source.asset(made.stdout.strip())
