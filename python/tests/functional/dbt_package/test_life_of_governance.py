"""create -> change -> remove, and a second run changes nothing: real dbt, real connector, every materialization.

The tests of this module tell one story in their order: each stage builds on the one before.
"""

from __future__ import annotations

from typing import Any

import pytest

PERSISTENT = ("raw_people", "people_incremental", "people_snapshot")
HOOK = "snowmesh_integration_tests-on-run-start-0"
NAMES = {
    "raw_people": "name",
    "people_table": "name",
    "people_view": "name",
    "people_incremental": "name",
    "people_snapshot": "name",
    "quoted_columns": '"First Name"',
}


def leaks(read: Any, masked: str = "****") -> list[str]:
    """Relations in which a role reads another name than the declared one."""
    expected = {"IT_PII_READER": "Ada Lovelace", "IT_ANALYST": masked}
    return [
        f"{role} reads {found} in {relation}"
        for relation, column in NAMES.items()
        for role, value in expected.items()
        if (found := read(role, f"select distinct {column} from {relation} where id = 1")) != [(value,)]
    ]


def tags_of(read: Any, relation: str) -> set[tuple[Any, ...]]:
    """(column or None, tag, value) of every tag set on a relation and its columns (T35, T37)."""
    name = f"'snowmesh_it.people.{relation}'"
    schema = "snowmesh_it.information_schema"
    columns = (
        f"select column_name, tag_name, tag_value from table({schema}.tag_references_all_columns({name}, 'table'))"
    )
    own = f"select null, tag_name, tag_value from table({schema}.tag_references({name}, 'table'))"
    rows = read("IT_BUILDER", f"{columns} where level = 'COLUMN' union all {own} where level = 'TABLE'")
    return {tuple(row) for row in rows}


@pytest.fixture(scope="module")
def created(project: Any, account: Any) -> Any:
    return project.dbt("build")


def test_everything_is_built(created: Any) -> None:
    assert created.success, created.text


def test_every_relation_is_masked_for_who_may_not_see(created: Any, read: Any) -> None:
    """Tag-based masks (M33) and direct ones (M34), on tables, views, seeds, snapshots and quoted columns."""
    assert leaks(read) == []
    assert read("IT_ANALYST", "select salary from people_table where id = 1") == [(0,)]
    assert read("IT_PII_READER", "select salary from people_table where id = 1") == [(100,)]
    assert "not exist or not authorized" in read("IT_OUTSIDER", "select name from people_table")


def test_a_conditional_mask_decides_by_another_column(created: Any, read: Any) -> None:
    """USING names the masked column first (M18); quoted and reserved names are ordinary."""
    query = "select id, {} from {} order by id"
    expected = [(1, "ada@example.com"), (2, "abroad")]
    assert read("IT_ANALYST", query.format("email", "people_incremental")) == expected
    assert read("IT_ANALYST", query.format('"select"', "quoted_columns")) == expected


def test_values_arrive_exactly(created: Any, read: Any) -> None:
    assert tags_of(read, "people_table") == {
        ("NAME", "PII_DATA", "name"),
        ("NAME", "NOTE", 'O\'Brien \\ said; 100% $$ -- "no"'),
        ("EMAIL", "PII_DATA", "email"),
        ("COUNTRY", "NOTE", "it's a country"),
        (None, "DATA_PRODUCT", "people"),
    }
    assert (None, "NOTE", "it's quoted") in tags_of(read, "quoted_columns")


def test_null_stops_what_a_folder_gives(created: Any, read: Any) -> None:
    assert tags_of(read, "people_view") == {("NAME", "PII_DATA", "name"), (None, "NOTE", "view")}
    assert tags_of(read, "ungoverned") == set()


def test_governance_is_in_the_create(created: Any) -> None:
    """With the dispatch line (M19, M20, T15): no row is ever there without it, and nothing is altered afterwards."""
    for relation in NAMES:
        sent = created.of(relation)
        creates = [sql for sql in sent if sql.startswith("create")]
        assert len(creates) == 1
        assert " with tag (" in creates[0] or " with masking policy " in creates[0]
        assert [sql for sql in sent if sql.startswith("alter")] == [], relation


def test_few_statements(created: Any) -> None:
    """Before the CREATE: a query without rows and its description. A seed knows its columns. After it: nothing."""
    for relation in NAMES:
        sent = created.of(relation)
        looks = [sql for sql in sent if sql.startswith(("show", "desc")) or "information_schema" in sql]
        empty = [sql for sql in sent if sql.endswith("where false limit 0")]
        expected = {"raw_people": ([], 0), "people_snapshot": (["describe result"], 1 + 2)}  # dbt's own 2 (snapshots)
        found = ([" ".join(sql.split()[:2]) for sql in looks], len(empty))
        assert found == expected.get(relation, (["describe result"], 1)), relation


def test_a_model_without_governance_costs_nothing(created: Any) -> None:
    """The control (scenario 26)."""
    assert [sql.split()[0] for sql in created.of("ungoverned")] == ["create", "grant", "grant"]


@pytest.fixture(scope="module")
def again(project: Any, created: Any) -> Any:
    return project.dbt("build")


def test_a_second_run_changes_nothing(again: Any, read: Any) -> None:
    assert again.success, again.text
    for node in (*PERSISTENT, HOOK):
        assert [sql for sql in again.of(node) if sql.startswith(("alter", "grant", "create tag", "create mask"))] == []
    assert any("show masking policies" in sql for _, sql in again.statements), "the hook did not run"
    assert leaks(read) == []


def test_a_converged_project_has_an_empty_plan(project: Any, again: Any) -> None:
    run = project.dbt("run-operation", "snowmesh.plan")
    assert run.success, run.text
    assert run.output.strip() == "No changes."


CHANGES = (
    ("allowed_values: [name, email]", "allowed_values: [name, email, phone]"),
    ("masked: \"'****'\"", "masked: \"'####'\""),
)


@pytest.fixture(scope="module")
def planned(project: Any, again: Any) -> Any:
    project.change("dbt_project.yml", *CHANGES)
    text = (project.path / "models" / "models.yml").read_text(encoding="utf-8")
    start = text.index("  - name: people_incremental")
    block = """\
  - name: people_incremental
    config: {meta: {snowmesh: {tags: {data_product: changed}}}}
    columns:
      - name: name
        config: {meta: {snowmesh: {tags: {pii_data: name, note: new}}}}
      - name: email
        config: {meta: {snowmesh: {masking_policy: pii_mask_string}}}

"""
    project.write("models/models.yml", text[:start] + block + text[text.index("  - name: quoted_columns") :])
    return project.dbt("run-operation", "snowmesh.plan")


def test_a_plan_prints_and_sends_nothing(planned: Any) -> None:
    assert planned.success, planned.text
    assert planned.governance == []
    assert "Planned 6 changes (0 to create, 2 to alter, 3 to set, 1 to unset)." in planned.output


def test_a_dry_run_prints_and_sends_nothing(project: Any, planned: Any) -> None:
    run = project.dbt("run-operation", "snowmesh.create_policies", "--args", "{dry_run: true}")
    assert run.success, run.text
    assert run.governance == []
    assert "set allowed_values 'name', 'email', 'phone'" in run.output
    assert "Planned 2 changes" in run.output


@pytest.fixture(scope="module")
def changed(project: Any, planned: Any) -> Any:
    return project.dbt("build")


def test_a_change_sends_only_the_difference(changed: Any, planned: Any) -> None:
    """What runs is what was planned. A mask is replaced in one step with FORCE (M17), never unset and set; one that goes, goes
    last, when a tag may mask in its place."""
    assert changed.success, changed.text
    hook = [sql for sql in changed.of(HOOK) if sql.startswith(("alter", "create"))]
    assert [" ".join(sql.split()[:2]) for sql in hook] == ["alter masking", "alter tag"]
    own = [sql for sql in changed.of("people_incremental") if sql.startswith("alter")]
    assert [sql.partition("people_incremental ")[2].replace('"SNOWMESH_IT"."GOVERNANCE".', "") for sql in own] == [
        'modify column "EMAIL" set masking policy "PII_MASK_STRING" force',
        'modify column "NAME" set tag "NOTE" = \'new\'',
        "set tag \"DATA_PRODUCT\" = 'changed'",
        'modify column "SALARY" unset masking policy',
    ]
    printed = " ".join(planned.output.split())
    assert all(sql in printed for sql in own + hook)


def test_a_change_is_seen_by_the_next_query(changed: Any, read: Any) -> None:
    """SET BODY takes effect at once, everywhere the policy is attached (M10)."""
    assert leaks(read, masked="####") == []
    assert read("IT_ANALYST", "select email, salary from people_incremental where id = 1") == [("####", 100)]


def test_a_changed_project_converges(project: Any, changed: Any) -> None:
    assert project.dbt("run-operation", "snowmesh.plan").output.strip() == "No changes."


@pytest.fixture(scope="module")
def removed(project: Any, changed: Any, account: Any) -> Any:
    """Somebody else tags our tables; then all governance goes from the project's YAML."""
    for statement in (
        "create or replace schema snowmesh_it.others",
        "create tag snowmesh_it.others.theirs",
        "alter table snowmesh_it.people.people_incremental set tag snowmesh_it.others.theirs = 'kept'",
        "alter table snowmesh_it.people.people_incremental modify column country set tag snowmesh_it.others.theirs = 'kept'",
    ):
        account.run(statement, role="ACCOUNTADMIN")
    config = project.config()
    config["models"].pop("+meta")
    project.configure(models=config["models"])
    for file in ("models/models.yml", "seeds/seeds.yml"):
        (project.path / file).unlink()
    project.write(
        "snapshots/snapshots.yml",
        "snapshots: [{name: people_snapshot, relation: ref('raw_people'),"
        " config: {unique_key: id, strategy: check, check_cols: [salary]}}]",
    )
    return project.dbt("build")


def test_what_is_no_longer_declared_is_unset(removed: Any, read: Any) -> None:
    """Also on relations that declare nothing any more (scenario 36)."""
    assert removed.success, removed.text
    for relation in PERSISTENT:
        assert [sql for sql in removed.of(relation) if " unset " in sql], relation
        ours = {tag for tag in tags_of(read, relation) if tag[1] != "THEIRS"}
        assert ours == set()
        assert read("IT_ANALYST", f"select distinct email from {relation} where id = 1") == [("ada@example.com",)]


def test_what_others_set_is_left_alone(removed: Any, read: Any) -> None:
    assert tags_of(read, "people_incremental") == {("COUNTRY", "THEIRS", "kept"), (None, "THEIRS", "kept")}


def test_what_others_set_is_reported(project: Any, removed: Any) -> None:
    run = project.dbt("run-operation", "snowmesh.plan")
    assert 'tag "SNOWMESH_IT"."OTHERS"."THEIRS" on column COUNTRY' in run.output
    assert "No changes." in run.output


def test_the_check_sees_clear_values(removed: Any, read: Any) -> None:
    """The control of `leaks`: with governance gone it reports every relation that the analyst reads."""
    assert len([leak for leak in leaks(read) if leak.startswith("IT_ANALYST")]) == len(NAMES)
