"""CLONE of tables, schemas and databases, and CREATE TABLE LIKE: what is copied and what is not (table 3.6, P48, T49)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from snowflake.connector.errors import DatabaseError

Run = Callable[..., list[tuple[Any, ...]]]
SET_UP = (
    "create or replace database clones",
    "create or replace database clones_gov",
    "create or replace role clones_owner",
    "create or replace role clones_reader",
    "create or replace role clones_copier",
    "grant role clones_owner, clones_reader, clones_copier to user admin",
    "grant ownership on database clones to role clones_owner",
    "grant all on database clones_gov to role clones_owner",
    "grant ownership on schema clones_gov.public to role clones_owner",
    *(f"grant usage on warehouse compute_wh to role clones_{r}" for r in ("owner", "reader", "copier")),
    *(
        f"grant usage on database {d} to role clones_{r}"
        for d in ("clones", "clones_gov")
        for r in ("reader", "copier")
    ),
    "grant create schema on database clones to role clones_copier",
    "grant create database on account to role clones_copier",
    "grant apply masking policy, apply row access policy, apply tag on account to role clones_owner",
)
OWN = (
    "create masking policy clones_gov.public.elsewhere as (v varchar) returns varchar -> 'gov'",
    "create schema clones.s",
    "create masking policy hide as (v varchar) returns varchar -> '****'",
    "create masking policy tagged as (v varchar) returns varchar -> '####'",
    "create row access policy few as (id number) returns boolean -> id = 1",
    "create tag pii",
    "alter tag pii set masking policy tagged",
    "create table t (id number not null, name varchar with masking policy hide, mail varchar with tag (pii = 'mail'), "
    "far varchar with masking policy clones_gov.public.elsewhere, state varchar default 'new')",
    "alter table t add row access policy few on (id)",
    "insert into t (id, name, mail, far) values (1, 'Ann', 'a@b', 'x'), (2, 'Bob', 'c@d', 'y')",
    "create view here as select name from t",
    "create view full_name as select name from clones.s.t",
    "create table hidden as select 'h' as h",
    "grant usage on schema s to role clones_reader",
    "grant usage on schema s to role clones_copier",
    "grant select on table t to role clones_reader",
    "grant select on table t to role clones_copier",
    "grant select on view here to role clones_copier",
    "use role accountadmin",
    "grant insert on future tables in schema clones.s to role clones_reader",
)
TEAR_DOWN = (
    *(f"drop role if exists clones_{r}" for r in ("owner", "reader", "copier")),
    *(f"drop database if exists {d}" for d in ("clones_two", "clones", "clones_gov")),
)
ROW = [(1, "****", "####", "gov", "new")]


@pytest.fixture
def run(local_snowflake: Any) -> Iterator[Run]:
    """Run statements in schema CLONES.S, of CLONES_OWNER."""
    local_snowflake.run(*SET_UP, role="ACCOUNTADMIN")

    def execute(*sql: str, role: str = "CLONES_OWNER", at: str = "schema clones.s") -> list[tuple[Any, ...]]:
        return local_snowflake.run(*([f"use {at}"] if at else []), *sql, role=role)

    execute(*OWN, at="database clones")
    yield execute
    local_snowflake.run(*TEAR_DOWN, role="ACCOUNTADMIN")


def refused(run: Run, *sql: str, match: str, role: str = "CLONES_OWNER", at: str = "schema clones.s") -> None:
    with pytest.raises(DatabaseError, match=match):
        run(*sql, role=role, at=at)


def privileges(run: Run, on: str, grantee: str = "CLONES_READER") -> list[str]:
    rows = run(f"show grants on {on}", at="", role="ACCOUNTADMIN")
    return sorted(row[1] for row in rows if row[5] == grantee)


def policies(run: Run, table: str) -> dict[str, str]:
    """Column -> schema of its policy; '' is the row access policy."""
    found = run(
        "select ref_column_name, policy_db || '.' || policy_schema from table(clones.information_schema."
        f"policy_references(ref_entity_name => '{table}', ref_entity_domain => 'table'))",
        at="",
    )
    return {column or "": schema for column, schema in found}


def test_t49_m52_a_schema_is_cloned_with_its_own_tags_and_policies(run: Run) -> None:
    """What lies in the schema is re-pointed to the clone's own; what lies elsewhere is kept."""
    run("create schema clones.copy clone s")
    assert run("select * from t", at="schema clones.copy") == ROW
    own = "CLONES.COPY"
    expected = {"NAME": own, "MAIL": own, "FAR": "CLONES_GOV.PUBLIC", "": own}
    assert policies(run, "clones.copy.t") == expected
    tags = "select tag_schema, tag_value from table(clones.information_schema.tag_references('clones.copy.t.mail', 'column'))"
    assert run(tags) == [("COPY", "mail")]
    run("alter masking policy clones.copy.hide set body -> 'only the clone'")
    assert run("select name from t", at="schema clones.copy") == [("only the clone",)]
    assert run("select name from t") == [("****",)]


def test_a_clone_is_independent_of_its_source(run: Run) -> None:
    run("create schema clones.copy clone s", "delete from clones.copy.t", "drop schema clones.s")
    assert run("select count(*) from t", at="schema clones.copy") == [(0,)]
    run("undrop schema clones.s", at="database clones")
    assert run("select * from t") == ROW


def test_p48_a_cloned_schema_keeps_the_grants_on_its_children_and_its_future_grants(run: Run) -> None:
    run("create schema clones.copy clone s")
    assert privileges(run, "table clones.copy.t") == ["SELECT"]
    assert privileges(run, "schema clones.copy") == []  # the container's own are not copied
    refused(run, "select * from clones.copy.t", match="does not exist", role="CLONES_READER", at="")
    run("grant usage on schema clones.copy to role clones_reader")
    assert run("select * from clones.copy.t", role="CLONES_READER", at="") == ROW
    run("create table clones.copy.later (n int)")
    assert privileges(run, "table clones.copy.later") == ["INSERT"]
    assert privileges(run, "table clones.copy.t") == ["SELECT"]


def test_who_clones_a_schema_owns_the_container_and_nothing_in_it(run: Run) -> None:
    """Only what the role may read is cloned; masked data stays masked for it."""
    run("create schema clones.mine clone clones.s", role="CLONES_COPIER", at="")
    at = "schema clones.mine"
    assert run("select * from t", role="CLONES_COPIER", at=at) == ROW
    shown = 'show objects in schema clones.mine ->> select "name", "owner" from $1 order by 1'
    assert run(shown, role="CLONES_COPIER", at=at) == [("HERE", "CLONES_OWNER"), ("T", "CLONES_OWNER")]
    refused(run, "drop table t", match="Insufficient privileges", role="CLONES_COPIER", at=at)
    refused(run, "alter masking policy hide set body -> v", match="does not|Insuff", role="CLONES_COPIER", at=at)
    run("revoke usage on schema s from role clones_copier")
    refused(run, "create schema clones.more clone clones.s", match="does not exist", role="CLONES_COPIER", at="")
    refused(run, "create schema clones.more clone clones.s", match="CREATE SCHEMA", role="CLONES_READER", at="")


def test_names_in_views_of_a_clone(run: Run) -> None:
    """A name without its schema means the clone's table, a full name the source's (I13)."""
    run("create schema clones.copy clone s", "alter masking policy clones.s.hide set body -> v")
    assert run("select * from here", at="schema clones.copy") == [("****",)]
    assert run("select * from full_name", at="schema clones.copy") == [("Ann",)]


def test_a_database_is_cloned_whole(run: Run) -> None:
    run("create database role clones.db_reader", "grant select on table t to database role clones.db_reader")
    run(
        "grant database role clones.db_reader to role clones_reader",
        "grant usage on schema s to database role clones.db_reader",
    )
    run("create schema clones.managed with managed access", "create table clones.managed.m as select 1 as n")
    run("grant create database on account to role clones_owner", role="ACCOUNTADMIN", at="")
    run("create database clones_two clone clones", at="")
    assert run("select * from clones_two.s.t", at="") == ROW
    assert policies(run, "clones_two.s.t") == {
        "NAME": "CLONES_TWO.S",
        "MAIL": "CLONES_TWO.S",
        "FAR": "CLONES_GOV.PUBLIC",
        "": "CLONES_TWO.S",
    }
    options = 'show schemas in database clones_two ->> select "name", "options" from $1 order by 1'
    assert ("MANAGED", "MANAGED ACCESS") in run(options, at="")
    assert privileges(run, "table clones_two.s.t", "DB_READER") == ["SELECT"]
    assert privileges(run, "schema clones_two.s") == ["USAGE"]  # a child of the database
    assert privileges(run, "database clones_two") == []
    refused(run, "select * from clones_two.s.t", match="does not exist", role="CLONES_READER", at="")
    assert run("select * from here", at="schema clones_two.s") == [("****",)]


def test_a_schema_is_cloned_into_another_database(run: Run) -> None:
    """R39: what a database role holds stays in its database."""
    run("create database role clones.db_reader", "grant select on table t to database role clones.db_reader")
    run("create schema clones_gov.copy clone clones.s")
    assert run("select * from t", at="schema clones_gov.copy") == ROW
    assert privileges(run, "table clones_gov.copy.t", "DB_READER") == []
    assert policies(run, "clones_gov.copy.t")["NAME"] == "CLONES_GOV.COPY"


def test_a_clone_with_managed_access_takes_more(run: Run) -> None:
    refused(run, "create schema clones.m clone s with managed access", match="MANAGE GRANTS")
    run(
        "create schema clones.managed with managed access",
        "create schema clones.m clone clones.managed with managed access",
    )
    run("create schema clones.plain clone clones.managed")
    options = 'show schemas in database clones ->> select "name", "options" from $1 where "name" in (\'M\', \'PLAIN\') order by 1'
    assert run(options) == [("M", "MANAGED ACCESS"), ("PLAIN", "")]


def test_a_schema_that_is_replaced_by_a_clone_can_be_restored(run: Run) -> None:
    run("create schema clones.copy", "create table clones.copy.before as select 1 as n")
    run("create or replace schema clones.copy clone s", "alter schema clones.copy rename to clones.new")
    run("undrop schema clones.copy")
    assert run("select n from clones.copy.before") == [(1,)]
    refused(run, "create schema clones.new clone s", match="already exists")
    assert "already exists" in str(run("create schema if not exists clones.new clone s"))


def test_what_cannot_be_cloned(run: Run) -> None:
    refused(run, "create schema clones.x clone s at (offset => -60)", match="Unsupported feature .*AT")
    refused(run, "create table x clone t before (statement => 'x')", match="Unsupported feature .*CLONE")
    refused(run, "create or replace schema s clone s", match="the clone of itself")
    refused(run, "create schema clones.x clone nowhere", match="does not exist or not authorized")
    refused(run, "create database x clone snowflake", match="imported from a share", role="ACCOUNTADMIN", at="")


def test_a_cloned_table_keeps_not_null_and_defaults(run: Run) -> None:
    run("create table c clone t", "insert into c (id) values (1)")
    assert run("select count(*), max(state) from c") == [(2, "new")]
    refused(run, "insert into c (name) values ('x')", match="NULL|null")


def test_like_makes_an_empty_table_of_the_same_columns(run: Run) -> None:
    """T41: tags are carried; A15: policies that are set directly are not (documented for row access policies)."""
    run("create table likewise like t", "insert into likewise (id, name, mail) values (7, 'Eve', 'e@f')")
    assert run("select id, name, mail, state from likewise") == [(7, "Eve", "####", "new")]
    assert set(policies(run, "clones.s.likewise")) == {"MAIL"}
    assert privileges(run, "table clones.s.likewise") == ["INSERT"]
    refused(run, "insert into likewise (name) values ('x')", match="NULL|null")
    run("create or replace table likewise like t copy grants")
    assert privileges(run, "table clones.s.likewise") == ["INSERT"]  # of the table that was replaced
    run("create table first like t copy grants")
    assert privileges(run, "table clones.s.first") == ["SELECT"]
    made = ("create schema clones.mine", "create table x like clones.s.hidden")
    refused(run, *made, match="does not exist", role="CLONES_COPIER", at="")
    refused(run, "create table x like here", match="Unsupported feature")
