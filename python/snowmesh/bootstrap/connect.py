"""Open the connection, and run statements on it. No secret leaves this module: not in a message, not in a log."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from snowmesh.bootstrap import statements
from snowmesh.bootstrap.problems import BootstrapError, printable
from snowmesh.bootstrap.session import Row, StatementError
from snowmesh.bootstrap.sources import Parameters

if TYPE_CHECKING:
    from snowflake.connector import SnowflakeConnection

LOOPBACK = ("127.0.0.1", "localhost", "::1")
# of a connection these may be printed; everything else in it is taken for a secret, whatever a connector calls it
PUBLIC = frozenset(
    (
        *("account", "user", "host", "port", "protocol", "region", "application", "authenticator"),
        *("role", "warehouse", "database", "schema", "private_key_file", "token_file_path"),
        *("oauth_client_id", "oauth_scope", "oauth_authorization_url", "oauth_token_request_url", "oauth_redirect_uri"),
        "workload_identity_provider",
    )
)
SHORTEST = 6  # a shorter value would blank out ordinary words, and is no secret worth the name
# what a session of a bootstrap does not need: it names every object in full and switches roles itself
UNUSED = ("role", "database", "schema", "warehouse")
LOGIN_SECONDS, NETWORK_SECONDS, LOCAL_SECONDS = 30, 120, 20


def is_local(parameters: Parameters) -> bool:
    """Whether the connection goes to this machine."""
    return str(parameters.get("host", "")).lower() in LOOPBACK


def warning(parameters: Parameters) -> str:
    """What is wrong with the way of logging in, or nothing (C4)."""
    by_password = "password" in parameters and str(parameters.get("authenticator", "snowflake")).lower() == "snowflake"
    if not by_password or is_local(parameters):
        return ""
    return "this login uses a password; Snowflake ends password logins. Use a key pair, OAuth or an access token."


def open_session(parameters: Parameters) -> ConnectorSession:
    """Log in. Raises BootstrapError."""
    import snowflake.connector

    logging.getLogger("snowflake.connector").setLevel(logging.CRITICAL)  # errors are raised; do not print them twice
    hide = _hider(parameters)
    if is_local(parameters):
        _check_port(str(parameters["host"]), _port(parameters))
    try:
        connection = snowflake.connector.connect(**_arguments(parameters))
    except Exception as error:  # what a wrong value makes the connector's parts raise is of any type
        who = f"account {parameters.get('account', '?')} as user {parameters.get('user', '?')}"
        raise BootstrapError(
            f"no connection to {printable(who)}: {hide(_one_line(str(error)))}",
            "check account, user, host, port and the way of logging in.",
        ) from None  # the cause may hold the arguments
    return ConnectorSession(connection, hide)


def _arguments(parameters: Parameters) -> Parameters:
    """What the connector is called with: the parameters, and patience that is shorter than its own."""
    patience = LOCAL_SECONDS if is_local(parameters) else NETWORK_SECONDS
    found: Parameters = {"login_timeout": LOGIN_SECONDS, "network_timeout": patience}
    found["session_parameters"] = {"CLIENT_TELEMETRY_ENABLED": False}
    if str(parameters.get("authenticator", "")).upper() != "WORKLOAD_IDENTITY":
        # the connector would ask the cloud's metadata servers who it is, and wait for their names to resolve
        found["platform_detection_timeout_seconds"] = 0
    return {key: value for key, value in {**found, **parameters}.items() if key not in UNUSED}


def _port(parameters: Parameters) -> int:
    port = str(parameters.get("port", 443))
    if not (port.isascii() and port.isdigit() and len(port) < 6):
        raise BootstrapError(f"the connection's port is '{printable(port)}', which is no port.", "correct it.")
    return int(port)


def _check_port(host: str, port: int) -> None:
    """Ask the port before the connector does, which tries again for half a minute."""
    try:
        socket.create_connection((host, port), timeout=2).close()
    except (OSError, OverflowError) as error:
        raise BootstrapError(
            f"nothing answers on {host}:{port} ({error}).", "start it: snowmesh local up --detach; or correct the port."
        ) from error


class ConnectorSession:
    """A session over Snowflake's connector; secondary roles are off from the start (R21)."""

    def __init__(self, connection: SnowflakeConnection, hide: Callable[[str], str]) -> None:
        self._connection, self._hide = connection, hide
        self._role = ""
        try:
            self.query("USE SECONDARY ROLES NONE")
        except StatementError as error:
            raise BootstrapError(f"secondary roles cannot be switched off: {error.reason}") from None

    @property
    def account(self) -> str:
        """The account's name as connected."""
        return str(self._connection.account).upper()

    @property
    def user(self) -> str:
        """The user's name as connected."""
        return str(self._connection.user).upper()

    def query(self, sql: str) -> list[Row]:
        """Run one statement and return its rows. Raises StatementError; BootstrapError when the connection is lost."""
        from snowflake.connector import DictCursor
        from snowflake.connector.errors import Error, OperationalError

        try:
            with self._connection.cursor(DictCursor) as cursor:
                rows: list[Any] = cursor.execute(sql).fetchall()
                return rows
        except OperationalError as error:
            raise BootstrapError(
                f"the connection was lost: {self._hide(_one_line(str(error)))}\nStatement: {sql}",
                "run the command again; what was applied stays, and the rest is planned anew.",
            ) from None
        except Error as error:
            raise StatementError(sql, int(error.errno or -1), self._hide(_one_line(str(error)))) from None

    def use_role(self, role: str) -> None:
        """Make a role the primary one; sends nothing when it is already. Raises StatementError."""
        if role != self._role:
            self.query(statements.use_role(role))
            self._role = role

    def tag(self, text: str) -> None:
        """Mark what follows in the account's query history. Raises BootstrapError."""
        try:
            self.query(statements.query_tag(text))
        except StatementError as error:
            raise BootstrapError(f"the session cannot be tagged: {error.reason}; nothing was changed.") from None

    def close(self) -> None:
        """Log out."""
        self._connection.close()


def _hider(parameters: Parameters) -> Callable[[str], str]:
    """A function that takes secrets out of a text, also as they stand in a URL, in JSON or on one line."""
    import json
    from urllib.parse import quote, quote_plus

    held = [value for key, value in parameters.items() if key not in PUBLIC and isinstance(value, str)]
    held += _file_of(parameters.get("token_file_path"))
    escaped = (str, lambda text: json.dumps(text)[1:-1], lambda text: json.dumps(text, ensure_ascii=False)[1:-1])
    ways = (str, quote, quote_plus, lambda text: quote(text, safe=""))
    forms = {way(form(secret)) for secret in held for form in escaped for way in ways if len(secret) >= SHORTEST}
    secrets = forms | {_one_line(form) for form in forms}
    ordered = sorted(secrets, key=len, reverse=True)  # one may hold another
    return lambda text: _replaced(text, ordered)


def _file_of(path: Any) -> list[str]:
    """The token in a file; a file that cannot be read holds none, and the connector says so."""
    try:
        return [Path(path).read_text().strip()] if isinstance(path, str) else []
    except (OSError, UnicodeDecodeError):
        return []


def _replaced(text: str, secrets: Iterable[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, "****")
    return text


def _one_line(text: str) -> str:
    return printable(" ".join(text.split()))
