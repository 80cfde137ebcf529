"""Bad input: one message with every error, what is allowed and the next step; nothing built, nothing readable."""

from __future__ import annotations

import re
from typing import Any

import pytest

DEFINITIONS: dict[str, Any] = {
    "schema": "governance",
    "tabs": {},
    "tags": {
        "good": {"allowed_values": ["name", "email"], "masking_policies": ["mask"]},
        "second": {"masking_policies": ["mask"]},
        "GOOD": {},
        "two words": {},
        "long": {"allowed_values": ["x" * 257]},
        "listed": {"allowed_values": "name"},
        "mapped": ["x"],
        "doubled": {"masking_policies": ["mask", "other", "maks"]},
    },
    "masking_policies": {
        "mask": {"data_type": "string", "unmasked_for": ["it_pii_reader"], "masked": "'****'"},
        "other": {"data_type": "text", "unmasked_for": ["it_pii_raeder"], "masked": "'****'"},
        "untyped": {"data_type": "strng", "body": "val"},
        "formless": {"data_type": "string", "masked": "'****'"},
    },
}
MODELS = """
models:
  - name: people
    config:
      post_hook: "{{ snowmesh.apply() }}"
      meta:
        snowmseh: {tags: {good: name}}
        snowmesh: {masking_policy: mask, tags: {goood: name, good: name}}
    columns:
      - name: id
        config: {meta: {snowmesh: {tags: {good: nmae}, colour: red}}}
      - name: name
        config: {meta: {snowmesh: {tags: {good: 1, second: x}}}}
      - name: email
        config: {meta: {snowmesh: {tags: {good: null}, masking_policy: {name: mask, using: [id]}}}}
  - name: never_applied
    config: {meta: {snowmesh: {tags: {good: name}}}}
  - name: inline
    config: {materialized: ephemeral, meta: {snowmesh: {tags: {good: name}}}}
exposures:
  - name: dashboard
    type: dashboard
    owner: {email: owner@example.com}
    config: {meta: {snowmesh: {tags: {good: name}}}}
"""
CODES = [
    "duplicate-name",
    "inherited-tag",
    "misspelt-key",
    "no-mask",
    "not-a-list",
    "not-a-mapping",
    "not-an-identifier",
    "not-applied",
    "not-governable",
    "two-masks",
    "two-policies-one-type",
    "unknown-data-type",
    "unknown-key",
    "unknown-policy",
    "unknown-role",
    "unknown-tag",
    "unsupported-materialization",
    "value-not-allowed",
    "value-not-text",
    "value-too-long",
    "wrong-level",
    "wrong-using",
]


def relations(account: Any) -> list[str]:
    return [row[1] for row in account.run("show objects in schema snowmesh_it.people", role="ACCOUNTADMIN")]


def only(project: Any, **models: str) -> None:
    """Make the project consist of a few models, without seeds and snapshots."""
    for folder in ("models", "seeds", "snapshots"):
        for file in (project.path / folder).iterdir():
            file.unlink()
    for name, sql in models.items():
        project.write(f"models/{name}.sql", sql)


def define(project: Any, definitions: Any, **changes: Any) -> None:
    config = project.config()
    models = {"+post-hook": "{{ snowmesh.apply() }}", "+grants": config["seeds"]["+grants"]}
    project.configure(vars={"snowmesh": definitions}, models=models, **changes)


@pytest.fixture(scope="module")
def every_mistake(project: Any, account: Any) -> Any:
    only(project, people="select 1 as id, 'n' as name", never_applied="select 1 as id", inline="select 1 as id")
    project.write("models/models.yml", MODELS)
    project.configure(vars={"snowmesh": DEFINITIONS}, models={"+materialized": "view"}, dispatch=None)
    return project.dbt("build")


def test_every_error_is_reported_at_once(every_mistake: Any) -> None:
    found = re.findall(r"^ +(\d+)\. \[([\w-]+)\] (.*)$", str(every_mistake.exception), re.MULTILINE)
    assert sorted({code for _, code, _ in found}) == CODES
    assert [int(number) for number, *_ in found] == list(range(1, len(found) + 1)), "reported twice"


def test_an_error_says_where_what_is_allowed_and_what_next(every_mistake: Any) -> None:
    lines = [line.strip() for line in every_mistake.text.splitlines()]
    at = lines.index(next(line for line in lines if "[value-not-allowed]" in line))
    assert "models/models.yml: model people, column id" in lines[at]
    assert lines[at + 1] == "Allowed: name, email. Did you mean name?"
    assert lines[at + 2].startswith("Next: use an allowed value")
    role = next(line for line in lines if "[unknown-role]" in line)
    assert "IT_PII_RAEDER" in role
    assert lines[lines.index(role) + 1].endswith("Did you mean IT_PII_READER?")


def test_nothing_is_built_and_nothing_changed(every_mistake: Any, account: Any) -> None:
    assert not every_mistake.success
    assert "Nothing was changed and nothing was built." in every_mistake.text
    assert every_mistake.governance == []
    assert relations(account) == []
    assert "Traceback" not in every_mistake.text


GOOD: dict[str, Any] = {
    "schema": "governance",
    "tags": {"pii": {"masking_policies": ["mask"]}},
    "masking_policies": {
        "mask": {"data_type": "string", "unmasked_for": ["it_builder", "it_pii_reader"], "masked": "'****'"},
        "masks_numbers": {"data_type": "number", "unmasked_for": ["it_builder"], "masked": 0},
    },
}


def build_people(project: Any, column: str, block: str, materialized: str = "view") -> Any:
    """Build one governed relation with the post-hook only: dbt grants on views before it."""
    only(project, people=f"{{{{ config(materialized='{materialized}') }}}} select 1 as id, 'Ada' as name")
    project.write(
        "models/models.yml",
        f"models: [{{name: people, columns: [{{name: {column}, config: {{meta: {{snowmesh: {block}}}}}}}]}}]",
    )
    return project.dbt("build")


@pytest.mark.parametrize(
    ("materialized", "column", "block", "code"),
    [
        ("view", "nmae", "{tags: {pii: x}}", "unknown-column"),
        ("table", "nmae", "{tags: {pii: x}}", "unknown-column"),
        ("incremental", "nmae", "{masking_policy: mask}", "unknown-column"),
        ("view", "id", "{tags: {pii: x}}", "type-mismatch"),
        ("view", "name", "{masking_policy: masks_numbers}", "type-mismatch"),
    ],
)
def test_what_does_not_fit_the_relation_is_closed(
    project: Any, account: Any, read: Any, materialized: str, column: str, block: str, code: str
) -> None:
    """A future grant opens the relation inside the CREATE: that access goes too."""
    kind = "view" if materialized == "view" else "table"
    admin = {"role": "ACCOUNTADMIN"}
    account.run(f"grant select on future {kind}s in schema snowmesh_it.people to role it_analyst", **admin)
    define(project, GOOD, dispatch=None)
    run = build_people(project, column, block, materialized)
    assert not run.success
    assert f"[{code}] models/models.yml: model people, column {column}" in run.text
    assert "Traceback" not in run.text
    assert relations(account) == ["PEOPLE"], "this test is about a relation that was built"
    for role in ("IT_ANALYST", "IT_PII_READER"):
        assert "does not exist or not authorized" in read(role, "select name from people")
    account.run(f"drop {kind} snowmesh_it.people.people", **admin)


def test_definitions_that_were_never_created_close_the_relation(project: Any, account: Any, read: Any) -> None:
    """Without create_policies the hook looks first: a failing ALTER could not be caught."""
    account.run("drop schema snowmesh_it.governance", role="ACCOUNTADMIN")
    define(project, GOOD, on_run_start=None, dispatch=None)
    run = build_people(project, "name", "{tags: {pii: x}}")
    assert "[not-created] models/models.yml: model people, column name" in run.text
    assert "create_policies" in run.text
    assert "does not exist or not authorized" in read("IT_ANALYST", "select name from people")


def test_a_missing_schema_stops_before_anything_is_built(project: Any, account: Any) -> None:
    define(project, GOOD, dispatch=None)
    run = project.dbt("run-operation", "snowmesh.create_policies")
    assert not run.success
    assert "[schema-not-found]" in run.text
    assert "create schema SNOWMESH_IT.GOVERNANCE" in run.text


def test_no_schema_is_one_error(project: Any, account: Any) -> None:
    define(project, {"tags": {"pii": None}}, dispatch=None)
    run = project.dbt("run-operation", "snowmesh.create_policies")
    assert "[no-schema]" in run.text
    assert "1 error " in run.text


@pytest.fixture
def governed(project: Any, account: Any) -> Any:
    """The governance schema again, with the policies of GOOD in it."""
    for statement in (
        "create schema if not exists snowmesh_it.governance",
        "grant usage, create tag, create masking policy on schema snowmesh_it.governance to role it_builder",
    ):
        account.run(statement, role="ACCOUNTADMIN")
    define(project, GOOD, dispatch=None)
    only(project, people="select 1 as id")
    run = project.dbt("run-operation", "snowmesh.create_policies")
    assert run.success, run.text
    return project


def test_a_changed_signature_is_explained(governed: Any) -> None:
    changed = {**GOOD["masking_policies"], "mask": {"data_type": "date", "body": "val"}}
    define(governed, {**GOOD, "masking_policies": changed}, dispatch=None)
    run = governed.dbt("run-operation", "snowmesh.create_policies")
    assert "[signature-changed]" in run.text
    assert "(VAL VARCHAR) and is declared with (VAL DATE)" in run.text
    assert run.governance == []


def test_a_mask_of_somebody_else_is_not_replaced(governed: Any, account: Any) -> None:
    run = build_people(governed, "name", "{}", "incremental")
    assert run.success, run.text
    for statement in (
        "create masking policy snowmesh_it.people.theirs as (val string) returns string -> 'theirs'",
        "alter table snowmesh_it.people.people modify column name set masking policy snowmesh_it.people.theirs",
    ):
        account.run(statement, role="ACCOUNTADMIN")
    run = build_people(governed, "name", "{masking_policy: mask}", "incremental")
    assert "[foreign-policy]" in run.text
    assert "SNOWMESH_IT.PEOPLE.THEIRS" in run.text


def test_the_misplaced_block_is_found(governed: Any) -> None:
    """A block outside of meta: dbt itself only warns."""
    only(governed, people="select 1 as id")
    governed.write("models/models.yml", "models: [{name: people, config: {snowmesh: {tags: {pii: x}}}}]")
    run = governed.dbt("run-operation", "snowmesh.create_policies")
    assert "[wrong-place] models/models.yml: model people" in run.text


def test_what_snowflake_refuses_is_never_built(governed: Any, account: Any) -> None:
    """A policy that the role may not attach (M22): the CREATE itself fails, as it carries the policy."""
    revoke = "revoke select on future views in schema snowmesh_it.people from role it_analyst"
    for statement in ("revoke apply masking policy on account from role it_builder", revoke):
        account.run(statement, role="ACCOUNTADMIN")
    account.run("drop table if exists snowmesh_it.people.people", role="ACCOUNTADMIN")
    account.run(
        "use role accountadmin", "grant ownership on masking policy snowmesh_it.governance.mask to role accountadmin"
    )
    search = {"macro_namespace": "dbt", "search_order": ["snowmesh_integration_tests", "snowmesh", "dbt"]}
    governed.configure(dispatch=[search], on_run_start=None)
    run = build_people(governed, "name", "{masking_policy: mask}")
    account.run("grant apply masking policy on account to role it_builder", role="ACCOUNTADMIN")
    assert not run.success
    assert relations(account) == []


def test_a_project_may_write_its_masks_in_another_way(governed: Any) -> None:
    """The override point: how a mask becomes SQL."""
    governed.write(
        "macros/mask.sql",
        "{% macro default__get_masking_policy_body_sql(policy) %}{{ return('sha2(val)') }}{% endmacro %}",
    )
    search = {"macro_namespace": "snowmesh", "search_order": ["snowmesh_integration_tests", "snowmesh"]}
    governed.configure(dispatch=[search])
    run = governed.dbt("run-operation", "snowmesh.create_policies", "--args", "{dry_run: true}")
    assert "set body ->\n      sha2(val);" in run.output
