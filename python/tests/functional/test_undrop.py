"""UNDROP: what comes back, for whom, and what a name means after something was dropped, through the real connector."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from snowflake.connector.errors import ProgrammingError

from tests.functional.test_data_folder import server

Run = Callable[..., list[tuple[Any, ...]]]
SET_UP = (
    "create or replace database undrops",
    "create schema undrops.s",
    "create or replace role undrops_owner",
    "create or replace role undrops_reader",
    "grant role undrops_owner, undrops_reader to user admin",
    "grant usage on warehouse compute_wh to role undrops_owner",
    "grant usage on warehouse compute_wh to role undrops_reader",
    "grant all on database undrops to role undrops_owner",
    "grant usage on database undrops to role undrops_reader",
    "grant all on schema undrops.s to role undrops_owner",
    "grant usage on schema undrops.s to role undrops_reader",
    "grant apply masking policy, apply row access policy on account to role undrops_owner",
)
OWN = (
    "create masking policy hide as (v varchar) returns varchar -> '****'",
    "create masking policy tagged as (v varchar) returns varchar -> '####'",
    "create tag pii",
    "alter tag pii set masking policy tagged",
    "create row access policy few as (id number) returns boolean -> id < 3",
    "create table t (id number, name varchar with masking policy hide, mail varchar with tag (pii = 'mail'))",
    "insert into t values (1, 'Ann', 'a@b'), (2, 'Bob', 'c@d'), (3, 'Cy', 'e@f')",
    "alter table t add row access policy few on (id)",
    "grant select on table t to role undrops_reader",
)
TEAR_DOWN = (
    "drop database if exists undrops",
    "drop role if exists undrops_owner",
    "drop role if exists undrops_reader",
)
SEEN = [(1, "****", "####"), (2, "****", "####")]


@pytest.fixture
def run(local_snowflake: Any) -> Iterator[Run]:
    """Run statements in schema UNDROPS.S, whose table T is protected in every way."""
    local_snowflake.run(*SET_UP, role="ACCOUNTADMIN")

    def execute(*sql: str, role: str = "UNDROPS_OWNER", at: str = "schema undrops.s") -> list[tuple[Any, ...]]:
        return local_snowflake.run(*([f"use {at}"] if at else []), *sql, role=role)

    execute(*OWN)
    yield execute
    local_snowflake.run(*TEAR_DOWN, role="ACCOUNTADMIN")


def refused(run: Run, *sql: str, match: str, role: str = "UNDROPS_OWNER", at: str = "schema undrops.s") -> None:
    with pytest.raises(ProgrammingError, match=match):
        run(*sql, role=role, at=at)


def test_t50_a_table_comes_back_with_its_grants_tags_and_policies(run: Run) -> None:
    """Table 3.6, row DROP / UNDROP."""
    run("drop table t")
    refused(run, "select * from t", match="does not exist or not authorized", role="UNDROPS_READER")
    assert run("undrop table t") == [("Table T successfully restored.",)]
    for role in ("UNDROPS_OWNER", "UNDROPS_READER"):
        assert run("select * from t order by id", role=role) == SEEN


def test_a_grant_made_on_the_new_table_of_the_name_does_not_reach_the_old_one(run: Run) -> None:
    """Objects are told apart, not names: grants of both stay with their own table."""
    run("revoke select on table t from role undrops_reader", "drop table t")
    run("create table t (id number)", "grant select on table t to role undrops_reader")
    refused(run, "undrop table t", match="already exists")
    run("alter table t rename to later", "undrop table t")
    refused(run, "select * from t", match="does not exist or not authorized", role="UNDROPS_READER")
    assert run("select * from later", role="UNDROPS_READER") == []


def test_a_replaced_table_can_be_restored_beside_the_new_one(run: Run) -> None:
    """P53: the old table stays in Time Travel."""
    run("create or replace table t as select 'clear' as name", "alter table t rename to fresh", "undrop table t")
    assert run("select * from t order by id") == SEEN
    assert run("select * from fresh") == [("clear",)]


def test_versions_of_one_name_come_back_the_last_first(run: Run) -> None:
    run("create table v as select 1 as n", "drop table v", "create table v as select 2 as n", "drop table v")
    run("undrop table v", "alter table v rename to v2", "undrop table v")
    assert run("select v.n, v2.n from v, v2") == [(1, 2)]
    refused(run, "alter table v rename to v3", "undrop table v", match="Table V did not exist or was purged")


def test_m55_a_mask_whose_policy_is_gone_closes_the_table(run: Run) -> None:
    """A policy of the same name that was made since is another policy."""
    run("drop table t", "drop masking policy hide")
    run("create masking policy hide as (v varchar) returns varchar -> v", "undrop table t")
    text = "Column NAME already attached to a masking policy that does not exist. Please contact the policy admin"
    for role in ("UNDROPS_OWNER", "UNDROPS_READER"):
        refused(run, "select name from t", match=text, role=role)
    run("alter table t modify column name unset masking policy")
    run("alter table t modify column name set masking policy hide")
    assert run("select name from t order by 1") == [("Ann",), ("Bob",)]


def test_a_row_access_policy_that_is_gone_closes_the_table(run: Run) -> None:
    run("drop table t", "drop row access policy few")
    run("create row access policy few as (id number) returns boolean -> true", "undrop table t")
    refused(run, "select id from t", match="row access policy that does not exist")
    refused(run, "delete from t", match="row access policy that does not exist")


def test_a_role_of_the_same_name_gets_nothing_back(run: Run) -> None:
    """A grant ends with its role: the role that is created later under the name is another one."""
    run("drop table t")
    setup = ["drop role undrops_reader", "create role undrops_reader", "grant role undrops_reader to user admin"]
    usage = [f"grant usage on {on} to role undrops_reader" for on in ("database undrops", "schema s")]
    run(*setup, *usage, role="ACCOUNTADMIN")
    run("undrop table t")
    refused(run, "select * from t", match="does not exist or not authorized", role="UNDROPS_READER")


def test_what_a_dropped_role_owned_belongs_to_its_heir(run: Run) -> None:
    run("grant ownership on table t to role undrops_reader copy current grants", role="ACCOUNTADMIN")
    run("drop table t", role="UNDROPS_READER")
    refused(run, "undrop table t", match="did not exist or was purged|Insufficient")
    run("drop role undrops_reader", "undrop table t", role="ACCOUNTADMIN")
    assert run("show grants on table t", role="ACCOUNTADMIN")[0][5] == "ACCOUNTADMIN"


def test_undrop_takes_ownership_and_the_right_to_create(run: Run) -> None:
    run("drop table t")
    refused(run, "undrop table t", match="OWNERSHIP", role="UNDROPS_READER")
    run("revoke create table on schema s from role undrops_owner", role="ACCOUNTADMIN")
    refused(run, "undrop table t", match="CREATE TABLE")
    run("grant create table on schema s to role undrops_owner", role="ACCOUNTADMIN")
    run("revoke usage on schema s from role undrops_reader", role="ACCOUNTADMIN")
    refused(run, "undrop table undrops.s.t", match="does not exist", role="UNDROPS_READER", at="")
    run("undrop table t")


def test_without_retention_nothing_comes_back(run: Run) -> None:
    run("alter table t set data_retention_time_in_days = 0", "drop table t")
    refused(run, "undrop table t", match="090025 .*Table T did not exist or was purged")
    run("create schema undrops.brief data_retention_time_in_days = 0", "create table undrops.brief.t as select 1 as n")
    run("drop table undrops.brief.t")
    refused(run, "undrop table undrops.brief.t", match="did not exist or was purged")
    run("create table undrops.brief.t (n int) data_retention_time_in_days = 1", "drop table undrops.brief.t")
    run("undrop table undrops.brief.t", "drop schema undrops.brief")
    refused(run, "undrop schema undrops.brief", match="Schema BRIEF did not exist or was purged")
    too_long = "invalid value .2. for parameter 'DATA_RETENTION_TIME_IN_DAYS'"
    refused(run, "create transient table x (n int) data_retention_time_in_days = 2", match=too_long)


def test_t18_a_tag_comes_back_with_its_assignments(run: Run) -> None:
    tags = "select tag_value from table(undrops.information_schema.tag_references('t', 'table')) where tag_name = 'K'"
    run("create tag k", "alter table t set tag k = 'one'", "drop tag k")
    assert run(tags) == []
    assert run("undrop tag k") == [("Tag K successfully restored.",)]
    assert run(tags) == [("one",)]
    run("drop tag k", "drop table t", "undrop tag k", "undrop table t")
    assert run(tags) == []  # the table was gone when its tag came back


def test_a_schema_comes_back_whole(run: Run) -> None:
    """With its views, policies, tags and grants, and with what had been dropped in it before."""
    run("grant ownership on schema s to role undrops_owner copy current grants", role="ACCOUNTADMIN")
    run("create view w as select name from t", "grant select on view w to role undrops_reader")
    run("create table gone (n int)", "drop table gone", "drop schema undrops.s")
    run("create schema s", "create table s.t as select 'new' as name", at="database undrops")
    refused(run, "undrop table gone", match="Table GONE did not exist or was purged")  # it was in the old schema
    refused(run, "undrop schema undrops.s", match="already exists")
    run("alter schema undrops.s rename to undrops.new", "undrop schema undrops.s", at="database undrops")
    assert run("select * from t order by id", role="UNDROPS_READER") == SEEN
    assert run("select * from w order by 1", role="UNDROPS_READER") == [("****",), ("****",)]
    assert run("select * from undrops.new.t") == [("new",)]
    run("undrop table gone")


def test_a_database_comes_back_whole(run: Run) -> None:
    run("create database role undrops.db_reader", "grant database role undrops.db_reader to role undrops_reader")
    run("revoke select on table t from role undrops_reader")
    run("grant select on table t to database role undrops.db_reader")
    dropped = ("drop database undrops", "create database undrops", "alter database undrops rename to undrops_new")
    try:
        run(*dropped, "undrop database undrops", role="ACCOUNTADMIN", at="")
        assert run("select * from t order by id", role="UNDROPS_READER") == SEEN
        assert run("select * from t order by id") == SEEN
    finally:
        run("drop database if exists undrops_new", role="ACCOUNTADMIN", at="")


def test_what_cannot_be_restored_says_so(run: Run) -> None:
    """M11; views, roles and the like are no more restorable than policies."""
    for kind, word in (("view", "VIEW"), ("masking policy", "MASKING_POLICY"), ("role", "ROLE"), ("user", "USER")):
        refused(run, f"undrop {kind} x", match=f"Unsupported feature 'UNDROP not supported for objects of type {word}'")


def test_show_history_lists_what_can_be_restored(run: Run) -> None:
    """To who could see it."""
    history = "show tables history like 't' in schema undrops.s"
    picked = f'{history} ->> select "name", "dropped_on" is not null as gone from $1 order by 2'
    assert run("drop table t", "create table t (n int)", picked) == [("T", False), ("T", True)]
    assert run(picked, role="UNDROPS_READER") == [("T", True)]  # a grant on the old one, none on the new one
    run("revoke usage on schema s from role undrops_reader", role="ACCOUNTADMIN")
    refused(run, history, match="does not exist", role="UNDROPS_READER", at="database undrops")
    run("create schema undrops.brief", "drop schema undrops.brief", role="ACCOUNTADMIN")
    schemas = "show schemas history like 'brief' in database undrops"
    assert run(f'{schemas} ->> select "dropped_on" is null from $1', role="ACCOUNTADMIN") == [(False,)]
    assert run(f"{schemas} ->> select count(*) from $1") == [(0,)]


def test_a_dynamic_table_comes_back(run: Run) -> None:
    run("grant create dynamic table on schema s to role undrops_owner", role="ACCOUNTADMIN")
    run(
        "create dynamic table dt target_lag = '1 day' warehouse = compute_wh as select id from t",
        "drop dynamic table dt",
    )
    assert run("undrop dynamic table dt") == [("Dynamic_table DT successfully restored.",)]
    assert run("select count(*) from dt") == [(2,)]


def test_what_was_dropped_is_there_after_a_kill(tmp_path: Path) -> None:
    admin = {"role": "accountadmin", "warehouse": "compute_wh"}
    setup = (
        "create database d",
        "create masking policy d.public.p as (v varchar) returns varchar -> '*'",
        "create table d.public.t (name varchar with masking policy d.public.p) as select 'Ann'",
        "create table d.public.u as select 1 as n",
        "drop table d.public.t",
        "create table d.public.t as select 'other' as name",
        "create or replace table d.public.u as select 2 as n",
        "drop database d",
    )
    with server(tmp_path) as (account, process):
        account.run(*setup, **admin)
        process.kill()
    with server(tmp_path) as (account, _):
        account.run("undrop database d", "alter table d.public.t rename to d.public.t2", **admin)
        account.run("undrop table d.public.t", "alter table d.public.u rename to d.public.u2", **admin)
        account.run("undrop table d.public.u", **admin)
        rows = account.run(
            "select t.name, t2.name, u.n, u2.n from d.public.t, d.public.t2, d.public.u, d.public.u2", **admin
        )
    assert rows == [("*", "other", 1, 2)]
