"""What a stage would deploy, as plain data to ask questions of."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from aws_cdk import App
from aws_cdk.cx_api import CloudFormationStackArtifact

from cdk.app import FLAGS, build
from cdk.config import StageConfig

ENVIRON = {"CDK_DEFAULT_REGION": "eu-west-1", "ADMIN_EMAIL": "a@b.example", "ALARM_EMAIL": "ops@b.example"}
WITHOUT_DATABASE = {"archive_telemetry"}
"""The archive goes on while the database is away."""
PATHS = {"aws:cdk:enable-path-metadata": True}


@dataclass(frozen=True)
class Resource:
    stack: str
    """The part: Data, Ingest, ..."""
    name: str
    kind: str
    path: str
    """Where CDK made it, such as `WattWarden-dev-Api/api/Resource`."""
    properties: dict[str, Any]
    deletion: str
    text: str


@dataclass(frozen=True)
class Cloud:
    stage: str
    config: StageConfig
    resources: tuple[Resource, ...]
    outputs: dict[str, dict[str, Any]]
    """By part, then by output name."""
    exports: dict[str, tuple[str, Any]]
    """What a stack lets others import: the part, and the value there."""
    waits_for: dict[str, set[str]]
    """By part, the parts that are deployed before it, directly or not."""
    findings: list[dict[str, Any]] | None
    """Reports of security checks that found something; None if none ran."""

    def of(self, kind: str, stack: str | None = None) -> list[Resource]:
        return [r for r in self.resources if r.kind == kind and stack in (None, r.stack)]

    def one(self, kind: str, stack: str | None = None) -> Resource:
        (only,) = self.of(kind, stack)
        return only

    def meant(self, stack: str, value: Any) -> Resource | None:
        """The resource that a value in this stack's template is the name, the address or an attribute of."""
        match value:
            case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), _]}:
                return self._named.get((stack, name))
            case {"Fn::ImportValue": str(name)}:
                return self.meant(*self.exports[name])
        return None

    def all_meant(self, stack: str, value: Any) -> list[Resource]:
        """Every resource that a value names anywhere inside it."""
        if found := self.meant(stack, value):
            return [found]
        match value:
            case dict():
                return [found for part in value.values() for found in self.all_meant(stack, part)]
            case list():
                return [found for part in value for found in self.all_meant(stack, part)]
        return []

    def spelt(self, stack: str, value: Any) -> str:
        """A value of this stack's template as text, each reference as the type of what it refers to."""
        match value:
            case str():
                return value
            case {"Fn::Join": [str(separator), list(parts)]}:
                return separator.join(self.spelt(stack, part) for part in parts)
            case {"Fn::ImportValue": str(name)}:
                return self.spelt(*self.exports[name])
        found = self.meant(stack, value)
        return f"<{found.kind}>" if found else f"<{next(iter(value.values()))}>"

    @cached_property
    def _named(self) -> dict[tuple[str, str], Resource]:
        return {(resource.stack, resource.name): resource for resource in self.resources}

    def functions(self) -> dict[str, Resource]:
        """Our functions by service name; CDK's own helpers are left out."""
        found: dict[str, Resource] = {}
        for function in self.of("AWS::Lambda::Function"):
            name = function.properties.get("Environment", {}).get("Variables", {}).get("POWERTOOLS_SERVICE_NAME")
            if name:
                assert name not in found, f"{name} is deployed twice"
                found[name] = function
        return found

    def statements(self, role: str, stack: str) -> Iterator[dict[str, Any]]:
        """What the policies attached to a role of this stack say."""
        for policy in self.of("AWS::IAM::Policy", stack):
            if {"Ref": role} in policy.properties["Roles"]:
                yield from policy.properties["PolicyDocument"]["Statement"]


def synthesize(stage: str, folder: Path, **environ: str) -> Cloud:
    """The stage's templates; third-party layers and the page are left out, which need a network and a build."""
    app = App(outdir=str(folder), context={**FLAGS, **PATHS, "stage": stage, "bundle": "false"})
    config = build(app, ENVIRON | environ)
    assembly = app.synth()
    resources: list[Resource] = []
    outputs: dict[str, dict[str, Any]] = {}
    exports: dict[str, tuple[str, Any]] = {}
    for artifact in assembly.stacks:
        part = _part(artifact)
        template = json.loads(Path(artifact.template_full_path).read_text())
        outputs[part] = {name: output["Value"] for name, output in template.get("Outputs", {}).items()}
        for output in template.get("Outputs", {}).values():
            if "Export" in output:
                exports[output["Export"]["Name"]] = (part, output["Value"])
        resources += [
            Resource(
                stack=part,
                name=name,
                kind=body["Type"],
                path=body.get("Metadata", {}).get("aws:cdk:path", ""),
                properties=body.get("Properties", {}),
                deletion=body.get("DeletionPolicy", "Delete"),
                text=json.dumps(body),
            )
            for name, body in template["Resources"].items()
        ]
    report = folder / "validation-report.json"
    return Cloud(
        stage=stage,
        config=config,
        resources=tuple(resources),
        outputs=outputs,
        exports=exports,
        waits_for={_part(artifact): {_part(other) for other in _before(artifact)} for artifact in assembly.stacks},
        findings=json.loads(report.read_text())["pluginReports"] if report.exists() else None,
    )


def _part(artifact: CloudFormationStackArtifact) -> str:
    return artifact.stack_name.rsplit("-", 1)[1]


def _before(artifact: CloudFormationStackArtifact) -> Iterator[CloudFormationStackArtifact]:
    for other in artifact.dependencies:
        if isinstance(other, CloudFormationStackArtifact):
            yield other
            yield from _before(other)


def listed(value: str | list[Any] | dict[str, Any]) -> list[Any]:
    """CloudFormation's one-or-many as many."""
    return value if isinstance(value, list) else [value]
