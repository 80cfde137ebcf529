"""What mesh-bootstrap needs of a connection: run a statement, read its rows by column name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

Row = Mapping[str, Any]

SYNTAX_ERROR = 1003
UNSUPPORTED = 2
ROLE_NOT_ASSIGNED = 3013
NOT_FOUND = 2003


class StatementError(Exception):
    """A statement that Snowflake refused. `code` is Snowflake's number, `reason` its text without secrets."""

    def __init__(self, sql: str, code: int, reason: str) -> None:
        super().__init__(f"{reason} [{sql}]")
        self.sql, self.code, self.reason = sql, code, reason


class Session(Protocol):
    """An open connection. Secondary roles are off: only the named system role's privileges count (R21)."""

    @property
    def account(self) -> str:
        """The account's name as connected."""

    @property
    def user(self) -> str:
        """The user's name as connected."""

    def query(self, sql: str) -> list[Row]:
        """Run one statement and return its rows. Raises StatementError."""

    def use_role(self, role: str) -> None:
        """Make a role the primary one; sends nothing when it is already. Raises StatementError."""
