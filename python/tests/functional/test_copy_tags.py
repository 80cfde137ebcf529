"""COPY TAGS in CREATE OR REPLACE TABLE and VIEW (T45-T47, M53, P55), through the real connector."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from snowflake.connector.errors import ProgrammingError

Run = Callable[..., list[tuple[Any, ...]]]
SET_UP = (
    "create or replace database ctags",
    "create schema ctags.s",
    "use schema ctags.s",
    "create or replace role ctags_owner",
    "grant role ctags_owner to role accountadmin",
    "create masking policy hide as (v string) returns string -> "
    "case when system$get_tag_on_current_column('ctags.s.pii') = 'clear' then v else '***' end",
    "create tag pii",
    "create tag kind",
    "alter tag pii set masking policy hide",
    "create table people (id number(38,0), mail varchar(50) with tag (pii = 'mail'), note varchar(10)) "
    "with tag (kind = 'table') as select 1, 'ann@x.org', 'n'",
    "create view seen (mail with tag (kind = 'col')) with tag (kind = 'view') as select mail from people",
    "grant usage on database ctags to role ctags_owner",
    "grant all on schema ctags.s to role ctags_owner",
    "grant usage on warehouse compute_wh to role ctags_owner",
    "grant ownership on table people to role ctags_owner",
    "grant ownership on view seen to role ctags_owner",
)
TEAR_DOWN = ("drop database if exists ctags", "drop role if exists ctags_owner")
TAGS = (
    "select column_name, tag_name, tag_value from table(ctags.information_schema.tag_references_all_columns("
    "'ctags.s.{0}', 'table')) where level = 'COLUMN' "
    "union all select null, tag_name, tag_value from table(ctags.information_schema.tag_references("
    "'ctags.s.{0}', 'table')) where level = 'TABLE' order by 1, 2, 3"
)


@pytest.fixture
def run(local_snowflake: Any) -> Iterator[Run]:
    """Run statements in schema CTAGS.S, by default as the tables' owner, who may not apply a tag."""
    local_snowflake.run(*SET_UP, role="ACCOUNTADMIN")

    def execute(*sql: str, role: str = "CTAGS_OWNER") -> list[tuple[Any, ...]]:
        return local_snowflake.run("use schema ctags.s", *sql, role=role)

    yield execute
    local_snowflake.run(*TEAR_DOWN, role="ACCOUNTADMIN")


def tags(run: Run, name: str = "people") -> list[tuple[Any, ...]]:
    return run(TAGS.format(name), role="ACCOUNTADMIN")


def test_t45_without_the_clause_all_tags_are_lost_and_so_is_the_mask(run: Run) -> None:
    run("create or replace table people as select 1 as id, 'ann@x.org' as mail")
    assert tags(run) == []
    assert run("select mail from people") == [("ann@x.org",)]


@pytest.mark.parametrize(
    "statement",
    [
        "create or replace table people copy tags as select 1 as id, 'ann@x.org'::varchar(50) as mail",
        "create or replace table people copy grants copy tags as select 1 as id, 'ann@x.org'::varchar(50) as mail",
        "create or replace transient table people (id int, mail varchar(50)) COPY\n TAGS as select 1, 'ann@x.org'",
    ],
)
def test_t46_m53_tags_stay_and_bring_their_mask_back(run: Run, statement: str) -> None:
    """No privilege on the tags is needed: the owner holds no APPLY."""
    run(statement)
    assert tags(run) == [("MAIL", "PII", "mail"), (None, "KIND", "table")]
    assert run("select mail from people") == [("***",)]


def test_t46_an_empty_table(run: Run) -> None:
    run("create or replace table people (id int, mail varchar(50)) copy tags", "insert into people values (2, 'x@y.z')")
    assert run("select mail from people") == [("***",)]


@pytest.mark.parametrize("column", ["mail varchar(51)", "e_mail varchar(50)", "mail number(38,0)"])
def test_t46_a_renamed_or_retyped_column_loses_its_tag(run: Run, column: str) -> None:
    run(f"create or replace table people (id int, {column}) copy tags")
    assert tags(run) == [(None, "KIND", "table")]


def test_t46_t47_the_value_of_the_replaced_object_wins(run: Run) -> None:
    run(
        "grant apply on tag pii to role ctags_owner", "grant apply on tag kind to role ctags_owner", role="ACCOUNTADMIN"
    )
    run(
        "create or replace table people (id int, mail varchar(50) with tag (pii = 'clear')) "
        "with tag (kind = 'new') copy tags"
    )
    assert tags(run) == [("MAIL", "PII", "mail"), (None, "KIND", "table")]
    run("alter table people set tag kind = 'new'")
    assert tags(run) == [("MAIL", "PII", "mail"), (None, "KIND", "new")]


def test_t46_a_view(run: Run) -> None:
    run("create or replace view seen copy tags as select mail from people")
    assert tags(run, "seen") == [("MAIL", "KIND", "col"), (None, "KIND", "view")]
    run("create or replace secure view seen copy grants as select mail from people")
    assert tags(run, "seen") == []


def test_t41_t46_a_clone_gives_way_to_the_replaced_object(run: Run) -> None:
    run("create table other (id int, mail varchar(50))", "create or replace table other clone people")
    assert tags(run, "other") == [("MAIL", "PII", "mail"), (None, "KIND", "table")]  # T49
    run("grant apply on tag kind to role ctags_owner", role="ACCOUNTADMIN")
    run("alter table other set tag kind = 'other'", "create or replace table other clone people copy tags")
    assert tags(run, "other") == [("MAIL", "PII", "mail"), (None, "KIND", "other")]


def test_nothing_to_copy_from(run: Run) -> None:
    run("create or replace table fresh (a int) copy tags")
    assert tags(run, "fresh") == []


@pytest.mark.parametrize(
    ("statement", "text"),
    [
        ("create table fresh (a int) copy tags", "write CREATE OR REPLACE"),
        ("create or replace table people (id int) copy tags copy tags", "duplicate property 'COPY TAGS'"),
        ("create or replace table people (id int copy tags)", "syntax error"),
        ("create or replace schema s copy tags", "syntax error|Unsupported|invalid"),
    ],
)
def test_refusals(run: Run, statement: str, text: str) -> None:
    before = tags(run)
    with pytest.raises(ProgrammingError, match=text):
        run(statement)
    assert tags(run) == before


def test_words_that_only_look_like_the_clause(run: Run) -> None:
    run("create or replace table people (copy int, tags int) comment = 'copy tags' as select 1 as copy, 2 as tags")
    assert tags(run) == []
    run("create or replace view seen as select copy tags from people")
    assert run("select tags from seen") == [(1,)]
