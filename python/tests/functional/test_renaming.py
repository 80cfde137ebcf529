"""RENAME and SWAP of tables, schemas and databases: what goes along and what does not (table 3.6, P22, P47, R50)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from snowflake.connector.errors import ProgrammingError

Run = Callable[..., list[tuple[Any, ...]]]
SET_UP = (
    "create or replace database renames",
    "create or replace database renames_two",
    "create or replace role renames_owner",
    "create or replace role renames_reader",
    "grant role renames_owner, renames_reader to user admin",
    "grant usage on warehouse compute_wh to role renames_owner",
    "grant usage on warehouse compute_wh to role renames_reader",
    "grant ownership on database renames to role renames_owner",
    "grant usage on database renames to role renames_reader",
    "grant usage on database renames_two to role renames_reader",
    "grant usage, create schema on database renames_two to role renames_owner",
    "grant apply masking policy, apply tag on account to role renames_owner",
)
OWN = (
    "create schema renames.s",
    "create masking policy hide as (v varchar) returns varchar -> '****'",
    "create masking policy tagged as (v varchar) returns varchar -> '####'",
    "create tag pii",
    "alter tag pii set masking policy tagged",
    "create table t (id number, name varchar with masking policy hide, mail varchar with tag (pii = 'mail')) "
    "as select 1, 'Ann', 'a@b'",
    "create view here as select id, name, mail from t",
    "create view full_name as select name from renames.s.t",
    "grant usage on schema s to role renames_reader",
    "grant select on all tables in schema s to role renames_reader",
    "grant select on all views in schema s to role renames_reader",
    "use role accountadmin",
    "grant insert on future tables in schema renames.s to role renames_reader",
)
NAMES = ("renames_two", "renames_new", "renames")
TEAR_DOWN = (
    "drop role if exists renames_owner",  # what it owned is then its dropper's
    "drop role if exists renames_reader",
    *(f"drop database if exists {name}" for name in NAMES),
)
ROW = [(1, "****", "####")]


@pytest.fixture
def run(local_snowflake: Any) -> Iterator[Run]:
    """Run statements in schema RENAMES.S, of RENAMES_OWNER."""
    local_snowflake.run(*SET_UP, role="ACCOUNTADMIN")

    def execute(*sql: str, role: str = "RENAMES_OWNER", at: str = "schema renames.s") -> list[tuple[Any, ...]]:
        return local_snowflake.run(*([f"use {at}"] if at else []), *sql, role=role)

    execute(*OWN, at="database renames")
    yield execute
    local_snowflake.run(*TEAR_DOWN, role="ACCOUNTADMIN")


def refused(run: Run, *sql: str, match: str, role: str = "RENAMES_OWNER", at: str = "schema renames.s") -> None:
    with pytest.raises(ProgrammingError, match=match):
        run(*sql, role=role, at=at)


def test_a_renamed_schema_keeps_grants_future_grants_tags_and_policies(run: Run) -> None:
    """T50, M56; names without a schema in views mean the view's own schema, whatever it is called (I13)."""
    run("alter schema renames.s rename to renames.better")
    for role in ("RENAMES_OWNER", "RENAMES_READER"):
        assert run("select * from t", role=role, at="schema renames.better") == ROW
        assert run("select * from here", role=role, at="schema renames.better") == ROW
    refused(run, "select * from full_name", match="Failure during expansion of view", at="schema renames.better")
    run("create table later (n int)", at="schema renames.better")
    shown = 'show grants on table later ->> select "privilege" from $1 where "grantee_name" = \'RENAMES_READER\''
    assert run(shown, at="schema renames.better") == [("INSERT",)]
    where = "select policy_schema, ref_schema_name from table(renames.information_schema.policy_references("
    found = run(f"{where}policy_name => 'renames.better.hide'))", at="database renames")
    assert found == [("BETTER", "BETTER")]


def test_the_session_stays_in_a_renamed_schema_and_database(run: Run) -> None:
    here = "select current_database(), current_schema()"
    assert run("alter schema s rename to better", here) == [("RENAMES", "BETTER")]
    grant = "grant create database on account to role renames_owner"
    run(grant, role="ACCOUNTADMIN", at="")
    assert run("alter database renames rename to renames_new", here, at="schema renames.better") == [
        ("RENAMES_NEW", "BETTER")
    ]


def test_a_name_that_was_given_away_is_free(run: Run) -> None:
    """Rows of old and new objects of one name never mix."""
    run("alter schema renames.s rename to renames.old", "create schema renames.s", at="")
    run("create table t as select 'new' as name")
    assert run("select * from renames.old.t") == ROW
    assert run("select * from t") == [("new",)]
    run("drop schema renames.old")
    assert run("select * from t") == [("new",)]
    run("create or replace table t as select 'newer' as name", "alter table t rename to t2")
    run("create table t as select 'newest' as name")
    assert run("select t.name, t2.name from t, t2") == [("newest", "newer")]


def test_a_database_is_renamed_whole(run: Run) -> None:
    refused(run, "alter database renames rename to renames_new", match="CREATE DATABASE")
    run("create database role renames.db_reader", "grant database role renames.db_reader to role renames_reader")
    run(
        "grant select on table t to database role renames.db_reader",
        "revoke select on table t from role renames_reader",
    )
    run("grant create database on account to role renames_owner", role="ACCOUNTADMIN", at="")
    run("alter database renames rename to renames_new", at="")
    assert run("select * from t", role="RENAMES_READER", at="schema renames_new.s") == ROW
    run("create database renames", at="")
    assert run("show schemas in database renames ->> select count(*) from $1 where \"name\" = 'S'", at="") == [(0,)]
    refused(run, "alter database renames rename to renames_new", match="already exists", at="")
    refused(run, "alter database snowflake rename to x", match="Insufficient|shared", role="ACCOUNTADMIN", at="")


def test_a_schema_moves_to_another_database(run: Run) -> None:
    """R39: what a database role held on it stays behind."""
    run("create database role renames.db_reader", "grant select on table t to database role renames.db_reader")
    run("alter schema s rename to renames_two.moved")
    assert run("select * from t", role="RENAMES_READER", at="schema renames_two.moved") == ROW
    assert "DB_READER" not in str(run("show grants on table t", at="schema renames_two.moved"))
    refused(run, "alter schema renames_two.moved rename to renames_two.public", match="already exists", at="")
    refused(run, "alter schema renames_two.moved rename to nowhere.moved", match="does not exist", at="")


def test_a_renamed_schema_takes_the_right_to_create_one(run: Run) -> None:
    """P22."""
    run("revoke create schema on database renames_two from role renames_owner", role="ACCOUNTADMIN", at="")
    refused(run, "alter schema s rename to renames_two.moved", match="CREATE SCHEMA")
    refused(run, "alter schema s rename to other", match="Insufficient privileges", role="RENAMES_READER")


def test_swap_of_schemas_exchanges_their_names(run: Run) -> None:
    """Each keeps its own: grants, tags, policies, rows."""
    run(
        "create schema renames.blue with managed access",
        "create table t as select 'blue' as name",
        at="database renames",
    )
    run("alter schema renames.s swap with renames.blue", at="")
    assert run("select * from t", at="schema renames.blue") == ROW
    assert run("select * from t") == [("blue",)]
    refused(run, "select * from renames.s.t", match="does not exist", role="RENAMES_READER", at="")
    assert run("select * from t", role="RENAMES_READER", at="schema renames.blue") == ROW
    options = "show schemas like 's' in database renames ->> select \"options\" from $1"
    assert run(options) == [("MANAGED ACCESS",)]


def test_swap_takes_ownership_of_both(run: Run) -> None:
    run("create schema renames_two.theirs", role="ACCOUNTADMIN", at="")
    refused(run, "alter schema s swap with renames_two.theirs", match="does not exist|OWNERSHIP")
    refused(run, "alter database renames swap with renames_two", match="OWNERSHIP", at="")


def test_swap_of_databases(run: Run) -> None:
    run("grant ownership on database renames_two to role renames_owner copy current grants", role="ACCOUNTADMIN", at="")
    run("alter database renames swap with renames_two", at="")
    assert run("select * from t", role="RENAMES_READER", at="schema renames_two.s") == ROW
    refused(run, "use schema renames.s", match="does not exist", at="")
    run("alter database renames swap with renames_two", at="")
    assert run("select * from t", role="RENAMES_READER") == ROW


def test_a_table_moves_and_swaps_across_schemas(run: Run) -> None:
    """P47: future grants of the new schema do not apply; tags of containers are those of the new one (table 3.6)."""
    run(
        "create schema renames.other",
        "grant usage on schema renames.other to role renames_reader",
        at="database renames",
    )
    run("grant update on future tables in schema renames.other to role renames_reader", role="ACCOUNTADMIN", at="")
    run("alter schema renames.other set tag pii = 'x'", "alter table t rename to renames.other.t")
    assert run("select * from t", role="RENAMES_READER", at="schema renames.other") == ROW
    assert "UPDATE" not in str(run("show grants on table renames.other.t"))
    run("create table u (plain varchar) as select 'clear'", "alter table u swap with renames.other.t")
    assert run("select * from u") == ROW
    assert run("select * from renames.other.t") == [("####",)]  # the tag of its new schema masks it now


def test_r50_a_table_does_not_move_into_a_managed_schema_of_another_owner(run: Run) -> None:
    run("create schema renames_two.managed with managed access", role="ACCOUNTADMIN", at="")
    run("grant all on schema renames_two.managed to role renames_owner", role="ACCOUNTADMIN", at="")
    refused(run, "alter table t rename to renames_two.managed.t", match="managed access")
    run(
        "create schema renames_two.mine with managed access",
        "alter table renames.s.t rename to renames_two.mine.t",
        at="",
    )
    run("create table renames_two.managed.u as select 1 as n", at="")
    refused(run, "alter table renames_two.mine.t swap with renames_two.managed.u", match="managed access", at="")


def test_what_is_dropped_moves_with_its_schema(run: Run) -> None:
    run("drop table t", "alter schema s rename to better", "undrop table renames.better.t")
    assert run("select * from t", role="RENAMES_READER", at="schema renames.better") == ROW


def test_a_new_name_is_no_way_to_learn_what_exists(run: Run) -> None:
    run("create table renames_two.public.secret (n int)", role="ACCOUNTADMIN", at="")
    for name in ("renames_two.public.secret", "renames_two.public.nothing"):
        refused(run, f"alter table t rename to {name}", match="Schema 'RENAMES_TWO.PUBLIC' does not exist")
