"""SHOW, DESCRIBE and the governance functions through the real connector: names in lower case, types, errors."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from snowflake.connector import DictCursor, ProgrammingError
from snowflake.connector.constants import FIELD_ID_TO_NAME

DB = "SHOW_TEST_DB"
SETUP = (
    f"create database {DB}",
    f"create schema {DB}.core with managed access",
    f"create table {DB}.core.orders (id number(38,0) not null, name varchar comment 'who', amount number(12,2))",
    f"create view {DB}.core.v_orders as select id from {DB}.core.orders",
    f"create tag {DB}.core.pii allowed_values 'name', 'email'",
    f"create masking policy {DB}.core.mask as (val string) returns string -> '***'",
    f"alter tag {DB}.core.pii set masking policy {DB}.core.mask",
    f"alter table {DB}.core.orders modify column name set tag {DB}.core.pii = 'name'",
    "create role if not exists show_test_reader",
    f"grant usage on database {DB} to role show_test_reader",
    f"grant usage on schema {DB}.core to role show_test_reader",
    f"grant select on table {DB}.core.orders to role show_test_reader",
    f"grant select on future tables in schema {DB}.core to role show_test_reader",
    "grant role show_test_reader to role sysadmin",
    "grant role show_test_reader to role accountadmin",
)


@pytest.fixture(scope="module")
def admin(local_snowflake: Any) -> Iterator[Any]:
    connection = local_snowflake.connect(role="ACCOUNTADMIN")
    for sql in SETUP:
        connection.cursor().execute(sql)
    yield connection
    for sql in (
        f"alter tag if exists {DB}.core.pii unset masking policy {DB}.core.mask",
        f"drop database if exists {DB}",
        "drop role if exists show_test_reader",
    ):
        connection.cursor().execute(sql)
    connection.close()


@pytest.fixture(scope="module")
def reader(local_snowflake: Any, admin: Any) -> Iterator[Any]:
    connection = local_snowflake.connect(role="SHOW_TEST_READER")
    yield connection
    connection.close()


def ask(connection: Any, sql: str) -> list[dict[str, Any]]:
    return list(connection.cursor(DictCursor).execute(sql).fetchall())


SHOWN = [
    # statement, columns that must be there in this order, one type
    (
        f"show objects in {DB}.core limit 10000",
        "created_on name database_name schema_name kind is_dynamic is_iceberg",
        "rows FIXED",
    ),
    (f"show terse schemas in database {DB}", "created_on name kind database_name schema_name", "name TEXT"),
    (f"show tables like 'orders' in schema {DB}.core", "name kind rows bytes owner", "bytes FIXED"),
    (
        f"show grants on {DB}.core.orders",
        "privilege granted_on name granted_to grantee_name",
        "created_on TIMESTAMP_LTZ",
    ),
    (
        "show grants to role show_test_reader",
        "privilege granted_on name granted_to grantee_name grant_option granted_by",
        "created_on TIMESTAMP_LTZ",
    ),
    (
        f"show future grants in schema {DB}.core",
        "privilege grant_on name grant_to grantee_name grant_option",
        "name TEXT",
    ),
    (
        "show roles",
        "created_on name is_default is_current is_inherited assigned_to_users granted_to_roles",
        "granted_roles FIXED",
    ),
    (f"describe table {DB}.core.orders", "name type kind null? default comment", "policy name TEXT"),
    ("show parameters like 'query_tag' in session", "key value default level description type", "value TEXT"),
]


@pytest.mark.parametrize(("sql", "columns", "typed"), SHOWN, ids=[sql for sql, _, _ in SHOWN])
def test_columns_are_lower_case_in_order_and_typed(admin: Any, sql: str, columns: str, typed: str) -> None:
    """Section 7: post-processing quotes these names."""
    cursor = admin.cursor().execute(sql)
    found = {d.name: FIELD_ID_TO_NAME[d.type_code] for d in cursor.description}
    assert [name for name in found if name in columns.split()] == columns.split()
    assert all(name == name.lower() for name in found)
    name, _, kind = typed.rpartition(" ")
    assert found[name] == kind


def test_times_know_their_zone(admin: Any) -> None:
    (row,) = ask(admin, f"show tables in schema {DB}.core")
    assert isinstance(row["created_on"], datetime)
    assert row["created_on"].tzinfo is not None


def test_a_role_sees_what_it_has_a_privilege_on(admin: Any, reader: Any) -> None:
    """P25, S17b."""
    assert [r["name"] for r in ask(admin, f"show objects in {DB}.core")] == ["ORDERS", "V_ORDERS"]
    assert [r["name"] for r in ask(reader, f"show objects in {DB}.core")] == ["ORDERS"]
    names = f"select table_name from {DB}.information_schema.tables where table_schema = 'CORE'"
    assert [r["TABLE_NAME"] for r in ask(reader, names)] == ["ORDERS"]
    with pytest.raises(ProgrammingError) as caught:
        ask(reader, f"describe view {DB}.core.v_orders")
    assert (caught.value.errno, caught.value.sqlstate) == (2003, "42S02")


def test_a_schema_that_is_not_there_yet_is_002043(admin: Any) -> None:
    """dbt goes on when it finds this code in the text, and stops at any other."""
    with pytest.raises(ProgrammingError, match=r"002043 \(02000\)"):
        ask(admin, f"show objects in {DB}.nope limit 10000")


def test_results_of_show_can_be_scanned(admin: Any) -> None:
    """Section 7: with quoted lower-case names."""
    ask(admin, f"show schemas in database {DB}")
    sql = 'select "name", "options" from table(result_scan(last_query_id())) where "name" = \'CORE\''
    assert ask(admin, sql) == [{"name": "CORE", "options": "MANAGED ACCESS"}]


def test_grants_and_future_grants(admin: Any) -> None:
    """S3, S4, S7, P41."""
    on = ask(admin, f"show grants on table {DB}.core.orders")
    assert {(r["privilege"], r["grantee_name"]) for r in on} == {
        ("OWNERSHIP", "ACCOUNTADMIN"),
        ("SELECT", "SHOW_TEST_READER"),
    }
    (future,) = ask(admin, f"show future grants in schema {DB}.core")
    assert (future["name"], future["grant_on"], future["grant_to"]) == (f"{DB}.CORE.<TABLE>", "TABLE", "ROLE")
    below = ask(admin, "show grants to role sysadmin include hierarchy")
    assert ("SELECT", f"{DB}.CORE.ORDERS", "SHOW_TEST_READER") in {
        (r["privilege"], r["name"], r["grantee_name"]) for r in below
    }


def test_tags_and_policies_of_a_table(admin: Any) -> None:
    """T35, T37, M61, M62: the tag is on the column, its policy follows."""
    tags = ask(
        admin, f"select * from table({DB}.information_schema.tag_references_all_columns('{DB}.core.orders', 'table'))"
    )
    assert [(r["COLUMN_NAME"], r["TAG_NAME"], r["TAG_VALUE"], r["LEVEL"], r["APPLY_METHOD"]) for r in tags] == [
        ("NAME", "PII", "name", "COLUMN", "MANUAL")
    ]
    sql = (
        f"select * from table({DB}.information_schema.policy_references("
        f"ref_entity_name => '{DB}.core.orders', ref_entity_domain => 'table'))"
    )
    assert [(r["POLICY_NAME"], r["REF_COLUMN_NAME"], r["TAG_NAME"], r["POLICY_STATUS"]) for r in ask(admin, sql)] == [
        ("MASK", "NAME", "PII", "ACTIVE")
    ]
    sql = f"select system$get_tag('{DB}.core.pii', '{DB}.core.orders.name', 'column') as found"
    assert ask(admin, sql) == [{"FOUND": "name"}]


def test_a_policy_reads_back(admin: Any) -> None:
    """S16, M4."""
    (row,) = ask(admin, f"desc masking policy {DB}.core.mask")
    assert (row["name"], row["signature"], row["body"]) == ("MASK", "(VAL VARCHAR)", "'***'")
    assert row["return_type"] in ("VARCHAR(134217728)", "VARCHAR(16777216)")


def test_dbt_s_catalog_query_reads_information_schema(admin: Any) -> None:
    sql = (
        "select table_catalog as \"table_database\", case when is_dynamic = 'YES' and table_type = 'BASE TABLE' "
        'then \'DYNAMIC TABLE\' else table_type end as "table_type", table_owner as "table_owner", '
        f'(row_count is not null) as "counted", last_altered as "altered" from {DB}.information_schema.tables '
        "where (\"TABLE_SCHEMA\" ilike 'core' and upper(\"TABLE_SCHEMA\") = upper('core')) order by table_name"
    )
    found = ask(admin, sql)
    assert [(r["table_database"], r["table_type"], r["table_owner"]) for r in found] == [
        (DB, "BASE TABLE", "ACCOUNTADMIN"),
        (DB, "VIEW", "ACCOUNTADMIN"),
    ]
    assert all(isinstance(r["altered"], datetime) for r in found)
    columns = f"select column_name, data_type, ordinal_position from {DB}.information_schema.columns where table_name = 'ORDERS' order by 3"
    assert [(r["COLUMN_NAME"], r["DATA_TYPE"]) for r in ask(admin, columns)] == [
        ("ID", "NUMBER"),
        ("NAME", "TEXT"),
        ("AMOUNT", "NUMBER"),
    ]


def test_what_is_not_implemented_says_so(local_snowflake: Any, admin: Any) -> None:
    if local_snowflake.live:
        pytest.skip("an account implements it")
    with pytest.raises(ProgrammingError, match="SHOW STAGES") as caught:
        ask(admin, "show stages")
    assert caught.value.sqlstate == "0A000"
