"""What belongs to the account as a whole: its tags, its parameters, its warehouses. An account of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from snowflake.connector.errors import ProgrammingError

from tests.conftest import started

Run = Callable[..., list[tuple[Any, ...]]]
SET_UP = (
    "create database a",
    "create schema a.s",
    "create tag a.s.owner",
    "create masking policy a.s.hide as (v varchar) returns varchar -> '****'",
    "create table a.s.t (name varchar) as select 'Ann'",
    "create role steward",
    "create role nobody",
    "grant role steward, nobody to user admin",
    "grant all on database a to role steward",
    "grant all on schema a.s to role steward",
    "grant usage on warehouse compute_wh to role nobody",
    "grant all on database a to role nobody",
    "grant usage on schema a.s to role nobody",
    "grant select on table a.s.t to role nobody",
)


@pytest.fixture
def run() -> Iterator[Run]:
    """Run statements in schema A.S of a fresh account."""
    with started(scale=0) as account:
        account.run(*SET_UP, role="ACCOUNTADMIN")

        def execute(*sql: str, role: str = "ACCOUNTADMIN", **options: Any) -> list[tuple[Any, ...]]:
            return account.run("use schema a.s", *sql, role=role, **options)

        yield execute


def refused(run: Run, *sql: str, match: str, role: str = "ACCOUNTADMIN", **options: Any) -> None:
    with pytest.raises(ProgrammingError, match=match):
        run(*sql, role=role, **options)


def test_t16_t29_a_tag_on_the_account_is_inherited_by_everything(run: Run) -> None:
    run("alter account set tag owner = 'all'")
    domains = {"LOCAL": "account", "a": "database", "a.s": "schema", "t": "table", "t.name": "column"}
    domains |= {"compute_wh": "warehouse", "steward": "role", "admin": "user", "a.s.hide": "masking policy"}
    for name, domain in domains.items():
        assert run(f"select system$get_tag('owner', '{name}', '{domain}')") == [("all",)], name
    run("alter schema a.s set tag owner = 'near'")
    level = "select tag_value, level from table(a.information_schema.tag_references('t', 'table'))"
    assert run(level) == [("near", "SCHEMA")]
    run("alter schema a.s unset tag owner", "alter account unset tag owner")
    assert run(level) == []


def test_t21_t22_who_tags_the_account(run: Run) -> None:
    """A tag with a policy on it takes APPLY MASKING POLICY too: it may mask the whole account."""
    refused(run, "alter account set tag owner = 'x'", match="does not exist or not authorized", role="STEWARD")
    run("grant apply on tag owner to role steward")
    refused(run, "alter account set tag owner = 'x'", match="Insufficient privileges", role="STEWARD")
    run("grant apply tag on account to role steward")
    run("alter account set tag owner = 'x'", role="STEWARD")
    run("alter account unset tag owner", "alter tag owner set masking policy hide")
    refused(run, "alter account set tag owner = 'x'", match="APPLY MASKING POLICY", role="STEWARD")
    run("grant apply masking policy on account to role steward")
    run("alter account set tag owner = 'x'", role="STEWARD")
    assert run("select name from t", role="NOBODY") == [("****",)]


def test_m29_a_policy_that_reads_a_protected_table_cannot_be_set_on_a_tag(run: Run) -> None:
    """M7: a table that tags protect is no mapping table."""
    run("create table mapping (n varchar with masking policy hide)")
    run(
        "create masking policy looks as (v varchar) returns varchar -> case when exists "
        "(select 1 from mapping m where m.n = v) then v end"
    )
    refused(run, "alter tag owner set masking policy looks", match="protected by a masking policy")


def test_r24_privileges_of_users_can_be_switched_off(run: Run) -> None:
    run("create user u default_role = public", "create table mine as select 1 as n")
    for on in ("usage on database a", "usage on schema a.s", "select on table mine", "usage on warehouse compute_wh"):
        run(f"grant {on} to user u")
    read = "select n from a.s.mine"
    user = {"role": "", "user": "U", "secondary": "all", "warehouse": "compute_wh"}
    assert run(read, **user) == [(1,)]
    refused(run, "alter account set disable_user_privilege_grants = true", match="003001", role="NOBODY")
    run("alter account set disable_user_privilege_grants = true")
    refused(run, "select 1", match="does not exist", **user)  # the schema is closed
    refused(run, "grant insert on table mine to user u", match="Privileges are not granted to users")
    run("revoke select on table mine from user u", "alter account unset disable_user_privilege_grants")
    refused(run, read, match="does not exist|Insufficient", **user)
    refused(run, "alter account set timezone = 'UTC'", match="Unsupported feature 'ALTER ACCOUNT SET TIMEZONE'")


def test_retention_of_the_account(run: Run) -> None:
    run("alter account set data_retention_time_in_days = 0", "drop table t")
    refused(run, "undrop table t", match="did not exist or was purged")


def test_p11_a_suspended_warehouse_resumes_with_a_statement_unless_it_must_not(run: Run) -> None:
    state = "show warehouses like 'compute_wh' ->> select \"state\" from $1"
    suspend = "alter warehouse compute_wh suspend"
    nobody = {"role": "NOBODY", "warehouse": "compute_wh"}
    assert run(suspend, state) == [("SUSPENDED",)]
    assert run("select 1", state, **nobody) == [("SUSPENDED",)]  # nothing was read
    assert run("select * from t", state, **nobody) == [("STARTED",)]
    for changes in ("insert into t values ('Bob')", "create or replace table u as select * from t"):
        assert run(suspend, changes, state, warehouse="compute_wh") == [("STARTED",)], changes
    run(suspend, "alter warehouse compute_wh set auto_resume = false")
    refused(run, "select * from t", match="000606 .*No active warehouse", **nobody)
    refused(run, "insert into t values ('Cy')", match="000606 .*No active warehouse", warehouse="compute_wh")
    run("create table empty (n int)", warehouse="compute_wh")  # computes nothing
    run("alter warehouse compute_wh resume")
    assert run("select count(*) from t", **nobody) == [(2,)]


def test_t34_the_tag_of_the_protected_table(run: Run) -> None:
    """SYSTEM$GET_TAG_ON_CURRENT_TABLE, in masking and in row access policies only."""
    tag = "system$get_tag_on_current_table('a.s.owner')"
    run(f"create masking policy by_tag as (v varchar) returns varchar -> case when {tag} = 'open' then v else '*' end")
    run("alter table t modify column name set masking policy by_tag")
    assert run("select name from t") == [("*",)]
    assert run("alter table t set tag owner = 'open'", "select name from t") == [("Ann",)]
    run(f"create row access policy rows_by_tag as (v varchar) returns boolean -> {tag} is null")
    run("create table u (k varchar) as select 'x'", "alter table u add row access policy rows_by_tag on (k)")
    assert run("select k from u") == [("x",)]
    assert run("alter schema a.s set tag owner = 'y'", "select k from u") == []
    refused(run, f"select {tag}", match="outside a policy")
    run("create masking policy unknown as (v varchar) returns varchar -> system$get_tag_on_current_table('a.s.nope')")
    run("create table w (c varchar with masking policy unknown)")
    refused(run, "select c from w", match="Tag 'A.S.NOPE' does not exist or not authorized")
