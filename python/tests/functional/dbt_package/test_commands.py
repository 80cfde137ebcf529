"""Every way to run dbt: sources by run-operation, retry, defer, empty, full-refresh, target, select."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

PEOPLE = "snowmesh_it.people"
GOVERNANCE = ("ALTER", "CREATE TAG", "CREATE MASKING", "GRANT", "REVOKE")
RAW = f'{PEOPLE}."Raw Orders"'


def operation(project: Any, macro: str, **arguments: Any) -> Any:
    return project.dbt("run-operation", f"snowmesh.{macro}", "--args", json.dumps(arguments))


def alters(run: Any) -> list[str]:
    return [sql for sql in run.governance if sql.startswith("alter")]


@pytest.fixture(scope="module")
def built(project: Any, account: Any) -> Any:
    run = project.dbt("build")
    assert run.success, run.text
    return run


@pytest.fixture(scope="module")
def sources(project: Any, built: Any, account: Any) -> None:
    """Two tables that somebody else loads, one with a name of its own, and their blocks."""
    for statement in (
        f'create or replace table {RAW} ("id" number, email varchar)',
        f"insert into {RAW} values (1, 'ada@example.com')",
        f"create or replace table {PEOPLE}.raw_plain (id number, email varchar)",
        f"grant ownership on table {RAW} to role it_builder",
        f"grant ownership on table {PEOPLE}.raw_plain to role it_builder",
        f"grant select on table {RAW} to role it_analyst",
    ):
        account.run("use warehouse it_wh", statement, role="ACCOUNTADMIN")
    masked = {"name": "email", "config": {"meta": {"snowmesh": {"tags": {"pii_data": "email"}}}}}
    orders = {
        "name": "orders",
        "identifier": "Raw Orders",
        "quoting": {"identifier": True},
        "columns": [masked],
        "config": {"meta": {"snowmesh": {"tags": {"note": "user id"}}}},
    }
    plain = {"name": "raw_plain", "columns": [masked]}
    source = {"name": "outside", "database": "snowmesh_it", "schema": "people", "tables": [orders, plain]}
    project.write("models/sources.yml", yaml.safe_dump({"sources": [source]}, sort_keys=False))


def test_a_source_is_governed_where_it_stands(project: Any, sources: None, read: Any) -> None:
    """By its identifier, in quotes, case kept (scenarios 7, 8, 15)."""
    run = operation(project, "apply_to", select="source:outside.orders")
    assert run.success, run.text
    assert len(alters(run)) == 2
    assert all('snowmesh_it.people."Raw Orders"' in sql for sql in alters(run)), alters(run)
    assert any("'user id'" in sql for sql in alters(run))
    assert read("IT_ANALYST", f"select email from {RAW}") == [("****",)]


def test_the_other_source_was_not_touched(project: Any, sources: None) -> None:
    run = operation(project, "verify", select="source:*")
    assert not run.success
    assert "1 missing" in run.output
    assert "raw_plain" in run.text


def test_all_sources_and_then_nothing_to_do(project: Any, sources: None) -> None:
    assert operation(project, "apply_to", select="source:outside").success
    again = operation(project, "apply_to", select="source:outside")
    assert again.success, again.text
    assert alters(again) == []
    assert "Governed 2 relations with 0 changes." in again.output


def test_a_run_governs_no_source(project: Any, sources: None) -> None:
    """A build changes what it builds (slim CI)."""
    run = project.dbt("build")
    assert run.success, run.text
    assert not [sql for sql in run.governance if "raw" in sql.lower() and "raw_people" not in sql.lower()]


def test_select_governs_what_it_builds(project: Any, sources: None) -> None:
    run = project.dbt("run", "--select", "people_table")
    assert run.success, run.text
    created = [sql for _, sql in run.statements if sql.startswith("create or replace")]
    assert len(created) == 1
    assert "with tag" in created[0]


def test_full_refresh_governs_in_the_create(project: Any, sources: None, read: Any) -> None:
    run = project.dbt("build", "--full-refresh")
    assert run.success, run.text
    assert alters(run) == []
    assert read("IT_ANALYST", "select distinct name from people_incremental") == [("****",)]
    assert read("IT_ANALYST", "select distinct name from raw_people") == [("****",)]


def test_empty_relations_are_governed_too(project: Any, sources: None) -> None:
    run = project.dbt("run", "--empty", "--select", "people_table", "people_view")
    assert run.success, run.text
    assert operation(project, "verify", select=["people_table", "people_view"]).success
    assert project.dbt("run", "--select", "people_table", "people_view").success


def test_retry_builds_and_governs_what_is_left(project: Any, sources: None, read: Any) -> None:
    """Scenario 35: the failed model's governance comes with the retry, the others get no statement."""
    project.write(
        "models/flaky.sql",
        "{{ config(materialized='table') }} select id, no_such_column as name from {{ ref('raw_people') }}",
    )
    block = {"name": "name", "config": {"meta": {"snowmesh": {"tags": {"pii_data": "name"}}}}}
    project.write("models/flaky.yml", yaml.safe_dump({"models": [{"name": "flaky", "columns": [block]}]}))
    failed = project.dbt("run", "--select", "flaky", "people_table")
    assert not failed.success
    project.write("models/flaky.sql", "{{ config(materialized='table') }} select id, name from {{ ref('raw_people') }}")
    run = project.dbt("retry")
    assert run.success, run.text
    assert [name for name, sql in run.statements if sql.startswith("create or replace")] == ["flaky"]
    assert read("IT_ANALYST", "select distinct name from flaky") == [("****",)]
    for file in ("flaky.sql", "flaky.yml"):
        (project.path / "models" / file).unlink()


def test_another_target_and_defer(project: Any, sources: None, account: Any, read: Any) -> None:
    """In another schema, on the rows of the first: the clone of a developer is governed like the original."""
    account.run("create or replace schema snowmesh_it.dev", role="ACCOUNTADMIN")
    account.run("grant all privileges on schema snowmesh_it.dev to role it_builder", role="ACCOUNTADMIN")
    account.run("grant usage on schema snowmesh_it.dev to role it_analyst", role="ACCOUNTADMIN")
    profiles = yaml.safe_load((project.path / "profiles.yml").read_text(encoding="utf-8"))
    outputs = profiles["snowmesh_integration_tests"]["outputs"]
    outputs["dev"] = {**outputs["local"], "schema": "dev"}
    kept = (project.path / "profiles.yml").read_text(encoding="utf-8")
    project.write("profiles.yml", yaml.safe_dump(profiles))
    assert project.dbt("compile").success
    (project.path / "state").mkdir(exist_ok=True)
    (project.path / "target" / "manifest.json").replace(project.path / "state" / "manifest.json")
    state = ("--target", "dev", "--defer", "--state", str(project.path / "state"))
    run = project.dbt("run", "--select", "people_table", *state)
    project.write("profiles.yml", kept)
    assert run.success, run.text
    assert any("from snowmesh_it.people.raw_people" in sql for _, sql in run.statements)
    assert alters(run) == []
    assert read("IT_ANALYST", "select distinct name from snowmesh_it.dev.people_table") == [("****",)]


def test_compile_of_a_new_project_creates_nothing(project: Any, sources: None, account: Any) -> None:
    """Scenario 13: dbt compiles hooks with `execute`, so the hook itself must know better."""
    account.run("create or replace schema snowmesh_it.fresh", role="ACCOUNTADMIN")
    account.run("grant all privileges on schema snowmesh_it.fresh to role it_builder", role="ACCOUNTADMIN")
    config = project.config()
    config["vars"]["snowmesh"]["schema"] = "fresh"
    kept = project.config()["vars"]
    project.configure(vars=config["vars"], on_run_end="{{ snowmesh.verify() }}")
    runs = [project.dbt(*command) for command in (("compile",), ("docs", "generate"), ("list",), ("parse",))]
    project.configure(vars=kept, on_run_end=None)
    for run in runs:
        assert run.success, run.text
        assert [sql for _, sql in run.statements if sql.upper().startswith(GOVERNANCE)] == []
    assert account.run("show tags in schema snowmesh_it.fresh", role="ACCOUNTADMIN") == []
    assert account.run("show masking policies in schema snowmesh_it.fresh", role="ACCOUNTADMIN") == []


def test_a_graph_that_is_used_twice_is_read_twice(project: Any, sources: None, account: Any) -> None:
    """A program may hand the same manifest to two runs: what the first remembered does not hold for the second."""
    from dbt.cli.main import dbtRunner

    where = [
        "--project-dir",
        str(project.path),
        "--profiles-dir",
        str(project.path),
        "--quiet",
        "--log-level-file",
        "none",
    ]
    manifest = dbtRunner().invoke(["parse", *where]).result
    assert dbtRunner(manifest=manifest).invoke(["run", "--select", "people_incremental", *where]).success
    account.run(
        f"alter table {PEOPLE}.people_incremental modify column salary unset masking policy", role="ACCOUNTADMIN"
    )
    assert dbtRunner(manifest=manifest).invoke(["run", "--select", "people_incremental", *where]).success
    assert operation(project, "verify", select="people_incremental").success
