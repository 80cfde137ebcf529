"""The generic tests of live state: each passes on what is governed and fails on what is not, whatever the YAML says.

One build; the tests of a project and their controls run in one `dbt test`.
"""

from __future__ import annotations

from typing import Any

import pytest
import yaml

PEOPLE = "snowmesh_it.people"
OTHERS = "snowmesh_it.governance"

# (name, model, column or None, test, arguments, problem or None when it passes)
CASES: list[tuple[str, str, str | None, str, dict[str, Any], str | None]] = [
    ("tag", "people_table", "name", "has_tag", {"tag": "pii_data", "value": "name"}, None),
    ("tag_any_value", "people_table", "name", "has_tag", {"tag": "pii_data"}, None),
    ("tag_in_full", "people_table", "name", "has_tag", {"tag": "snowmesh_it.governance.pii_data"}, None),
    ("tag_of_view", "people_view", None, "has_tag", {"tag": "note", "value": "view"}, None),
    (
        "tag_odd_value",
        "people_table",
        "name",
        "has_tag",
        {"tag": "note", "value": 'O\'Brien \\ said; 100% $$ -- "no"'},
        None,
    ),
    ("tag_of_seed", "raw_people", None, "has_tag", {"tag": "data_product", "value": "people"}, None),
    ("tag_of_snapshot", "people_snapshot", "name", "has_tag", {"tag": "pii_data"}, None),
    ("tag_inherited", "people_table", "id", "has_tag", {"tag": "data_product", "value": "people"}, None),
    ("tag_quoted", "quoted_columns", "First Name", "has_tag", {"tag": "pii_data", "value": "name"}, None),
    (
        "no_tag",
        "people_table",
        "country",
        "has_tag",
        {"tag": "pii_data"},
        "no tag SNOWMESH_IT.GOVERNANCE.PII_DATA on column COUNTRY",
    ),
    (
        "no_value",
        "people_table",
        "name",
        "has_tag",
        {"tag": "pii_data", "value": "email"},
        'with the value "email" on column NAME',
    ),
    (
        "no_tag_at_all",
        "ungoverned",
        None,
        "has_tag",
        {"tag": "data_product"},
        "no tag SNOWMESH_IT.GOVERNANCE.DATA_PRODUCT",
    ),
    ("masked_by_tag", "people_table", "name", "is_masked", {}, None),
    ("masked_directly", "people_table", "salary", "is_masked", {"policy": "salary_mask"}, None),
    ("masked_view", "people_view", "name", "is_masked", {"policy": "pii_mask_string"}, None),
    ("masked_quoted", "quoted_columns", "select", "is_masked", {"policy": "outside_norway"}, None),
    ("not_masked", "people_table", "country", "is_masked", {}, "column COUNTRY has no masking policy in force"),
    ("other_mask", "people_table", "name", "is_masked", {"policy": "outside_norway"}, "OUTSIDE_NORWAY in force"),
    ("masked_for", "people_table", "name", "is_masked_for", {"role": "it_analyst"}, None),
    ("number_masked_for", "people_table", "salary", "is_masked_for", {"role": "it_analyst"}, None),
    ("view_masked_for", "people_view", "name", "is_masked_for", {"role": "it_outsider"}, None),
    ("seed_masked_for", "raw_people", "email", "is_masked_for", {"role": "it_analyst"}, None),
    (
        "clear_for",
        "people_table",
        "name",
        "is_masked_for",
        {"role": "it_pii_reader"},
        "column NAME shows values to IT_PII_READER: 2",
    ),
    (
        "clear_number_for",
        "people_table",
        "salary",
        "is_masked_for",
        {"role": "it_pii_reader"},
        "shows values to IT_PII_READER: 2",
    ),
    (
        "partly_clear_for",
        "people_incremental",
        "email",
        "is_masked_for",
        {"role": "it_analyst"},
        "shows values to IT_ANALYST: 1",
    ),
    (
        "ungoverned_for",
        "people_table",
        "country",
        "is_masked_for",
        {"role": "it_analyst"},
        "shows values to IT_ANALYST: 2",
    ),
    (
        "rows",
        "with_rows",
        None,
        "has_row_access_policy",
        {"policy": "snowmesh_it.governance.own_rows", "columns": ["id"]},
        None,
    ),
    ("any_rows", "with_rows", None, "has_row_access_policy", {}, None),
    ("no_rows", "people_table", None, "has_row_access_policy", {}, "no row access policy"),
    (
        "other_columns",
        "with_rows",
        None,
        "has_row_access_policy",
        {"columns": ["name"]},
        'no row access policy on ("NAME")',
    ),
    ("granted", "people_table", None, "is_granted_only_to", {"roles": ["it_analyst", "it_pii_reader"]}, None),
    (
        "granted_view",
        "people_view",
        None,
        "is_granted_only_to",
        {"roles": ["it_analyst", "IT_PII_READER"], "privileges": ["select"]},
        None,
    ),
    (
        "granted_too",
        "people_table",
        None,
        "is_granted_only_to",
        {"roles": ["it_analyst"]},
        "SELECT is granted to role IT_PII_READER",
    ),
    (
        "insert_too",
        "with_rows",
        None,
        "is_granted_only_to",
        {"roles": ["it_analyst", "it_pii_reader"]},
        "INSERT is granted to role IT_OUTSIDER",
    ),
    (
        "insert_not_asked",
        "with_rows",
        None,
        "is_granted_only_to",
        {"roles": ["it_analyst", "it_pii_reader"], "privileges": ["select"]},
        None,
    ),
    (
        "database_role",
        "quoted_columns",
        None,
        "is_granted_only_to",
        {"roles": ["it_analyst", "it_pii_reader"], "database_roles": ["reading"]},
        None,
    ),
    (
        "database_role_too",
        "quoted_columns",
        None,
        "is_granted_only_to",
        {"roles": ["it_analyst", "it_pii_reader"]},
        "SELECT is granted to database role READING",
    ),
    ("source", "source", "name", "is_masked", {"policy": "pii_mask_string"}, None),
    ("source_tag", "source", None, "has_tag", {"tag": "note", "value": "a source"}, None),
    ("source_clear", "source", "id", "is_masked", {}, 'column "id" has no masking policy in force'),
]


def configured(name: str, test: str, arguments: dict[str, Any]) -> dict[str, Any]:
    return {f"snowmesh.{test}": {"name": f"case_{name}", "arguments": arguments}}


def add_tests(nodes: list[dict[str, Any]], cases: list[Any]) -> None:
    """Put the cases under their nodes and columns."""
    for name, model, column, test, arguments, _ in cases:
        node = next((n for n in nodes if n["name"] == model), None)
        if node is None:
            nodes.append(node := {"name": model})
        owner = node
        if column is not None:
            columns = node.setdefault("columns", [])
            owner = next((c for c in columns if c["name"] == column), None)
            if owner is None:
                columns.append(owner := {"name": column})
        owner.setdefault("data_tests", []).append(configured(name, test, arguments))


def failed(run: Any) -> dict[str, bool]:
    """Of each case of a run, whether it found something."""
    return {name: "1 result" in message for name, message in run.results.items() if name.startswith("case_")}


def of(models: set[str]) -> list[Any]:
    return [case for case in CASES if case[1] in models]


def write_tests(project: Any) -> None:
    """Every case into the YAML of its node."""
    for file, key, names in (
        ("models/models.yml", "models", {c[1] for c in CASES} - {"raw_people", "people_snapshot", "source"}),
        ("seeds/seeds.yml", "seeds", {"raw_people"}),
        ("snapshots/snapshots.yml", "snapshots", {"people_snapshot"}),
    ):
        text = yaml.safe_load((project.path / file).read_text(encoding="utf-8"))
        add_tests(text[key], of(names))
        project.write(file, yaml.safe_dump(text, sort_keys=False))
    table: dict[str, Any] = {"name": "source", "identifier": "Raw Orders", "quoting": {"identifier": True}}
    table["columns"] = [{"name": "id", "quote": True}, {"name": "name"}]
    add_tests([table], of({"source"}))
    sources = [{"name": "outside", "database": "snowmesh_it", "schema": "people", "tables": [table]}]
    project.write("models/sources.yml", yaml.safe_dump({"sources": sources}, sort_keys=False))


@pytest.fixture(scope="module")
def tested(project: Any, account: Any) -> Any:
    project.write(
        "models/with_rows.sql", "{{ config(materialized='table') }} select id, name from {{ ref('raw_people') }}"
    )
    built = project.dbt("build")
    assert built.success, built.text
    for statement in (
        f"create row access policy {OTHERS}.own_rows as (n number) returns boolean -> true",
        f"alter table {PEOPLE}.with_rows add row access policy {OTHERS}.own_rows on (id)",
        f"grant insert on {PEOPLE}.with_rows to role it_outsider",
        "create database role snowmesh_it.reading",
        f"grant select on {PEOPLE}.quoted_columns to database role snowmesh_it.reading",
        "grant apply row access policy on account to role it_builder",
        f'create table {PEOPLE}."Raw Orders" ("id" number, name varchar)',
        f'grant ownership on table {PEOPLE}."Raw Orders" to role it_builder',
        f"alter table {PEOPLE}.\"Raw Orders\" set tag {OTHERS}.note = 'a source'",
        f'alter table {PEOPLE}."Raw Orders" modify column name set masking policy {OTHERS}.pii_mask_string',
    ):
        account.run(statement, role="ACCOUNTADMIN")
    write_tests(project)
    yield project.dbt("test")
    account.run("revoke apply row access policy on account from role it_builder", role="ACCOUNTADMIN")


@pytest.fixture(scope="module")
def problems(project: Any, tested: Any, account: Any) -> Any:
    """What each case stored as its failures."""
    account.run("create or replace schema snowmesh_it.audit", role="ACCOUNTADMIN")
    account.run("grant all privileges on schema snowmesh_it.audit to role it_builder", role="ACCOUNTADMIN")
    config = project.config()
    project.configure(data_tests={"+store_failures": True, "+database": "snowmesh_it", "+schema": "audit"})
    project.write(
        "macros/generate_schema_name.sql",
        "{% macro generate_schema_name(name, node) %}{{ name or target.schema }}{% endmacro %}",
    )
    run = project.dbt("test", "--store-failures")
    (project.path / "macros" / "generate_schema_name.sql").unlink()
    project.configure(data_tests=config.get("data_tests"))
    print(run.results["case_tag"])
    stored = {}
    for name, *_ in CASES:
        rows = account.run(
            "use warehouse it_wh", f"select snowmesh_problem from snowmesh_it.audit.case_{name}", role="IT_BUILDER"
        )
        stored[name] = [row[0] for row in rows]
    return run, stored


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_case(tested: Any, case: Any) -> None:
    """A passing case and its control: the same test where the protection is not."""
    name, *_, problem = case
    assert f"case_{name}" in tested.results, tested.text
    message = tested.results[f"case_{name}"]
    assert ("1 result" in message) == (problem is not None), message


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_what_is_wrong_is_said(problems: Any, case: Any) -> None:
    """With --store-failures too: one row of text, and never a value of the column."""
    name, *_, problem = case
    found = problems[1][name]
    assert len(found) == (problem is not None)
    assert problem is None or problem in found[0]
    assert not any("Ada" in text or "@example" in text for text in found)


def test_a_run_of_tests_changes_no_governance(tested: Any) -> None:
    assert tested.governance == []


def test_secondary_roles_do_not_count(project: Any, tested: Any, account: Any) -> None:
    """The user who builds has every role and all of them are active (R31): neither does the analyst see values for that
    reason, nor does the reader not see them."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SNOWMESH_USER", "ADMIN")
        run = project.dbt("test", "--select", "case_masked_for", "case_clear_for", "case_view_masked_for")
    assert failed(run) == {
        "case_masked_for": False,
        "case_clear_for": True,
        "case_view_masked_for": False,
    }


def test_the_state_counts_and_not_the_yaml(project: Any, tested: Any, account: Any) -> None:
    """Control: what the YAML declares is taken away behind dbt's back."""
    for change, back in (
        (
            f"alter table {PEOPLE}.people_table modify column name unset tag {OTHERS}.pii_data",
            f"alter table {PEOPLE}.people_table modify column name set tag {OTHERS}.pii_data = 'name'",
        ),
    ):
        account.run(change, role="ACCOUNTADMIN")
        run = project.dbt("test", "--select", "case_tag", "case_masked_by_tag", "case_masked_for")
        account.run(back, role="ACCOUNTADMIN")
    assert all(failed(run).values()), run.results


def test_an_empty_table_needs_a_mask(project: Any, tested: Any, account: Any) -> None:
    """Nothing to look at proves nothing: a policy must be in force."""
    account.run("use warehouse it_wh", f"truncate table {PEOPLE}.people_table", role="IT_BUILDER")
    run = project.dbt("test", "--select", "case_masked_for", "case_ungoverned_for")
    assert project.dbt("run", "--select", "people_table").success
    assert failed(run) == {
        "case_masked_for": False,
        "case_ungoverned_for": True,
    }


def test_severity_and_limit(project: Any, tested: Any) -> None:
    project.configure(data_tests={"+severity": "warn", "+limit": 1})
    run = project.dbt("test", "--select", "case_not_masked")
    project.configure(data_tests=None)
    assert run.success, run.text
    assert "Got 1 result" in run.results["case_not_masked"]


REFUSED = [
    ("is_masked", "name", {"policy": "pii_mask_strin"}, {}, "unknown-definition", "Did you mean pii_mask_string?"),
    ("has_tag", None, {"tag": "two words"}, {}, "unknown-definition", "db.schema.name"),
    ("is_masked_for", "name", {"role": "it_analist"}, {}, "unknown-role", "IT_ANALYST"),
    ("is_masked_for", None, {"role": "it_analyst"}, {}, "no-column", "column_name"),
    ("is_granted_only_to", None, {"roles": "it_analyst"}, {}, "not-a-list", "a list of texts"),
    ("is_granted_only_to", None, {"roles": ["a b"]}, {}, "not-an-identifier", "not a name of a role"),
    ("has_tag", None, {"tag": "note"}, {"where": "id = 1"}, "where-of-live-state", "remove where"),
]


def test_a_test_that_cannot_be_carried_out_is_an_error(project: Any, tested: Any) -> None:
    kept = (project.path / "models" / "models.yml").read_text(encoding="utf-8")
    text = yaml.safe_load(kept)
    people = next(model for model in text["models"] if model["name"] == "people_table")
    for number, (test, column, arguments, config, _, _) in enumerate(REFUSED):
        owner = people if column is None else next(c for c in people["columns"] if c["name"] == column)
        wrong = {
            f"snowmesh.{test}": {
                "name": f"refused_{number}",
                "arguments": arguments,
                "config": {"severity": "warn", **config},
            }
        }
        owner.setdefault("data_tests", []).append(wrong)
    project.write("models/models.yml", yaml.safe_dump(text, sort_keys=False))
    run = project.dbt("test", "--select", *[f"refused_{number}" for number in range(len(REFUSED))])
    project.write("models/models.yml", kept)
    assert not run.success
    for number, (*_, code, said) in enumerate(REFUSED):
        message = run.results[f"refused_{number}"]
        assert f"[{code}]" in message, message
        assert said in message, message


def test_compile_parse_and_docs_ask_nothing(project: Any, tested: Any) -> None:
    """And parse of all these tests gives no deprecation."""
    assert project.dbt("--warn-error", "parse", "--no-partial-parse").success
    for command in (("compile",), ("docs", "generate")):
        run = project.dbt(*command)
        assert run.success, run.text
        sent = " ".join(sql for _, sql in run.statements)
        assert "policy_references" not in sent
        assert "show grants" not in sent
        assert "policy_context" not in sent
