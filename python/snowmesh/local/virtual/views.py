"""The INFORMATION_SCHEMA views we know, by name."""

from __future__ import annotations

from collections.abc import Callable

from snowmesh.local.session import ResultSet
from snowmesh.local.virtual import containers, privileges, relations
from snowmesh.local.virtual.catalog import Catalog

VIEWS: dict[str, Callable[[Catalog, str], ResultSet]] = {
    "APPLICABLE_ROLES": privileges.applicable_roles,
    "COLUMNS": relations.table_columns,
    "DATABASES": containers.databases,
    "ENABLED_ROLES": privileges.enabled_roles,
    "OBJECT_PRIVILEGES": privileges.object_privileges,
    "SCHEMATA": containers.schemata,
    "TABLE_PRIVILEGES": privileges.table_privileges,
    "TABLES": relations.tables,
    "VIEWS": relations.views,
}
