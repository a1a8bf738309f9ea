"""MiniStack, with what the laptop cloud adds to it from outside. Run as `python -m local.emulator`.

MiniStack has no public extension points; each module here says which of its internals it replaces and why, and
`require` stops the start with a clear message when a new version no longer has them.
"""

from types import ModuleType


def require(module: ModuleType, *names: str) -> None:
    """Stop unless `module` still has the attributes that are about to be replaced."""
    missing = [name for name in names if not hasattr(module, name)]
    if missing:
        raise SystemExit(f"{module.__name__} no longer has {', '.join(missing)}: pin ministack==1.5.33")
