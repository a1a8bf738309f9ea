"""What can go wrong in the domain's own words; `runtime/problems.py` maps each to one HTTP status."""


class WattWardenError(Exception):
    """Base of every error a use case raises on purpose."""


class NotFoundError(WattWardenError):
    """The thing named does not exist, or the caller may not know that it does."""


class ForbiddenError(WattWardenError):
    """The caller is known, but may not do this."""


class InvalidError(WattWardenError):
    """The request is well-formed but makes no sense here."""


class ConflictError(WattWardenError):
    """Somebody else changed the thing first; load it again and retry."""


class UnavailableError(WattWardenError):
    """Something outside did not answer; the same call may succeed later."""


class BusyError(UnavailableError):
    """Something outside takes no more for now; the same call will succeed after a short wait."""
