class SageMakerError(Exception):
    """An error as the API answers it: a code, a message, an HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


def not_found(what: str, name: str) -> SageMakerError:
    return SageMakerError("ValidationException", f'Could not find {what} "{name}".')
