"""How a client connects to the local Snowflake: its parameters, and the same as text to copy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from snowmesh.account import identifiers
from snowmesh.errors import UserError
from snowmesh.local.health import HOST

if TYPE_CHECKING:
    from snowflake.connector import SnowflakeConnection

ACCOUNT, USER, PASSWORD = "local", "ADMIN", "local"  # any password is accepted for a known user


class ConnectError(UserError):
    """The server refused the connection."""


@dataclass(frozen=True)
class Login:
    """Who connects where. `secondary`: none shows what the role alone sees, all is Snowflake's default."""

    port: int
    role: str
    user: str = USER
    secondary: str = "none"
    warehouse: str = ""  # empty: one that the role may use, if there is any


def parameters(port: int, user: str = USER) -> dict[str, Any]:
    """What `snowflake.connector.connect` needs."""
    return {
        "account": ACCOUNT,
        "user": user,
        "password": PASSWORD,
        "host": HOST,
        "port": port,
        "protocol": "http",
        "session_parameters": {"CLIENT_TELEMETRY_ENABLED": False},
        "platform_detection_timeout_seconds": 0,  # do not look for cloud metadata servers at every login
    }


def connect(login: Login) -> SnowflakeConnection:
    """Open a session. Raises ConnectError."""
    import logging

    import snowflake.connector

    logging.getLogger("snowflake.connector").setLevel(logging.CRITICAL)  # the error is raised; do not print it twice
    extra = {"warehouse": login.warehouse} if login.warehouse else {}
    try:
        connection = snowflake.connector.connect(**parameters(login.port, login.user), role=login.role, **extra)
        cursor = connection.cursor()
        cursor.execute(f"use secondary roles {login.secondary}")
        if not login.warehouse:
            use_any_warehouse(cursor)
    except snowflake.connector.errors.Error as error:
        raise ConnectError(
            f"The local Snowflake on port {login.port} refused user {login.user} with role {login.role}: {error.msg}",
            "name a role that the user holds: snowmesh local sql 'show grants to user ADMIN'",
        ) from error
    return connection


def use_any_warehouse(cursor: Any) -> None:
    """Stay in a warehouse that the role sees, or take one, so that a query needs no -w."""
    from snowflake.connector import DictCursor

    seen = [row["name"] for row in cursor.connection.cursor(DictCursor).execute("show warehouses").fetchall()]
    if seen and cursor.execute("select current_warehouse()").fetchone()[0] not in seen:
        cursor.execute(f"use warehouse {identifiers.quote(seen[0])}")


def snippets(port: int) -> str:
    """The connection as dbt's profiles.yml and as connections.toml."""
    return f"""\
profiles.yml, an output of your profile (dbt):
  local:
    type: snowflake
    account: {ACCOUNT}
    host: {HOST}
    port: {port}
    protocol: http
    user: {USER}
    password: {PASSWORD}
    role: ACCOUNTADMIN        # or a role of yours
    database: MY_DB
    warehouse: MY_WH
    schema: PUBLIC
    threads: 4

connections.toml (Snowflake's Python connector, mesh-bootstrap):
  [local]
  account = "{ACCOUNT}"
  host = "{HOST}"
  port = {port}
  protocol = "http"
  user = "{USER}"
  password = "{PASSWORD}"
"""
