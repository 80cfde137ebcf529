"""Mistakes in row access, projection and aggregation policies, tags of containers and grants: all in one message, nothing done;
and two projects that share one governance schema."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from tests.functional.dbt_package.conftest import Project, copy_project

ROWS = {"columns": {"region": "string"}, "all_rows_for": ["it_builder"], "rows_for": {"it_analyst": "region = 'EU'"}}
MASK = {"data_type": "string", "unmasked_for": ["it_builder"], "masked": "'****'"}
DEFINITIONS: dict[str, Any] = {
    "schema": "governance",
    "grant_usage": "yes",
    "domain_roles": ["it_analyst"],
    "tags": {"masks": {"masking_policies": ["mask"]}, "huge": {"allowed_values": [str(n) for n in range(5001)]}}
    | {f"t{n}": None for n in range(51)},
    "masking_policies": {
        "mask": MASK,
        "by_region": {**MASK, "using": {"region": "string"}},
        "empty": {"data_type": "string", "body": " "},
    },
    "row_access_policies": {
        "good": ROWS,
        "both": {**ROWS, "body": "true"},
        "neither": {"columns": {"a": "string"}},
        "no_columns": {"all_rows_for": ["it_builder"]},
        "no_condition": {"columns": {"a": "string"}, "rows_for": {"it_analyst": None}},
        "ghost": {"columns": {"a": "string"}, "all_rows_for": ["it_gohst"]},
        "misspelt": {"columns": {"a": "string"}, "all_rows_fro": ["it_builder"], "body": "true"},
    },
    "projection_policies": {"odd": {"allowed_for": [], "enforcement": "warn"}, "bare": None},
    "aggregation_policies": {
        "small": {"min_group_size": 0},
        "text": {"min_group_size": "5"},
        "none": {"exempt": ["it_builder"]},
    },
}
MODELS = """
groups: [{name: g, owner: {name: o}}]
models:
  - name: on_key
    config: {meta: {snowmesh: {row_access_policy: {name: good, on: [region]}}}}
  - name: too_few
    config: {meta: {snowmesh: {row_access_policy: {name: good, columns: []}, aggregation_policy: smal}}}
  - name: masked_argument
    config: {row_access_policy: "x.y.z on (a)", meta: {snowmesh: {row_access_policy: good}}}
    columns:
      - {name: region, config: {meta: {snowmesh: {tags: {masks: x}}}}}
      - {name: other, config: {meta: {snowmesh: {masking_policy: {name: by_region, using: [region]}}}}}
      - {name: level, config: {meta: {snowmesh: {row_access_policy: good}}}}
  - name: many
    config: {meta: {snowmesh: {tags: %s}}}
  - name: granted
    config:
      access: private
      group: g
      grants: {select: [it_analyst, it_outsider]}
      meta: {snowmesh: {database_role_grants: {selct: [x]}, schema_tags: {t1: a, t77: b}, future_grants: {table: {select: [it_analyst]}}}}
  - name: agreeing
    config: {meta: {snowmesh: {schema_tags: {t1: b}, future_grants: {tables: {select: {role: [x]}}}}}}
""" % ({f"t{n}": "x" for n in range(51)})
CODES = {
    "granted-outside-domain": "model granted: the model is private and is granted to IT_OUTSIDER",
    "masked-argument": "the row access policy good decides by the column REGION, which has the tag masks, which masks",
    "no-body": "body is",
    "no-constraint": "projection_policies: odd: enforcement: enforcement is",
    "no-row-filter": "row_access_policies: both: a row access policy is either",
    "not-a-boolean": "grant_usage is",
    "too-many-tags": "51 tags on the relation",
    "too-many-values": "5001 allowed values",
    "two-row-access-policies": "both attach a row access policy",
    "unknown-key": '"on", which YAML reads as true',
    "unknown-policy": 'unknown aggregation policy "smal"',
    "unknown-privilege": '"selct" is no privilege',
    "unknown-role": "IT_GOHST",
    "unknown-tag": "schema_tags: unknown tag",
    "wrong-level": '"row_access_policy" is allowed on the whole relation only',
    "wrong-on": "takes 1 column(s), and columns names 0",
}


def only(project: Any, yaml_text: str, **models: str) -> None:
    for folder in ("models", "seeds", "snapshots"):
        for file in (project.path / folder).iterdir():
            file.unlink()
    for name, sql in models.items():
        project.write(f"models/{name}.sql", sql)
    project.write("models/models.yml", yaml_text)


@pytest.fixture(scope="module")
def every_mistake(project: Any, account: Any) -> Any:
    names = ("on_key", "too_few", "masked_argument", "many", "granted", "agreeing")
    only(project, MODELS, **dict.fromkeys(names, "select 1 as id, 'EU' as region, 'x' as other, 1 as level"))
    project.configure(vars={"snowmesh": DEFINITIONS}, models=None, seeds=None, snapshots=None)
    return project.dbt("build")


@pytest.mark.parametrize("code", CODES)
def test_every_mistake_is_reported(every_mistake: Any, code: str) -> None:
    lines = [line for line in str(every_mistake.exception).splitlines() if f"[{code}]" in line]
    assert any(CODES[code] in line for line in lines), lines


def test_all_at_once_and_nothing_done(every_mistake: Any) -> None:
    found = set(re.findall(r"^ +\d+\. \[([\w-]+)\]", str(every_mistake.exception), re.MULTILINE))
    assert set(CODES) <= found
    assert every_mistake.governance == []
    assert "Nothing was changed and nothing was built." in every_mistake.text
    assert "Traceback" not in every_mistake.text


GOOD: dict[str, Any] = {
    "schema": "governance",
    "tags": {"shared": {"allowed_values": ["a", "b"], "masking_policies": ["mask"]}},
    "masking_policies": {"mask": MASK},
}


def blocks(**models: dict[str, Any]) -> str:
    return yaml.safe_dump(
        {"models": [{"name": name, "config": {"meta": {"snowmesh": block}}} for name, block in models.items()]}
    )


def test_two_nodes_of_one_schema_must_agree(project: Any, every_mistake: Any) -> None:
    project.configure(vars={"snowmesh": GOOD})
    only(
        project,
        blocks(one={"schema_tags": {"shared": "a"}}, two={"schema_tags": {"shared": "b"}}),
        one="select 1 as id",
        two="select 1 as id",
    )
    run = project.dbt("run-operation", "snowmesh.create_policies")
    assert (
        '[two-values] models/models.yml: model two: tag SHARED of the schema SNOWMESH_IT.PEOPLE is "b" here and "a" in'
        in run.text
    )
    assert run.governance == []


def test_a_tag_that_somebody_else_set_on_a_schema_is_not_changed(
    project: Any, account: Any, every_mistake: Any
) -> None:
    only(project, blocks(one={"schema_tags": {"shared": "a"}}), one="select 1 as id")
    run = project.dbt("build")
    assert run.success, run.text
    account.run("alter schema snowmesh_it.people set tag snowmesh_it.governance.shared = 'b'", role="ACCOUNTADMIN")
    run = project.dbt("build")
    assert "[not-the-owner]" in run.text
    assert 'has the tag shared = "b", here it is "a", and it_builder does not own the schema' in run.text
    account.run("alter schema snowmesh_it.people unset tag snowmesh_it.governance.shared", role="ACCOUNTADMIN")


def test_what_the_role_may_not_grant_is_said_with_the_statement(project: Any, every_mistake: Any) -> None:
    """R45: USAGE on a database that belongs to somebody else."""
    project.configure(vars={"snowmesh": {**GOOD, "grant_usage": True}}, models={"+grants": {"select": ["it_newcomer"]}})
    only(project, "models: []", one="select 1 as id")
    run = project.dbt("run-operation", "snowmesh.create_policies")
    assert "[not-grantable] the database SNOWMESH_IT" in run.text
    assert 'let the owner ACCOUNTADMIN run: grant usage on database "SNOWMESH_IT" to role "IT_NEWCOMER"' in run.text
    assert run.governance == []
    project.configure(models=None)


@pytest.fixture(scope="module")
def neighbour(tmp_path_factory: pytest.TempPathFactory, project: Any, every_mistake: Any) -> Project:
    """Another project of the same mesh, which shares the governance schema; the first has made its definitions."""
    project.configure(vars={"snowmesh": GOOD})
    only(project, "models: []", one="select 1 as id")
    assert project.dbt("run-operation", "snowmesh.create_policies").success
    other = copy_project(tmp_path_factory.mktemp("dbt") / "neighbour")
    only(other, "models: []", two="select 1 as id")
    other.write("profiles.yml", (project.path / "profiles.yml").read_text(encoding="utf-8"))
    other.configure(name="neighbour_project", models=None, seeds=None, snapshots=None)
    other.configure(dispatch=[{"macro_namespace": "dbt", "search_order": ["neighbour_project", "snowmesh", "dbt"]}])
    return other


SHARED = GOOD["tags"]["shared"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({}, None),
        ({"tags": {"shared": {**SHARED, "allowed_values": ["b"]}}}, None),
        (
            {"tags": {"shared": {**SHARED, "allowed_values": ["b", "c"]}}},
            "tag SNOWMESH_IT.GOVERNANCE.SHARED exists with the allowed values a, b",
        ),
        (
            {"tags": {"shared": {"masking_policies": ["mask"]}}},
            "exists with the allowed values a, b, managed by dbt project snowmesh_integration_tests",
        ),
        (
            {"masking_policies": {"mask": {**MASK, "masked": "'####'"}}},
            "masking policy SNOWMESH_IT.GOVERNANCE.MASK exists with another body",
        ),
        (
            {
                "tags": {"shared": {**SHARED, "masking_policies": ["mine"]}},
                "masking_policies": {"mask": MASK, "mine": {**MASK, "masked": "'mine'"}},
            },
            "exists without the masking policies listed here",
        ),
        ({"tags": {"shared": {"allowed_values": ["a", "b"]}}}, None),
    ],
)
def test_projects_that_share_a_schema_do_not_fight(
    project: Any, neighbour: Any, changes: dict[str, Any], message: str | None
) -> None:
    """Only the project that made a definition changes it: neither run undoes what the other did."""
    neighbour.configure(vars={"snowmesh": {**GOOD, **changes}})
    run = neighbour.dbt("run-operation", "snowmesh.create_policies")
    assert run.success is (message is None), run.text
    assert run.governance == []
    if message is not None:
        assert "[defined-elsewhere]" in run.text
        assert message in run.text
    first = project.dbt("run-operation", "snowmesh.create_policies")
    assert first.success, first.text
    assert first.governance == []


def test_what_nobody_claims_may_be_claimed(neighbour: Any, account: Any) -> None:
    """A definition without the comment of a project is brought in step by whoever declares it."""
    account.run("comment on tag snowmesh_it.governance.shared is ''", role="ACCOUNTADMIN")
    neighbour.configure(vars={"snowmesh": {**GOOD, "tags": {"shared": {**SHARED, "allowed_values": ["b", "c"]}}}})
    run = neighbour.dbt("run-operation", "snowmesh.create_policies")
    assert run.success, run.text
    assert [sql.split(" set ")[1] for sql in run.governance] == ["allowed_values 'b', 'c'"]
    shown = account.run("show tags in schema snowmesh_it.governance", role="ACCOUNTADMIN")
    assert [row[5] for row in shown if row[1] == "SHARED"] == ["managed by dbt project neighbour_project (snowmesh)"]
