"""What the pytest fixture `snowmesh_local` gives: connections as roles, and assertions about what a role sees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from snowmesh.local import health
from snowmesh.local.connect import parameters, use_any_warehouse

if TYPE_CHECKING:
    from snowflake.connector import SnowflakeConnection

# does not exist or not authorized; insufficient privileges; grant not executed
REFUSALS = (2003, 2037, 2043, 3001, 3011, 3102)
Row = tuple[Any, ...]


@dataclass(frozen=True)
class LocalSnowflake:
    """A private local Snowflake. dbt and other tools reach it at `host` and `port`, account `local`, user ADMIN."""

    port: int
    host: str = health.HOST

    def connect(
        self, role: str = "ACCOUNTADMIN", user: str = "ADMIN", secondary: str = "none", **options: Any
    ) -> SnowflakeConnection:
        """A connection as a role. Secondary roles are off unless asked for: they would lift the role's limits (R31).

        Without `warehouse` one is taken that the role may use.
        """
        import snowflake.connector

        connection = snowflake.connector.connect(**{**parameters(self.port, user), "role": role, **options})
        cursor = connection.cursor()
        cursor.execute(f"use secondary roles {secondary}")
        if "warehouse" not in options:
            use_any_warehouse(cursor)
        return connection

    def script(self, sql: str, role: str = "ACCOUNTADMIN", **options: Any) -> None:
        """Run statements separated by `;` in one session."""
        with self.connect(role, **options) as connection:
            connection.execute_string(sql)

    def rows(self, sql: str, role: str = "ACCOUNTADMIN", **options: Any) -> list[Row]:
        """The rows of one statement, run as a role."""
        with self.connect(role, **options) as connection:
            return list(connection.cursor().execute(sql).fetchall())

    def assert_masked(self, sql: str, role: str, mask: Any, **options: Any) -> None:
        """Every value that the query gives the role is the mask, and there is at least one. None is NULL."""
        __tracebackhide__ = True
        values = self._values(sql, role, options)
        clear = [value for value in values if value != mask]
        if clear:
            raise AssertionError(f"{role} sees {_some(clear)}, not only the mask {mask!r}: {sql}")

    def assert_clear(self, sql: str, role: str, mask: Any, **options: Any) -> None:
        """No value that the query gives the role is the mask, and there is at least one."""
        __tracebackhide__ = True
        values = self._values(sql, role, options)
        if any(value == mask for value in values):
            raise AssertionError(f"{role} sees the mask {mask!r}: {sql}")

    def assert_refused(self, sql: str, role: str, allowed: str = "", **options: Any) -> str:
        """The statement is refused to the role for want of a privilege; gives the error's text.

        Snowflake says the same of an object that does not exist. Name in `allowed` a role that may run the statement,
        so that a misspelled name fails the test; the statement is then run as that role.
        """
        __tracebackhide__ = True
        from snowflake.connector.errors import DatabaseError

        try:
            self.rows(sql, role, **options)
        except DatabaseError as error:
            if error.errno not in REFUSALS:
                raise AssertionError(f"{role} was refused for another reason: {error}\n{sql}") from error
            text = str(error)
        else:
            raise AssertionError(f"{role} was not refused: {sql}")
        if allowed:
            try:
                self.rows(sql, allowed, **options)
            except DatabaseError as error:
                raise AssertionError(f"{allowed} should be allowed, and was refused too: {error}\n{sql}") from error
        return text

    def _values(self, sql: str, role: str, options: dict[str, Any]) -> list[Any]:
        __tracebackhide__ = True
        values = [value for row in self.rows(sql, role, **options) for value in row]
        if not values:
            raise AssertionError(f"{role} gets no rows, so nothing is shown of masking: {sql}")
        return values


def _some(values: list[Any]) -> str:
    shown = ", ".join(repr(value) for value in values[:3])
    return shown + (f" and {len(values) - 3} more" if len(values) > 3 else "")
