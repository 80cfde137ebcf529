"""INFORMATION_SCHEMA.SCHEMATA and DATABASES."""

from __future__ import annotations

from typing import Any

from snowmesh.account.objects import Database, Schema, role_ref, shown_role
from snowmesh.account.objects import database as database_ref
from snowmesh.local.session import ResultSet
from snowmesh.local.show.containers import database_kind
from snowmesh.local.show.listing import columns
from snowmesh.local.show.request import INFORMATION_SCHEMA
from snowmesh.local.virtual.catalog import Catalog, rows, yes_no

SCHEMATA = columns(
    "CATALOG_NAME, SCHEMA_NAME, SCHEMA_OWNER, IS_TRANSIENT, IS_MANAGED_ACCESS, RETENTION_TIME:FIXED, "
    "DEFAULT_CHARACTER_SET_CATALOG, DEFAULT_CHARACTER_SET_SCHEMA, DEFAULT_CHARACTER_SET_NAME, SQL_PATH, "
    "CREATED:TIMESTAMP_LTZ, LAST_ALTERED:TIMESTAMP_LTZ, COMMENT"
)
DATABASES = columns(
    "DATABASE_NAME, DATABASE_OWNER, IS_TRANSIENT, COMMENT, CREATED:TIMESTAMP_LTZ, LAST_ALTERED:TIMESTAMP_LTZ, "
    "RETENTION_TIME:FIXED, TYPE, OWNER_ROLE_TYPE"
)


def schemata(catalog: Catalog, database: str) -> ResultSet:
    """SCHEMATA, INFORMATION_SCHEMA itself included."""
    found = [schema_row(item) for item in catalog.visible(Schema, (database,))]
    holder = catalog.account.objects.get(database_ref(database))
    if holder is not None:
        own = {"CATALOG_NAME": database, "SCHEMA_NAME": INFORMATION_SCHEMA, "IS_TRANSIENT": "NO"}
        times = {"CREATED": holder.created_on, "LAST_ALTERED": holder.created_on}
        comment = "Views describing the contents of schemas in this database"
        found.append({**own, **times, "IS_MANAGED_ACCESS": "NO", "RETENTION_TIME": 1, "COMMENT": comment})
    return rows(SCHEMATA, sorted(found, key=lambda row: str(row["SCHEMA_NAME"])))


def schema_row(item: Schema) -> dict[str, Any]:
    """A row of SCHEMATA."""
    return {
        "CATALOG_NAME": item.ref.name[0],
        "SCHEMA_NAME": item.ref.name[1],
        "SCHEMA_OWNER": shown_role(item.owner) or None,
        "IS_TRANSIENT": yes_no(item.transient),
        "IS_MANAGED_ACCESS": yes_no(item.managed_access),
        "RETENTION_TIME": int(item.properties.get("DATA_RETENTION_TIME_IN_DAYS", "1")),
        "CREATED": item.created_on,
        "LAST_ALTERED": item.created_on,
        "COMMENT": item.comment or None,
    }


def databases(catalog: Catalog, _database: str) -> ResultSet:
    """DATABASES: all of the account, whichever INFORMATION_SCHEMA is asked."""
    return rows(DATABASES, [database_row(item) for item in catalog.visible(Database)])


def database_row(item: Database) -> dict[str, Any]:
    """A row of DATABASES."""
    return {
        "DATABASE_NAME": item.ref.name[0],
        "DATABASE_OWNER": shown_role(item.owner) or None,
        "IS_TRANSIENT": yes_no(item.transient),
        "COMMENT": item.comment or None,
        "CREATED": item.created_on,
        "LAST_ALTERED": item.created_on,
        "RETENTION_TIME": int(item.properties.get("DATA_RETENTION_TIME_IN_DAYS", "1")),
        "TYPE": database_kind(item),
        "OWNER_ROLE_TYPE": role_ref(item.owner).type.shown if item.owner else None,
    }
