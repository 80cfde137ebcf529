"""Read a SHOW or DESCRIBE statement. What is not implemented is refused by name."""

from __future__ import annotations

from snowmesh.account.objects import POLICY_TYPES, ObjectType
from snowmesh.local.errors import invalid, not_implemented
from snowmesh.local.show.statements import (
    Describe,
    Filters,
    Scope,
    ShowFutureGrants,
    ShowGrants,
    ShowObjects,
    ShowParameters,
    ShowStatement,
)
from snowmesh.local.tokens import Cursor

MAX_ROWS = 10_000
# what SHOW lists -> the scopes it takes after IN; () takes no IN
SCHEMA_SCOPES = ("ACCOUNT", "DATABASE", "SCHEMA")
TABLE_SCOPES = ("ACCOUNT", "DATABASE", "SCHEMA", "TABLE", "VIEW")
SHOWABLE: dict[str, tuple[str, ...]] = {
    "ROLES": (),
    "DATABASE ROLES": ("DATABASE",),
    "USERS": (),
    "WAREHOUSES": (),
    "DATABASES": (),
    "SCHEMAS": ("ACCOUNT", "DATABASE"),
    "OBJECTS": SCHEMA_SCOPES,
    "TABLES": SCHEMA_SCOPES,
    "VIEWS": SCHEMA_SCOPES,
    "DYNAMIC TABLES": SCHEMA_SCOPES,
    "COLUMNS": TABLE_SCOPES,
    "TAGS": SCHEMA_SCOPES,
    "MASKING POLICIES": SCHEMA_SCOPES,
    "ROW ACCESS POLICIES": SCHEMA_SCOPES,
    "PROJECTION POLICIES": SCHEMA_SCOPES,
    "AGGREGATION POLICIES": SCHEMA_SCOPES,
    "PRIMARY KEYS": TABLE_SCOPES,
    "UNIQUE KEYS": TABLE_SCOPES,
    "IMPORTED KEYS": TABLE_SCOPES,
}
WITH_TERSE = {"DATABASES", "SCHEMAS", "OBJECTS", "TABLES", "VIEWS", "PRIMARY KEYS", "UNIQUE KEYS", "IMPORTED KEYS"}
WITH_HISTORY = {"DATABASES", "SCHEMAS", "TABLES"}
DESCRIBABLE = {
    "DYNAMIC TABLE": ObjectType.DYNAMIC_TABLE,
    **{kind.value: kind for kind in POLICY_TYPES},
    "TABLE": ObjectType.TABLE,
    "VIEW": ObjectType.VIEW,
    "USER": ObjectType.USER,
    "WAREHOUSE": ObjectType.WAREHOUSE,
    "DATABASE": ObjectType.DATABASE,
    "SCHEMA": ObjectType.SCHEMA,
}
GRANT_TYPES = {t.value: t for t in ObjectType if t is not ObjectType.ACCOUNT}


def parse(sql: str) -> ShowStatement | None:
    """Read a statement; None when it is no SHOW, DESC or DESCRIBE. Raises SnowflakeError."""
    cursor = Cursor(sql)
    statement: ShowStatement
    if cursor.accept("SHOW"):
        statement = _show(cursor)
    elif cursor.accept_one("DESCRIBE", "DESC"):
        statement = _describe(cursor)
    else:
        return None
    cursor.expect_end()
    return statement


def _show(cursor: Cursor) -> ShowStatement:
    if cursor.accept("GRANTS"):
        return _grants(cursor)
    if cursor.accept("FUTURE GRANTS"):
        return _future_grants(cursor)
    if cursor.accept("PARAMETERS"):
        return _parameters(cursor)
    terse = cursor.accept("TERSE")
    what = cursor.accept_one(*sorted(SHOWABLE, key=len, reverse=True))
    if not what:
        raise not_implemented(
            f"SHOW {_phrase(cursor)}", f"it implements SHOW {', '.join(SHOWABLE)}, GRANTS, PARAMETERS"
        )
    if terse and what not in WITH_TERSE:
        raise not_implemented(f"SHOW TERSE {what}", f"leave TERSE out: SHOW {what}")
    history = what in WITH_HISTORY and cursor.accept("HISTORY")
    like = cursor.string() if cursor.accept("LIKE") else None
    scope = _scope(cursor, what) if SHOWABLE[what] and cursor.accept("IN") else Scope()
    starts_with = cursor.string() if cursor.accept("STARTS WITH") else None
    limit = _limit(cursor)
    after = cursor.string() if limit is not None and cursor.accept("FROM") else None
    if cursor.peek() == "WITH":
        raise not_implemented(f"SHOW {what} {_phrase(cursor)}")
    return ShowObjects(what, terse, history, scope, Filters(like, starts_with, limit, after))


def _scope(cursor: Cursor, what: str) -> Scope:
    # `IN schema.x` names a database SCHEMA; `IN SCHEMA x` is the kind word
    kind = "" if cursor.peek(1) == "." else cursor.accept_one(*SHOWABLE[what])
    if kind == "ACCOUNT":
        return Scope("ACCOUNT")
    name = () if _ends_scope(cursor) else cursor.name()
    if not kind and not name:
        raise cursor.unexpected(*SHOWABLE[what], "a name")
    bare = "DATABASE" if what == "SCHEMAS" else "NAME"
    return Scope("TABLE" if kind == "VIEW" else kind or bare, name)


def _ends_scope(cursor: Cursor) -> bool:
    if cursor.done:
        return True
    following = cursor.words[cursor.position + 1].kind if cursor.position + 1 < len(cursor.words) else ""
    return (cursor.peek() == "STARTS" and cursor.peek(1) == "WITH") or (
        cursor.peek() == "LIMIT" and following == "number"
    )


def _limit(cursor: Cursor) -> int | None:
    if not cursor.accept("LIMIT"):
        return None
    text = cursor.value()
    if not text.isdigit() or int(text) > MAX_ROWS:
        raise invalid(f"invalid value [{text}] for LIMIT; a number from 0 to {MAX_ROWS} is allowed.")
    return int(text)


def _grants(cursor: Cursor) -> ShowGrants:
    direction = cursor.accept_one("ON", "TO", "OF")
    if not direction:
        return ShowGrants("TO", ObjectType.USER, limit=_limit(cursor))
    if direction == "ON":
        object_type, name = _grant_object(cursor)
        return ShowGrants("ON", object_type, name, limit=_limit(cursor))
    grantees = ("DATABASE ROLE", "ROLE", "USER") if direction == "TO" else ("DATABASE ROLE", "ROLE")
    object_type = _grantee(cursor, f"SHOW GRANTS {direction}", grantees)
    name = cursor.name()
    hierarchy = direction == "TO" and cursor.accept("INCLUDE HIERARCHY")
    return ShowGrants(direction, object_type, name, hierarchy, _limit(cursor))


def _grant_object(cursor: Cursor) -> tuple[ObjectType | None, tuple[str, ...]]:
    if cursor.peek(1) != "." and cursor.accept("ACCOUNT"):
        return ObjectType.ACCOUNT, ()
    # dbt asks `show grants on db.schema.name`, without a type
    if cursor.peek(1) == "." or cursor.peek() in ("", "IDENTIFIER") or cursor.position + 1 >= len(cursor.words):
        return None, cursor.name()
    word = cursor.accept_one(*sorted(GRANT_TYPES, key=len, reverse=True))
    if not word:
        raise not_implemented(f"SHOW GRANTS ON {_phrase(cursor)}", f"types: ACCOUNT, {', '.join(GRANT_TYPES)}")
    return GRANT_TYPES[word], cursor.name()


def _grantee(cursor: Cursor, statement: str, allowed: tuple[str, ...]) -> ObjectType:
    word = cursor.accept_one(*allowed)
    if not word:
        raise not_implemented(f"{statement} {_phrase(cursor)}", f"allowed: {statement} {' or '.join(allowed)}")
    return ObjectType(word)


def _future_grants(cursor: Cursor) -> ShowFutureGrants:
    direction = cursor.expect("IN", "TO")
    allowed = ("SCHEMA", "DATABASE") if direction == "IN" else ("DATABASE ROLE", "ROLE")
    object_type = _grantee(cursor, f"SHOW FUTURE GRANTS {direction}", allowed)
    name = cursor.name()
    hierarchy = direction == "TO" and cursor.accept("INCLUDE HIERARCHY")
    return ShowFutureGrants(object_type, name, hierarchy, _limit(cursor))


def _parameters(cursor: Cursor) -> ShowParameters:
    like = cursor.string() if cursor.accept("LIKE") else None
    scope = "SESSION"
    if cursor.accept_one("IN", "FOR"):
        scope = cursor.accept_one("SESSION", "ACCOUNT")
        if not scope:
            raise not_implemented(f"SHOW PARAMETERS IN {_phrase(cursor)}", "allowed: IN SESSION, IN ACCOUNT")
    return ShowParameters(scope, Filters(like))


def _describe(cursor: Cursor) -> Describe:
    word = cursor.accept_one(*sorted(DESCRIBABLE, key=len, reverse=True))
    if not word:
        raise not_implemented(f"DESCRIBE {_phrase(cursor)}", f"it implements DESCRIBE {', '.join(DESCRIBABLE)}")
    name = cursor.name()
    if word in ("TABLE", "VIEW") and cursor.accept("TYPE ="):
        kind = cursor.value()
        if kind != "COLUMNS":
            raise not_implemented(f"DESCRIBE {word} TYPE = {kind}", "allowed: TYPE = COLUMNS")
    return Describe(DESCRIBABLE[word], name)


def _phrase(cursor: Cursor) -> str:
    """The words ahead that say what was asked for, for the message."""
    words = [w.text.upper() for w in cursor.words[cursor.position : cursor.position + 2] if w.kind == "word"]
    return " ".join(words) or "<nothing>"
