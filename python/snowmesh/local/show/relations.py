"""SHOW OBJECTS, TABLES, VIEWS, DYNAMIC TABLES, COLUMNS and the key listings (S17-S19)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from snowmesh.account import dropping
from snowmesh.account.objects import Column, ObjectType, Relation, shown_role
from snowmesh.local.errors import not_found
from snowmesh.local.show.data_types import show_columns_json
from snowmesh.local.show.listing import Listing, Row, columns
from snowmesh.local.show.request import Request, owner_role_type, true_false, yes_no
from snowmesh.local.show.statements import ShowObjects

TABLES = (ObjectType.TABLE, ObjectType.DYNAMIC_TABLE)
_LOCATED = "created_on:TIMESTAMP_LTZ, name, database_name, schema_name"


def relations(request: Request, statement: ShowObjects, *types: ObjectType) -> list[Relation]:
    """The visible relations in the scope, by full name; without IN each name once (S17b)."""
    found = list(request.visible(Relation, request.prefix(statement.scope), *types))
    if statement.scope.kind or not request.session.database:
        return found
    found.sort(key=lambda r: r.ref.name[1] != request.session.schema)
    once = {item.ref.name[2]: item for item in reversed(found)}
    return sorted(once.values(), key=lambda r: r.ref.name)


def definition(request: Request, relation: Relation) -> str:
    """The text of a view; a secure one shows it to its owner only (S19)."""
    if request.account.is_secure(relation) and not request.authority.owns(relation.ref):
        return ""
    if not relation.query:
        return ""
    secure = "secure " if relation.secure else ""
    return f"create or replace {secure}{relation.ref.type.value.lower()} {relation.ref.sql} as {relation.query}"


def _located(item: Relation, days: int = 1) -> dict[str, Any]:
    return {
        "created_on": item.created_on,
        "name": item.ref.name[2],
        "database_name": item.ref.name[0],
        "schema_name": item.ref.name[1],
        "comment": item.comment,
        "owner": shown_role(item.owner),
        "owner_role_type": owner_role_type(item),
        "cluster_by": item.properties.get("CLUSTER_BY", ""),
        "rows": None,
        "bytes": None,
        "retention_time": str(days),
        "budget": None,
        "is_hybrid": "N",
        "is_iceberg": "N",
        "is_dynamic": yes_no(item.ref.type is ObjectType.DYNAMIC_TABLE),
    }


def _objects(request: Request, statement: ShowObjects) -> list[Row]:
    # kind is TABLE or VIEW only: dbt takes every other word for an external table (S17)
    found = sorted(relations(request, statement), key=lambda r: (r.ref.name[2], r.ref.name))
    kinds = ("VIEW" if r.ref.type is ObjectType.VIEW else "TABLE" for r in found)
    return [{**_located(r, _days(request, r)), "kind": kind} for r, kind in zip(found, kinds, strict=True)]


def _tables(request: Request, statement: ShowObjects) -> list[Row]:
    rows: list[Row] = [_table(r, _days(request, r), statement) for r in relations(request, statement, *TABLES)]
    return [*rows, *_dropped(request, statement, TABLES)] if statement.history else rows


def _table(item: Relation, days: int, statement: ShowObjects) -> dict[str, Any]:
    constant = {
        "automatic_clustering": "OFF",
        "change_tracking": "OFF",
        "search_optimization": "OFF",
        "search_optimization_progress": None,
        "search_optimization_bytes": None,
        "is_external": "N",
        "enable_schema_evolution": "N",
        "is_event": "N",
    }
    return {**_located(item, days), **constant, "kind": "TABLE" if statement.terse else table_kind(item)}


def _dropped(request: Request, statement: ShowObjects, types: tuple[ObjectType, ...]) -> Iterator[dict[str, Any]]:
    """The tables that UNDROP can bring back; the last one first."""
    for record in request.dropped(types, request.prefix(statement.scope)):
        item = record.piece.objects[record.ref]
        if isinstance(item, Relation):
            yield {**_table(item, record.days, statement), "dropped_on": record.on}


def _days(request: Request, item: Relation) -> int:
    return dropping.retention_days(request.account, item.ref)


def table_kind(relation: Relation) -> str:
    """TABLE, TRANSIENT or TEMPORARY; dbt asks it of dynamic tables too (S18)."""
    if relation.ref.type is ObjectType.DYNAMIC_TABLE:
        return "TRANSIENT" if relation.properties.get("TRANSIENT", "").upper() == "TRUE" else "TABLE"
    return relation.kind


def _views(request: Request, statement: ShowObjects) -> list[Row]:
    return [
        {
            **_located(r),
            "kind": "VIEW",
            "reserved": "",
            "text": definition(request, r),
            "is_secure": true_false(r.secure),
            "is_materialized": "false",
            "change_tracking": "OFF",
        }
        for r in relations(request, statement, ObjectType.VIEW)
    ]


def _dynamic_tables(request: Request, statement: ShowObjects) -> list[Row]:
    return [
        {**_located(r), **_dynamic(r), "text": definition(request, r)}
        for r in relations(request, statement, ObjectType.DYNAMIC_TABLE)
    ]


def _dynamic(item: Relation) -> dict[str, Any]:
    given = item.properties
    where = given.get("IMMUTABLE_WHERE")
    if where and not where.upper().startswith("IMMUTABLE WHERE"):
        where = f"IMMUTABLE WHERE ({where})"
    return {
        "target_lag": given.get("TARGET_LAG"),
        "scheduler": given.get("SCHEDULER"),
        "refresh_mode": given.get("REFRESH_MODE", "AUTO").upper(),
        "refresh_mode_reason": None,
        "warehouse": given.get("WAREHOUSE"),
        "initialization_warehouse": given.get("INITIALIZATION_WAREHOUSE"),
        "automatic_clustering": "OFF",
        "scheduling_state": given.get("SCHEDULING_STATE", "RUNNING"),
        "last_suspended_on": None,
        "is_clone": "false",
        "is_replica": "false",
        "is_iceberg": "false",
        "data_timestamp": datetime.fromisoformat(given.get("DATA_TIMESTAMP", item.created_on.isoformat())),
        "immutable_where": where,
        "execute_as_user": None,
    }


def _columns(request: Request, statement: ShowObjects) -> list[Row]:
    return [_column(relation, column) for relation in _tables_in(request, statement) for column in relation.columns]


def _tables_in(request: Request, statement: ShowObjects) -> Iterator[Relation]:
    """The relations of SHOW COLUMNS and SHOW ... KEYS: here a bare name after IN is a table."""
    scope = statement.scope
    if scope.kind not in ("TABLE", "NAME"):
        yield from request.visible(Relation, request.prefix(scope))
        return
    if not scope.name:
        current = (request.session.database, request.session.schema)
        yield from request.visible(Relation, tuple(part for part in current if part))
        return
    ref = request.session.resolve(ObjectType.TABLE, scope.name, f"SHOW {statement.what}")
    found = request.account.relation(ref.name)
    if found is None or not request.sees(found.ref):
        raise not_found(ref)
    yield found


def _column(relation: Relation, column: Column) -> Row:
    return {
        "table_name": relation.ref.name[2],
        "schema_name": relation.ref.name[1],
        "column_name": column.name,
        "data_type": show_columns_json(column.data_type, column.nullable),
        "null?": true_false(column.nullable),
        "default": "",
        "kind": "COLUMN",
        "expression": "",
        "comment": column.comment,
        "database_name": relation.ref.name[0],
        "autoincrement": "",
        "schema_evolution_record": None,
    }


def _keys(request: Request, statement: ShowObjects) -> Sequence[Row]:
    """No rows: constraints are not kept. The scope is checked all the same."""
    list(_tables_in(request, statement))
    return []


_KEY_COLUMNS = columns(
    "created_on:TIMESTAMP_LTZ, database_name, schema_name, table_name, column_name, key_sequence:FIXED, "
    "constraint_name, rely, comment"
)
_IMPORTED_COLUMNS = columns(
    "created_on:TIMESTAMP_LTZ, pk_database_name, pk_schema_name, pk_table_name, pk_column_name, fk_database_name, "
    "fk_schema_name, fk_table_name, fk_column_name, key_sequence:FIXED, update_rule, delete_rule, fk_name, pk_name, "
    "deferrability, rely, comment"
)
LISTINGS = {
    "OBJECTS": Listing(
        columns(
            f"{_LOCATED}, kind, comment, cluster_by, rows:FIXED, bytes:FIXED, owner, retention_time, "
            "owner_role_type, budget, is_hybrid, is_dynamic, is_iceberg"
        ),
        _objects,
    ),
    "TABLES": Listing(
        columns(
            f"{_LOCATED}, kind, comment, cluster_by, rows:FIXED, bytes:FIXED, owner, retention_time, "
            "automatic_clustering, change_tracking, search_optimization, search_optimization_progress, "
            "search_optimization_bytes:FIXED, is_external, enable_schema_evolution, owner_role_type, is_event, "
            "budget, is_hybrid, is_iceberg, is_dynamic"
        ),
        _tables,
    ),
    "VIEWS": Listing(
        columns(
            "created_on:TIMESTAMP_LTZ, name, reserved, database_name, schema_name, owner, comment, text, is_secure, "
            "is_materialized, owner_role_type, change_tracking"
        ),
        _views,
    ),
    "DYNAMIC TABLES": Listing(
        columns(
            f"{_LOCATED}, cluster_by, rows:FIXED, bytes:FIXED, owner, target_lag, scheduler, refresh_mode, "
            "refresh_mode_reason, warehouse, initialization_warehouse, comment, text, automatic_clustering, "
            "scheduling_state, last_suspended_on:TIMESTAMP_LTZ, is_clone, is_replica, is_iceberg, "
            "data_timestamp:TIMESTAMP_LTZ, owner_role_type, immutable_where, execute_as_user"
        ),
        _dynamic_tables,
    ),
    "COLUMNS": Listing(
        columns(
            "table_name, schema_name, column_name, data_type, null?, default, kind, expression, comment, "
            "database_name, autoincrement, schema_evolution_record"
        ),
        _columns,
        key="column_name",
    ),
    "PRIMARY KEYS": Listing(_KEY_COLUMNS, _keys, terse=_KEY_COLUMNS),
    "UNIQUE KEYS": Listing(_KEY_COLUMNS, _keys, terse=_KEY_COLUMNS),
    "IMPORTED KEYS": Listing(_IMPORTED_COLUMNS, _keys, terse=_IMPORTED_COLUMNS),
}
