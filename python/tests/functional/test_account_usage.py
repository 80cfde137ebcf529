"""SNOWFLAKE.ACCOUNT_USAGE, with no latency (section 12)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from snowflake.connector.errors import DatabaseError

DB = "USAGE_DB"
ADMIN = {"role": "accountadmin", "warehouse": "compute_wh"}
SETUP = (
    f"create database {DB}",
    f"create schema {DB}.s",
    "create masking policy mask as (v string) returns string -> '****'",
    "create tag pii",
    "alter tag pii set masking policy mask",
    "create table t (id number, name varchar with masking policy mask with tag (pii = 'name'), other varchar)",
    "alter table t set tag pii = 'all'",
    "create role usage_reader comment = 'reads'",
    "create user usage_user default_role = usage_reader email = 'u@x.org'",
    "grant role usage_reader to user usage_user",
    "grant role usage_reader to role sysadmin",
    f"grant usage on database {DB} to role usage_reader with grant option",
    "grant select on table t to role usage_reader",
    "grant usage on warehouse compute_wh to role usage_reader",
)
COLUMNS = {
    # V3
    "GRANTS_TO_ROLES": "CREATED_ON MODIFIED_ON PRIVILEGE GRANTED_ON NAME TABLE_CATALOG TABLE_SCHEMA GRANTED_TO"
    " GRANTEE_NAME GRANT_OPTION GRANTED_BY DELETED_ON GRANTED_BY_ROLE_TYPE OBJECT_INSTANCE",
    # V5
    "GRANTS_TO_USERS": "CREATED_ON DELETED_ON ROLE GRANTED_TO GRANTEE_NAME GRANTED_BY",
    # V7, M62
    "POLICY_REFERENCES": "POLICY_DB POLICY_SCHEMA POLICY_ID POLICY_NAME POLICY_KIND REF_DATABASE_NAME REF_SCHEMA_NAME"
    " REF_ENTITY_NAME REF_ENTITY_DOMAIN REF_COLUMN_NAME REF_ARG_COLUMN_NAMES TAG_DATABASE TAG_SCHEMA TAG_NAME"
    " POLICY_STATUS",
    # V8
    "TAG_REFERENCES": "TAG_DATABASE TAG_SCHEMA TAG_ID TAG_NAME TAG_VALUE OBJECT_DATABASE OBJECT_SCHEMA OBJECT_ID"
    " OBJECT_NAME OBJECT_DELETED DOMAIN COLUMN_ID COLUMN_NAME APPLY_METHOD",
    # the pages of the views, https://docs.snowflake.com/en/sql-reference/account-usage
    "DATABASES": "DATABASE_ID DATABASE_NAME DATABASE_OWNER IS_TRANSIENT COMMENT CREATED LAST_ALTERED DELETED"
    " RETENTION_TIME RESOURCE_GROUP TYPE OWNER_ROLE_TYPE OBJECT_VISIBILITY",
    "VIEWS": "TABLE_ID TABLE_NAME TABLE_SCHEMA_ID TABLE_SCHEMA TABLE_CATALOG_ID TABLE_CATALOG TABLE_OWNER"
    " VIEW_DEFINITION CHECK_OPTION IS_UPDATABLE INSERTABLE_INTO IS_SECURE CREATED LAST_ALTERED LAST_DDL LAST_DDL_BY"
    " DELETED COMMENT INSTANCE_ID OWNER_ROLE_TYPE",
    "AGGREGATION_POLICIES": "POLICY_NAME POLICY_ID POLICY_SCHEMA_ID POLICY_SCHEMA POLICY_CATALOG_ID POLICY_CATALOG"
    " POLICY_OWNER POLICY_SIGNATURE POLICY_RETURN_TYPE POLICY_BODY POLICY_COMMENT CREATED LAST_ALTERED DELETED"
    " OWNER_ROLE_TYPE",
    "ROW_ACCESS_POLICIES": "POLICY_NAME POLICY_ID POLICY_SCHEMA_ID POLICY_SCHEMA POLICY_CATALOG_ID POLICY_CATALOG"
    " POLICY_OWNER POLICY_SIGNATURE POLICY_RETURN_TYPE POLICY_BODY POLICY_COMMENT CREATED LAST_ALTERED DELETED"
    " OWNER_ROLE_TYPE OPTIONS",
}
# which database role of SNOWFLAKE reads which view: https://docs.snowflake.com/en/sql-reference/snowflake-db-roles
READERS = {
    "OBJECT_VIEWER": ("COLUMNS", "DATABASES", "SCHEMATA", "TABLES", "TAGS", "VIEWS"),
    "GOVERNANCE_VIEWER": (
        "AGGREGATION_POLICIES",
        "MASKING_POLICIES",
        "POLICY_REFERENCES",
        "PROJECTION_POLICIES",
        "ROW_ACCESS_POLICIES",
        "TAGS",
        "TAG_REFERENCES",
    ),
    "SECURITY_VIEWER": ("GRANTS_TO_ROLES", "GRANTS_TO_USERS", "POLICY_REFERENCES", "ROLES", "USERS"),
    "USAGE_VIEWER": (),
}


@pytest.fixture(scope="module")
def account(local_snowflake: Any) -> Iterator[Any]:
    if local_snowflake.live:
        pytest.skip("ACCOUNT_USAGE of a live account is hours behind")
    local_snowflake.run(*SETUP, **ADMIN)
    yield local_snowflake
    local_snowflake.run(f"drop database {DB}", "drop role usage_reader", "drop user usage_user", **ADMIN)


def ask(account: Any, sql: str, **options: Any) -> list[tuple[Any, ...]]:
    return account.run(sql, **{**ADMIN, **options})


@pytest.mark.parametrize("view", COLUMNS)
def test_columns_and_their_order(account: Any, view: str) -> None:
    """V3-V8."""
    cursor = account.connect(**ADMIN).cursor()
    cursor.execute(f"select * from snowflake.account_usage.{view} limit 0")
    assert [column.name for column in cursor.description] == COLUMNS[view].split()


def test_grants_to_roles(account: Any) -> None:
    """V3, V4: ACCOUNT ROLE, bare names, ownership and the role hierarchy; a role given to a user is not here (V5)."""
    sql = (
        "select privilege, granted_on, name, table_catalog, table_schema, granted_to, grant_option, granted_by"
        " from snowflake.account_usage.grants_to_roles where deleted_on is null and grantee_name = '{}'"
        " and (name in ('T', 'USAGE_DB', 'USAGE_READER')) order by granted_on, privilege"
    )
    assert ask(account, sql.format("USAGE_READER")) == [
        ("USAGE", "DATABASE", DB, None, None, "ACCOUNT ROLE", True, "ACCOUNTADMIN"),
        ("SELECT", "TABLE", "T", DB, "S", "ACCOUNT ROLE", False, "ACCOUNTADMIN"),
    ]
    assert ("USAGE", "ROLE", "USAGE_READER", None, None, "ACCOUNT ROLE", False) in [
        row[:7] for row in ask(account, sql.format("SYSADMIN"))
    ]
    assert ("OWNERSHIP", "TABLE", "T", DB, "S") in [row[:5] for row in ask(account, sql.format("ACCOUNTADMIN"))]
    assert ask(account, sql.format("USAGE_USER")) == []


def test_grants_to_users(account: Any) -> None:
    """V5."""
    sql = "select role, granted_to from snowflake.account_usage.grants_to_users where grantee_name = 'USAGE_USER'"
    assert ask(account, sql) == [("USAGE_READER", "USER")]


def test_tag_references_lists_where_tags_are_set(account: Any) -> None:
    """V8: no inherited rows; for a column OBJECT_NAME is the table."""
    sql = (
        "select tag_name, tag_value, object_schema, object_name, domain, column_name, apply_method"
        f" from snowflake.account_usage.tag_references where object_database = '{DB}' order by column_name nulls first"
    )
    assert ask(account, sql) == [
        ("PII", "all", "S", "T", "TABLE", None, "MANUAL"),
        ("PII", "name", "S", "T", "COLUMN", "NAME", "MANUAL"),
    ]


def test_policy_references(account: Any) -> None:
    """V7: the column that has a policy, and the tag that carries one."""
    sql = (
        "select policy_name, policy_kind, ref_entity_name, ref_entity_domain, ref_column_name, policy_status"
        f" from snowflake.account_usage.policy_references where policy_db = '{DB}' order by ref_entity_domain"
    )
    assert ask(account, sql) == [
        ("MASK", "MASKING_POLICY", "T", "TABLE", "NAME", "ACTIVE"),
        ("MASK", "MASKING_POLICY", "PII", "TAG", None, "ACTIVE"),
    ]


def test_row_access_policies_and_database_roles_are_there_too(account: Any) -> None:
    """V7 with A5: the columns are in REF_ARG_COLUMN_NAMES; V3: GRANTED_TO tells the kinds of roles apart."""
    where = {"database": DB, "schema": "s"}
    ask(account, "create row access policy only_x as (n number) returns boolean -> n = 1", **where)
    ask(account, "alter table t add row access policy only_x on (id)", **where)
    sql = (
        "select policy_kind, ref_entity_name, ref_column_name, ref_arg_column_names"
        f" from snowflake.account_usage.policy_references where policy_db = '{DB}' and policy_name = 'ONLY_X'"
    )
    assert ask(account, sql) == [("ROW_ACCESS_POLICY", "T", None, '[ "ID" ]')]
    ask(account, "alter table t drop row access policy only_x", **where)
    ask(account, "create database role inside", **where)
    ask(account, "grant select on table t to database role inside", **where)
    sql = (
        "select privilege, name, granted_to from snowflake.account_usage.grants_to_roles"
        f" where table_catalog = '{DB}' and grantee_name = 'INSIDE' and granted_on = 'TABLE'"
    )
    assert ask(account, sql) == [("SELECT", "T", "DATABASE_ROLE")]


def test_catalogues(account: Any) -> None:
    views = "snowflake.account_usage"
    assert ask(account, f"select owner, role_type, comment from {views}.roles where name = 'USAGE_READER'") == [
        ("ACCOUNTADMIN", "ROLE", "reads")
    ]
    assert ask(account, f"select default_role, email from {views}.users where name = 'USAGE_USER'") == [
        ("USAGE_READER", "u@x.org")
    ]
    assert ask(account, f"select tag_name from {views}.tags where tag_database = '{DB}'") == [("PII",)]
    assert ask(
        account,
        f"select policy_signature, policy_body from {views}.masking_policies where policy_catalog = '{DB}'",
    ) == [("(V VARCHAR)", "'****'")]


def test_there_is_no_latency(account: Any) -> None:
    """V1 says hours; here the next statement sees it."""
    sql = "select count(*) from snowflake.account_usage.roles where name = 'USAGE_BRIEF' and deleted_on is null"
    assert account.run("create role usage_brief", sql, **ADMIN) == [(1,)]
    assert account.run("drop role usage_brief", sql, **ADMIN) == [(0,)]


def test_only_imported_privileges_open_it(account: Any) -> None:
    """V2: without them the views do not exist; SELECT on one of them cannot be granted (L7)."""
    sql = "select count(*) > 0 from snowflake.account_usage.roles"
    with pytest.raises(DatabaseError, match="002003") as hidden:
        ask(account, sql, role="usage_reader")
    with pytest.raises(DatabaseError, match="002003") as missing:
        ask(account, "select 1 from snowflake.account_usage.nope", role="usage_reader")
    assert str(hidden.value).replace("ROLES", "NOPE") == str(missing.value)
    with pytest.raises(DatabaseError, match="imported database"):
        ask(account, "grant select on view snowflake.account_usage.roles to role usage_reader")
    ask(account, "grant imported privileges on database snowflake to role usage_reader")
    assert ask(account, sql, role="usage_reader") == [(True,)]
    assert ask(
        account, "select count(*) > 0 from roles", role="usage_reader", database="snowflake", schema="account_usage"
    ) == [(True,)]
    ask(account, "revoke imported privileges on database snowflake from role usage_reader")
    with pytest.raises(DatabaseError, match="002003"):
        ask(account, sql, role="usage_reader")


def test_a_view_that_is_not_answered_is_refused_by_name(account: Any) -> None:
    with pytest.raises(DatabaseError, match=r"QUERY_HISTORY.*it has GRANTS_TO_ROLES"):
        ask(account, "select * from snowflake.account_usage.query_history")


def test_nobody_can_change_the_database(account: Any) -> None:
    """It is Snowflake's own."""
    for statement in (
        "drop database snowflake",
        "create schema snowflake.x",
        "create table snowflake.account_usage.x (a int)",
        "create or replace database snowflake",
        "grant ownership on database snowflake to role sysadmin",
        "drop view snowflake.account_usage.roles",
    ):
        with pytest.raises(DatabaseError, match=r"system object|does not exist|Insufficient|shared|imported"):
            ask(account, statement)
    assert ask(account, "show databases like 'snowflake'")[0][5] == ""


def test_objects_of_the_account(account: Any) -> None:
    """V1: tables, views, columns, schemas and databases, none of those of imported databases."""
    account.run(
        f"create view {DB}.s.v as select id from {DB}.s.t",
        f"create secure view {DB}.s.sv as select id from {DB}.s.t",
        **ADMIN,
    )
    usage = "snowflake.account_usage"
    where = f"where table_catalog = '{DB}' and deleted is null order by table_name"
    assert ask(account, f"select table_name, table_type, is_dynamic from {usage}.tables {where}") == [
        ("SV", "VIEW", "NO"),
        ("T", "BASE TABLE", "NO"),
        ("V", "VIEW", "NO"),
    ]
    found = ask(account, f"select table_name, is_secure, view_definition is null from {usage}.views {where}")
    assert found == [("SV", "YES", True), ("V", "NO", False)]  # S19
    columns = ask(
        account,
        f"select column_name, data_type from {usage}.columns where table_name = 'T' and table_catalog = '{DB}' order by ordinal_position",
    )
    assert columns[:2] == [("ID", "NUMBER"), ("NAME", "TEXT")]
    schemas = ask(
        account, f"select schema_name from {usage}.schemata where catalog_name in ('{DB}', 'SNOWFLAKE') order by 1"
    )
    assert schemas == [("PUBLIC",), ("S",)]
    databases = dict(ask(account, f"select database_name, type from {usage}.databases"))
    assert (databases[DB], databases["SNOWFLAKE"]) == ("STANDARD", "IMPORTED DATABASE")


def test_policies_of_every_kind(account: Any) -> None:
    """The same columns as DESCRIBE says; OPTIONS where the kind has it."""
    where = {"database": DB, "schema": "s"}
    ask(
        account,
        "create projection policy pp as () returns projection_constraint -> projection_constraint(allow => false)",
        **where,
    )
    ask(
        account,
        "create aggregation policy ap as () returns aggregation_constraint -> aggregation_constraint(min_group_size => 5)",
        **where,
    )
    for view, name, signature, returns in (
        ("projection_policies", "PP", "()", "PROJECTION_CONSTRAINT"),
        ("aggregation_policies", "AP", "()", "AGGREGATION_CONSTRAINT"),
    ):
        sql = f"select policy_name, policy_signature, policy_return_type from snowflake.account_usage.{view} where policy_catalog = '{DB}'"
        assert ask(account, sql) == [(name, signature, returns)]


@pytest.mark.parametrize("viewer", READERS)
def test_database_roles_of_snowflake(account: Any, viewer: str) -> None:
    """V2: each reads its views and no other; they are granted to roles, and belong to Snowflake."""
    role = f"usage_{viewer}"
    account.run(
        f"create or replace role {role}",
        f"grant role {role} to role accountadmin",
        f"grant usage on warehouse compute_wh to role {role}",
        f"grant database role snowflake.{viewer} to role {role}",
        **ADMIN,
    )
    for view in sorted({name for views in READERS.values() for name in views}):
        sql = f"select count(*) from snowflake.account_usage.{view}"
        if view in READERS[viewer]:
            assert account.run(sql, role=role, warehouse="compute_wh")[0][0] >= 0
        else:
            with pytest.raises(DatabaseError, match="does not exist or not authorized"):
                account.run(sql, role=role, warehouse="compute_wh")
    account.run(f"drop role {role}", **ADMIN)


@pytest.mark.parametrize(
    "sql",
    [
        "drop database role snowflake.governance_viewer",
        "create database role snowflake.mine",
        "alter database role snowflake.object_viewer rename to snowflake.x",
        "grant select on view snowflake.account_usage.tables to role sysadmin",
        "revoke select on view snowflake.account_usage.tables from database role snowflake.object_viewer",
        "grant select on view snowflake.account_usage.users to database role snowflake.object_viewer",
        "grant ownership on database role snowflake.object_viewer to role sysadmin",
        "select * from snowflake.account_usage.query_history",
        "select * from snowflake.account_usage.access_history",
        "select * from snowflake.account_usage.login_history",
    ],
)
def test_what_is_snowflakes_own_stays(account: Any, sql: str) -> None:
    """R1, L7: the database SNOWFLAKE cannot be changed; what is not there is refused by name."""
    with pytest.raises(DatabaseError) as error:
        ask(account, sql)
    assert error.value.errno in (2, 1008, 3001, 3042, 3102, 2003), error.value
    if "history" in sql:
        assert "_HISTORY" in str(error.value)
