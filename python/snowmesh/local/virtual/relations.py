"""INFORMATION_SCHEMA.TABLES, VIEWS and COLUMNS."""

from __future__ import annotations

from typing import Any

from snowmesh.account.objects import Column, ObjectType, Relation, shown_role
from snowmesh.local.session import ResultSet
from snowmesh.local.show.data_types import parts
from snowmesh.local.show.listing import columns
from snowmesh.local.show.relations import definition
from snowmesh.local.virtual.catalog import Catalog, Row, rows, yes_no

TABLES = columns(
    "TABLE_CATALOG, TABLE_SCHEMA, TABLE_NAME, TABLE_OWNER, TABLE_TYPE, IS_TRANSIENT, CLUSTERING_KEY, ROW_COUNT:FIXED, "
    "BYTES:FIXED, RETENTION_TIME:FIXED, SELF_REFERENCING_COLUMN_NAME, REFERENCE_GENERATION, "
    "USER_DEFINED_TYPE_CATALOG, USER_DEFINED_TYPE_SCHEMA, USER_DEFINED_TYPE_NAME, IS_INSERTABLE_INTO, IS_TYPED, "
    "COMMIT_ACTION, CREATED:TIMESTAMP_LTZ, LAST_ALTERED:TIMESTAMP_LTZ, LAST_DDL:TIMESTAMP_LTZ, LAST_DDL_BY, "
    "AUTO_CLUSTERING_ON, COMMENT, IS_TEMPORARY, IS_ICEBERG, IS_DYNAMIC, IS_IMMUTABLE, IS_HYBRID"
)
VIEWS = columns(
    "TABLE_CATALOG, TABLE_SCHEMA, TABLE_NAME, TABLE_OWNER, VIEW_DEFINITION, CHECK_OPTION, IS_UPDATABLE, "
    "INSERTABLE_INTO, IS_SECURE, CREATED:TIMESTAMP_LTZ, LAST_ALTERED:TIMESTAMP_LTZ, LAST_DDL:TIMESTAMP_LTZ, "
    "LAST_DDL_BY, COMMENT"
)
COLUMNS = columns(
    "TABLE_CATALOG, TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, ORDINAL_POSITION:FIXED, COLUMN_DEFAULT, IS_NULLABLE, "
    "DATA_TYPE, CHARACTER_MAXIMUM_LENGTH:FIXED, CHARACTER_OCTET_LENGTH:FIXED, NUMERIC_PRECISION:FIXED, "
    "NUMERIC_PRECISION_RADIX:FIXED, NUMERIC_SCALE:FIXED, DATETIME_PRECISION:FIXED, INTERVAL_TYPE, "
    "INTERVAL_PRECISION:FIXED, CHARACTER_SET_CATALOG, CHARACTER_SET_SCHEMA, CHARACTER_SET_NAME, COLLATION_CATALOG, "
    "COLLATION_SCHEMA, COLLATION_NAME, DOMAIN_CATALOG, DOMAIN_SCHEMA, DOMAIN_NAME, UDT_CATALOG, UDT_SCHEMA, UDT_NAME, "
    "SCOPE_CATALOG, SCOPE_SCHEMA, SCOPE_NAME, MAXIMUM_CARDINALITY:FIXED, DTD_IDENTIFIER, IS_SELF_REFERENCING, "
    "IS_IDENTITY, IDENTITY_GENERATION, IDENTITY_START, IDENTITY_INCREMENT, IDENTITY_MAXIMUM, IDENTITY_MINIMUM, "
    "IDENTITY_CYCLE, IDENTITY_ORDERED, SCHEMA_EVOLUTION_RECORD, COMMENT, DATA_TYPE_ALIAS, EXPRESSION, KIND"
)


def tables(catalog: Catalog, database: str) -> ResultSet:
    """TABLES: tables, dynamic tables and views."""
    return rows(TABLES, [table_row(item) for item in catalog.visible(Relation, (database,))])


def _located(item: Relation) -> dict[str, Any]:
    return {
        "TABLE_CATALOG": item.ref.name[0],
        "TABLE_SCHEMA": item.ref.name[1],
        "TABLE_NAME": item.ref.name[2],
        "TABLE_OWNER": shown_role(item.owner) or None,
        "CREATED": item.created_on,
        "LAST_ALTERED": item.created_on,
        "LAST_DDL": item.created_on,
        "COMMENT": item.comment or None,
    }


def table_row(item: Relation) -> dict[str, Any]:
    """A row of TABLES."""
    is_view = item.ref.type is ObjectType.VIEW
    transient = item.kind == "TRANSIENT" or item.properties.get("TRANSIENT", "").upper() == "TRUE"
    return {
        **_located(item),
        "TABLE_TYPE": _table_type(item),
        "IS_TRANSIENT": None if is_view else yes_no(transient),
        "CLUSTERING_KEY": item.properties.get("CLUSTER_BY") or None,
        "RETENTION_TIME": None if is_view else int(item.properties.get("DATA_RETENTION_TIME_IN_DAYS", "1")),
        "IS_INSERTABLE_INTO": "YES",
        "IS_TYPED": "YES",
        "AUTO_CLUSTERING_ON": None if is_view else "NO",
        "IS_TEMPORARY": yes_no(item.kind == "TEMPORARY"),
        "IS_ICEBERG": "NO",
        "IS_DYNAMIC": yes_no(item.ref.type is ObjectType.DYNAMIC_TABLE),
        "IS_IMMUTABLE": "NO",
        "IS_HYBRID": "NO",
    }


def _table_type(item: Relation) -> str:
    """A dynamic table is a BASE TABLE with IS_DYNAMIC = YES: dbt's catalog tells it so."""
    if item.ref.type is ObjectType.VIEW:
        return "VIEW"
    return "TEMPORARY TABLE" if item.kind == "TEMPORARY" else "BASE TABLE"


def views(catalog: Catalog, database: str) -> ResultSet:
    """VIEWS; the text of a secure view is its owner's only (S19)."""
    found = [
        view_row(item, definition(catalog, item)) for item in catalog.visible(Relation, (database,), ObjectType.VIEW)
    ]
    return rows(VIEWS, found)


def view_row(item: Relation, text: str) -> dict[str, Any]:
    """A row of VIEWS, with as much of the view's text as may be shown."""
    return {
        **_located(item),
        "VIEW_DEFINITION": text or None,
        "CHECK_OPTION": "NONE",
        "IS_UPDATABLE": "NO",
        "INSERTABLE_INTO": "NO",
        "IS_SECURE": yes_no(item.secure),
    }


def table_columns(catalog: Catalog, database: str) -> ResultSet:
    """COLUMNS of all visible relations."""
    found = [
        column_row(item, column, position)
        for item in catalog.visible(Relation, (database,))
        for position, column in enumerate(item.columns, start=1)
    ]
    return rows(COLUMNS, found)


def column_row(item: Relation, column: Column, position: int) -> Row:
    """A row of COLUMNS."""
    found = parts(column.data_type)
    return {
        "TABLE_CATALOG": item.ref.name[0],
        "TABLE_SCHEMA": item.ref.name[1],
        "TABLE_NAME": item.ref.name[2],
        "COLUMN_NAME": column.name,
        "ORDINAL_POSITION": position,
        "IS_NULLABLE": yes_no(column.nullable),
        "DATA_TYPE": "TEXT" if found.family == "VARCHAR" else found.family,
        "CHARACTER_MAXIMUM_LENGTH": found.length,
        "CHARACTER_OCTET_LENGTH": found.octets,
        "NUMERIC_PRECISION": found.precision,
        "NUMERIC_PRECISION_RADIX": None if found.precision is None else 10,
        "NUMERIC_SCALE": found.scale,
        "DATETIME_PRECISION": found.fraction,
        "IS_SELF_REFERENCING": "NO",
        "IS_IDENTITY": "NO",
        "COMMENT": column.comment or None,
        "KIND": "COLUMN",
    }
