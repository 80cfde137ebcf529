"""Tables and views as dbt makes and changes them, through the real connector."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from snowflake.connector.errors import ProgrammingError

DB = "RELATIONS_DB"
ADMIN = {"role": "accountadmin", "warehouse": "compute_wh", "database": DB, "schema": "public"}


@pytest.fixture(scope="module")
def account(local_snowflake: Any) -> Iterator[Any]:
    setup = [
        f"create database {DB}",
        "create masking policy mask as (v string) returns string -> '****'",
        "create tag pii",
    ]
    local_snowflake.run(*setup, role="accountadmin")
    yield local_snowflake
    local_snowflake.run(f"drop database {DB}", role="accountadmin")


def test_persist_docs_comments_many_columns_at_once(account: Any) -> None:
    statements = [
        "create or replace table documented (id number, name varchar)",
        """alter table documented alter "ID" COMMENT $$the key$$, "NAME" COMMENT $$it's a 'name'$$;""",
        "comment if exists on table documented is $$all of it$$",
    ]
    rows = account.run(
        *statements,
        "select column_name, comment from information_schema.columns where table_name = 'DOCUMENTED' order by 1",
        **ADMIN,
    )
    assert rows == [("ID", "the key"), ("NAME", "it's a 'name'")]


def test_column_changes_keep_their_protection(account: Any) -> None:
    """P-table 3.6: RENAME COLUMN keeps tag and mask, DROP COLUMN takes them along, ADD COLUMN may bring its own."""
    statements = [
        "create or replace table changing (id number, name varchar with masking policy mask with tag (pii = 'x'))",
        "insert into changing values (1, 'Ann')",
        "alter table changing rename column name to full_name",
        "alter table changing add column email varchar with masking policy mask",
        "update changing set email = 'a@x.org'",
    ]
    assert account.run(*statements, "select full_name, email from changing", **ADMIN) == [("****", "****")]
    tags = "select column_name from table(information_schema.tag_references_all_columns('changing', 'table'))"
    assert account.run(tags, **ADMIN) == [("FULL_NAME",)]
    policies = "select ref_column_name from table(information_schema.policy_references(ref_entity_name => 'changing', ref_entity_domain => 'table')) order by 1"
    assert account.run(policies, **ADMIN) == [("EMAIL",), ("FULL_NAME",)]
    assert account.run("alter table changing drop column full_name", policies, **ADMIN) == [("EMAIL",)]


def test_rename_and_swap_carry_grants_tags_and_masks(account: Any) -> None:
    """P47 and P-table 3.6."""
    statements = [
        "create or replace table first (name varchar with masking policy mask) as select 'one' as name",
        "create or replace table second as select 'two' as name",
        "alter table first swap with second",
    ]
    assert account.run(*statements, "select name from second", **ADMIN) == [("****",)]
    assert account.run("select name from first", **ADMIN) == [("two",)]
    assert account.run("alter table second rename to third", "select name from third", **ADMIN) == [("****",)]


def test_clone_carries_rows_as_stored_and_the_mask(account: Any) -> None:
    """M52: the clone is masked; its rows are the clear ones."""
    statements = [
        "create or replace table origin (name varchar with masking policy mask) as select 'Ann' as name",
        "create or replace table copied clone origin",
    ]
    assert account.run(*statements, "select name from copied", **ADMIN) == [("****",)]
    assert account.run(
        "alter table copied modify column name unset masking policy", "select name from copied", **ADMIN
    ) == [("Ann",)]


def test_a_temporary_table_belongs_to_its_session(account: Any) -> None:
    """I19, P51: it shadows the permanent one, and nobody else sees it."""
    statements = [
        "create or replace table both as select 'permanent' as kind",
        "create temporary table both as select 'temporary' as kind",
    ]
    assert account.run(*statements, "select kind from both", **ADMIN) == [("temporary",)]
    assert account.run("select kind from both", **ADMIN) == [("permanent",)]
    gone = ["create temporary table both as select 'temporary' as kind", "drop table both"]
    assert account.run(*gone, "select kind from both", **ADMIN) == [("permanent",)]


def test_governance_of_a_temporary_table_is_its_own(account: Any) -> None:
    """I19: it must not mean the permanent table of the same name."""
    setup = ["create or replace table twice (name varchar)", "create temporary table twice (name varchar)"]
    tag = "alter table twice set tag pii = 'x'"
    mask = "alter table twice modify column name set masking policy mask"
    tags = "select count(*) from table(information_schema.tag_references('twice', 'table'))"
    rows = ["insert into twice values ('Ann')", "select name from twice"]
    assert account.run(*setup, tag, tags, **ADMIN) == [(1,)]
    assert account.run(tags, **ADMIN) == [(0,)]
    assert account.run(*setup, mask, *rows, **ADMIN) == [("****",)]
    assert account.run(*rows, **ADMIN) == [("Ann",)]


def test_a_partly_done_grant_stays_done(account: Any) -> None:
    """P30: GRANT ALL grants what may be granted and says what was not."""
    account.run("create or replace table shared_out (n number)", "create role if not exists lender", **ADMIN)
    account.run("create role if not exists borrower", "grant role lender to role accountadmin", **ADMIN)
    rights = [f"grant usage on database {DB} to role lender", f"grant usage on schema {DB}.public to role lender"]
    account.run(*rights, "grant select on table shared_out to role lender with grant option", **ADMIN)
    with pytest.raises(ProgrammingError) as error:
        account.run("grant all on table shared_out to role borrower", **{**ADMIN, "role": "lender"})
    assert error.value.errno == 3011
    granted = [(r[1], r[5]) for r in account.run("show grants on table shared_out", **ADMIN)]
    assert ("SELECT", "BORROWER") in granted
    account.run("drop role lender", "drop role borrower", **ADMIN)


def test_insert_overwrite_may_read_its_own_target(account: Any) -> None:
    statements = [
        "create or replace table own (n number) as select * from values (1), (2)",
        "insert overwrite into own select n * 10 from own",
    ]
    assert account.run(*statements, "select n from own order by n", **ADMIN) == [(10,), (20,)]


def test_a_view_keeps_meaning_what_it_meant(account: Any) -> None:
    """I13: names in a view resolve in its own schema, whatever the reader's session says."""
    account.run(
        "create schema if not exists elsewhere",
        "create or replace table elsewhere.here as select 'wrong' as w",
        **ADMIN,
    )
    account.run(
        "create or replace table here as select 'right' as w",
        "create or replace view looks as select w from here",
        **ADMIN,
    )
    assert account.run(f"select w from {DB}.public.looks", **{**ADMIN, "schema": "elsewhere"}) == [("right",)]


def test_unnamed_expressions_have_snowflakes_names(account: Any) -> None:
    connection = account.connect(**ADMIN)
    cursor = connection.cursor().execute("select count(*), sum(1 + 1), 'a' || 'b' as joined from (values (1))")
    assert [d[0] for d in cursor.description] == ["COUNT(*)", "SUM(1 + 1)", "JOINED"]


def test_words_that_only_the_engine_reserves_are_names(account: Any) -> None:
    """I8: `at`, `offset`, `end_at` ... are ordinary columns in Snowflake."""
    statements = [
        "create or replace table worded (at number, summarize varchar with masking policy mask, pivot_wider number)",
        "insert into worded (at, summarize, pivot_wider) values (1, 'x', 2)",
        "update worded set at = at + 1 where at = 1",
    ]
    assert account.run(*statements, "select at, summarize, w.pivot_wider from worded w where at = 2", **ADMIN) == [
        (2, "****", 2)
    ]


def test_create_table_as_takes_a_warehouse(account: Any) -> None:
    """P17: also when the query reads no table; an empty table takes none."""
    statements = [
        "create role if not exists idle",
        f"grant all on database {DB} to role idle",
        "grant role idle to role accountadmin",
    ]
    account.run(*statements, f"grant all on schema {DB}.public to role idle", role="accountadmin")
    options = {"role": "idle", "database": DB, "schema": "public"}
    account.run("create or replace table empty_one (n number)", **options)
    with pytest.raises(ProgrammingError) as error:
        account.run("create or replace table filled as select 1 as n", **options)
    assert error.value.errno == 606
    account.run("drop role idle", role="accountadmin")


def test_a_failing_statement_changes_nothing(account: Any) -> None:
    """The table that stood there stays, with its mask."""
    account.run(
        "create or replace table stays (name varchar with masking policy mask) as select 'Ann' as name", **ADMIN
    )
    for broken in (
        "create or replace table stays (name varchar with masking policy no_such_policy) as select 'Bob' as name",
        "create or replace table stays (name varchar with tag (no_such_tag = 'x')) as select 'Bob' as name",
        "create or replace table stays as select no_such_column from stays",
        "create or replace table stays as select 'Bob' as name, cast('x' as number) as n",
    ):
        with pytest.raises(ProgrammingError):
            account.run(broken, **ADMIN)
        assert account.run("select name from stays", **ADMIN) == [("****",)]
