"""DuckDB behind fakesnow: runs the SQL that the gateway has authorized and rewritten.

fakesnow's module-level server and shared instance are not used: every Engine has its own FakeSnow.
All SQL that arrives here names its tables in full; sessions sit in an empty scratch schema, so that a name
the gateway did not resolve cannot mean a table.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from fakesnow import info_schema, macros
from fakesnow.instance import FakeSnow
from fakesnow.rowtype import describe_as_rowtype
from fakesnow.variables import Variables
from sqlglot import exp

from snowmesh.account import identifiers
from snowmesh.account.objects import Column
from snowmesh.local.allowed_functions import require_allowed
from snowmesh.local.corrections import corrected
from snowmesh.local.engine_errors import snowflake_errors
from snowmesh.local.errors import not_implemented
from snowmesh.local.interrupts import Interruptible
from snowmesh.local.long_values import put_back
from snowmesh.local.merging import counted, native
from snowmesh.local.translation import translated

SCRATCH = "_SNOWMESH"
_ENGINE_TYPES = {
    "fixed": "NUMBER({precision},{scale})",
    "text": "VARCHAR(16777216)",
    "real": "FLOAT",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "time": "TIME(9)",
    "timestamp_ntz": "TIMESTAMP_NTZ(9)",
    "timestamp_tz": "TIMESTAMP_TZ(9)",
    "binary": "BINARY(8388608)",
    "variant": "VARIANT",
}
ASIDE = "_OVERWRITE"
_FAKESNOWS = "_fs_"  # how the schemas of fakesnow's own tables start


@dataclass(frozen=True)
class Rows:
    """What a statement returned: the wire's row type, the data, and how many rows it touched."""

    rowtype: list[dict[str, Any]]
    table: pa.Table
    affected: int


class Engine:
    """The data of one local account, in memory or in a folder."""

    def __init__(self, data: Path | None = None) -> None:
        self._data = data
        self._fake = FakeSnow(create_database_on_connect=False, create_schema_on_connect=False, db_path=data)
        self.duck: duckdb.DuckDBPyConnection = self._fake.duck_conn
        self._lock = threading.Lock()
        self._attach(SCRATCH, ":memory:")
        self.create_schema(SCRATCH, "EMPTY")

    def seal(self) -> None:
        """From now on no statement reaches a file but the databases of the data folder, or loads an extension."""
        folder = f"{self._data.resolve()}/".replace("'", "''") if self._data else ""
        with self._lock:
            self.duck.execute("SET GLOBAL autoinstall_known_extensions = false")
            self.duck.execute("SET GLOBAL autoload_known_extensions = false")
            if folder:
                self.duck.execute(f"SET GLOBAL allowed_directories = ['{folder}']")
            self.duck.execute("SET GLOBAL enable_external_access = false")

    def create_database(self, name: str, shared: bool = False, fresh: bool = False) -> None:
        """Create (or attach again) a database; a shared one is never kept with the account's data.

        `fresh`: the database is new, so a file that a crash left under its name goes first.
        """
        if identifiers.display(name) != name:
            raise not_implemented(f"database name {identifiers.display(name)}", "use letters, digits and _")
        if fresh and not self._attached(name):
            self._delete(name)
        self._attach(name, str(self._data / f"{name}.db") if self._data and not shared else ":memory:")

    def drop_database(self, name: str) -> None:
        """Detach a database and delete its file."""
        with self._lock:
            self.duck.execute(f"DETACH {identifiers.quote(name)}")
            self._delete(name)

    def create_schema(self, database: str, name: str) -> None:
        """Create a schema if it is missing."""
        with self._lock:
            self.duck.execute(f"CREATE SCHEMA IF NOT EXISTS {identifiers.quote_all((database, name))}")

    def drop_schema(self, database: str, name: str) -> None:
        """Drop a schema and all it holds."""
        with self._lock:
            self.duck.execute(f"DROP SCHEMA IF EXISTS {identifiers.quote_all((database, name))} CASCADE")

    def drop_table(self, database: str, schema: str, name: str) -> None:
        """Drop a table, if it is there."""
        with self._lock:
            self.duck.execute(f"DROP TABLE IF EXISTS {identifiers.quote_all((database, schema, name))}")

    def tables(self, database: str) -> list[tuple[str, ...]]:
        """The full names of a database's tables; those that fakesnow keeps for itself are not among them."""
        columns = "database_name, schema_name, table_name"
        sql = f"SELECT {columns} FROM duckdb_tables() WHERE database_name = ? AND NOT internal"
        with self._lock:
            found = self.duck.execute(sql, [database]).fetchall()
        return [row for row in found if not row[1].startswith(_FAKESNOWS)]

    def session(self) -> EngineSession:
        """A new connection to the data."""
        with self._lock:
            return EngineSession(self._fake)

    def _attached(self, name: str) -> bool:
        """Whether the database is open: one that could not be detached when it was dropped still is."""
        with self._lock:
            found = self.duck.execute("SELECT 1 FROM duckdb_databases() WHERE database_name = ?", [name]).fetchall()
        return bool(found)

    def _delete(self, name: str) -> None:
        if self._data:
            for file in (f"{name}.db.wal", f"{name}.db"):  # the log first: alone it would be played into a new file
                (self._data / file).unlink(missing_ok=True)

    def _attach(self, name: str, file: str) -> None:
        with self._lock:
            path = file.replace("'", "''")
            self.duck.execute(f"ATTACH IF NOT EXISTS '{path}' AS {identifiers.quote(name)}")
            self.duck.execute(info_schema.per_db_creation_sql(name))
            self.duck.execute(macros.creation_sql(name))


class EngineSession:
    """One connection to the engine; used by one statement at a time."""

    def __init__(self, fake: FakeSnow) -> None:
        self._connection = fake.connect(SCRATCH, "EMPTY")
        self._duck: duckdb.DuckDBPyConnection = self._connection._duck_conn
        self._connection._duck_conn = self.calls = Interruptible(self._duck)
        self._connection.variables = _NoVariables()
        self._connection.results_cache = _Forgetful()
        self._registered: list[str] = []
        self.aside: dict[str, str] = {}  # the long lists of rows of the running statement

    def execute(self, sql: str, binds: Sequence[Any] | dict[str, Any] | None = None) -> Rows:
        """Run one Snowflake statement. Raises SnowflakeError."""
        cursor = self._cursor()
        with snowflake_errors(sql):
            cursor.execute(sql, binding_params=binds, server=True)
            table, affected = cursor._arrow_table, cursor.rowcount or 0
            described = [(name, str(kind), None, None, None, None) for name, kind, *_ in self._duck.description]
            if isinstance(cursor._last_transformed, exp.Merge):
                table, affected = counted(cursor._last_transformed, table)
                described = [(name, "BIGINT", None, None, None, None) for name in table.column_names]
            rowtype = describe_as_rowtype(described)
        return Rows([dict(column) for column in rowtype], table, affected)

    def set_aside(self, query: str, binds: Sequence[Any] | dict[str, Any] | None = None) -> None:
        """Keep the rows of a query as table ASIDE of this session, until the next ones."""
        sql = f"CREATE OR REPLACE TEMPORARY TABLE {ASIDE} AS {query}"
        with snowflake_errors(sql):
            self._cursor().execute(sql, binding_params=binds, server=True)

    def copy_table(self, source: tuple[str, ...], target: tuple[str, ...], *, rows: bool) -> None:
        """Make a table with the columns of another, as they are: types, NOT NULL, defaults; and its rows."""
        new, limit = identifiers.quote_all(target), "" if rows else " LIMIT 0"
        details = (
            "SELECT column_name, is_nullable, column_default FROM duckdb_columns() "
            "WHERE upper(database_name) = upper(?) AND upper(schema_name) = upper(?) AND upper(table_name) = upper(?) "
            "ORDER BY column_index"
        )
        with snowflake_errors(new), self.transaction(open_already=False):
            self._duck.execute(f"CREATE OR REPLACE TABLE {new} AS SELECT * FROM {identifiers.quote_all(source)}{limit}")
            for name, nullable, default in self._duck.execute(details, source).fetchall():
                column = f"ALTER TABLE {new} ALTER COLUMN {identifiers.quote(name)}"
                if default is not None:
                    self._duck.execute(f"{column} SET DEFAULT {default}")
                if not nullable:
                    self._duck.execute(f"{column} SET NOT NULL")

    def columns(self, sql: str) -> tuple[Column, ...]:
        """The result columns of a query, without running it."""
        cursor = self._cursor()
        with snowflake_errors(sql):
            cursor.execute(f"DESCRIBE {sql}", server=True)
            rowtype = describe_as_rowtype(cursor.fetchall())
        return tuple(Column(c["name"], data_type(dict(c))) for c in rowtype)

    def _cursor(self) -> Any:
        cursor = self._connection.cursor()
        cursor._transform = lambda tree, params: self._translated(tree)
        explode = cursor._transform_explode
        cursor._transform_explode = lambda tree: _allowed(
            [tree] if isinstance(tree, exp.Merge) else explode(tree), tree
        )
        return cursor

    def _translated(self, tree: exp.Expr) -> exp.Expr:
        return native(_unrecorded(put_back(translated(corrected(tree)), self.aside)))

    @contextmanager
    def transaction(self, open_already: bool) -> Iterator[None]:
        """All or nothing for several statements; part of the session's own transaction when one is open."""
        if open_already:
            yield
            return
        self._duck.begin()
        try:
            yield
        except BaseException:
            self._duck.rollback()
            raise
        self._duck.commit()

    def register(self, name: str, table: pa.Table) -> None:
        """Make an in-memory table readable under a bare name until `release`."""
        self._duck.register(name, table)
        self._registered.append(name)

    def release(self) -> None:
        """Forget the registered tables."""
        for name in self._registered:
            self._duck.unregister(name)
        self._registered.clear()

    def close(self) -> None:
        """End the connection."""
        self._connection.close()


def _allowed(pieces: list[exp.Expr], tree: exp.Expr) -> list[exp.Expr]:
    """The pieces that fakesnow takes a statement into, if the statement has no function but Snowflake's."""
    require_allowed(tree)
    if len(pieces) > 1 and isinstance(tree, exp.Create):  # AUTOINCREMENT: its sequence stands beside its table
        _beside(pieces, tree.this.this)
    return pieces


def _beside(pieces: list[exp.Expr], table: exp.Table) -> None:
    sequence, create = pieces
    for key in ("db", "catalog"):
        sequence.this.set(key, table.args[key].copy())
    place = identifiers.quote_all((table.catalog, table.db, sequence.this.name.upper()))
    for call in create.find_all(exp.Anonymous):
        if call.name.upper() == "NEXTVAL":
            call.set("expressions", [exp.Literal.string(place)])


def data_type(column: dict[str, Any]) -> str:
    """The data type, as DESCRIBE TABLE prints it, of a row type entry."""
    if column["type"] not in _ENGINE_TYPES:
        raise not_implemented(f"data type {column['type']}")
    return _ENGINE_TYPES[column["type"]].format(precision=column["precision"], scale=column["scale"])


def _unrecorded(tree: exp.Expr) -> exp.Expr:
    """Hide from fakesnow that a work table of the gateway's is a new table.

    It would write about that in databases of its own, and a transaction of DuckDB writes to one database only.
    """
    if not isinstance(tree, exp.Create) or tree.this.name != ASIDE or tree.find(exp.Placeholder):
        return tree
    verb, rest = tree.sql(dialect="duckdb").split(" ", 1)
    return exp.Command(this=verb, expression=" " + rest)


class _NoVariables(Variables):  # type: ignore[misc] # fakesnow is untyped
    """No session variables: fakesnow would replace $name inside string literals too."""

    def inline_variables(self, sql: str) -> str:
        return sql


class _Forgetful(dict[str, Any]):
    """fakesnow would keep every result of every session for ever; the gateway keeps the last ones itself."""

    def __setitem__(self, key: str, value: Any) -> None:
        pass
