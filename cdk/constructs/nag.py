"""Acknowledging findings of the security checks, each with its reason."""

from aws_cdk import Acknowledgment, Validations
from constructs import IConstruct


def acknowledge(scope: IConstruct, reason: str, *rules: str) -> None:
    """Accept `rules` (such as `AwsSolutions-L1`, or `AwsSolutions-IAM5[Resource::*]`) in `scope` and all it holds."""
    Validations.of(scope).acknowledge(*(Acknowledgment(id=rule, reason=reason) for rule in rules))
