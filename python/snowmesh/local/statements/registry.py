"""From the first words of a statement to its parser. What is known and not implemented is refused by name here."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from snowmesh.account.objects import POLICY_TYPES, ObjectType
from snowmesh.local import errors
from snowmesh.local.statements import (
    account,
    actions,
    columns,
    comments,
    containers,
    database_roles,
    grants,
    policies,
    roles,
    tags,
    undrop,
    use,
    users,
    warehouses,
)
from snowmesh.local.statements.base import Parser, Statement
from snowmesh.local.statements.creation import Drop
from snowmesh.local.tokens import Cursor

_POLICIES = (
    "JOIN",
    "PRIVACY",
    "SESSION",
    "PASSWORD",
    "AUTHENTICATION",
    "PACKAGES",
    "NETWORK",
    "STORAGE LIFECYCLE",
    "DATA MOVEMENT",
    "FEATURE",
    "BACKUP",
    "SNAPSHOT",
)
_INTEGRATIONS = ("API", "CATALOG", "EXTERNAL ACCESS", "NOTIFICATION", "SECURITY", "STORAGE")
# governance that Snowflake has and the local Snowflake does not, as object types after CREATE, ALTER, DROP, UNDROP
REFUSED_TYPES = (
    "APPLICATION ROLE",
    "APPLICATION PACKAGE",
    "APPLICATION",
    "SHARE",
    "EXTERNAL LISTING",
    "ORGANIZATION LISTING",
    "LISTING",
    "ORGANIZATION",
    "MANAGED ACCOUNT",
    "ACCOUNT",
    "CONNECTION",
    "FAILOVER GROUP",
    "REPLICATION GROUP",
    "RESOURCE MONITOR",
    "NETWORK RULE",
    "CONTACT",
    "SECRET",
    *(f"{kind} POLICY" for kind in _POLICIES),
    *(f"{kind} INTEGRATION" for kind in _INTEGRATIONS),
    "INTEGRATION",
)

Create = Callable[[Cursor, bool], Statement]
CREATE: dict[str, Create] = {
    "ROLE": roles.parse_create,
    "USER": users.parse_create,
    "WAREHOUSE": warehouses.parse_create,
    "DATABASE ROLE": database_roles.parse_create,
    "DATABASE": containers.parse_create_database,
    "TRANSIENT DATABASE": partial(containers.parse_create_database, transient=True),
    "SCHEMA": containers.parse_create_schema,
    "TRANSIENT SCHEMA": partial(containers.parse_create_schema, transient=True),
    "TAG": tags.parse_create,
    **{kind.value: partial(policies.parse_create, kind=kind) for kind in POLICY_TYPES},
}
ALTER: dict[str, Parser] = {
    "ACCOUNT": account.parse_alter,
    "ROLE": roles.parse_alter,
    "USER": users.parse_alter,
    "WAREHOUSE": warehouses.parse_alter,
    "DATABASE ROLE": database_roles.parse_alter,
    "DATABASE": containers.parse_alter_database,
    "SCHEMA": containers.parse_alter_schema,
    "TAG": tags.parse_alter,
    **{kind.value: partial(policies.parse_alter, kind=kind) for kind in POLICY_TYPES},
    "DYNAMIC TABLE": partial(columns.parse_alter, object_type=ObjectType.DYNAMIC_TABLE),
    "TABLE": partial(columns.parse_alter, object_type=ObjectType.TABLE),
    "VIEW": partial(columns.parse_alter, object_type=ObjectType.VIEW),
}
DROP = (
    ObjectType.DATABASE_ROLE,
    ObjectType.ROLE,
    ObjectType.USER,
    ObjectType.WAREHOUSE,
    ObjectType.TAG,
    *POLICY_TYPES,
)


def parse(sql: str) -> Statement | None:
    """The governance statement, or None when it is not one: queries, DML, tables and views, SHOW, ALTER SESSION.

    Raises SnowflakeError for what cannot be parsed and for governance that is not implemented.
    """
    cursor = Cursor(sql)
    first = cursor.peek()
    if first not in _FIRST:
        return None
    cursor.position += 1
    return _FIRST[first](cursor)


def unparsed(sql: str) -> str:
    """What to call a statement that cannot be parsed: the policy in it that is refused, else its first words."""
    cursor = Cursor(sql)
    head = sql.split()[:4]
    for position in range(len(cursor.words)):
        cursor.position = position
        found = cursor.accept_one(*(t for t in REFUSED_TYPES if t.endswith(" POLICY")))
        if found:
            return " ".join([*head[:2], "…", found])
    return " ".join(head)


def _parse_create(cursor: Cursor) -> Statement | None:
    if cursor.accept("OR ALTER"):
        raise errors.not_implemented(f"CREATE OR ALTER {_type_words(cursor)}", "use CREATE OR REPLACE, or ALTER")
    or_replace = cursor.accept("OR REPLACE")
    found = _accept_longest(cursor, CREATE)
    if found:
        return CREATE[found](cursor, or_replace)
    _refuse_type(cursor, "CREATE")
    return None


def _parse_alter(cursor: Cursor) -> Statement | None:
    found = _accept_longest(cursor, ALTER)
    if found:
        return ALTER[found](cursor)
    for other in ("MATERIALIZED VIEW", "EXTERNAL TABLE", "ICEBERG TABLE"):
        if cursor.accept(other):
            raise actions.unknown_action(cursor, other)
    _refuse_type(cursor, "ALTER")
    return None


def _parse_drop(cursor: Cursor) -> Statement | None:
    for object_type in (ObjectType.DATABASE, ObjectType.SCHEMA):
        if _is_type(cursor, object_type.value) and cursor.accept(object_type.value):
            return containers.parse_drop(cursor, object_type)
    for object_type in DROP:
        if cursor.accept(object_type.value):
            if_exists = cursor.accept("IF EXISTS")
            parts = cursor.name()
            cursor.expect_end()
            return Drop(object_type, parts, if_exists)
    _refuse_type(cursor, "DROP")
    return None


def _parse_execute(cursor: Cursor) -> Statement | None:
    if cursor.done:
        return None
    rest = Cursor(cursor.words[cursor.position].text)  # for sqlglot what follows EXECUTE is one string
    if rest.accept("AS"):
        raise errors.not_implemented("EXECUTE AS")
    return None


def _is_type(cursor: Cursor, name: str) -> bool:
    """Whether the word is the whole object type: DATABASE ROLE is no DATABASE."""
    two_words = f"{name} {cursor.peek(1)}"
    return cursor.peek() == name and two_words not in REFUSED_TYPES and two_words != ObjectType.DATABASE_ROLE.value


def _accept_longest(cursor: Cursor, known: dict[str, Create] | dict[str, Parser]) -> str:
    if f"{cursor.peek()} {cursor.peek(1)}" in REFUSED_TYPES:
        return ""
    return cursor.accept_one(*sorted(known, key=lambda name: -len(name)))


def _refuse_type(cursor: Cursor, verb: str) -> None:
    found = cursor.accept_one(*REFUSED_TYPES)
    if found:
        raise errors.not_implemented(f"{verb} {found}")


def _type_words(cursor: Cursor) -> str:
    words: list[str] = []
    for ahead in range(4):
        word = cursor.peek(ahead)
        if not word or not word[0].isalpha():
            break
        words.append(word)
    return " ".join(words)


_FIRST: dict[str, Parser] = {
    "GRANT": grants.parse_grant,
    "REVOKE": grants.parse_revoke,
    "USE": use.parse,
    "CREATE": _parse_create,
    "ALTER": _parse_alter,
    "DROP": _parse_drop,
    "UNDROP": undrop.parse,
    "COMMENT": comments.parse,
    "EXECUTE": _parse_execute,
}
