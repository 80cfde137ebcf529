"""Facts about sessions, privileges, the life of objects and tags that no other file asks for, one test each."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from snowflake.connector.errors import ProgrammingError

Run = Callable[..., list[tuple[Any, ...]]]
SET_UP = (
    "create or replace database facts",
    "create schema facts.s",
    "create schema facts.tagged",
    "create or replace role facts_owner",
    "create or replace role facts_reader",
    "grant role facts_owner, facts_reader to user admin",
    "grant usage on database facts to role facts_owner",
    "grant usage on database facts to role facts_reader",
    "grant all on schema facts.s to role facts_owner",
    "grant usage on schema facts.s to role facts_reader",
    "grant usage on warehouse compute_wh to role facts_owner",
    "grant usage on warehouse compute_wh to role facts_reader",
)
TEAR_DOWN = ("drop database if exists facts", "drop role if exists facts_owner", "drop role if exists facts_reader")


@pytest.fixture
def run(local_snowflake: Any) -> Iterator[Run]:
    """Run statements in schema FACTS.S; table T of FACTS_OWNER has one row."""
    local_snowflake.run(*SET_UP, role="ACCOUNTADMIN")

    def execute(*sql: str, role: str = "FACTS_OWNER", **options: Any) -> list[tuple[Any, ...]]:
        return local_snowflake.run("use schema facts.s", *sql, role=role, **options)

    execute("create table t (id int, name varchar(20), amount number(4,1)) as select 1, 'Ann', 2.5")
    yield execute
    local_snowflake.run(*TEAR_DOWN, role="ACCOUNTADMIN")


def refused(run: Run, *sql: str, match: str, role: str = "FACTS_OWNER") -> None:
    with pytest.raises(ProgrammingError, match=match):
        run(*sql, role=role)


HIDDEN = "does not exist or not authorized"


def test_r5_manage_grants_is_what_rescues_an_administrator(run: Run) -> None:
    refused(run, "select * from t", match="Insufficient privileges|" + HIDDEN, role="ACCOUNTADMIN")
    run("grant select on table t to role accountadmin", role="ACCOUNTADMIN")
    assert run("select id from t", role="ACCOUNTADMIN") == [(1,)]


def test_r10_who_owns_a_role_does_not_inherit_it(run: Run) -> None:
    run("grant ownership on role facts_owner to role facts_reader", role="ACCOUNTADMIN")
    refused(run, "select * from t", match=HIDDEN, role="FACTS_READER")
    run("grant ownership on role facts_owner to role accountadmin", role="ACCOUNTADMIN")


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("all", {"roles": "ACCOUNTADMIN,FACTS_OWNER,FACTS_READER", "value": "ALL"}),
        ("none", {"roles": "", "value": ""}),
        ("facts_reader", {"roles": "FACTS_READER", "value": "FACTS_READER"}),
    ],
)
def test_r27_current_secondary_roles(run: Run, setting: str, expected: dict[str, str]) -> None:
    """Those granted directly to the user, not the inherited ones (SYSADMIN is below ACCOUNTADMIN)."""
    [[text]] = run(f"use secondary roles {setting}", "select current_secondary_roles()")
    found = json.loads(text)
    assert found["value"] == expected["value"]
    wanted = set(expected["roles"].split(","))
    assert wanted <= set(found["roles"].split(","))
    assert "SYSADMIN" not in found["roles"].split(",")


def test_r35_is_granted_to_invoker_role(run: Run) -> None:
    """R33: behind a view the invoker is the view's owner, on the table itself the session's role."""
    run(
        "create masking policy inv as (v string) returns string -> "
        "case when is_granted_to_invoker_role('FACTS_OWNER') then v else '***' end",
        "create view v as select name from t",
        "grant select on table t to role facts_reader",
        "grant select on view v to role facts_reader",
    )
    run("alter table facts.s.t modify column name set masking policy facts.s.inv", role="ACCOUNTADMIN")
    assert run("select name from t", role="FACTS_READER") == [("***",)]
    assert run("select name from v", role="FACTS_READER") == [("Ann",)]
    assert run("select name from t") == [("Ann",)]


@pytest.mark.parametrize(
    "call",
    [
        "invoker_share()",  # R36
        "sys_context('SNOWFLAKE$SESSION', 'PRINCIPAL_NAME')",  # R38
    ],
)
def test_r36_r38_functions_that_are_refused(run: Run, call: str) -> None:
    with pytest.raises(ProgrammingError, match=r"(?i)invoker_share|sys_context"):
        run(f"select {call}")


def test_r51_a_result_belongs_to_its_user_whatever_the_role(run: Run) -> None:
    """Another role of the same session reads what the first was shown; the table itself it may not read."""
    scan = "select * from table(result_scan(last_query_id({})))"
    assert run("select name from t", scan.format(-1)) == [("Ann",)]
    assert run("select name from t", "use role public", scan.format(-2)) == [("Ann",)]
    refused(run, "use role public", "select name from t", match=HIDDEN)


def test_p10_p20_a_temporary_table_takes_no_create_table(run: Run) -> None:
    refused(run, "create table mine (a int)", match="CREATE TABLE", role="FACTS_READER")
    run("create temporary table mine (a int)", role="FACTS_READER")


def test_p21_replacing_takes_ownership_and_if_not_exists_touches_nothing(run: Run) -> None:
    run("grant select on table t to role facts_reader")
    run("grant create table on schema facts.s to role facts_reader", role="ACCOUNTADMIN")
    refused(run, "create or replace table t (a int)", match="OWNERSHIP granted on TABLE FACTS.S.T", role="FACTS_READER")
    run("create table if not exists t (a int)", role="FACTS_READER")
    assert run("select id from t") == [(1,)]


def test_p24_an_update_that_reads_takes_select_too(run: Run) -> None:
    run("grant update, delete on table t to role facts_reader")
    by_another = "delete from t using (select 1 as one) o"
    by_itself = "update t set id = (select max(id) from t)"
    columns = ("update t set id = id + 1", "update t set id = 1 where name = 'Ann'", "delete from t where id = 1")
    for reading in (*columns, by_another, by_itself):
        refused(run, reading, match="Insufficient privileges", role="FACTS_READER")
    run("update t set amount = 7", role="FACTS_READER")
    assert run("select amount from t") == [(7,)]
    run("grant select on table t to role facts_reader")
    run("delete from t where id = 1", role="FACTS_READER")
    assert run("select count(*) from t") == [(0,)]


@pytest.mark.parametrize(
    "verb", ["update t set id = 1 from c", "delete from t using c", "insert into t (id) select * from c"]
)
def test_with_stands_in_the_query_of_a_change_not_before_it(run: Run, verb: str) -> None:
    """As in Snowflake; in front of it a protected target would be read under the name of a common table expression."""
    refused(run, f"with c as (select 2 as id) {verb}", match="001003 .*\\n?.*syntax error unexpected")
    run("insert into t (id) with c as (select 2 as id) select id from c")
    assert run("select count(*) from t") == [(2,)]


@pytest.mark.parametrize(("clause", "kept"), [("", False), (" copy grants", True), (" COPY TAGS COPY GRANTS", True)])
def test_p48_grants_of_a_clone(run: Run, clause: str, kept: bool) -> None:
    """Without COPY GRANTS a clone has those of the future grants only."""
    run("grant select on future tables in schema facts.s to role sysadmin", role="ACCOUNTADMIN")
    run("grant select on table t to role facts_reader", f"create or replace table c clone t{clause}")
    grantees = {row[5] for row in run("show grants on table c") if row[1] == "SELECT"}
    assert grantees == ({"FACTS_READER"} if kept else {"SYSADMIN"})


def test_p52_ddl_commits_the_open_transaction(run: Run) -> None:
    run("begin", "insert into t values (2, 'Bob', 1)", "create table other (a int)", "rollback")
    assert run("select count(*) from t") == [(2,)]


def test_p53_a_replace_that_fails_leaves_the_old_table(run: Run) -> None:
    run("grant select on table t to role facts_reader")
    refused(run, "create or replace table t as select 1 / 0 as id, nope from t", match="(?i)nope")
    assert run("select name from t", role="FACTS_READER") == [("Ann",)]


def test_t48_m54_create_or_alter_is_refused_by_name(run: Run) -> None:
    refused(run, "create or alter table t (id int)", match="CREATE OR ALTER TABLE")


def test_t51_ctas_has_no_tags(run: Run) -> None:
    run("create tag k")
    run("alter table facts.s.t set tag facts.s.k = 'x'", role="ACCOUNTADMIN")
    run("create table copied as select * from t")
    asked = "select system$get_tag('facts.s.k', 'facts.s.{}', 'table')"
    assert run(asked.format("t"), asked.format("copied")) == [(None,)]
    assert run(asked.format("t")) == [("x",)]


def test_m21_a_new_column_with_its_mask(run: Run) -> None:
    run("create masking policy m as (v string) returns string -> '***'")
    run("alter table t add column mail varchar(20) with masking policy m", "insert into t values (2, 'B', 1, 'b@x')")
    assert run("select mail from t where id = 2") == [("***",)]


@pytest.mark.parametrize(("mask", "seen"), [("0", "0.0"), ("1.29", "1.3"), ("12345", None)])
def test_m25_a_numeric_mask_must_fit_the_column(run: Run, mask: str, seen: str | None) -> None:
    """More digits than the precision: every query fails. More scale: it is cut to the column's."""
    run(
        f"create masking policy n as (v number(38,4)) returns number(38,4) -> {mask}",
        "alter table t modify column amount set masking policy n",
    )
    if seen is None:
        refused(run, "select amount from t", match=".")
    else:
        [[found]] = run("select amount from t")
        assert str(found) in (seen, "1.2")


def test_m38_moving_a_table_drops_what_its_schema_protected(run: Run) -> None:
    run(
        "create tag facts.s.pii",
        "create masking policy facts.s.m as (v string) returns string -> '***'",
        "alter tag facts.s.pii set masking policy facts.s.m",
        "alter schema facts.tagged set tag facts.s.pii = 'x'",
        "create table facts.tagged.moved as select 'clear' as c",
        role="ACCOUNTADMIN",
    )
    assert run("select c from facts.tagged.moved", role="ACCOUNTADMIN") == [("***",)]
    run("alter table facts.tagged.moved rename to facts.s.moved", role="ACCOUNTADMIN")
    assert run("select c from facts.s.moved", role="ACCOUNTADMIN") == [("clear",)]


def test_m57_a_dropped_column_takes_its_mask_along(run: Run) -> None:
    run(
        "create masking policy m as (v string) returns string -> '***'",
        "alter table t modify column name set masking policy m",
        "alter table t drop column name",
        "drop masking policy m",
        "alter table t add column name varchar(20)",
        "update t set name = 'clear'",
    )
    assert run("select name from t") == [("clear",)]


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("create tag x propagate = on_dependency", "PROPAGATE"),  # T25, T30, T40
        ("create tag x on_conflict = 'c'", "ON_CONFLICT"),  # T42, T51b
        ("alter tag k set propagate = on_data_movement", "PROPAGATE"),  # T43, T44
        ("create stream x on table t", "create stream"),  # P54, M51
        ("select * from t at (offset => -60)", "on a table reference"),  # M51
        ("create materialized view x as select id from t", "MATERIALIZED"),  # M26, M40
        ("create external table x (a int as (value:c1::int)) location = @s", "EXTERNAL"),  # M27
        ("create table x clone t at (offset => -60)", "CLONE"),  # M51
        ("explain select name from t", "explain"),  # M58
        ("explain using text select name from t", "explain"),
        ("select name from t start with id = 1 connect by prior id = amount", "CONNECT BY"),  # M44
        ("create view x as select name from t connect by id = prior amount", "CONNECT BY"),
    ],
)
def test_what_is_refused_by_name(run: Run, sql: str, named: str) -> None:
    with pytest.raises(ProgrammingError) as caught:
        run(sql)
    assert caught.value.sqlstate == "0A000"
    assert named.upper() in str(caught.value.msg).upper()


@pytest.mark.parametrize(
    ("privilege", "on"),
    [
        ("monitor usage, monitor execution, resolve all", "account"),  # P5
        ("execute task, execute alert", "account"),  # P6
        ("usage, modify, monitor, create schema, create database role", "database facts"),  # P7
        ("create table, create view, create tag, create masking policy, modify", "schema facts.s"),  # P9
        ("select, insert, update, delete, truncate, references", "table facts.s.t"),  # P12
        ("monitor", "user admin"),  # P15
    ],
)
def test_p5_p6_p7_p9_p12_p15_privileges_of_each_type(run: Run, privilege: str, on: str) -> None:
    run(f"grant {privilege} on {on} to role facts_reader", role="ACCOUNTADMIN")
    kind = on.split(maxsplit=1)[0].upper()
    shown = {row[1] for row in run("show grants to role facts_reader", role="ACCOUNTADMIN") if row[2] == kind}
    assert {p.strip().upper() for p in privilege.split(",")} <= shown
    with pytest.raises(ProgrammingError, match="Invalid object type"):
        run("grant usage on role facts_owner to role facts_reader", role="ACCOUNTADMIN")


def test_p5_resolve_all_sees_every_object(run: Run) -> None:
    assert run("show tables in schema facts.s", role="FACTS_READER") == []
    run("grant resolve all on account to role facts_reader", role="ACCOUNTADMIN")
    assert [row[1] for row in run("show tables in schema facts.s", role="FACTS_READER")] == ["T"]
    refused(run, "select * from t", match="Insufficient privileges|" + HIDDEN, role="FACTS_READER")


def test_t15_m20_inline_tags_and_masks_of_a_ctas_and_of_a_view(run: Run) -> None:
    run(
        "create tag k",
        "create masking policy m as (v string) returns string -> '***'",
        "create table c (id int, name varchar(20) with masking policy m with tag (k = 'col')) with tag (k = 'table') "
        "as select id, name from t",
        "create view w (name with tag (k = 'view column')) with tag (k = 'view') as select name from c",
    )
    asked = "select system$get_tag('k', '{}', '{}')"
    assert run(asked.format("c", "table")) == [("table",)]
    assert run(asked.format("c.name", "column")) == [("col",)]
    assert run(asked.format("w", "table")) == [("view",)]
    assert run(asked.format("w.name", "column")) == [("view column",)]
    assert run("select name from c") == [("***",)]


def test_m25a_m4a_a_text_mask_may_be_longer_than_its_column(run: Run) -> None:
    run(
        "create masking policy m as (v string) returns string -> 'a mask that is longer than twenty characters'",
        "alter table t modify column name set masking policy m",
    )
    assert run("select name from t") == [("a mask that is longer than twenty characters",)]
    run("create table wide (unsized varchar)")
    assert [row[1] for row in run("describe table wide")] == ["VARCHAR(16777216)"]


@pytest.mark.parametrize("scope", ["all", "future"])
def test_m13_policies_are_granted_one_by_one(run: Run, scope: str) -> None:
    refused(
        run,
        f"grant apply on {scope} masking policies in schema s to role facts_reader",
        match="not supported",
        role="ACCOUNTADMIN",
    )


def test_m42_a_view_shows_the_masked_base_and_its_own_mask_comes_on_top(run: Run) -> None:
    run(
        "create masking policy below as (v string) returns string -> 'base'",
        "create masking policy above as (v string) returns string -> v || '+view'",
        "alter table t modify column name set masking policy below",
        "create view v as select name from t",
    )
    assert run("select name from v") == [("base",)]
    run("alter view v modify column name set masking policy above")
    assert run("select name from v") == [("base+view",)]


def test_t39_account_usage_has_direct_assignments_only(run: Run) -> None:
    run("create tag k", "create tag l")
    run(
        "alter schema facts.s set tag facts.s.l = 's'",
        "alter table facts.s.t set tag facts.s.k = 't'",
        role="ACCOUNTADMIN",
    )
    rows = run(
        "select tag_name, object_name from snowflake.account_usage.tag_references where tag_database = 'FACTS'",
        role="ACCOUNTADMIN",
    )
    assert sorted(rows) == [("K", "T"), ("L", "S")]


def test_m59_a_dynamic_table_stores_what_its_owner_sees_and_takes_masks(run: Run) -> None:
    run(
        "create masking policy m as (v string) returns string -> "
        "case when is_role_in_session('FACTS_OWNER') then v else '***' end",
        "alter table t modify column name set masking policy m",
        "create dynamic table d target_lag = '1 hour' warehouse = compute_wh as select name from t",
        "grant select on dynamic table d to role facts_reader",
    )
    assert run("select name from d", role="FACTS_READER") == [("Ann",)]
    run("alter dynamic table d modify column name set masking policy m")
    assert run("select name from d", role="FACTS_READER") == [("***",)]
    assert run("select name from d") == [("Ann",)]
