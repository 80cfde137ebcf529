"""Every statement that dbt sends for every materialization, in the first run and in the second, against golden files; and the
cases of public packages that no other test has.

SNOWMESH_UPDATE_EXPECTED=1 writes the files anew: read the difference before you commit it.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[4]
EXPECTED = Path(__file__).with_name("expected") / "streams"
HOOK = "snowmesh_integration_tests-on-run-start-0"
STREAMS = {
    "create_policies": HOOK,
    "seed": "raw_people",
    "table": "people_table",
    "view": "people_view",
    "incremental_merge": "people_incremental",
    "incremental_append": "appended",
    "incremental_delete_insert": "by_key",
    "incremental_insert_overwrite": "overwritten",
    "incremental_schema_change": "widening",
    "microbatch": "by_day",
    "snapshot": "people_snapshot",
    "dynamic_table": "refreshed",
    "contract": "contracted",
    "ungoverned": "ungoverned",
}
DAYS = ("--event-time-start", "2024-01-01", "--event-time-end", "2024-01-03")
QUERY = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
NUMBERED = re.compile(r"dbt_tmp_?\d+")
SHOWN = ("create", "alter", "grant", "revoke", "show", "describe", "drop", "truncate")
MASKED = {"name": "name", "config": {"meta": {"snowmesh": {"tags": {"pii_data": "name"}}}}}


def model(name: str, sql: str, *columns: dict[str, Any], **config: Any) -> tuple[str, str, dict[str, Any]]:
    return name, sql, {"name": name, "config": config, "columns": list(columns) or [MASKED]}


PEOPLE = "select id, name, salary from {{ ref('raw_people') }}"
AMOUNT = {"name": "amount", "config": {"meta": {"snowmesh": {"tags": {"money": "x"}}}}}
EVERY = ROOT / "integration_tests" / "models" / "every"
MODELS = [
    # two types under one tag, one policy for each (scenario 3)
    model(
        "two_types", "select id, name as label, salary as amount from {{ ref('raw_people') }}",
        AMOUNT, {**AMOUNT, "name": "label"}, materialized="table",
    ),
    # another database, schema and name, by the project's own macros (scenarios 18, 37)
    model("elsewhere", PEOPLE, materialized="table", database="snowmesh_it2", schema="far", alias="Renamed"),
]  # fmt: skip
NAMING = """\
{% macro generate_schema_name(custom, node) %}{{ custom or target.schema }}{% endmacro %}
{% macro generate_database_name(custom=none, node=none) %}{{ custom or target.database }}{% endmacro %}
"""


def stream(run: Any, node: str) -> list[str]:
    """The statements of one node as lines; what is long and no DDL is cut."""
    lines = [NUMBERED.sub("dbt_tmp", QUERY.sub("<query>", sql)) for sql in run.of(node)]
    return [line if line.lower().startswith(SHOWN) or len(line) < 120 else f"{line[:117]}..." for line in lines]


@pytest.fixture(scope="module")
def written(project: Any, account: Any) -> Any:
    """Every materialization, in two databases."""
    for statement in (
        "create or replace database snowmesh_it2",
        "create schema snowmesh_it2.far",
        "grant usage on database snowmesh_it2 to role it_builder",
        "grant all privileges on schema snowmesh_it2.far to role it_builder",
        "grant create dynamic table on schema snowmesh_it.people to role it_builder",
        "grant usage on database snowmesh_it2 to role it_analyst",
        "grant usage on schema snowmesh_it2.far to role it_analyst",
    ):
        account.run(statement, role="ACCOUNTADMIN")
    shutil.copytree(EVERY, project.path / "models" / "every")
    for name, sql, _ in MODELS:
        project.write(f"models/{name}.sql", sql)
    project.write("models/more.yml", yaml.safe_dump({"models": [block for _, _, block in MODELS]}, sort_keys=False))
    project.write("macros/naming.sql", NAMING)
    project.change(
        "snapshots/snapshots.yml", ("unique_key: id,", "unique_key: id, database: snowmesh_it2, schema: far,")
    )
    config = project.config()
    config["vars"]["snowmesh"]["tags"]["money"] = {"masking_policies": ["pii_mask_string", "salary_mask"]}
    project.configure(vars=config["vars"])
    yield project
    account.run("drop database if exists snowmesh_it2", role="ACCOUNTADMIN")


@pytest.fixture(scope="module")
def runs(written: Any) -> Any:
    found = [written.dbt("build", "--threads", "1", *DAYS) for _ in range(3)]
    for run in found:
        assert run.success, run.text
    return found


@pytest.mark.parametrize("kind", STREAMS)
def test_stream(runs: Any, kind: str) -> None:
    """What dbt sends, statement by statement: a difference is shown line by line."""
    found = ["== first run", *stream(runs[0], STREAMS[kind]), "== second run", *stream(runs[1], STREAMS[kind])]
    if kind == "incremental_schema_change":
        found += ["== third run", *stream(runs[2], STREAMS[kind])]
    file = EXPECTED / f"{kind}.txt"
    if os.environ.get("SNOWMESH_UPDATE_EXPECTED"):
        file.parent.mkdir(exist_ok=True)
        file.write_text("\n".join(found) + "\n", encoding="utf-8")
    assert found == file.read_text(encoding="utf-8").splitlines()


def test_every_file_is_compared() -> None:
    assert {file.stem for file in EXPECTED.glob("*.txt")} == set(STREAMS)


def test_a_converged_relation_costs_no_statement(runs: Any) -> None:
    """The floors of benchmarks/README.md, for what is kept."""
    for kind in (
        "seed",
        "incremental_merge",
        "incremental_delete_insert",
        "microbatch",
        "snapshot",
        "incremental_schema_change",
    ):
        own = [
            s
            for s in runs[2].of(STREAMS[kind])
            if "references" in s or s.startswith(("alter table", "describe result"))
        ]
        assert own == [], kind


def test_one_tag_masks_two_types(runs: Any, read: Any) -> None:
    """Scenario 3: each column by the policy of its type (M32)."""
    assert read("IT_ANALYST", "select label, amount from two_types where id = 1") == [("****", 0)]
    hook = [sql for sql in runs[0].of(HOOK) if '"MONEY" set' in sql]
    assert len(hook) == 1
    assert all(policy in hook[0] for policy in ("PII_MASK_STRING", "SALARY_MASK"))


def test_another_database_schema_and_name(runs: Any, read: Any) -> None:
    """Scenarios 17, 18, 37: the relation is the one that dbt built, wherever it stands; a second run keeps the masks."""
    assert read("IT_ANALYST", "select name from snowmesh_it2.far.renamed where id = 1") == [("****",)]
    assert read("IT_ANALYST", "select distinct name from snowmesh_it2.far.people_snapshot where id = 1") == [("****",)]


def test_verify_does_not_complain_about_what_failed(written: Any, runs: Any) -> None:
    """Scenario 40: a model fails, on-run-end goes on and looks at the others."""
    written.write(
        "models/broken.sql", "{{ config(materialized='table') }} select no_such_column from {{ ref('raw_people') }}"
    )
    written.configure(on_run_end="{{ snowmesh.verify() }}")
    run = written.dbt("run", "--select", "broken", "people_table")
    written.configure(on_run_end=None)
    (written.path / "models" / "broken.sql").unlink()
    assert not run.success
    assert "Verified 1 relation: everything is as declared." in run.output
    assert "not-as-declared" not in run.text


KEPT_AND_NEW = ("by_key", "appended", "overwritten", "widening", "by_day", "refreshed", "contracted")
BUILT_IN = ("people_table", "people_view", "people_incremental", "raw_people", "snowmesh_it2.far.people_snapshot")


def seen(read: Any) -> dict[str, Any]:
    """What the analyst reads of Ada's name in every relation."""
    return {
        name: read("IT_ANALYST", f"select distinct name from {name} where id = 1") for name in KEPT_AND_NEW + BUILT_IN
    }


def bare_of(document: Any) -> Any:
    """The same YAML without governance blocks."""
    if isinstance(document, dict):
        return {key: bare_of(value) for key, value in document.items() if key != "snowmesh"}
    return [bare_of(item) for item in document] if isinstance(document, list) else document


def test_every_materialization_changes_and_loses_its_governance(written: Any, runs: Any, read: Any) -> None:
    """Built twice, then with another mask, then with none: each time what is declared, for what is built and what is kept."""
    assert set(map(str, seen(read).values())) == {"[('****',)]"}, seen(read)
    config = written.config()
    config["vars"]["snowmesh"]["masking_policies"]["pii_mask_string"]["masked"] = "'####'"
    written.configure(vars=config["vars"])
    assert written.dbt("build", *DAYS).success
    assert set(map(str, seen(read).values())) == {"[('####',)]"}, seen(read)
    for file in ("models/every/every.yml", "models/models.yml", "seeds/seeds.yml", "snapshots/snapshots.yml"):
        document = yaml.safe_load((written.path / file).read_text(encoding="utf-8"))
        written.write(file, yaml.safe_dump(bare_of(document)))
    assert (bare := written.dbt("build", *DAYS)).success, bare.text
    assert not [text for text in map(str, seen(read).values()) if "#" in text or "Error" in text], seen(read)
