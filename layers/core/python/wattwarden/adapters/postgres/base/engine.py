"""Connections to PostgreSQL, and what its errors mean to a use case."""

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Protocol

import pg8000.dbapi
from sqlalchemy import Connection, ExceptionContext, create_engine, event
from sqlalchemy import Engine as Engine  # noqa: PLC0414 - who hands one on need not know SQL
from sqlalchemy.exc import DBAPIError

from wattwarden.domain.errors import ConflictError, UnavailableError

_KEY_EXISTS = "23505"
_LOST_AGAINST_ANOTHER = {"40001", "40P01"}  # serialization failure, deadlock
_BAD_PASSWORD = {"28P01", "28000"}
_SERVER_AWAY = {"57P01", "57P02", "57P03", "53300"}  # shut down, crashed, starting up, too many connections
_TOO_SLOW = {"57014"}
_CONNECT_TIMEOUT_S = 2
_SOCKET_MARGIN_S = 10


class Secret(Protocol):
    def __call__(self, *, refresh: bool = False) -> Mapping[str, Any]: ...


class _Connection(pg8000.dbapi.Connection):  # type: ignore[misc] # pg8000 has no types
    def handle_messages(self, context: Any) -> None:  # noqa: ANN401 (pg8000's own)
        """As the driver does, but a reset socket is told as every other network error is."""
        try:
            super().handle_messages(context)
        except OSError as error:
            raise pg8000.dbapi.InterfaceError("network error") from error

    def close(self) -> None:
        """As the driver does, and its buffers too, without which the socket of a lost connection stays open."""
        buffers = self._sock
        try:
            super().close()
        finally:
            with suppress(OSError):
                buffers.close()


def engine_of(secret: Secret, application_name: str, *, statement_timeout_s: int = 20, pool_size: int = 1) -> Engine:
    """An engine for one Lambda process: at most `pool_size` + 1 connections, tested before each use.

    The password is asked for at each new connection, and read afresh when the server refuses it.
    """

    def creator() -> pg8000.dbapi.Connection:
        try:
            return _connect(secret(), application_name, statement_timeout_s)
        except pg8000.dbapi.DatabaseError as error:
            if _sqlstate(error) not in _BAD_PASSWORD:
                raise
            return _connect(secret(refresh=True), application_name, statement_timeout_s)

    engine = create_engine(
        "postgresql+pg8000://",
        creator=creator,
        pool_size=pool_size,
        max_overflow=1,
        pool_pre_ping=True,
        pool_recycle=1800,
    )
    event.listen(engine, "handle_error", _note_disconnect)
    return engine


class KeyExistsError(Exception):
    """A row with this key is there already; nothing was applied."""


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """A transaction, committed at the end.

    Raises:
        ConflictError: it lost against another transaction (deadlock, serialization); nothing was applied.
        KeyExistsError: an insert met a row with the same key.
        UnavailableError: the server is away, or took too long.
    """
    try:
        with engine.begin() as connection:
            yield connection
    except (DBAPIError, pg8000.dbapi.Error) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        state = _sqlstate(cause)
        if state in _LOST_AGAINST_ANOTHER:
            raise ConflictError("another transaction changed the same rows") from error
        if state == _KEY_EXISTS:
            raise KeyExistsError(str(cause)) from error
        if isinstance(cause, pg8000.dbapi.InterfaceError) or state in _SERVER_AWAY | _BAD_PASSWORD | _TOO_SLOW:
            raise UnavailableError("the database does not answer") from error
        raise
    except OSError as error:
        raise UnavailableError("the database does not answer") from error


def _connect(values: Mapping[str, Any], application_name: str, statement_timeout_s: int) -> pg8000.dbapi.Connection:
    """Open a connection, encrypted when the server offers it."""
    address = (values["host"], int(values["port"]))
    connected = socket.create_connection(address, timeout=_CONNECT_TIMEOUT_S)
    # The driver writes a statement in several small pieces: with Nagle's algorithm each could wait 40 ms.
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    connected.settimeout(statement_timeout_s + _SOCKET_MARGIN_S)  # a server that vanished must not hang the function
    try:
        return _Connection(
            user=values["username"],
            password=values["password"],
            host=values["host"],
            database=values["dbname"],
            sock=connected,
            application_name=application_name,
            startup_params={"options": f"-c statement_timeout={statement_timeout_s * 1000} -c timezone=UTC"},
        )
    except BaseException:
        connected.close()
        raise


def _note_disconnect(context: ExceptionContext) -> None:
    """A connection the server closed is not used again."""
    if _sqlstate(context.original_exception) in _SERVER_AWAY:
        context.is_disconnect = True


def _sqlstate(error: BaseException | None) -> str | None:
    """The five characters by which PostgreSQL names an error; None when it did not come from the server."""
    details = error.args[0] if error is not None and error.args else None
    return details.get("C") if isinstance(details, dict) else None
