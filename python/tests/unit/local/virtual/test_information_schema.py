"""INFORMATION_SCHEMA views: golden columns, role-filtered rows, dbt's catalog columns (V1)."""

from collections.abc import Callable

import pytest

from snowmesh.account.state import Account
from snowmesh.local import virtual
from snowmesh.local.session import Session

Rows = list[dict[str, object]]
NA = "SELF_REFERENCING_COLUMN_NAME REFERENCE_GENERATION USER_DEFINED_TYPE_CATALOG USER_DEFINED_TYPE_SCHEMA "
GOLDEN = {
    "TABLES": "TABLE_CATALOG TABLE_SCHEMA TABLE_NAME TABLE_OWNER TABLE_TYPE IS_TRANSIENT CLUSTERING_KEY ROW_COUNT BYTES "
    f"RETENTION_TIME {NA}USER_DEFINED_TYPE_NAME IS_INSERTABLE_INTO IS_TYPED COMMIT_ACTION CREATED LAST_ALTERED LAST_DDL "
    "LAST_DDL_BY AUTO_CLUSTERING_ON COMMENT IS_TEMPORARY IS_ICEBERG IS_DYNAMIC IS_IMMUTABLE IS_HYBRID",
    "VIEWS": "TABLE_CATALOG TABLE_SCHEMA TABLE_NAME TABLE_OWNER VIEW_DEFINITION CHECK_OPTION IS_UPDATABLE "
    "INSERTABLE_INTO IS_SECURE CREATED LAST_ALTERED LAST_DDL LAST_DDL_BY COMMENT",
    "COLUMNS": "TABLE_CATALOG TABLE_SCHEMA TABLE_NAME COLUMN_NAME ORDINAL_POSITION COLUMN_DEFAULT IS_NULLABLE DATA_TYPE "
    "CHARACTER_MAXIMUM_LENGTH CHARACTER_OCTET_LENGTH NUMERIC_PRECISION NUMERIC_PRECISION_RADIX NUMERIC_SCALE "
    "DATETIME_PRECISION INTERVAL_TYPE INTERVAL_PRECISION CHARACTER_SET_CATALOG CHARACTER_SET_SCHEMA CHARACTER_SET_NAME "
    "COLLATION_CATALOG COLLATION_SCHEMA COLLATION_NAME DOMAIN_CATALOG DOMAIN_SCHEMA DOMAIN_NAME UDT_CATALOG UDT_SCHEMA "
    "UDT_NAME SCOPE_CATALOG SCOPE_SCHEMA SCOPE_NAME MAXIMUM_CARDINALITY DTD_IDENTIFIER IS_SELF_REFERENCING IS_IDENTITY "
    "IDENTITY_GENERATION IDENTITY_START IDENTITY_INCREMENT IDENTITY_MAXIMUM IDENTITY_MINIMUM IDENTITY_CYCLE "
    "IDENTITY_ORDERED SCHEMA_EVOLUTION_RECORD COMMENT DATA_TYPE_ALIAS EXPRESSION KIND",
    "SCHEMATA": "CATALOG_NAME SCHEMA_NAME SCHEMA_OWNER IS_TRANSIENT IS_MANAGED_ACCESS RETENTION_TIME "
    "DEFAULT_CHARACTER_SET_CATALOG DEFAULT_CHARACTER_SET_SCHEMA DEFAULT_CHARACTER_SET_NAME SQL_PATH CREATED "
    "LAST_ALTERED COMMENT",
    "DATABASES": "DATABASE_NAME DATABASE_OWNER IS_TRANSIENT COMMENT CREATED LAST_ALTERED RETENTION_TIME TYPE "
    "OWNER_ROLE_TYPE",
    "TABLE_PRIVILEGES": "GRANTOR GRANTEE GRANTED_TO TABLE_CATALOG TABLE_SCHEMA TABLE_NAME PRIVILEGE_TYPE IS_GRANTABLE "
    "WITH_HIERARCHY CREATED",
    "OBJECT_PRIVILEGES": "GRANTOR GRANTEE GRANTED_TO OBJECT_CATALOG OBJECT_SCHEMA OBJECT_NAME OBJECT_TYPE "
    "PRIVILEGE_TYPE IS_GRANTABLE CREATED",
    "APPLICABLE_ROLES": "GRANTEE ROLE_NAME ROLE_OWNER IS_GRANTABLE",
    "ENABLED_ROLES": "ROLE_NAME ROLE_OWNER",
}
Select = Callable[..., Rows]


@pytest.fixture
def select(shop: Account) -> Select:
    def run(name: str, role: str = "SHOP_ROLE", database: str = "SHOP", user: str = "ADMIN") -> Rows:
        found = virtual.view(database, name, shop, Session(user, role, "NONE"))
        assert found is not None
        return [dict(zip([c.name for c in found.columns], row, strict=True)) for row in found.rows]

    return run


@pytest.mark.parametrize("name", GOLDEN)
def test_columns_are_those_of_snowflake(shop: Account, name: str) -> None:
    found = virtual.view("SHOP", name, shop, Session("ADMIN", "SHOP_ROLE"))
    assert found is not None
    assert [c.name for c in found.columns] == GOLDEN[name].split()
    assert found.rows


def test_types(shop: Account) -> None:
    found = virtual.view("SHOP", "TABLES", shop, Session("ADMIN", "SHOP_ROLE"))
    assert found is not None
    types = {c.name: c.type for c in found.columns}
    assert {types[n] for n in ("ROW_COUNT", "BYTES", "RETENTION_TIME")} == {"FIXED"}
    assert {types[n] for n in ("CREATED", "LAST_ALTERED", "LAST_DDL")} == {"TIMESTAMP_LTZ"}


@pytest.mark.parametrize("name", ["TAG_REFERENCES", "tables", "NOPE", ""])
def test_an_unknown_view_is_not_ours(shop: Account, name: str) -> None:
    assert virtual.view("SHOP", name, shop, Session("ADMIN", "SHOP_ROLE")) is None


def test_tables_as_dbt_s_catalog_reads_them(select: Select) -> None:
    """A dynamic table is a BASE TABLE with IS_DYNAMIC = YES."""
    found = {r["TABLE_NAME"]: (r["TABLE_TYPE"], r["IS_DYNAMIC"], r["TABLE_OWNER"]) for r in select("TABLES")}
    assert found == {
        "ORDERS": ("BASE TABLE", "NO", "SHOP_ROLE"),
        "DT_ORDERS": ("BASE TABLE", "YES", "SHOP_ROLE"),
        "odd name": ("BASE TABLE", "NO", "SHOP_ROLE"),
        "V_ORDERS": ("VIEW", "NO", "SHOP_ROLE"),
        "V_SECRET": ("VIEW", "NO", "SHOP_ROLE"),
    }
    orders = next(r for r in select("TABLES") if r["TABLE_NAME"] == "ORDERS")
    assert (orders["COMMENT"], orders["IS_TRANSIENT"], orders["ROW_COUNT"]) == ("orders", "YES", None)
    assert str(orders["LAST_ALTERED"]) == "2026-03-01 12:00:00+00:00"


@pytest.mark.parametrize(
    ("view", "counts"),
    [
        ("TABLES", {"SHOP_ROLE": 5, "READER": 3, "LONELY": 0, "SECURITYADMIN": 0}),
        ("VIEWS", {"SHOP_ROLE": 2, "READER": 2, "LONELY": 0}),
        ("COLUMNS", {"SHOP_ROLE": 11, "READER": 8, "LONELY": 0, "SECURITYADMIN": 0}),
        ("SCHEMATA", {"SHOP_ROLE": 4, "READER": 2, "LONELY": 1}),
        ("DATABASES", {"SHOP_ROLE": 2, "READER": 1, "LONELY": 0, "SECURITYADMIN": 0}),
        ("TABLE_PRIVILEGES", {"SHOP_ROLE": 8, "READER": 6, "LONELY": 0, "SECURITYADMIN": 0}),
    ],
)
def test_only_visible_objects_and_manage_grants_counts_for_nothing(
    select: Select, view: str, counts: dict[str, int]
) -> None:
    """V1; D:sql-reference/info-schema/tables: unlike SHOW, it does not honor MANAGE GRANTS."""
    assert {role: len(select(view, role=role)) for role in counts} == counts


def test_a_view_looks_into_its_own_database_only(select: Select) -> None:
    assert [r["TABLE_NAME"] for r in select("TABLES", database="SAMPLE")] == ["CUSTOMER"]
    assert select("TABLES", database="NOPE") == []


def test_columns(select: Select) -> None:
    keys = (
        "ORDINAL_POSITION",
        "DATA_TYPE",
        "IS_NULLABLE",
        "CHARACTER_MAXIMUM_LENGTH",
        "NUMERIC_PRECISION",
        "NUMERIC_SCALE",
        "DATETIME_PRECISION",
    )
    found = {r["COLUMN_NAME"]: tuple(r[k] for k in keys) for r in select("COLUMNS") if r["TABLE_NAME"] == "ORDERS"}
    assert found == {
        "ID": (1, "NUMBER", "NO", None, 38, 0, None),
        "NAME": (2, "TEXT", "YES", 16777216, None, None, None),
        "AMOUNT": (3, "NUMBER", "YES", None, 12, 2, None),
        "SOLD_AT": (4, "TIMESTAMP_NTZ", "YES", None, None, None, 9),
        "RATE": (5, "FLOAT", "YES", None, None, None, None),
    }


def test_the_definition_of_a_secure_view_is_its_owner_s(select: Select) -> None:
    """S19."""
    owner = {r["TABLE_NAME"]: (r["VIEW_DEFINITION"] is not None, r["IS_SECURE"]) for r in select("VIEWS")}
    reader = {r["TABLE_NAME"]: (r["VIEW_DEFINITION"] is not None, r["IS_SECURE"]) for r in select("VIEWS", "READER")}
    assert owner == {"V_ORDERS": (True, "NO"), "V_SECRET": (True, "YES")}
    assert reader == {"V_ORDERS": (True, "NO"), "V_SECRET": (False, "YES")}


def test_schemata_and_databases(select: Select) -> None:
    found = {
        r["SCHEMA_NAME"]: (r["SCHEMA_OWNER"], r["IS_MANAGED_ACCESS"], r["IS_TRANSIENT"]) for r in select("SCHEMATA")
    }
    assert found == {
        "CORE": ("SHOP_ROLE", "NO", "NO"),
        "GOV": ("SHOP_ROLE", "YES", "NO"),
        "INFORMATION_SCHEMA": (None, "NO", "NO"),
        "Mixed": ("SHOP_ROLE", "NO", "YES"),
    }
    kinds = {r["DATABASE_NAME"]: (r["TYPE"], r["OWNER_ROLE_TYPE"]) for r in select("DATABASES")}
    assert kinds == {"SHOP": ("STANDARD", "ROLE"), "SAMPLE": ("IMPORTED DATABASE", None)}


def test_privileges(select: Select) -> None:
    """The owner has OWNERSHIP, not each privilege (P41)."""
    keys = ("TABLE_NAME", "GRANTEE", "PRIVILEGE_TYPE", "IS_GRANTABLE", "GRANTOR")
    found = {tuple(r[k] for k in keys) for r in select("TABLE_PRIVILEGES", "READER")}
    assert ("ORDERS", "READER", "SELECT", "NO", "SHOP_ROLE") in found
    assert ("V_ORDERS", "READER", "SELECT", "YES", "SHOP_ROLE") in found
    assert ("ORDERS", "SHOP_ROLE", "OWNERSHIP", "YES", "SHOP_ROLE") in found
    keys = ("OBJECT_CATALOG", "OBJECT_SCHEMA", "OBJECT_NAME", "OBJECT_TYPE", "GRANTEE", "PRIVILEGE_TYPE")
    objects = {tuple(r[k] for k in keys) for r in select("OBJECT_PRIVILEGES", "READER")}
    assert ("SHOP", "CORE", "ORDERS", "TABLE", "READER", "SELECT") in objects
    assert ("SHOP", None, "CORE", "SCHEMA", "READER", "USAGE") in objects
    assert (None, None, "SHOP", "DATABASE", "READER", "USAGE") in objects
    assert (None, None, "LOCAL", "ACCOUNT", "SECURITYADMIN", "MANAGE GRANTS") in objects
    assert not any(row[2] == "PII" for row in objects)


def test_roles(select: Select) -> None:
    """APPLICABLE_ROLES goes down from the user, ENABLED_ROLES from the active roles; PUBLIC is always enabled."""
    applicable = {
        (r["GRANTEE"], r["ROLE_NAME"], r["ROLE_OWNER"], r["IS_GRANTABLE"])
        for r in select("APPLICABLE_ROLES", user="BOB")
    }
    assert applicable == {("BOB", "READER", "USERADMIN", "NO"), ("READER", "odd role", "USERADMIN", "NO")}
    assert {r["ROLE_NAME"] for r in select("ENABLED_ROLES", "READER")} == {"READER", "odd role", "PUBLIC"}
