"""`snowmesh build`: the projects of a mesh with the real dbt, upstream first."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from snowmesh.cli import main

PROFILES = """
test:
  target: local
  outputs:
    local:
      type: snowflake
      account: local
      host: 127.0.0.1
      port: "{{ env_var('SNOWMESH_PORT', '1') | as_number }}"
      protocol: http
      user: ADMIN
      password: local
      role: ACCOUNTADMIN
      database: MESH_BUILD
      warehouse: MESH_BUILD_WH
      schema: prod
      threads: 1
"""
DEEP = "a/b/c/d/finance"  # so far from the others that its upstream's manifest must be handed on
FILES = {
    "core": {
        "models/fct.sql": "select 1 as amount",
        "models/other.sql": "select 1 as x",
        "models/core.yml": "models: [{name: fct, config: {access: public}, columns: [{name: amount, data_tests: [not_null]}]}]\n",
    },
    DEEP: {
        "dependencies.yml": "projects: [{name: core}]\n",
        "models/revenue.sql": "select sum(amount) as amount from {{ ref('core', 'fct') }}",
        "models/revenue.yml": "models: [{name: revenue, config: {access: public}}]\n",
    },
    "board": {
        "dependencies.yml": "projects: [{name: finance}]\n",
        "models/report.sql": "select * from {{ ref('finance', 'revenue') }}",
    },
    "island": {"models/alone.sql": "select 1 as x"},
}


def write(folder: Path, files: dict[str, dict[str, str]]) -> Path:
    for name, texts in files.items():
        own = f"name: {name.rpartition('/')[2]}\nprofile: test\nflags: {{send_anonymous_usage_stats: false}}\n"
        for file, text in {"dbt_project.yml": own, "profiles.yml": PROFILES, **texts}.items():
            (folder / name / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / name / file).write_text(text)
    return folder


@pytest.fixture(scope="module")
def account(local_snowflake: Any) -> Iterator[Any]:
    if local_snowflake.live:
        pytest.skip("the projects have a profile for the local Snowflake only")
    made = ("create database mesh_build", "create schema mesh_build.prod", "create warehouse mesh_build_wh")
    local_snowflake.run(*made, role="ACCOUNTADMIN")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SNOWMESH_PORT", str(local_snowflake.port))
        yield local_snowflake
    local_snowflake.run("drop database mesh_build", "drop warehouse mesh_build_wh", role="ACCOUNTADMIN")


def build(*arguments: Any) -> Result:
    return CliRunner().invoke(main, ["build", *map(str, arguments)])


def projects(found: Result) -> dict[str, dict[str, Any]]:
    return {entry["name"]: entry for entry in json.loads(found.stdout)["projects"]}


def test_upstream_comes_first_and_manifests_are_handed_on(account: Any, tmp_path: Path) -> None:
    found = build(write(tmp_path, FILES), "--no-docs", "--output", "json")
    assert found.exit_code == 0, found.stderr
    outcomes = projects(found)
    assert list(outcomes) == ["core", "island", "finance", "board"]
    assert {entry["status"] for entry in outcomes.values()} == {"built"}
    assert outcomes["core"]["results"] == {"pass": 1, "success": 2}
    assert account.run("select * from mesh_build.prod.report", role="ACCOUNTADMIN")[0][0] == 1
    assert "finance | " in found.stderr, "dbt's own lines are shown"


def test_a_project_that_fails_stops_only_those_that_read_it(account: Any, tmp_path: Path) -> None:
    write(tmp_path, FILES)
    (tmp_path / "core" / "models" / "other.sql").write_text("select no_such_column from (select 1 as x)")
    found = build(tmp_path, "--no-docs", "--output", "json")
    assert found.exit_code == 1
    outcomes = projects(found)
    assert {name: entry["status"] for name, entry in outcomes.items()} == {
        "core": "failed",
        "island": "built",
        "finance": "stopped",
        "board": "stopped",
    }
    assert outcomes["finance"]["reason"] == "it reads core, which failed"
    assert outcomes["board"]["reason"] == "it reads finance, which stopped"


def test_selection_is_passed_on_and_docs_are_written(account: Any, tmp_path: Path) -> None:
    write(tmp_path, {"core": FILES["core"]})
    found = build(tmp_path, "-s", "fct", "--exclude", "test_type:data", "-t", "local", "--full-refresh")
    assert found.exit_code == 0, found.stderr
    results = json.loads((tmp_path / "core" / "target" / "run_results.json").read_text())
    assert results["args"]["which"] == "generate", "docs came last"
    assert "core     built   1 success" in found.stdout
    assert (tmp_path / "core" / "target" / "catalog.json").is_file()


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The projects after dbt parse, with manifests that can be compared with."""
    folder = write(tmp_path_factory.mktemp("mesh"), FILES)
    (empty := tmp_path_factory.mktemp("empty") / "manifest.json").write_text(
        json.dumps({"metadata": {"dbt_schema_version": "/manifest/v12.json", "project_name": "x"}})
    )
    assert build(folder, "--plan", "--changed-since", empty.parent).exit_code == 0
    return folder


def reasons(found: Result) -> dict[str, str]:
    assert found.exit_code == 0, found.stderr
    return {name: entry["reason"] for name, entry in projects(found).items() if entry["build"]}


def test_a_consumer_is_built_when_a_product_that_it_reads_changed(before: Path, tmp_path: Path) -> None:
    after = Path(shutil.copytree(before, tmp_path / "after"))
    (after / "core/models/fct.sql").write_text("select 2 as amount")
    found = build(after, "--plan", "--output", "json", "--changed-since", before)
    assert reasons(found) == {"core": "it changed: fct", "finance": "a product that it reads changed: core.fct"}
    assert [entry["level"] for entry in projects(found).values()] == [0, 0, 1, 2]


def test_a_consumer_is_left_when_something_else_changed(before: Path, tmp_path: Path) -> None:
    after = Path(shutil.copytree(before, tmp_path / "after"))
    (after / "core/models/other.sql").write_text("select 2 as x")
    (after / "island/models/alone.sql").write_text("select 2 as x")
    found = build(after, "--plan", "--output", "json", "--changed-since", before)
    assert reasons(found) == {"core": "it changed: other", "island": "it changed: alone"}


def test_what_is_left_is_not_built(account: Any, before: Path, tmp_path: Path) -> None:
    after = Path(shutil.copytree(before, tmp_path / "after"))
    revenue = "models: [{name: revenue, config: {access: public}, description: Now., columns: [{name: amount}]}]\n"
    (after / DEEP / "models/revenue.yml").write_text(revenue)
    shutil.rmtree(after / "board")
    account.run("create or replace table mesh_build.prod.fct as select 1 as amount", role="ACCOUNTADMIN")
    found = build(after, "--no-docs", "--output", "json", "--changed-since", before)
    outcomes = {name: entry["status"] for name, entry in projects(found).items()}
    assert outcomes == {"core": "left", "island": "left", "finance": "built"}, found.stderr
    account.run("drop table mesh_build.prod.fct", role="ACCOUNTADMIN")


def test_the_plan_is_for_people_too(tmp_path: Path) -> None:
    found = build(write(tmp_path, FILES), "--plan")
    assert "1      finance  build  everything is built" in found.stdout
    assert not (tmp_path / "core" / "target").exists()


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "There is no dbt project below"),
        ({"a/dbt_project.yml": "name: x", "b/dbt_project.yml": "name: x"}, "Two dbt projects are called x"),
        ({"a/dbt_project.yml": "name: ["}, "cannot be read"),
        ({"a/dbt_project.yml": "name: a", "a/dependencies.yml": "projects: [{name: a}]"}, "in a circle: a -> a"),
        (
            {
                "a/dbt_project.yml": "name: a",
                "a/dependencies.yml": "projects: [{name: b}]",
                "b/dbt_project.yml": "name: b",
                "b/dependencies.yml": "projects: [{name: a}]",
            },
            "in a circle",
        ),
    ],
)
def test_a_mesh_that_cannot_be_built_is_one_error(tmp_path: Path, files: dict[str, str], message: str) -> None:
    for file, text in files.items():
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text(text)
    found = build(tmp_path)
    assert found.exit_code == 2
    assert message in found.stderr
    assert "Next:" in found.stderr


def test_a_folder_without_manifests_and_a_project_that_dbt_refuses(tmp_path: Path, before: Path) -> None:
    found = build(before, "--plan", "--changed-since", tmp_path)
    assert (found.exit_code, "has no dbt manifest" in found.stderr) == (2, True)
    write(tmp_path, {"core": {"models/a.sql": "select * from {{ ref('nobody') }}"}})
    found = build(tmp_path, "--plan", "--changed-since", before)
    assert (found.exit_code, "dbt cannot parse core" in found.stderr) == (2, True)
