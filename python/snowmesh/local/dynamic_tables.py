"""Read CREATE, ALTER, DROP and COMMENT ON DYNAMIC TABLE, which sqlglot does not parse.

https://docs.snowflake.com/en/sql-reference/sql/create-dynamic-table
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from snowmesh.account import identifiers
from snowmesh.local.errors import invalid, not_implemented
from snowmesh.local.parse import parse as parse_sql
from snowmesh.local.tokens import Cursor

_SETTINGS = ("TARGET_LAG", "WAREHOUSE", "INITIALIZATION_WAREHOUSE", "SCHEDULER")
AT_CREATION = (
    *_SETTINGS,
    "REFRESH_MODE",
    "INITIALIZE",
    "DATA_RETENTION_TIME_IN_DAYS",
    "MAX_DATA_EXTENSION_TIME_IN_DAYS",
)
_UNSETTABLE = ("INITIALIZATION_WAREHOUSE", "TARGET_LAG", "SCHEDULER", "COMMENT")
_PLAIN = ("REFRESH", "SUSPEND", "RESUME", "DROP CLUSTERING KEY", "SUSPEND RECLUSTER", "RESUME RECLUSTER")


@dataclass(frozen=True)
class CreateDynamicTable:
    """`statement` is the same as a CREATE TABLE AS, with its governance clauses; `settings` are all others."""

    statement: exp.Create
    settings: Mapping[str, str]


@dataclass(frozen=True)
class ChangeDynamicTable:
    """`verb`: REFRESH, SUSPEND, RESUME, SET, UNSET, RENAME, SWAP or DROP; `settings` are what SET and UNSET name."""

    name: tuple[str, ...]
    verb: str
    if_exists: bool = False
    settings: Mapping[str, str] = field(default_factory=dict)
    new_name: tuple[str, ...] = ()


Statement = CreateDynamicTable | ChangeDynamicTable


def parse(sql: str) -> Statement | None:
    """The statement about a dynamic table, or None when it is another one. Raises SnowflakeError."""
    if "DYNAMIC" not in sql.upper():  # spares every other statement its tokens
        return None
    cursor = Cursor(sql)
    if cursor.accept("CREATE"):
        return _create(cursor)
    if cursor.accept("ALTER DYNAMIC TABLE"):
        return _alter(cursor)
    if cursor.accept("DROP DYNAMIC TABLE"):
        if_exists = cursor.accept("IF EXISTS")
        name = cursor.name()
        cursor.expect_end()
        return ChangeDynamicTable(name, "DROP", if_exists)
    if cursor.accept("COMMENT"):
        return _comment(cursor)
    return None


def _create(cursor: Cursor) -> CreateDynamicTable | None:
    words = ["CREATE"]
    if cursor.accept("OR REPLACE"):
        words.append("OR REPLACE")
    settings = {"TRANSIENT": "TRUE"} if cursor.accept("TRANSIENT") else {}
    if cursor.accept("DYNAMIC ICEBERG"):
        raise not_implemented("CREATE DYNAMIC ICEBERG TABLE", "leave table_format out")
    if not cursor.accept("DYNAMIC TABLE"):
        return None
    words.append("TABLE")
    if cursor.accept("IF NOT EXISTS"):
        words.append("IF NOT EXISTS")
    words.append(identifiers.quote_all(cursor.name()))
    if cursor.peek() == "(":
        words.append(_parenthesised(cursor))
    while not cursor.accept("AS"):
        _clause(cursor, words, settings)
    if "WAREHOUSE" not in settings:
        raise invalid("CREATE DYNAMIC TABLE needs a WAREHOUSE.")
    if "TARGET_LAG" not in settings and settings.get("SCHEDULER", "").upper() != "DISABLE":
        raise invalid("CREATE DYNAMIC TABLE needs a TARGET_LAG, or SCHEDULER = 'DISABLE'.")
    statement = parse_sql(" ".join([*words, "AS", cursor.rest()]))
    if not isinstance(statement, exp.Create):
        raise invalid("CREATE DYNAMIC TABLE needs a query after AS.")
    return CreateDynamicTable(statement, settings)


def _clause(cursor: Cursor, words: list[str], settings: dict[str, str]) -> None:
    """Read one clause before AS: governance goes on to CREATE TABLE, a setting is kept here."""
    if cursor.accept("CLUSTER BY"):
        settings["CLUSTER_BY"] = _inside(cursor)
    elif cursor.accept("IMMUTABLE WHERE"):
        settings["IMMUTABLE_WHERE"] = _inside(cursor)
    elif cursor.accept("COPY GRANTS"):
        words.append("COPY GRANTS")
    elif cursor.accept("COMMENT"):
        cursor.accept("=")
        words.append(f"COMMENT = {identifiers.literal(cursor.string())}")
    elif cursor.accept_one("WITH TAG", "TAG"):
        words.append(f"WITH TAG {_parenthesised(cursor)}")
    elif cursor.accept_one("WITH ROW ACCESS POLICY", "ROW ACCESS POLICY"):
        policy = identifiers.quote_all(cursor.name())
        cursor.expect("ON")
        words.append(f"WITH ROW ACCESS POLICY {policy} ON {_parenthesised(cursor)}")
    elif cursor.accept_one("WITH AGGREGATION POLICY", "AGGREGATION POLICY"):
        words.append(f"WITH AGGREGATION POLICY {identifiers.quote_all(cursor.name())}")
        while cursor.accept("ENTITY KEY"):
            words.append(f"ENTITY KEY {_parenthesised(cursor)}")
    else:
        _setting(cursor, settings, AT_CREATION)


def _setting(cursor: Cursor, settings: dict[str, str], allowed: tuple[str, ...]) -> None:
    name = cursor.expect(*allowed)
    cursor.accept("=")
    if name.endswith("WAREHOUSE"):
        settings[name] = cursor.identifier()
    else:
        settings[name] = cursor.value()


def _alter(cursor: Cursor) -> ChangeDynamicTable:
    if_exists = cursor.accept("IF EXISTS")
    name = cursor.name()
    verb = cursor.accept_one(*_PLAIN)
    settings: dict[str, str] = {}
    new_name: tuple[str, ...] = ()
    if verb == "DROP CLUSTERING KEY":
        verb, settings = "UNSET", {"CLUSTER_BY": ""}
    elif cursor.accept("RENAME TO"):
        verb, new_name = "RENAME", cursor.name()
    elif cursor.accept("SWAP WITH"):
        verb, new_name = "SWAP", cursor.name()
    elif cursor.accept("CLUSTER BY"):
        verb, settings = "SET", {"CLUSTER_BY": _inside(cursor)}
    elif not verb:
        verb = cursor.expect("SET", "UNSET", *_PLAIN, "RENAME TO", "SWAP WITH", "CLUSTER BY")
        settings = _settings(cursor, verb)
    cursor.expect_end()
    return ChangeDynamicTable(name, verb, if_exists, settings, new_name)


def _settings(cursor: Cursor, verb: str) -> dict[str, str]:
    settings: dict[str, str] = {}
    while not cursor.done:
        cursor.accept(",")
        if cursor.accept("IMMUTABLE WHERE"):
            settings["IMMUTABLE_WHERE"] = _inside(cursor) if verb == "SET" else ""
        elif verb == "UNSET":
            settings[cursor.expect(*_UNSETTABLE, "IMMUTABLE WHERE")] = ""
        else:
            _setting(cursor, settings, (*_SETTINGS, "COMMENT", "DATA_RETENTION_TIME_IN_DAYS"))
    if not settings:
        raise cursor.unexpected("a setting")
    return settings


def _comment(cursor: Cursor) -> ChangeDynamicTable | None:
    if_exists = cursor.accept("IF EXISTS")
    if not cursor.accept("ON DYNAMIC TABLE"):
        return None
    name = cursor.name()
    cursor.expect("IS")
    settings = {"COMMENT": cursor.string()}
    cursor.expect_end()
    return ChangeDynamicTable(name, "SET", if_exists, settings)


def _parenthesised(cursor: Cursor) -> str:
    """The text from an opening parenthesis to the one that closes it, both included."""
    start = cursor.position
    cursor.expect("(")
    depth = 1
    while depth:
        if cursor.done:
            raise cursor.unexpected(")")
        depth += {"(": 1, ")": -1}.get(cursor.peek(), 0)
        cursor.position += 1
    return cursor.sql[cursor.words[start].start : cursor.words[cursor.position - 1].end]


def _inside(cursor: Cursor) -> str:
    return _parenthesised(cursor)[1:-1].strip()
