"""No window when a relation changes its type, is cloned, has many tags, or when the build is killed; and what is refused."""

from __future__ import annotations

import shutil
from typing import Any

import pytest

from snowmesh.local.watch import watching
from tests.functional.dbt_package.window import (
    GOVERNED,
    NUMBER,
    SECRET,
    SOURCE,
    adversary,
    columns,
    declare,
    prepare,
    watched,
    write_model,
)

DYNAMIC = "dynamic_table', target_lag='1 day', snowflake_warehouse='IT_WH"
OPTIONS = {"table": "table", "view": "view", "incremental": "incremental', unique_key='id", "dynamic_table": DYNAMIC}
CHANGES = [
    ("view", "table"),
    ("table", "view"),
    ("view", "incremental"),
    ("dynamic_table", "table"),
    ("dynamic_table", "view"),
    ("table", "dynamic_table"),
    ("view", "dynamic_table"),
]


@pytest.fixture(scope="module")
def people(project: Any, account: Any) -> Any:
    if account.live:
        pytest.skip("the reader sits inside the local Snowflake")
    prepare(project, account)
    for statement in (
        "create schema snowmesh_it.upstream",
        "create schema snowmesh_it.scratch",
        "grant all on schema snowmesh_it.upstream to role it_builder",
        "grant all on schema snowmesh_it.scratch to role it_builder",
    ):
        account.run(statement, role="ACCOUNTADMIN")
    return project


def write_changing(people: Any, materialized: str, governed: dict[str, Any]) -> None:
    for old, new in CHANGES:
        kind = old if materialized == "old" else new
        write_model(people, f"{old}_to_{new}", f"materialized='{OPTIONS[kind]}'", SOURCE)
    declare(people, "models", [{"name": f"{old}_to_{new}", "columns": columns(governed)} for old, new in CHANGES])


def test_a_relation_of_another_type(people: Any, read: Any) -> None:
    """dbt drops what stands there first; a refused build has dropped nothing, so what stood there is still masked."""
    write_changing(people, "old", GOVERNED)
    assert watched(people, "build").leaks == []
    write_changing(people, "new", {**GOVERNED, "id": {"tags": {"pii": "x"}}})
    refused = people.dbt("build", "--threads", "1")
    assert not refused.success
    for old, new in CHANGES:
        assert "[type-mismatch]" in refused.results[f"{old}_to_{new}"], refused.results
        assert [sql for sql in refused.of(f"{old}_to_{new}") if sql.startswith(("drop", "alter", "create"))] == []
        assert read("IT_ANALYST", f"select distinct name, n from {old}_to_{new}") == [("****", 0)]
    write_changing(people, "new", GOVERNED)
    found = watched(people, "build")
    assert found.leaks == []
    assert set(found.seen) >= {f"{old}_to_{new}" for old, new in CHANGES}
    for old, new in CHANGES:
        assert read("IT_ANALYST", f"select distinct name, n from {old}_to_{new}") == [("****", 0)]
        assert read("IT_BUILDER", f"select distinct name, n from {old}_to_{new}") == [(SECRET, NUMBER)]


@pytest.fixture(scope="module")
def cloned(people: Any) -> Any:
    """A table and a view in another environment, and its manifest. What governs them there is called the same."""
    write_changing(people, "old", {})
    for file in (people.path / "models").iterdir():
        file.unlink()
    write_model(people, "cloned_table", "materialized='table'", SOURCE)
    write_model(people, "cloned_view", "materialized='view'", SOURCE)
    profile = (people.path / "profiles.yml").read_text(encoding="utf-8")
    upstream = profile.split("    local:\n")[1].replace("schema: people", "schema: upstream")
    people.write("profiles.yml", f"{profile}    upstream:\n{upstream}")
    return people


def build_upstream(people: Any, governed: dict[str, Any]) -> None:
    declare(people, "models", [{"name": n, "columns": columns(governed)} for n in ("cloned_table", "cloned_view")])
    built = people.dbt("build", "--target", "upstream", "--no-partial-parse")
    assert built.success, built.text
    (people.path / "state").mkdir(exist_ok=True)
    shutil.copy(people.path / "target" / "manifest.json", people.path / "state" / "manifest.json")


CLONE = ("clone", "--state", "state", "--full-refresh", "--no-partial-parse")


@pytest.mark.parametrize("governed", [{}, GOVERNED], ids=["open upstream", "governed upstream"])
def test_a_clone_is_governed_from_its_first_moment(
    cloned: Any, read: Any, governed: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Scenario 51. CLONE takes no clauses; it carries what its source has (M52)."""
    build_upstream(cloned, governed)
    declare(cloned, "models", [{"name": n, "columns": columns()} for n in ("cloned_table", "cloned_view")])
    monkeypatch.chdir(cloned.path)
    for _ in range(2):
        found = watched(cloned, *CLONE)
        assert found.leaks == []
        assert set(found.seen) >= {"cloned_table", "cloned_view"}
    for name in ("cloned_table", "cloned_view"):
        assert read("IT_ANALYST", f"select distinct name, n from {name}") == [("****", 0)]
        assert read("IT_BUILDER", f"select distinct name, n from {name}") == [(SECRET, NUMBER)]
    assert not [sql for sql in cloned.dbt(*CLONE).of("cloned_table") if "temporary" in sql] or not governed


def test_a_clone_of_another_environment_has_the_policies_of_its_own(
    cloned: Any, account: Any, read: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Scenario 51: two tags that mask one column would make it unreadable."""
    for statement in (
        "create schema if not exists snowmesh_it.other_governance",
        "create masking policy if not exists snowmesh_it.other_governance.hide as (v varchar) returns varchar -> '??'",
        "create masking policy if not exists snowmesh_it.other_governance.hide_number as (v number) returns number -> 9",
        "create tag if not exists snowmesh_it.other_governance.pii",
        "alter tag snowmesh_it.other_governance.pii set masking policy snowmesh_it.other_governance.hide force",
        "grant usage on schema snowmesh_it.other_governance to role it_builder",
    ):
        account.run(statement, role="ACCOUNTADMIN")
    build_upstream(cloned, {})
    for statement in (
        "alter table snowmesh_it.upstream.cloned_table modify column name set tag snowmesh_it.other_governance.pii = 'x'",
        "alter table snowmesh_it.upstream.cloned_table modify column n set masking policy"
        " snowmesh_it.other_governance.hide_number",
    ):
        account.run(statement, role="ACCOUNTADMIN")
    declare(cloned, "models", [{"name": n, "columns": columns()} for n in ("cloned_table", "cloned_view")])
    monkeypatch.chdir(cloned.path)
    assert watched(cloned, *CLONE, "--select", "cloned_table").leaks == []
    assert read("IT_ANALYST", "select distinct name, n from cloned_table") == [("****", 0)]
    assert read("IT_BUILDER", "select distinct name, n from cloned_table") == [(SECRET, NUMBER)]


def test_a_permanent_clone_that_needs_masks_is_refused(cloned: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    build_upstream(cloned, {})
    nodes = [{"name": "cloned_table", "columns": columns(), "config": {"transient": False}}]
    declare(cloned, "models", nodes)
    monkeypatch.chdir(cloned.path)
    run = cloned.dbt(*CLONE, "--select", "cloned_table")
    assert not run.success
    assert "[permanent-clone]" in run.text
    assert [sql for sql in run.of("cloned_table") if sql.startswith("create")] == []


def test_more_masking_tags_than_a_statement_takes(people: Any) -> None:
    """T11: the masks of the others hold directly until their tags are there; then they go, and the tags stay."""
    only(people, "wide", "materialized='table'", "select " + ", ".join(f"'{SECRET}' as c{i}" for i in range(120)))
    block = {"config": {"meta": {"snowmesh": {"tags": {"pii": "x"}}}}}
    declare(people, "models", [{"name": "wide", "columns": [{"name": f"c{i}", **block} for i in range(120)]}])
    for _ in range(2):
        found = watched(people, "build", "--no-partial-parse")
        assert found.leaks == []
        assert set(found.seen) == {"wide"}
    assert "wide" not in people.dbt("run-operation", "snowmesh.plan").output.lower()


def only(people: Any, name: str, config: str, sql: str) -> None:
    """A project of one model."""
    for folder in ("models", "tests"):
        for file in (people.path / folder).iterdir():
            file.unlink()
    write_model(people, name, config, sql)
    declare(people, "models", [{"name": name, "columns": columns()}])


def test_a_real_table_for_the_new_rows_must_be_out_of_sight(people: Any) -> None:
    """tmp_relation_type: transient. dbt would store the masks of a masked one, so it must be where nobody reads."""
    only(people, "traced", "materialized='incremental', unique_key='id', tmp_relation_type='transient'", SOURCE)
    assert watched(people, "build", "--full-refresh").leaks == []
    run = people.dbt("build")
    assert not run.success
    assert "[readable-tmp-table]" in run.text
    assert "role IT_ANALYST" in run.text
    assert [sql for sql in run.of("traced") if sql.startswith(("create", "merge"))] == []
    people.write(
        "macros/scratch.sql",
        "{% macro snowflake__resolve_incremental_tmp_relation(tmp_relation) %}{{ return("
        "snowmesh.snowflake__resolve_incremental_tmp_relation(tmp_relation.incorporate(path={'schema': 'scratch'}))"
        ") }}{% endmacro %}",
    )
    found = watched(people, "build")
    (people.path / "macros" / "scratch.sql").unlink()
    assert found.leaks == []
    assert [name for name in found.seen if name.startswith("traced")] == ["traced"], "the rows on their way were seen"


REFUSED_TESTS = {
    "a_renamed_number": "select name, n * 2 as doubled from {{ ref('tested') }}",
    "a_renamed_text": "select n, name as id from {{ ref('tested') }}",
}


def test_failures_of_which_nobody_knows_the_origin(people: Any, read: Any) -> None:
    """A text under another name gets the one mask of texts; with two masks and no strictest, nothing is stored."""
    only(people, "tested", "materialized='table'", SOURCE)
    config = people.config()
    policies = config["vars"]["snowmesh"]["masking_policies"]
    policies["hide_otherwise"] = {"data_type": "string", "unmasked_for": ["it_pii_reader"], "masked": "'?'"}
    people.configure(vars=config["vars"])
    for name, sql in REFUSED_TESTS.items():
        people.write(f"tests/{name}.sql", "{{ config(store_failures=true, severity='warn') }} " + sql)
    found = watched(people, "build", "--no-partial-parse")
    assert found.leaks == []
    assert read("IT_ANALYST", "select distinct doubled from a_renamed_number") == [(0,)]
    assert read("IT_ANALYST", "select distinct id from a_renamed_text") == [("****",)]
    other = {**GOVERNED, "at": {}}
    listed = columns(other)
    listed.append({"name": "more", "config": {"meta": {"snowmesh": {"masking_policy": "hide_otherwise"}}}})
    write_model(people, "tested", "materialized='table'", SOURCE.replace(" as n,", " as n, 'x' as more,"))
    declare(people, "models", [{"name": "tested", "columns": listed}])
    run = people.dbt("build", "--no-partial-parse")
    assert not run.success
    assert "[unmapped-failure]" in run.results["a_renamed_text"]
    assert "store_failures_as: view" in run.results["a_renamed_text"]
    assert "unmapped" not in run.results["a_renamed_number"]


def test_killed_after_every_statement(people: Any, account: Any, read: Any) -> None:
    """Whatever the statement, nothing is open then, and the next build converges. benchmarks/run.py leaks does it all."""
    only(people, "killed", "materialized='incremental', unique_key='id', grants={'select': ['it_outsider']}", SOURCE)
    whole = watched(people, "build", "--no-partial-parse")
    assert whole.statements >= 3
    for number in range(1, whole.statements + 1):
        account.run("drop table if exists snowmesh_it.people.killed", role="ACCOUNTADMIN")
        cut = adversary(cut_after=number)
        with watching(cut):
            people.dbt("build", "--threads", "1")
        assert cut.leaks == []
        assert watched(people, "build").leaks == []
        assert read("IT_OUTSIDER", "select distinct name, n from killed") == [("****", 0)]
        assert read("IT_BUILDER", "select distinct name, n from killed") == [(SECRET, NUMBER)]


def test_a_macro_of_the_project_that_hides_one_of_ours_is_an_error(people: Any) -> None:
    """It would build without governance, and nobody would say so."""
    only(people, "killed", "materialized='table'", SOURCE)
    hiding = (
        "{% macro snowflake__create_view_as(relation, sql) %}{{ return(dbt.snowflake__create_view_as(relation, sql)) }}"
    )
    people.write("macros/hiding.sql", hiding + "{% endmacro %}")
    run = people.dbt("build")
    (people.path / "macros" / "hiding.sql").unlink()
    assert not run.success
    assert "[shadowed-macro] macros/hiding.sql: macro snowflake__create_view_as" in run.text
