"""plan, verify and apply_to against the live state; and how few statements say what it is.

The tests of this module tell one story in their order: each stage builds on the one before.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

PERSISTENT = ("raw_people", "people_incremental", "people_snapshot")
PEOPLE = "snowmesh_it.people"


def operation(project: Any, macro: str, **arguments: Any) -> Any:
    """Run one macro of the package."""
    return project.dbt("run-operation", f"snowmesh.{macro}", "--args", json.dumps(arguments))


def document(run: Any) -> dict[str, Any]:
    """The one JSON document that a run-operation printed."""
    found = [json.loads(line) for line in run.output.splitlines() if line.startswith("{")]
    assert len(found) == 1, run.text
    result: dict[str, Any] = found[0]
    return result


def looks(run: Any) -> list[str]:
    """Statements that read the state of relations."""
    return [sql for _, sql in run.statements if "tag_references" in sql]


@pytest.fixture(scope="module")
def built(project: Any, account: Any) -> Any:
    run = project.dbt("build")
    assert run.success, run.text
    return run


def test_a_first_build_looks_at_nothing(built: Any) -> None:
    assert looks(built) == []


def test_one_statement_reads_the_state_of_all_that_a_run_keeps(project: Any, built: Any) -> None:
    """Point 5: no statement for a relation, and none for a column, of what is as it should be (scenario 48)."""
    run = project.dbt("build")
    assert run.success, run.text
    read = looks(run)
    assert len(read) == 1
    assert all(
        f"SNOWMESH_IT.people.{name}" in read[0] or f"snowmesh_it.people.{name}" in read[0] for name in PERSISTENT
    )
    for name in PERSISTENT:
        own = [sql for sql in run.of(name) if sql.startswith("alter") or "information_schema" in sql]
        assert own == [], name


def test_eight_threads_read_it_once(project: Any, built: Any) -> None:
    """create_policies looks before the threads start."""
    run = project.dbt("build", "--threads", "8")
    assert run.success, run.text
    assert len(looks(run)) == 1


def test_without_create_policies_the_first_node_reads_for_all(project: Any, built: Any) -> None:
    """The others wait for nobody: one that comes while the first reads looks for itself. One thread: once."""
    config = project.config()
    project.configure(on_run_start=None)
    one, many = (project.dbt("build", "--threads", threads) for threads in ("1", "8"))
    project.configure(on_run_start=config["on-run-start"])
    assert one.success, one.text
    assert len(looks(one)) == 1
    assert many.success, many.text
    assert 1 <= len(looks(many)) <= len(PERSISTENT)


def test_a_run_that_keeps_nothing_looks_at_nothing(project: Any, built: Any) -> None:
    run = project.dbt("run", "--select", "people_table", "people_view", "ungoverned")
    assert run.success, run.text
    assert looks(run) == []


def test_verify_finds_nothing_after_a_build(project: Any, built: Any) -> None:
    run = operation(project, "verify")
    assert run.success, run.text
    assert run.output.splitlines()[-1].endswith("everything is as declared.")
    assert len(looks(run)) == 1
    assert run.governance == []


@pytest.fixture(scope="module")
def drifted(project: Any, built: Any, account: Any) -> Any:
    """Somebody changes each thing in another way; and something that is not ours."""
    for statement in (
        "create or replace schema snowmesh_it.foreign_tags",
        "create tag snowmesh_it.foreign_tags.theirs",
        f"alter table {PEOPLE}.people_table modify column email unset tag snowmesh_it.governance.pii_data",
        f"alter table {PEOPLE}.people_table set tag snowmesh_it.governance.data_product = 'other'",
        f"alter table {PEOPLE}.people_table set tag snowmesh_it.foreign_tags.theirs = 'kept'",
        f"alter table {PEOPLE}.people_incremental modify column salary unset masking policy",
        f"alter table {PEOPLE}.people_snapshot modify column country set tag snowmesh_it.governance.note = 'extra'",
        f"drop view {PEOPLE}.people_view",
    ):
        account.run(statement, role="ACCOUNTADMIN")
    return operation(project, "verify", output="json")


EXPECTED = [
    ("absent", "people_view", None, "view"),
    ("different", "people_table", None, "tag"),
    ("extra", "people_snapshot", "COUNTRY", "tag"),
    ("missing", "people_incremental", "SALARY", "masking policy"),
    ("missing", "people_table", "EMAIL", "tag"),
]


def test_verify_classifies_drift_and_fails(drifted: Any) -> None:
    assert not drifted.success
    assert "5 errors" in drifted.text
    found = document(drifted)["findings"]
    assert sorted((f["kind"], f["node"].split(".")[-1], f["column"], f["object_type"]) for f in found) == sorted(
        EXPECTED, key=str
    )
    changed = next(finding for finding in found if finding["kind"] == "different")
    assert (changed["declared"], changed["live"]) == ("people", "other")


def test_what_is_not_ours_is_reported_and_no_finding(drifted: Any) -> None:
    assert [thing["name"] for thing in document(drifted)["unmanaged"]] == ['tag "SNOWMESH_IT"."FOREIGN_TAGS"."THEIRS"']


def test_verify_says_the_same_twice(project: Any, drifted: Any) -> None:
    """Stable order: the documents are equal."""
    again = operation(project, "verify", output="json")
    assert document(again) == document(drifted)
    assert again.governance == drifted.governance == []


def test_verify_for_people(project: Any, drifted: Any) -> None:
    run = operation(project, "verify", select="people_table")
    assert not run.success
    lines = [" ".join(line.split()) for line in run.output.splitlines()]
    assert (
        'MISSING snowmesh_it.people.people_table column EMAIL: tag SNOWMESH_IT.GOVERNANCE.PII_DATA (declared "email")'
        in lines
    )
    assert "Verified 1 relation: 1 missing, 1 different." in lines


def test_verify_as_a_hook_looks_at_what_the_run_selected(project: Any, drifted: Any) -> None:
    project.configure(on_run_end="{{ snowmesh.verify() }}")
    good = project.dbt("run", "--select", "quoted_columns")
    bad = project.dbt("test", "--select", "quoted_columns")
    project.configure(on_run_end="{{ snowmesh.verify(select='people_snapshot') }}")
    named = project.dbt("run", "--select", "quoted_columns")
    project.configure(on_run_end=None)
    assert good.success, good.text
    assert "Verified 1 relation: everything is as declared." in good.output
    assert "Verified" not in bad.output
    assert not named.success
    assert "extra: snowmesh_it.people.people_snapshot column COUNTRY" in named.text


def test_plan_as_a_document(project: Any, drifted: Any) -> None:
    run = operation(project, "plan", output="json")
    assert run.success, run.text
    assert run.governance == []
    changes = document(run)["changes"]
    assert {change["node"].split(".")[-1] for change in changes} == {
        "people_view",
        "people_table",
        "people_incremental",
        "people_snapshot",
    }
    assert all(change["sql"].startswith("alter ") for change in changes)
    assert document(operation(project, "plan", output="json")) == document(run)


SELECTED = [
    ("people_table", {"people_table"}),
    (["people_table", "people_view"], {"people_table", "people_view"}),
    ("people_*", {"people_table", "people_view", "people_incremental", "people_snapshot"}),
    ("resource_type:snapshot", {"people_snapshot"}),
    ("config.materialized:incremental people_view", {"people_incremental", "people_view"}),
    ("path:models,people_t*", {"people_table"}),
    ("path:models/people_table.sql", {"people_table"}),
    ("model.snowmesh_integration_tests.people_view", {"people_view"}),
    ("package:snowmesh_integration_tests,resource_type:model", {"people_table", "people_view", "people_incremental"}),
]


@pytest.mark.parametrize(
    ("select", "expected"), SELECTED, ids=lambda value: str(sorted(value) if isinstance(value, set) else value)[:40]
)
def test_select(project: Any, drifted: Any, select: Any, expected: set[str]) -> None:
    run = operation(project, "plan", select=select, output="json")
    assert run.success, run.text
    assert {change["node"].split(".")[-1] for change in document(run)["changes"]} == expected


BAD = [
    ({"select": "people_tabel"}, "nothing-selected", "Did you mean people_table?"),
    ({"select": "+people_table"}, "unknown-selector", "dbt ls"),
    ({"select": "people_table+"}, "unknown-selector", "dbt ls"),
    ({"select": "2+people_table"}, "unknown-selector", "dbt ls"),
    ({"select": "state:modified"}, "unknown-selector", "resource_type"),
    ({"select": "tga:x"}, "unknown-selector", "Did you mean tag?"),
    ({"select": "tag:none_has_this"}, "nothing-selected", "matches nothing"),
    ({"select": []}, "nothing-selected", "matches nothing"),
    ({"select": {"a": 1}}, "not-a-list", "argument select"),
    ({"select": "*", "exclude": "*"}, "nothing-selected", "exclude less"),
    ({"select": "*", "output": "yaml"}, "unknown-output", "text, json"),
    ({}, "no-select", "{select:"),
]


@pytest.mark.parametrize(("arguments", "code", "said"), BAD, ids=lambda value: str(value)[:40])
def test_a_selection_that_is_not_understood_changes_nothing(
    project: Any, drifted: Any, arguments: Any, code: str, said: str
) -> None:
    run = operation(project, "apply_to", **arguments)
    assert not run.success
    assert f"[{code}]" in run.text
    assert said in run.text
    assert run.governance == []
    assert "Traceback" not in run.text


def test_all_errors_of_a_selection_come_at_once(project: Any, drifted: Any) -> None:
    run = operation(project, "apply_to", select=["people_tabel", "+x", "people_table"], output="xml")
    assert "3 errors" in run.text


def test_apply_to_what_is_not_there_changes_nothing(project: Any, drifted: Any) -> None:
    run = operation(project, "apply_to", select="*")
    assert not run.success
    assert "[relation-not-found]" in run.text
    assert run.governance == []


def test_a_dry_run_prints_and_sends_nothing(project: Any, drifted: Any) -> None:
    run = operation(project, "apply_to", select="people_table", dry_run=True)
    assert run.success, run.text
    assert run.governance == []
    assert "Planned 2 changes" in run.output


def test_apply_to_repairs_what_it_names_and_nothing_else(project: Any, drifted: Any) -> None:
    planned = document(operation(project, "plan", select="people_table", output="json"))["changes"]
    run = operation(project, "apply_to", select="people_table")
    assert run.success, run.text
    assert run.governance == [" ".join(change["sql"].split()) for change in planned]
    assert "Governed 1 relation with 2 changes." in run.output
    assert operation(project, "verify", select="people_table").success
    assert not operation(project, "verify", select="people_snapshot").success


def test_apply_to_everything_that_exists(project: Any, drifted: Any) -> None:
    run = operation(project, "apply_to", select="*", exclude="people_view")
    assert run.success, run.text
    assert "with 2 changes." in run.output
    assert operation(project, "verify", exclude="people_view").success


def test_a_build_heals_the_rest(project: Any, drifted: Any) -> None:
    assert project.dbt("build").success
    assert operation(project, "verify").success


def test_a_mask_that_no_longer_fits_is_found_though_every_tag_is_there(
    project: Any, drifted: Any, account: Any
) -> None:
    """The tags are as declared, and the tag lost its policy: neither converged nor verified (M32)."""
    account.run(
        "alter tag snowmesh_it.governance.pii_data unset masking policy snowmesh_it.governance.pii_mask_string",
        role="ACCOUNTADMIN",
    )
    run = operation(project, "verify", select="people_table", output="json")
    account.run(
        "alter tag snowmesh_it.governance.pii_data set masking policy snowmesh_it.governance.pii_mask_string",
        role="ACCOUNTADMIN",
    )
    assert not run.success
    assert {(f["kind"], f["column"], f["live"]) for f in document(run)["findings"] if f["node"]} == {
        ("different", "NAME", "not masked"),
        ("different", "EMAIL", "not masked"),
    }


COMMANDS = [
    ("parse", "--no-partial-parse"),
    ("compile",),
    ("list",),
    ("docs", "generate"),
    ("show", "--inline", "select 1 as id"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_commands_that_build_nothing_send_no_governance(project: Any, built: Any, command: tuple[str, ...]) -> None:
    """Point 8 (scenario 13)."""
    run = project.dbt(*command)
    assert run.success, run.text
    assert run.governance == []
    assert looks(run) == []
