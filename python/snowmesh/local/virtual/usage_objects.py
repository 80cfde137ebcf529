"""DATABASES, SCHEMATA, TABLES, VIEWS and COLUMNS of ACCOUNT_USAGE: what is in the account, imported databases left out.

https://docs.snowflake.com/en/sql-reference/account-usage/tables and its neighbours
"""

from __future__ import annotations

from collections.abc import Iterator

from snowmesh.account.objects import Database, ObjectType, Relation, Schema
from snowmesh.account.state import Account
from snowmesh.local.show.listing import columns
from snowmesh.local.virtual import containers, relations
from snowmesh.local.virtual.usage_view import OBJECT, Row, View, imported, role_type

_NOT_APPLICABLE = (
    "SELF_REFERENCING_COLUMN_NAME, REFERENCE_GENERATION, USER_DEFINED_TYPE_CATALOG, USER_DEFINED_TYPE_SCHEMA, "
    "USER_DEFINED_TYPE_NAME"
)
_HOME = "TABLE_NAME, TABLE_SCHEMA_ID:FIXED, TABLE_SCHEMA, TABLE_CATALOG_ID:FIXED, TABLE_CATALOG"
_CHANGED = "CREATED:TIMESTAMP_LTZ, LAST_ALTERED:TIMESTAMP_LTZ, LAST_DDL:TIMESTAMP_LTZ, LAST_DDL_BY"


def _databases(account: Account) -> Iterator[Row]:
    for item in account.of_type(ObjectType.DATABASE):
        if isinstance(item, Database):
            yield containers.database_row(item)


def _schemata(account: Account) -> Iterator[Row]:
    for item in account.of_type(ObjectType.SCHEMA):
        if isinstance(item, Schema) and not imported(account, item.ref):
            yield {
                **containers.schema_row(item),
                "SCHEMA_TYPE": "STANDARD",
                "OWNER_ROLE_TYPE": role_type(item.owner),
            }


def _relations(account: Account, *types: ObjectType) -> list[Relation]:
    found = [o for o in account.of_type(*types) if isinstance(o, Relation) and not imported(account, o.ref)]
    return sorted(found, key=lambda item: item.ref.name)


def _tables(account: Account) -> Iterator[Row]:
    for item in _relations(account, ObjectType.TABLE, ObjectType.DYNAMIC_TABLE, ObjectType.VIEW):
        yield {**relations.table_row(item), "OWNER_ROLE_TYPE": role_type(item.owner)}


def _views(account: Account) -> Iterator[Row]:
    """The text of a secure view is its owner's only (S19), and these rows are for everybody who reads the view."""
    for item in _relations(account, ObjectType.VIEW):
        definition = "" if account.is_secure(item) else item.query
        yield {**relations.view_row(item, definition), "OWNER_ROLE_TYPE": role_type(item.owner)}


def _columns(account: Account) -> Iterator[Row]:
    for item in _relations(account, ObjectType.TABLE, ObjectType.DYNAMIC_TABLE, ObjectType.VIEW):
        for position, column in enumerate(item.columns, start=1):
            yield dict(relations.column_row(item, column, position))


# INFORMATION_SCHEMA.COLUMNS from ORDINAL_POSITION to COMMENT, the identifiers before it and DELETED after
_SHARED = [c for c in relations.COLUMNS if c.name not in ("TABLE_CATALOG", "TABLE_SCHEMA", "TABLE_NAME", "COLUMN_NAME")]
_LAST = ("DATA_TYPE_ALIAS", "EXPRESSION", "KIND")
_COLUMN_COLUMNS = (
    *columns(f"COLUMN_ID:FIXED, COLUMN_NAME, TABLE_ID:FIXED, {_HOME}"),
    *(c for c in _SHARED if c.name not in _LAST),
    *columns("DELETED:TIMESTAMP_LTZ"),
    *(c for c in _SHARED if c.name in _LAST),
)
VIEWS = {
    "DATABASES": View(
        columns(
            "DATABASE_ID:FIXED, DATABASE_NAME, DATABASE_OWNER, IS_TRANSIENT, COMMENT, CREATED:TIMESTAMP_LTZ, "
            "LAST_ALTERED:TIMESTAMP_LTZ, DELETED:TIMESTAMP_LTZ, RETENTION_TIME:FIXED, RESOURCE_GROUP, TYPE, "
            "OWNER_ROLE_TYPE, OBJECT_VISIBILITY"
        ),
        _databases,
        (OBJECT,),
    ),
    "SCHEMATA": View(
        columns(
            "SCHEMA_ID:FIXED, SCHEMA_NAME, CATALOG_ID:FIXED, CATALOG_NAME, SCHEMA_OWNER, RETENTION_TIME:FIXED, "
            "IS_TRANSIENT, IS_MANAGED_ACCESS, DEFAULT_CHARACTER_SET_CATALOG, DEFAULT_CHARACTER_SET_SCHEMA, "
            "DEFAULT_CHARACTER_SET_NAME, SQL_PATH, COMMENT, CREATED:TIMESTAMP_LTZ, LAST_ALTERED:TIMESTAMP_LTZ, "
            "DELETED:TIMESTAMP_LTZ, SCHEMA_TYPE, OWNER_ROLE_TYPE, VERSION_NAME, VERSIONED_SCHEMA_ID:FIXED, "
            "OBJECT_VISIBILITY"
        ),
        _schemata,
        (OBJECT,),
    ),
    "TABLES": View(
        columns(
            f"TABLE_ID:FIXED, {_HOME}, TABLE_OWNER, TABLE_TYPE, IS_TRANSIENT, CLUSTERING_KEY, ROW_COUNT:FIXED, "
            f"BYTES:FIXED, RETENTION_TIME:FIXED, {_NOT_APPLICABLE}, IS_INSERTABLE_INTO, IS_TYPED, COMMIT_ACTION, "
            f"{_CHANGED}, DELETED:TIMESTAMP_LTZ, AUTO_CLUSTERING_ON, COMMENT, OWNER_ROLE_TYPE, INSTANCE_ID:FIXED, "
            "IS_ICEBERG, IS_DYNAMIC, IS_HYBRID"
        ),
        _tables,
        (OBJECT,),
    ),
    "VIEWS": View(
        columns(
            f"TABLE_ID:FIXED, {_HOME}, TABLE_OWNER, VIEW_DEFINITION, CHECK_OPTION, IS_UPDATABLE, INSERTABLE_INTO, "
            f"IS_SECURE, {_CHANGED}, DELETED:TIMESTAMP_LTZ, COMMENT, INSTANCE_ID:FIXED, OWNER_ROLE_TYPE"
        ),
        _views,
        (OBJECT,),
    ),
    "COLUMNS": View(_COLUMN_COLUMNS, _columns, (OBJECT,)),
}
