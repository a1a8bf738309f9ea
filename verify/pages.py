"""Pages that figures are put into: docs/<name>.md from docs/templates/<name>.md.j2."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from tools.cloud import REPOSITORY

DOCS = REPOSITORY / "docs"


def render(name: str, **values: object) -> str:
    return _templates.get_template(f"{name}.md.j2").render(values)


def write(name: str, **values: object) -> Path:
    page = DOCS / f"{name}.md"
    page.write_text(render(name, **values))
    return page


def _number(value: float | None, digits: int = 0) -> str:
    return "" if value is None else f"{value:,.{digits}f}"


def _figure(value: object) -> str:
    if isinstance(value, float):
        return _number(value, 1)
    if isinstance(value, int):
        return _number(value)
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_figure(part)}" for name, part in value.items()) or "none"
    return str(value)


_templates = Environment(
    loader=FileSystemLoader(DOCS / "templates"),
    autoescape=select_autoescape(),  # of HTML, which no page here is
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_templates.filters |= {
    "number": _number,
    "figure": _figure,
    "words": lambda name: name.replace("_", " "),
    "in_a_line": lambda text: " ".join(text.split()),
}
