"""Nobody reads a clear value at any moment of a build: a reader with future grants reads between any two statements.

The reader sits inside the local Snowflake and reads after every statement, before dbt gets the answer, so nothing depends
on timing. Two controls build the same project in ways that leave a window, and the reader must see it.
"""

from __future__ import annotations

from typing import Any

import pytest

from snowmesh.local.adversary import Adversary
from tests.functional.dbt_package.window import (
    NUMBER,
    ROW,
    SECRET,
    SOURCE,
    columns,
    declare,
    prepare,
    watched,
    write_model,
)

MODELS = {
    "a_table": ("materialized='table'", SOURCE),
    "a_copying_table": ("materialized='table', copy_grants=true, copy_tags=true, cluster_by=['id']", SOURCE),
    "a_view": ("materialized='view'", SOURCE),
    "a_secure_view": ("materialized='view', secure=true, copy_grants=true, persist_docs={'columns': true}", SOURCE),
    "a_dynamic_table": ("materialized='dynamic_table', target_lag='1 hour', snowflake_warehouse='it_wh'", SOURCE),
    "a_described_dynamic_table": (
        "materialized='dynamic_table', target_lag='downstream', snowflake_warehouse='it_wh', copy_grants=true,"
        " transient=true, persist_docs={'columns': true, 'relation': true}, contract={'enforced': true},"
        " table_tag=\"snowmesh_it.governance.theirs = 'as (x'\"",
        SOURCE,
    ),
    "an_append": ("materialized='incremental', incremental_strategy='append'", SOURCE),
    "a_merge": ("materialized='incremental', unique_key='id'", ROW % 1),
    "a_delete": ("materialized='incremental', incremental_strategy='delete+insert', unique_key='id'", ROW % 1),
    "an_overwrite": ("materialized='incremental', incremental_strategy='insert_overwrite'", SOURCE),
    "a_contract": ("materialized='table', contract={'enforced': true}", SOURCE),
    "a_delete_contract": (
        "materialized='incremental', incremental_strategy='delete+insert', unique_key='id', on_schema_change='fail',"
        " contract={'enforced': true}",
        ROW % 1,
    ),
    "a_contract_view": ("materialized='view', contract={'enforced': true}", SOURCE),
    "a_microbatch": (
        "materialized='incremental', incremental_strategy='microbatch', event_time='at', begin='2024-01-01',"
        " batch_size='day'",
        SOURCE,
    ),
    "a_header": (
        "materialized='table', sql_header='select 1;', table_tag=\"snowmesh_it.governance.theirs = 'as (x'\"",
        SOURCE,
    ),
}
SINGULAR = "select name, n, name || '' as built %s from {{ ref('a_table') }}"
TESTS = {
    "a_unique": {"unique": {"name": "a_unique", "config": {}}},
    "an_accepted": {"accepted_values": {"name": "an_accepted", "arguments": {"values": ["x"]}, "config": {}}},
}
FAILURES = {*TESTS, "a_singular", "a_singular_view"}
GOVERNED = {*MODELS, "a_seed", "a_snapshot"} | FAILURES
BUILD = ("build", "--event-time-start", "2024-01-01", "--event-time-end", "2024-01-03")
PLANTED = """
{% macro snowflake__create_table_as(temporary, relation, compiled_code, language='sql') %}{# not snowmesh.snowflake__create_table_as #}
  {{ return(dbt.snowflake__create_table_as(temporary, relation, compiled_code, language)) }}
{% endmacro %}
{% macro snowflake__create_view_as(relation, sql) %}{# not snowmesh.snowflake__create_view_as #}
  {{ return(dbt.snowflake__create_view_as(relation, sql)) }}
{% endmacro %}
{% macro snowflake__get_create_sql(relation, sql) %}{# not snowmesh.snowflake__get_create_sql #}
  {{ return(dbt.snowflake__get_create_sql(relation, sql)) }}
{% endmacro %}
{% macro snowflake__create_csv_table(model, agate_table) %}{# not snowmesh.snowflake__create_csv_table #}
  {{ return(dbt.default__create_csv_table(model, agate_table)) }}
{% endmacro %}
"""


@pytest.fixture(scope="module")
def people(project: Any, account: Any) -> Any:
    """A project of every kind of relation, and a reader who may read whatever comes."""
    if account.live:
        pytest.skip("the reader sits inside the local Snowflake")
    prepare(project, account)
    for name, (config, sql) in MODELS.items():
        write_model(project, name, config, sql)
    project.write("seeds/a_seed.csv", f"id,name,n,at\n1,{SECRET},{NUMBER},2024-01-01 00:00:00\n")
    failing = {"store_failures": True, "severity": "warn"}
    project.write("tests/a_singular.sql", f"{{{{ config({failing}) }}}} {SINGULAR % ''}")
    as_view = {**failing, "store_failures_as": "view"}
    loud = SINGULAR % ", upper(name) as loud, length(name) as long_name"
    project.write("tests/a_singular_view.sql", f"{{{{ config({as_view}) }}}} {loud}")
    described = [{"name": name, "description": f"${name}$", "columns": columns()} for name in MODELS]
    for test in TESTS.values():
        next(iter(test.values()))["config"] = failing
    described[0]["columns"][1]["data_tests"] = list(TESTS.values())
    declare(project, "models", described)
    declare(project, "seeds", [{"name": "a_seed", "columns": columns()}])
    snapshot: dict[str, Any] = {"name": "a_snapshot", "relation": "ref('a_seed')"}
    snapshot["config"] = {"unique_key": "id", "strategy": "check", "check_cols": ["name"]}
    declare(project, "snapshots", [{**snapshot, "columns": columns()}])
    return project


@pytest.fixture(scope="module")
def first(people: Any) -> Adversary:
    return watched(people, *BUILD)


def test_the_first_run_has_no_window(first: Adversary) -> None:
    assert first.leaks == []


def test_the_reader_read_every_relation(first: Adversary) -> None:
    """0 leaks of a reader who may read nothing would prove nothing."""
    assert set(first.seen) >= GOVERNED


def test_the_second_run_has_no_window(people: Any, first: Adversary) -> None:
    """Tables and views are created again, the others are merged, deleted and inserted into."""
    second = watched(people, *BUILD)
    assert second.leaks == []
    kept_as_they_are = {"a_dynamic_table", "a_described_dynamic_table"}
    assert set(second.seen) >= GOVERNED - kept_as_they_are


def test_a_full_refresh_has_no_window(people: Any, first: Adversary) -> None:
    assert watched(people, *BUILD, "--full-refresh").leaks == []


def test_what_is_stored_is_clear(people: Any, first: Adversary, read: Any) -> None:
    """No build stores its own mask (dbt-internals.md 2.3-1): who may see the values sees them, in every relation."""
    for name in (*MODELS, "a_seed", "a_snapshot", "a_singular"):
        assert set(read("IT_BUILDER", f"select name, n from {name}")) == {(SECRET, NUMBER)}, name


def emptied(people: Any, account: Any) -> None:
    for name in GOVERNED:
        for kind in ("view", "dynamic table", "table"):
            try:
                account.run(f"drop {kind} if exists snowmesh_it.people.{name}", role="ACCOUNTADMIN")
            except Exception as error:
                assert "Object found is of type" in str(error)


def test_the_reader_sees_the_window_of_post_hooks(people: Any, first: Adversary, account: Any) -> None:
    """The control: the same project without the dispatch line, every relation new."""
    emptied(people, account)
    dispatch = people.config()["dispatch"]
    people.configure(dispatch=None)
    found = watched(people, *BUILD)
    people.configure(dispatch=dispatch)
    assert found.leaking() >= GOVERNED - {"a_singular_view"}


def test_the_reader_sees_what_the_create_closes(people: Any, first: Adversary, account: Any) -> None:
    """The control of the overrides: with dbt's own CREATE, governance before the grants is too late for future grants."""
    emptied(people, account)
    people.write("macros/planted.sql", PLANTED)
    found = watched(people, *BUILD)
    (people.path / "macros" / "planted.sql").unlink()
    assert found.leaking() >= GOVERNED - {"a_singular_view"}
