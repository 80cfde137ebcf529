"""Names as projects have them: versions, aliases, custom schemas, quoting, mixed-case and reserved columns, sources."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

DEFINITIONS: dict[str, Any] = {
    "schema": "governance",
    "tags": {"pii": {"masking_policies": ["mask"]}, '"Mixed Tag"': None, "order": None},
    "masking_policies": {
        "mask": {"data_type": "string", "unmasked_for": ["it_builder"], "masked": "'****'"},
        '"by Country"': {
            "data_type": "string",
            "using": {"country": "string"},
            "body": "case when country = 'NO' or is_role_in_session('IT_BUILDER') then val else 'abroad' end",
            "unmasked_for": ["it_builder"],
        },
    },
    "row_access_policies": {
        "odd rows".replace(" ", "_"): {
            "columns": {"c": "string"},
            "all_rows_for": ["it_builder"],
            "rows_for": {"it_analyst": "c = 'NO'"},
        }
    },
}
ODD = """
select 1 as id, 'Ada' as "First Name", 'a@x' as "select", 'NO' as "Country", 'q' as "a""b", 'ü' as "Größe", 'o' as "ORDER"
union all select 2, 'Bob', 'b@x', 'SE', 'r', 'ö', 'p'
"""
TAGGED: dict[str, Any] = {"tags": {"pii": "x"}}


def columns(**blocks: Any) -> list[dict[str, Any]]:
    return [{"name": name, "quote": True, "config": {"meta": {"snowmesh": block}}} for name, block in blocks.items()]


ODD_COLUMNS = columns(
    **{
        "First Name": {"masking_policy": {"name": '"by Country"', "using": ['"Country"']}},
        'a"b': TAGGED,
        "Größe": {"tags": {"pii": "ß", '"Mixed Tag"': "it's; -- $$"}},
        "ORDER": {"tags": {"order": "by"}},
    }
)
ODD_COLUMNS.append({"name": '"select"', "config": {"meta": {"snowmesh": TAGGED}}})
YAML = {
    "models": [
        {
            "name": "odd_table",
            "config": {
                "alias": "Odd Table; drop",
                "meta": {
                    "snowmesh": {
                        "row_access_policy": {"name": "odd_rows", "columns": ['"Country"']},
                        "tags": {"order": "1"},
                    }
                },
            },
            "columns": ODD_COLUMNS,
        },
        {
            "name": "odd_view",
            "config": {"materialized": "view", "alias": "Odd View", "schema": "Other"},
            "columns": ODD_COLUMNS,
        },
        {
            "name": "people",
            "latest_version": 2,
            "config": {"meta": {"snowmesh": {"tags": {"order": "all"}}}},
            "columns": [
                {"name": "id"},
                {"name": "name", "config": {"meta": {"snowmesh": TAGGED}}},
                {"name": "email", "config": {"meta": {"snowmesh": TAGGED}}},
            ],
            "versions": [
                {"v": 1, "columns": [{"include": "all", "exclude": ["email"]}]},
                {
                    "v": 2,
                    "config": {"meta": {"snowmesh": {"tags": {'"Mixed Tag"': "two"}}}},
                    "columns": [
                        {"include": "all", "exclude": ["name"]},
                        {"name": "full_name", "config": {"meta": {"snowmesh": TAGGED}}},
                    ],
                },
            ],
        },
    ],
    "sources": [
        {
            "name": "raw",
            "schema": "people",
            "quoting": {"schema": False, "identifier": False},
            "config": {"meta": {"snowmesh": {"tags": {"order": "source", '"Mixed Tag"': "kept"}}}},
            "tables": [
                {
                    "name": "plain",
                    "identifier": "raw_plain",
                    "config": {"meta": {"snowmesh": {"tags": {"order": "table"}}}},
                    "columns": [{"name": "name", "config": {"meta": {"snowmesh": TAGGED}}}],
                },
                {
                    "name": "quoted",
                    "identifier": "rawDummy",
                    "quoting": {"identifier": True},
                    "columns": columns(eMail=TAGGED),
                },
            ],
        }
    ],
}
SCHEMA_NAME = """{% macro generate_schema_name(custom_schema_name, node) %}{{ custom_schema_name or target.schema }}{% endmacro %}"""
ALIAS = """{% macro generate_alias_name(custom_alias_name=none, node=none) %}
  {%- if custom_alias_name -%}{{ custom_alias_name }}{%- elif node.version -%}{{ node.name ~ '_of_' ~ node.version }}{%- else -%}{{ node.name }}{%- endif -%}
{% endmacro %}"""


@pytest.fixture(scope="module")
def built(project: Any, account: Any) -> Any:
    for folder in ("models", "seeds", "snapshots"):
        for file in (project.path / folder).iterdir():
            file.unlink()
    for statement in (
        'create schema snowmesh_it."Other"',
        'grant usage, create view, create table on schema snowmesh_it."Other" to role it_builder',
        'grant usage on schema snowmesh_it."Other" to role it_analyst',
        "grant create row access policy on schema snowmesh_it.governance to role it_builder",
        "grant apply row access policy on account to role it_builder",
        "create table snowmesh_it.people.raw_plain as select 1 as id, 'Ada' as name",
        'create table snowmesh_it.people."rawDummy" as select 1 as id, \'a@x\' as "eMail"',
        "grant select on all tables in schema snowmesh_it.people to role it_analyst",
        "grant select on all tables in schema snowmesh_it.people to role it_builder",
    ):
        account.run(statement, role="ACCOUNTADMIN")
    project.write("macros/generate_schema_name.sql", SCHEMA_NAME)
    project.write("macros/generate_alias_name.sql", ALIAS)
    project.write("models/odd_table.sql", ODD)
    project.write("models/odd_view.sql", ODD)
    project.write("models/people_v1.sql", "select 1 as id, 'Ada' as name")
    project.write("models/people_v2.sql", "select 1 as id, 'Ada' as full_name, 'a@x' as email")
    project.write("models/models.yml", yaml.safe_dump(YAML, allow_unicode=True))
    quoting = {"database": False, "schema": True, "identifier": True}
    vars_ = {"snowmesh": DEFINITIONS}
    models = {"+materialized": "table", "+grants": {"select": ["it_analyst"]}}
    project.configure(vars=vars_, models=models, seeds=None, snapshots=None, quoting=quoting)
    text = (project.path / "profiles.yml").read_text(encoding="utf-8")
    project.write("profiles.yml", text.replace("schema: people", "schema: PEOPLE"))
    run = project.dbt("build")
    assert run.success, run.text
    return run


def test_odd_names_are_governed_in_the_create(built: Any, read: Any) -> None:
    """I1-I8: quoted once, in one place. Snowflake's own rules decide what a name is."""
    odd = 'select "First Name", "select", "a""b", "Größe", "ORDER" from {} order by id'
    masked = ("Ada", "****", "****", "****", "o")
    assert read("IT_ANALYST", odd.format('"Odd Table; drop"')) == [masked]
    assert read("IT_ANALYST", odd.format('"Other"."Odd View"')) == [masked, ("abroad", *masked[1:4], "p")]
    assert read("IT_BUILDER", odd.format('"Odd Table; drop"'))[1] == ("Bob", "b@x", "r", "ö", "p")
    assert [sql for sql in built.governance if sql.startswith("alter")] == [
        'alter tag "SNOWMESH_IT"."GOVERNANCE"."PII" set masking policy "SNOWMESH_IT"."GOVERNANCE"."MASK"'
    ]


def tags(account: Any, relation: str, column: str | None = None) -> dict[str, str]:
    name = f"'snowmesh_it.people.{relation}'"
    domain = "'table'" if column is None else "'column'"
    target = name if column is None else f"'snowmesh_it.people.{relation}.{column}'"
    rows = account.run(
        f"select tag_name, tag_value from table(snowmesh_it.information_schema.tag_references({target}, {domain}))"
        f" where level = upper({domain})",
        role="ACCOUNTADMIN",
    )
    return dict(rows)


def test_each_version_has_its_own_columns(built: Any, read: Any, account: Any) -> None:
    """Scenario 52: only its own columns, its own block, and what the model says of all of them."""
    assert read("IT_ANALYST", 'select * from "people_of_1"') == [(1, "****")]
    assert read("IT_ANALYST", 'select * from "people_of_2"') == [(1, "****", "****")]
    assert tags(account, '"people_of_1"') == {"ORDER": "all"}
    assert tags(account, '"people_of_2"') == {"ORDER": "all", "Mixed Tag": "two"}


def test_a_second_run_changes_nothing(project: Any, built: Any) -> None:
    run = project.dbt("build")
    assert run.success, run.text
    assert [sql for sql in run.governance if sql.startswith("alter")] == []
    plan = project.dbt("run-operation", "snowmesh.plan", "--args", '{"select": ["resource_type:model"]}')
    assert plan.output.strip() == "No changes.", plan.output


def test_sources_are_governed_where_they_are(project: Any, built: Any, read: Any, account: Any) -> None:
    """Scenarios 7 and 8: identifier, not name; quoted names keep their case. The source's block is merged under the table's."""
    account.run(
        "grant ownership on table snowmesh_it.people.raw_plain to role it_builder copy current grants",
        'grant ownership on table snowmesh_it.people."rawDummy" to role it_builder copy current grants',
        role="ACCOUNTADMIN",
    )
    run = project.dbt("run-operation", "snowmesh.apply_to", "--args", '{"select": "source:raw"}')
    assert run.success, run.text
    assert read("IT_ANALYST", "select name from raw_plain") == [("****",)]
    assert read("IT_ANALYST", 'select "eMail" from "rawDummy"') == [("****",)]
    assert tags(account, "raw_plain") == {"ORDER": "table", "Mixed Tag": "kept"}
    assert tags(account, '"rawDummy"') == {"ORDER": "source", "Mixed Tag": "kept"}
