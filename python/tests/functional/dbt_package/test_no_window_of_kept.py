"""A relation that dbt keeps gets its masks before its new rows, and a new column comes masked: a reader looks in between."""

from __future__ import annotations

from typing import Any

import pytest

from snowmesh.local.adversary import Adversary
from tests.functional.dbt_package.window import (
    GOVERNED,
    NUMBER,
    SECRET,
    columns,
    declare,
    prepare,
    watch_run,
    watched,
    write_model,
)

OLD = "select 1 as id, 'old' as name, 1 as n, to_timestamp_ntz('2024-01-01') as at"
NEW = f"select 2 as id, '{SECRET}' as name, {NUMBER} as n, to_timestamp_ntz('2024-01-02') as at"
FEW = "select 1 as id, to_timestamp_ntz('2024-01-01') as at"
INCREMENTAL = {
    "append": "incremental_strategy='append'",
    "merge": "unique_key='id'",
    "merge_tmp_table": "unique_key='id', tmp_relation_type='table'",
    "delete_insert": "incremental_strategy='delete+insert', unique_key='id'",
    "overwrite": "incremental_strategy='insert_overwrite'",
    "microbatch": "incremental_strategy='microbatch', event_time='at', begin='2024-01-01', batch_size='day'",
}
GROWING = {"grows": "append_new_columns", "grows_in_step": "sync_all_columns"}
SNAPSHOTS = {"ignoring": "ignore", "invalidating": "invalidate", "recording": "new_record"}
BUILD = ("build", "--event-time-start", "2024-01-01", "--event-time-end", "2024-01-03", "--no-partial-parse")
PLANTED = """
{% macro snowflake__process_schema_changes(on_schema_change, source_relation, target_relation) %}{# not snowmesh.snowflake__process_schema_changes #}
  {{ return(dbt.default__process_schema_changes(on_schema_change, source_relation, target_relation)) }}
{% endmacro %}
{% macro snowflake__create_columns(relation, columns) %}{# not snowmesh.snowflake__create_columns #}
  {{ return(dbt.default__create_columns(relation, columns)) }}
{% endmacro %}
{% macro snowflake__alter_relation_add_remove_columns(relation, add_columns, remove_columns) %}{# not snowmesh.snowflake__alter_relation_add_remove_columns #}
  {{ return(dbt.snowflake__alter_relation_add_remove_columns(relation, add_columns, remove_columns)) }}
{% endmacro %}
{% macro snowflake__reset_csv_table(model, full_refresh, old_relation, agate_table) %}{# not snowmesh.snowflake__reset_csv_table #}
  {{ return(dbt.default__reset_csv_table(model, full_refresh, old_relation, agate_table)) }}
{% endmacro %}
"""
KEPT = {*INCREMENTAL, *GROWING, *SNAPSHOTS, "kept_seed"}


def write(project: Any, sql: str, few: str, governed: dict[str, Any]) -> None:
    """The project at one time: what its models select, and what its YAML governs."""
    names: list[str] = []
    for name, config in INCREMENTAL.items():
        write_model(project, name, f"materialized='incremental', {config}", sql)
        names.append(name)
    for name, change in GROWING.items():
        write_model(project, name, f"materialized='incremental', on_schema_change='{change}', unique_key='id'", few)
        names.append(name)
    write_model(project, "source_of_snapshots", "materialized='ephemeral'", few)
    write_model(project, "stays", "materialized='dynamic_table', target_lag='1 day', snowflake_warehouse='IT_WH'", sql)
    project.write(
        "seeds/kept_seed.csv", f"id,name,n\n1,{SECRET if sql == NEW else 'old'},{NUMBER if sql == NEW else 1}\n"
    )
    listed = columns(governed)
    few_listed = listed if sql == NEW else [c for c in listed if c["name"] in ("id", "at")]
    models = [{"name": name, "columns": few_listed if name in GROWING else listed} for name in (*names, "stays")]
    declare(project, "models", models)
    declare(project, "seeds", [{"name": "kept_seed", "columns": [c for c in listed if c["name"] != "at"]}])
    snapshots = []
    for name, deletes in SNAPSHOTS.items():
        config = {"unique_key": "id", "strategy": "check", "check_cols": "all", "hard_deletes": deletes}
        snapshots.append(
            {"name": name, "relation": "ref('source_of_snapshots')", "config": config, "columns": few_listed}
        )
    declare(project, "snapshots", snapshots)


@pytest.fixture(scope="module")
def people(project: Any, account: Any) -> Any:
    """Everything built once, with nothing to hide in it and nothing governed."""
    if account.live:
        pytest.skip("the reader sits inside the local Snowflake")
    prepare(project, account)
    return project


def built_open(people: Any, account: Any) -> None:
    """Everything as it was before anybody thought of masks."""
    for name in SNAPSHOTS:  # --full-refresh keeps them
        account.run(f"drop table if exists snowmesh_it.people.{name}", role="ACCOUNTADMIN")
    write(people, OLD, FEW, {})
    run = people.dbt(*BUILD, "--full-refresh")
    assert run.success, run.text


@pytest.fixture(scope="module")
def late(people: Any, account: Any) -> tuple[Adversary, Any]:
    """The YAML governs from now on, and from now on there is something to hide, also in columns that are new."""
    built_open(people, account)
    write(people, NEW, NEW, GOVERNED)
    return watch_run(people, *BUILD)


@pytest.fixture(scope="module")
def governed_late(late: tuple[Adversary, Any]) -> Adversary:
    return late[0]


def test_masks_that_are_new_come_before_the_rows(governed_late: Adversary) -> None:
    assert governed_late.leaks == []
    assert set(governed_late.seen) >= KEPT


def test_what_is_stored_is_clear(governed_late: Adversary, read: Any) -> None:
    for name in KEPT:
        assert (SECRET, NUMBER) in read("IT_BUILDER", f"select name, n from {name} where id in (1, 2)"), name
        assert (SECRET, NUMBER) not in read("IT_ANALYST", f"select name, n from {name}"), name


def test_a_dynamic_table_that_stays_is_governed_at_the_start_of_the_run(
    governed_late: Adversary, account: Any, read: Any
) -> None:
    """dbt-internals.md 2.1: dbt calls nothing for it, neither apply_grants nor a macro that a package could replace."""
    assert read("IT_ANALYST", "select name, n from stays") == [("****", 0)]


def test_converged_relations_are_left_alone(people: Any, account: Any, governed_late: Adversary) -> None:
    run = people.dbt(*BUILD)
    assert run.success, run.text
    assert [sql for sql in run.governance if not sql.upper().startswith("GRANT")] == []


def test_new_columns_are_governed_in_the_alter_that_adds_them(late: tuple[Adversary, Any]) -> None:
    """M21."""
    for name in (*GROWING, "ignoring"):
        sent = late[1].of(name)
        added = [sql for sql in sent if " add column " in sql and "masking policy" in sql]
        assert len(added) == 1, sent
        assert " with tag (" in added[0]


def test_batches_that_run_at_the_same_time(people: Any, account: Any, governed_late: Adversary) -> None:
    """Each batch has a temporary relation of its own; the mask is set once."""
    for again in ((), ("--full-refresh",)):
        found = watched(people, *BUILD, "--select", "microbatch", *again, threads=4)
        assert found.leaks == []
        assert set(found.seen) >= {"microbatch"}


def test_an_empty_build_and_a_full_one(people: Any, account: Any, governed_late: Adversary, read: Any) -> None:
    """--empty builds every relation without rows; they are governed all the same."""
    few = ("--select", "merge", "delete_insert", "kept_seed", "stays")
    assert watched(people, *BUILD, *few, "--empty", "--full-refresh").leaks == []
    assert watched(people, *BUILD, *few).leaks == []
    assert (SECRET, NUMBER) not in read("IT_ANALYST", "select name, n from merge")


def test_the_reader_sees_what_the_macros_close(people: Any, account: Any, governed_late: Adversary) -> None:
    """The control: with dbt's own macros the masks come after the rows."""
    built_open(people, account)
    write(people, NEW, NEW, GOVERNED)
    people.write("macros/planted.sql", PLANTED)
    found = watched(people, *BUILD)
    (people.path / "macros" / "planted.sql").unlink()
    assert found.leaking() == KEPT
