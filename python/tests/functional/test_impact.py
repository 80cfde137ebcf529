"""`snowmesh impact`: each change of a public product, as the real dbt writes it down, and whom it reaches."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from dbt.cli.main import dbtRunner
from dbt.deprecations import reset_deprecations

from snowmesh.cli import main
from snowmesh.impact.rules import KINDS

PROFILES = """
test:
  target: local
  outputs:
    local: {type: snowflake, account: local, user: u, password: p, database: db, schema: prod, threads: 1}
"""
CORE = """
groups:
  - {name: core, owner: {name: Core, email: core@example.com}}
  - {name: other, owner: {name: Other, email: other@example.com}}
models:
  - name: fct_orders
    description: Orders.
    access: public
    group: core
    config:
      contract: {enforced: true}
      grants: {select: [finance_role, sales_role]}
    columns:
      - {name: order_key, data_type: number, constraints: [{type: not_null}], data_tests: [unique]}
      - {name: amount, data_type: "number(38, 2)"}
      - {name: segment, data_type: varchar, config: {meta: {snowmesh: {tags: {pii: name}}}}}
      - {name: note, data_type: varchar}
  - name: dim_dates
    access: public
    latest_version: 1
    columns: [{name: day, data_type: date}, {name: week, data_type: number}]
    versions:
      - v: 1
      - {v: 2, columns: [{include: all, exclude: [week]}]}
"""
CORE_FILES = {
    "models/core.yml": CORE,
    "models/fct_orders.sql": "{{ config(materialized='table') }} select 1 as order_key, 2 as amount",
    "models/dim_dates_v1.sql": "select 1 as day, 2 as week",
    "models/dim_dates_v2.sql": "select 1 as day",
}
FINANCE_FILES = {
    "dependencies.yml": "projects: [{name: core}]\n",
    "models/finance.yml": "groups: [{name: fin, owner: {name: Fin, email: fin@example.com}}]\n"
    "models: [{name: revenue, group: fin}]\n",
    "models/revenue.sql": "select segment,\n  sum(amount) as amount\nfrom {{ ref('core', 'fct_orders') }}\ngroup by segment\n",
    "models/weeks.sql": "select d.week from {{ ref('core', 'dim_dates') }} as d",
    "models/pinned.sql": "select week from {{ ref('core', 'dim_dates', v=1) }}",
}


def write(folder: Path, name: str, files: dict[str, str]) -> Path:
    project = f"name: {name}\nprofile: test\nflags: {{send_anonymous_usage_stats: false}}\n"
    for file, text in {"dbt_project.yml": project, "profiles.yml": PROFILES, **files}.items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(text)
    return folder


def parse(folder: Path) -> Path:
    arguments = ("--project-dir", str(folder), "--profiles-dir", str(folder), "--quiet")
    found = dbtRunner().invoke(["parse", *arguments])
    reset_deprecations()  # dbt counts them over all runs of a process
    assert found.success, found.exception
    return folder / "target" / "manifest.json"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The mesh before the change, written by dbt: core, and finance that reads it."""
    folder = tmp_path_factory.mktemp("base")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SNOWMESH_MANIFESTS", f"core={parse(write(folder / 'core', 'core', CORE_FILES))}")
        parse(write(folder / "finance", "finance", FINANCE_FILES))
    return folder


@pytest.fixture
def head(base: Path, tmp_path: Path) -> Path:
    """A copy that a test may change."""
    return Path(shutil.copytree(base, tmp_path / "head"))


def impact(base: Path, head: Path, *options: str) -> Result:
    return CliRunner().invoke(main, ["impact", "--base", str(base), "--head", str(head), *options])


def change(head: Path, *edits: tuple[str, str], file: str = "models/core.yml", **files: str) -> None:
    """Edit the upstream project and let dbt parse it."""
    path = head / "core" / file
    text = path.read_text()
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new)
    path.write_text(text)
    parse(head / "core")


# what is changed, the kind and column of the finding, its severity, the models that it reaches
CASES: dict[str, tuple[list[tuple[str, str]], str, str, str, list[str]]] = {
    "drop a column that is read": ([("      - {name: amount, data_type: \"number(38, 2)\"}\n", "")], "column-removed", "AMOUNT", "breaking", ["revenue"]),
    "drop a column that nobody reads": ([("      - {name: note, data_type: varchar}\n", "")], "column-removed", "NOTE", "risky", []),
    "rename a column": ([("name: segment", "name: market")], "column-removed", "SEGMENT", "breaking", ["revenue"]),
    "change a type": ([('data_type: "number(38, 2)"', "data_type: varchar")], "column-type-changed", "AMOUNT", "breaking", ["revenue"]),
    "change a precision": ([('"number(38, 2)"', '"number(10, 0)"')], "column-precision-changed", "AMOUNT", "risky", ["revenue"]),
    "drop a constraint": ([("constraints: [{type: not_null}], ", "")], "column-promise-removed", "ORDER_KEY", "risky", []),
    "drop a test": ([(", data_tests: [unique]", "")], "column-promise-removed", "ORDER_KEY", "risky", []),
    "contract off": ([("contract: {enforced: true}", "contract: {enforced: false}")], "contract-removed", "", "risky", ["revenue"]),
    "public to protected": ([("    access: public\n    group", "    access: protected\n    group")], "access-lowered", "", "breaking", ["revenue"]),
    "public to private": ([("    access: public\n    group", "    access: private\n    group")], "access-lowered", "", "breaking", ["revenue"]),
    "another alias": ([("      grants:", "      alias: orders\n      grants:")], "relation-moved", "", "breaking", ["revenue"]),
    "another schema": ([("      grants:", "      schema: x\n      grants:")], "relation-moved", "", "breaking", ["revenue"]),
    "another database": ([("      grants:", "      database: x\n      grants:")], "relation-moved", "", "breaking", ["revenue"]),
    "a grant less": ([("[finance_role, sales_role]", "[sales_role]")], "grant-removed", "", "risky", ["revenue"]),
    "a grant more": ([("[finance_role, sales_role]", "[finance_role, sales_role, x]")], "grant-added", "", "safe", []),
    "another group": ([("    group: core", "    group: other")], "group-changed", "", "safe", []),
    "a tag added": ([("{name: note, data_type: varchar}", "{name: note, config: {meta: {snowmesh: {tags: {pii: x}}}}}")], "column-protection-changed", "NOTE", "risky", []),
    "a mask changed": ([("tags: {pii: name}", "masking_policy: m")], "column-protection-changed", "SEGMENT", "breaking", ["revenue"]),
    "a mask removed": ([(", config: {meta: {snowmesh: {tags: {pii: name}}}}", "")], "column-unprotected", "SEGMENT", "risky", ["revenue"]),
    "a row filter": ([("      grants:", "      meta: {snowmesh: {row_access_policy: {name: p, columns: [note]}}}\n      grants:")], "row-access-changed", "", "breaking", ["revenue"]),
    "a deprecation date": ([("    description: Orders.", "    deprecation_date: 2099-01-01")], "deprecation-changed", "", "risky", ["revenue"]),
    "a column more": ([("      - {name: note,", "      - {name: more, data_type: number}\n      - {name: note,")], "column-added", "MORE", "safe", []),
    "another order": ([("      - {name: note, data_type: varchar}\n", ""), ("      - {name: order_key", "      - {name: note, data_type: varchar}\n      - {name: order_key")], "columns-reordered", "", "safe", []),
    "a description": ([("{name: note,", "{name: note, description: A note.,")], "column-description-changed", "NOTE", "safe", []),
    "another latest version": ([("latest_version: 1", "latest_version: 2")], "latest-version-changed", "", "risky", ["weeks"]),
    "the latest version lacks a column": ([("latest_version: 1", "latest_version: 2")], "column-removed", "WEEK", "breaking", ["weeks"]),
    "an owner": ([("name: Core, email: core@", "name: Core, email: new@")], "owner-changed", "", "safe", []),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_change_is_found_with_those_whom_it_reaches(base: Path, head: Path, case: str) -> None:
    edits, kind, column, severity, models = CASES[case]
    change(head, *edits)
    found = impact(base, head, "--output", "json")
    findings = json.loads(found.stdout)["findings"]
    hit = [f for f in findings if f["kind"] == kind and (f["column"] or "") == column]
    assert len(hit) == 1, findings
    assert hit[0]["severity"] == severity
    assert [reached["model"] for reached in hit[0]["reached"]] == models
    assert found.exit_code == (1 if any(f["severity"] == "breaking" for f in findings) else 0)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_is_one_of_the_cases(kind: str) -> None:
    tested = {case[1] for case in CASES.values()}
    below = {"product-removed", "version-removed", "product-versioned", "materialization-changed", "sql-changed"}
    elsewhere = {"access-raised", "contract-added", "tags-changed", "aggregation-changed", "promise-removed"}
    assert kind in tested | below | elsewhere


def test_nothing_changed(base: Path, head: Path) -> None:
    found = impact(base, head)
    assert found.exit_code == 0
    assert found.stdout == "No changes; 3 public products, 3 models of other projects read them.\n"


def only(found: Result, kind: str) -> dict[str, Any]:
    (finding,) = [f for f in json.loads(found.stdout)["findings"] if f["kind"] == kind]
    return dict(finding)


@pytest.mark.parametrize(
    ("kind", "edits", "renamed"),
    [
        ("product-removed", [("  - name: fct_orders", "  - name: fct_order")], "models/fct_order.sql"),
        ("product-versioned", [("    group: core\n", "    group: core\n    versions: [{v: 1}]\n")], "models/fct_orders_v1.sql"),
    ],
)  # fmt: skip
def test_a_product_under_another_name(base: Path, head: Path, kind: str, edits: Any, renamed: str) -> None:
    (head / "core" / "models" / "fct_orders.sql").rename(head / "core" / renamed)
    change(head, *edits)
    found = impact(base, head, "--output", "json")
    assert found.exit_code == 1
    assert [reached["model"] for reached in only(found, kind)["reached"]] == ["revenue"]


def test_a_version_that_goes_breaks_who_pins_it(base: Path, head: Path) -> None:
    (head / "core" / "models" / "dim_dates_v1.sql").unlink()
    change(head, ("latest_version: 1", "latest_version: 2"), ("      - v: 1\n", ""))
    reached = only(impact(base, head, "--output", "json"), "version-removed")["reached"]
    assert {(r["model"], r["pinned"]) for r in reached} == {("pinned", "1"), ("weeks", "")}


def test_a_product_is_built_in_another_way(base: Path, head: Path) -> None:
    change(head, ("materialized='table'", "materialized='view'"), file="models/fct_orders.sql")
    found = impact(base, head, "--output", "json")
    assert only(found, "materialization-changed")["after"] == "view"
    assert only(found, "sql-changed")["severity"] == "risky"
    assert found.exit_code == 0


def test_a_disabled_product_is_gone(base: Path, head: Path) -> None:
    change(head, ("materialized='table'", "enabled=false"), file="models/fct_orders.sql")
    assert only(impact(base, head, "--output", "json"), "product-removed")["severity"] == "breaking"


def test_a_star_reads_everything_and_unknown_sql_may(base: Path, head: Path) -> None:
    (head / "finance" / "models" / "revenue.sql").write_text("select * from {{ ref('core', 'fct_orders') }}")
    (head / "finance" / "models" / "odd.sql").write_text("{{ our_macro(ref('core', 'fct_orders')) }}")
    (head / "finance" / "macros").mkdir()
    (head / "finance" / "macros" / "m.sql").write_text("{% macro our_macro(r) %}select 1 from {{ r }}{% endmacro %}")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SNOWMESH_MANIFESTS", f"core={head / 'core' / 'target' / 'manifest.json'}")
        parse(head / "finance")
    change(head, ("      - {name: note, data_type: varchar}\n", ""))
    reached = only(impact(base, head, "--output", "json"), "column-removed")["reached"]
    why = {r["model"]: r["why"] for r in reached}
    assert why["revenue"] == "reads every column with *"
    assert why["odd"].startswith("may read everything: its SQL is not understood")


def test_compiled_sql_is_read_when_there_is_one(base: Path, head: Path) -> None:
    path = head / "finance" / "target" / "manifest.json"
    document = json.loads(path.read_text())
    node = document["nodes"]["model.finance.revenue"]
    node["compiled_code"] = "with o as (select * from db.prod.fct_orders) select note from o join other.s.t on a = b"
    path.write_text(json.dumps(document))
    change(head, ("      - {name: note, data_type: varchar}\n", ""))
    assert [r["model"] for r in only(impact(base, head, "--output", "json"), "column-removed")["reached"]] == [
        "revenue"
    ]


def test_people_pull_requests_and_scanners_read_it(base: Path, head: Path) -> None:
    change(head, ('      - {name: amount, data_type: "number(38, 2)"}\n', ""))
    text = impact(base, head).stdout
    assert "BREAKING\n  core.fct_orders, column AMOUNT: the column is gone" in text
    assert "finance.revenue reads AMOUNT (models/revenue.sql:2; owner fin@example.com)" in text
    markdown = impact(base, head, "--output", "markdown").stdout
    assert "| **breaking** | `core.fct_orders, column AMOUNT` |" in markdown
    sarif = json.loads(impact(base, head, "--output", "sarif").stdout)
    (result,) = sarif["runs"][0]["results"]
    assert result["level"] == "error"
    place = result["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("models/revenue.sql", 2)


@pytest.mark.parametrize("text", [None, "{}", "[]", "not json"])
def test_a_folder_without_manifests_is_one_error(base: Path, tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "manifest.json").write_text(text)
    found = impact(base, tmp_path)
    assert found.exit_code == 2
    assert "has no dbt manifest" in found.stderr
    assert "Next:" in found.stderr


def test_an_old_or_doubled_manifest_is_one_error(base: Path, head: Path) -> None:
    shutil.copy(head / "core" / "target" / "manifest.json", head / "again.json")
    found = impact(base, head)
    assert (found.exit_code, "two manifests of core" in found.stderr) == (2, True)
    (head / "again.json").unlink()
    path = head / "core" / "target" / "manifest.json"
    path.write_text(path.read_text().replace("manifest/v12.json", "manifest/v9.json"))
    found = impact(base, head)
    assert (found.exit_code, "has schema v9" in found.stderr) == (2, True)


def test_a_missing_extra_is_named(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "snowmesh.impact.reads", None)  # as when sqlglot is not there
    monkeypatch.setitem(sys.modules, "snowmesh.impact.run", None)
    monkeypatch.setattr("snowmesh.commands.base._OPTIONAL", ("snowmesh",))
    found = impact(base, base)
    assert found.exit_code == 2
    assert "which is not installed.\nNext: pip install 'snowmesh[projects]'" in found.stderr
