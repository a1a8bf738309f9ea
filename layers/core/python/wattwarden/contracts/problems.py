"""RFC 9457 problem documents, as every refusal of the app API answers."""

from wattwarden.contracts.fields import Contract


class FieldProblem(Contract):
    """One thing wrong with the request. `field` is a path such as body.rooms.3.name or query.limit."""

    field: str
    detail: str


class Problem(Contract):
    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldProblem] | None = None
