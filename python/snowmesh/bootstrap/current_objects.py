"""The objects of an account, from SHOW ROLES, WAREHOUSES, DATABASES, SCHEMAS and USERS (S1, S2, S11-S13, S20)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from snowmesh.account import objects
from snowmesh.account.objects import Database, ObjectType, Schema, SecurableObject
from snowmesh.account.state import frozen
from snowmesh.bootstrap import shown
from snowmesh.bootstrap.declared import Declared
from snowmesh.bootstrap.markers import MARKED, unmarked
from snowmesh.bootstrap.problems import BootstrapError
from snowmesh.bootstrap.session import Row, Session

ROW_CAP = 10_000  # SHOW answers with at most so many rows, and does not say that there are more


@dataclass(frozen=True)
class Found:
    """The objects, and the roles that users hold."""

    objects: tuple[SecurableObject, ...]
    held_by_users: frozenset[str]


def read(session: Session, declared: Declared, thorough: bool) -> Found:
    """Every object that the declared account can touch. Raises BootstrapError and StatementError."""
    rows = _listed(session, "SHOW ROLES")
    found = [_plain(objects.role(shown.name(row["name"])), row) for row in rows]
    found.extend(_warehouse(row) for row in _listed(session, "SHOW WAREHOUSES"))
    databases = [_database(row) for row in _listed(session, "SHOW DATABASES")]
    found.extend(databases)
    found.extend(_schema(row) for row in _schema_rows(session, declared))
    if declared.account.of_type(ObjectType.USER):
        found.extend(_user(row) for row in _listed(session, "SHOW USERS"))
    found.extend(_database_roles(session, declared, {d.ref for d in databases}, thorough))
    held = frozenset(shown.name(row["name"]) for row in rows if str(row.get("assigned_to_users") or "0") != "0")
    return Found(tuple(found), held)


def _listed(session: Session, sql: str) -> list[Row]:
    rows = session.query(sql)
    if len(rows) == ROW_CAP:
        raise BootstrapError(
            f"{sql} answered with {ROW_CAP:,} rows, which is where Snowflake stops listing; "
            "mesh-bootstrap does not plan from half a list."
        )
    return rows


def _schema_rows(session: Session, declared: Declared) -> list[Row]:
    """One statement for all schemas; in a very large account one for each declared database that exists."""
    rows = session.query("SHOW SCHEMAS IN ACCOUNT")
    if len(rows) < ROW_CAP:
        return rows
    databases = {shown.name(row["database_name"]) for row in rows}
    wanted = [d.ref for d in declared.account.of_type(ObjectType.DATABASE) if d.ref.name[0] in databases]
    return [row for ref in wanted for row in _listed(session, f"SHOW SCHEMAS IN DATABASE {ref.sql}")]


def _database_roles(
    session: Session, declared: Declared, existing: set[objects.ObjectRef], thorough: bool
) -> Iterator[SecurableObject]:
    """Of the databases that declare any; `thorough` of every declared database."""
    roles = declared.account.of_type(ObjectType.DATABASE_ROLE)
    wanted = {objects.database(r.ref.name[0]) for r in roles}
    if thorough:
        wanted |= {d.ref for d in declared.account.of_type(ObjectType.DATABASE)}
    for ref in sorted(wanted & existing):
        for row in _listed(session, f"SHOW DATABASE ROLES IN DATABASE {ref.sql}"):
            yield _plain(objects.database_role(ref.name[0], shown.name(row["name"])), row)


# -- rows ------------------------------------------------------------------------------------------------


def _comment(row: Row) -> dict[str, str]:
    """The comment without the marker, and whether the marker was there."""
    text, is_marked = unmarked(str(row.get("comment") or ""))
    return {"COMMENT": text, MARKED: "TRUE" if is_marked else "FALSE"}


def _plain(ref: objects.ObjectRef, row: Row) -> SecurableObject:
    return SecurableObject(ref=ref, owner=shown.name(row["owner"]), properties=frozen(_comment(row)))


def _warehouse(row: Row) -> SecurableObject:
    properties = {
        "WAREHOUSE_SIZE": shown.warehouse_size(row["size"]),
        "AUTO_SUSPEND": str(row["auto_suspend"] or 0),
        **_comment(row),
    }
    ref = objects.warehouse(shown.name(row["name"]))
    return SecurableObject(ref=ref, owner=shown.name(row["owner"]), properties=frozen(properties))


def _database(row: Row) -> Database:
    shared = bool(row.get("origin")) or str(row.get("kind") or "").upper().startswith("IMPORTED")
    return Database(
        ref=objects.database(shown.name(row["name"])),
        owner=shown.name(row["owner"]),
        properties=frozen({**_comment(row), "RETENTION": str(row.get("retention_time") or "")}),
        shared=shared,
    )


def _schema(row: Row) -> Schema:
    managed = "MANAGED ACCESS" in str(row.get("options") or "")
    return Schema(
        ref=objects.schema(shown.name(row["database_name"]), shown.name(row["name"])),
        owner=shown.name(row["owner"]),
        properties=frozen({**_comment(row), "MANAGED_ACCESS": "TRUE" if managed else "FALSE"}),
        managed_access=managed,
    )


def _user(row: Row) -> SecurableObject:
    properties = {
        "TYPE": str(row.get("type") or "PERSON").upper(),  # NULL is a person (C3)
        "DEFAULT_ROLE": shown.name(row["default_role"]),
        "DEFAULT_WAREHOUSE": shown.name(row["default_warehouse"]),
        "DEFAULT_NAMESPACE": shown.namespace(row["default_namespace"]),
        **_comment(row),
    }
    ref = objects.user(shown.name(row["name"]))
    return SecurableObject(ref=ref, owner=shown.name(row["owner"]), properties=frozen(properties))
