"""What is ours, what is others', and what is refused by name: nothing is accepted and ignored."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from snowmesh.account.objects import EPOCH, database, role, schema
from snowmesh.local.errors import SnowflakeError
from snowmesh.local.statements import execute, parse
from tests.unit.local.statements.laboratory import Lab


@pytest.mark.parametrize(
    "sql",
    [
        "select 1",
        "with a as (select 1) select * from a",
        "insert into t values (1)",
        "show grants to role x",
        "describe table t",
        "alter session set timezone = 'UTC'",
        "begin",
        "commit",
        "create table t (id int)",
        "create or replace transient table t as select 1",
        "create temporary table t (id int) with tag (a = 'b')",
        "create secure view v as select 1",
        "create table policy (integration int)",
        "create dynamic table t target_lag = '1 hour' warehouse = w as select 1",
        "create sequence s",
        "drop table t",
        "drop view if exists v",
        "alter table t rename to u",
        "alter table t add column c int",
        "alter table t add column c string with masking policy p",
        "alter table t swap with u",
        "alter table t alter column c drop not null",
        "alter table t alter column c set data type varchar(20)",
        "alter table t alter column c comment 'x'",
        "alter view v set comment = 'x'",
        "alter view v rename to w",
        "comment on table t is 'x'",
        "comment on column t.c is 'x'",
        "comment if exists on view v is 'x'",
        "truncate table t",
        "execute immediate 'select 1'",
        "set x = 1",
        "",
        "-- nothing",
    ],
)
def test_others_statements_are_left_alone(sql: str) -> None:
    assert parse(sql) is None


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("create or replace join policy p as () returns join_constraint -> x", "CREATE JOIN POLICY"),
        ("drop privacy policy p", "DROP PRIVACY POLICY"),
        ("create join policy p", "CREATE JOIN POLICY"),
        ("create session policy p", "CREATE SESSION POLICY"),
        ("alter password policy p set x = 1", "ALTER PASSWORD POLICY"),
        ("create network policy p", "CREATE NETWORK POLICY"),
        ("create network rule r", "CREATE NETWORK RULE"),
        ("create share s", "CREATE SHARE"),
        ("alter share s add accounts = a", "ALTER SHARE"),
        ("undrop role r", "UNDROP not supported for objects of type ROLE"),
        ("undrop table identifier(7)", "UNDROP TABLE by its identifier"),
        ("undrop notebook n", "UNDROP NOTEBOOK"),
        ("alter database d refresh", "ALTER DATABASE"),
        ("create schema s clone t before (offset => -1)", "CREATE SCHEMA … CLONE … BEFORE"),
        ("create security integration i type = saml2", "CREATE SECURITY INTEGRATION"),
        ("drop integration i", "DROP INTEGRATION"),
        ("create resource monitor m", "CREATE RESOURCE MONITOR"),
        ("alter account set network_policy = p", "ALTER ACCOUNT"),
        ("create or alter table t (a int)", "CREATE OR ALTER TABLE"),
        ("create or alter role r", "CREATE OR ALTER ROLE"),
        ("undrop iceberg table t", "UNDROP ICEBERG TABLE"),
        ("alter materialized view v set tag a = 'x'", "ALTER MATERIALIZED VIEW"),
        ("grant inherited select on all tables in database d to role r", "INHERITED"),
        ("grant caller select on table t to role r", "CALLER"),
        ("grant database role d.r to share x", "TO SHARE"),
        ("grant select on future tables in schema s to share x", "TO SHARE"),
        ("revoke application role a.r from role x", "APPLICATION ROLE"),
        ("use catalog c", "USE CATALOG"),
    ],
)
def test_governance_that_is_not_implemented_is_refused_by_name(sql: str, named: str) -> None:
    with pytest.raises(SnowflakeError) as caught:
        parse(sql)
    assert (caught.value.code, caught.value.sqlstate) == (2, "0A000")
    assert named in caught.value.message


@pytest.mark.parametrize(
    "sql",
    [
        "grant",
        "grant select",
        "grant select on table t to role",
        "revoke select on table t to role r",
        "create role",
        "create role r nonsense",
        "create role a.b c",
        "drop role r cascade",
        "alter role",
        "use",
        "use role",
        "use secondary roles",
        "create tag",
        "alter tag t",
        "create masking policy p",
        "alter table",
        "alter table t set tag",
        "alter table t set tag a",
        "alter table t alter column c set tag a = ",
        "comment on role r",
        "grant select on table t to role r; drop role x",
        "create role 'r'",
        "use role 'r'",
        "create user u password = secret",
        'create role ""',
    ],
)
def test_what_cannot_be_parsed_is_a_clear_error(sql: str) -> None:
    """No other exception than a SnowflakeError, and a syntax error or a refusal at that."""
    with pytest.raises(SnowflakeError) as caught:
        parse(sql)
    assert caught.value.code in (2, 1003, 1420), caught.value.message


def test_created_on_is_given_to_what_is_new(empty: Lab) -> None:
    now = datetime(2026, 4, 1, tzinfo=timezone.utc)
    statement = parse("CREATE DATABASE d")
    assert statement is not None
    account = execute(statement, empty.account, empty.session, now).account
    assert {account.objects[r].created_on for r in (database("D"), schema("D", "PUBLIC"))} == {now}
    assert account.objects[role("SYSADMIN")].created_on == EPOCH
