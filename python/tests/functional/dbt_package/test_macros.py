"""The package's macros as files and as functions: names, documentation, what they render and decide. No connection."""

from __future__ import annotations

import json
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[4]
FILES = sorted((ROOT / "macros").rglob("*.sql"))
MACRO = re.compile(r"{%-?\s*(macro|test)\s+(\w+)\((.*?)\)\s*-?%}", re.DOTALL)
EXPECTED = Path(__file__).with_name("expected")


def macros(files: list[Path]) -> list[tuple[Path, str, list[str]]]:
    """Every macro of some files: file, name, argument names."""
    return [
        (file, "test_" * (found[1] == "test") + found[2], re.findall(r"(\w+)(?:=[^,]*)?(?:,|$)", found[3]))
        for file in files
        for found in MACRO.finditer(file.read_text(encoding="utf-8"))
    ]


OURS = macros(FILES)
REPLACED = {
    "snowflake__alter_relation_add_remove_columns",
    "snowflake__create_or_replace_clone",
    "snowflake__create_table_as",
    "snowflake__create_view_as",
    "snowflake__get_create_sql",
    "snowflake__get_replace_sql",
    "snowflake__resolve_incremental_tmp_relation",
}


def dbt_files() -> list[Path]:
    found = find_spec("dbt.include")
    assert found is not None
    folders = found.submodule_search_locations or []
    return [file for folder in folders for file in Path(folder).rglob("*.sql")]


def test_no_name_of_ours_is_a_name_of_dbt() -> None:
    """A package macro named like one that an adapter calls replaces it in every project (style.md 6.10). Those that are
    meant to be replaced are reached by dispatch: without that line ours are not called (test_post_hook_only.py)."""
    theirs = {name for _, name, _ in macros(dbt_files())}
    assert {"apply_grants", "default__apply_grants", "snowflake__create_view_as"} <= theirs, (
        "dbt's macros were not found"
    )
    assert {name for _, name, _ in OURS} & theirs == REPLACED


def test_no_name_of_ours_is_a_name_of_a_common_package() -> None:
    """dbt finds a macro by its bare name in the root project and in dbt only, but run-operation, dispatch and people do not
    look so closely. Implementations of dispatch (default__, snowflake__) meet on purpose."""
    lines = (EXPECTED / "macros_of_packages.txt").read_text(encoding="utf-8").splitlines()
    theirs = {line for line in lines if line and line[0] not in "#["}
    assert {
        "star",
        "test_expect_column_to_exist",
        "create_tags",
        "create_masking_policy",
        "generate_base_model",
    } <= theirs
    assert len([line for line in lines if line.startswith("[")]) == 8
    ours = {name for _, name, _ in OURS if not name.startswith(("snowflake__", "default__"))}
    assert ours & theirs == set()


def test_the_package_asks_for_no_hook_and_leaves_the_query_tag() -> None:
    """Nothing runs unasked: no hooks, models or defaults in its dbt_project.yml (point 9)."""
    project = yaml.safe_load((ROOT / "dbt_project.yml").read_text(encoding="utf-8"))
    assert {
        key for key in project if key.startswith("on-run") or key in ("dispatch", "vars", "models", "flags")
    } == set()
    text = "".join(file.read_text(encoding="utf-8") for file in FILES)
    assert "query_tag" not in text


def test_a_public_macro_stands_in_a_file_of_its_name() -> None:
    for file, name, _ in OURS:
        if file.parent.name == "_internal":
            assert name.startswith("_"), f"{name} in {file.name} is not private"
        else:
            assert name.removeprefix("default__").removeprefix("test_") == file.stem, f"{name} in {file.name}"


def test_own_macros_are_called_with_the_namespace() -> None:
    ours = "|".join(name for _, name, _ in OURS if not name.startswith(("snowflake__", "default__", "test_")))
    call = re.compile(rf"(?<![\w.])(?:{ours})\(")
    for file in FILES:
        for line in file.read_text(encoding="utf-8").splitlines():
            assert "macro " in line or "{#" in line or not call.search(line), f"{file.name}: {line}"


def test_every_macro_is_documented_next_to_it_with_its_arguments() -> None:
    documented = {
        (file.parent, macro["name"]): macro
        for file in (ROOT / "macros").rglob("*.yml")
        for macro in yaml.safe_load(file.read_text(encoding="utf-8"))["macros"]
    }
    for file, name, arguments in OURS:
        macro = documented.pop((file.parent, name), None)
        assert macro is not None, f"{name} is not documented"
        assert macro["description"].strip(), f"{name} has no description"
        assert [a["name"] for a in macro.get("arguments", [])] == arguments, f"arguments of {name}"
        if not name.startswith("_"):
            assert all(a.get("description") for a in macro.get("arguments", [])), f"arguments of {name}"
    assert not documented, f"documented and not there: {sorted(name for _, name in documented)}"


def test_every_error_has_a_troubleshooting_entry() -> None:
    text = "".join(file.read_text(encoding="utf-8") for file in FILES)
    raised = set(re.findall(r"_error\(\s*'([\w-]+)'", text))
    page = (ROOT / "docs" / "troubleshooting" / "dbt-package.md").read_text(encoding="utf-8")
    assert len(raised) > 20
    assert raised == set(re.findall(r"^### ([\w-]+)$", page, re.MULTILINE))


def test_every_macro_that_users_call_is_in_the_reference() -> None:
    page = (ROOT / "docs" / "dbt-package.md").read_text(encoding="utf-8")
    for name in ("apply", "create_policies", "plan", "get_masking_policy_body_sql"):
        assert f"snowmesh.{name}" in page


def test_parse_gives_no_warning(project: Any) -> None:
    """validate_macro_args is on in the integration project, so this checks names and types of all arguments too."""
    run = project.dbt("--warn-error", "parse", "--no-partial-parse")
    assert run.success, run.text


def test_what_is_declared_becomes_these_statements(project: Any) -> None:
    """Golden text. Few statements: all columns in one ALTER (T13, M15), masks before tags."""
    run = project.dbt("run-operation", "print_declared")
    assert run.success, run.text
    assert run.output.strip() == (EXPECTED / "declared.txt").read_text(encoding="utf-8").strip()


def test_many_tags_go_in_batches_of_a_hundred(project: Any) -> None:
    """T11: one ALTER carries at most 100 pairs of tag and column."""
    project.write("models/wide.sql", "select 1 as id")
    columns = [
        {"name": f"c{i}", "config": {"meta": {"snowmesh": {"tags": {"note": "n", "pii_data": "name"}}}}}
        for i in range(60)
    ]
    project.write("models/wide.yml", yaml.safe_dump({"models": [{"name": "wide", "columns": columns}]}))
    run = project.dbt("run-operation", "print_declared")
    (project.path / "models" / "wide.sql").unlink()
    (project.path / "models" / "wide.yml").unlink()
    wide = run.output.split("\nwide\n")[1]
    alters = [text.split(";")[0] for text in wide.split("alter view")[1:]]
    assert [text.count(" = ") for text in alters] == [100, 20, 1]


@pytest.fixture(scope="module")
def results(project: Any) -> dict[str, Any]:
    """Every call of this module in one dbt command."""
    keys = [json.dumps(call) for call, _ in CALLS]
    return dict(zip(keys, project.macros(*[call for call, _ in CALLS]), strict=True))


# as dbt hands them over: outermost folder first; a key that a model sets again keeps the place of the folder's
LAYERS: dict[str, Any] = {
    "snowmesh_project": {"tags": {"inner": "1", "kept": "1", "stopped": "1"}},
    "snowmesh": {"tags": {"stopped": None}},
    "snowmesh_folder": {"tags": {"inner": "2"}},
}
CALLS: list[tuple[tuple[str, dict[str, Any]], Any]] = [
    (("_stored_parts", {"text": "governance"}), ["GOVERNANCE"]),
    (("_stored_parts", {"text": 'db."My Schema"'}), ["DB", "My Schema"]),
    (("_stored_parts", {"text": 'a."b.c""d"'}), ["A", 'b.c"d']),
    (("_stored_parts", {"text": "two words"}), None),
    (("_stored_parts", {"text": "a..b"}), None),
    (("_stored_parts", {"text": "a; drop table b"}), None),
    (("_stored_parts", {"text": ""}), None),
    (("_stored_parts", {"text": None}), None),
    (("_stored", {"text": "a.b"}), None),
    (("_identifier", {"name": 'a"b'}), '"a""b"'),
    (("_display_all", {"parts": ["DB", "my schema"]}), 'DB."my schema"'),
    (("_string_literal", {"text": "O'Brien \\ ; $$ --"}), "'O''Brien \\\\ ; $$ --'"),
    (("_string_literal", {"text": ""}), "''"),
    (("_family", {"data_type": "decimal( 12, 2)"}), "NUMBER"),
    (("_family", {"data_type": "double  precision"}), "FLOAT"),
    (("_family", {"data_type": "string); drop table t; --"}), None),
    (("_family", {"data_type": None}), None),
    (("_nearest", {"word": "pii_dta", "candidates": ["note", "pii_data"]}), "pii_data"),
    (("_nearest", {"word": "quite_else", "candidates": ["note", "pii_data"]}), None),
    (("_nearest", {"word": "x", "candidates": []}), None),
    (("_merged", {"base": {"t": {"a": "1", "b": "2"}}, "over": {"t": {"a": None}}}), {"t": {"a": None, "b": "2"}}),
    (("_merged", {"base": {"t": {"a": "1"}}, "over": {"t": None}}), {"t": None}),
    (
        ("_block", {"owner": {"meta": LAYERS}, "where": "w", "errors": []}),
        {"tags": {"inner": "2", "kept": "1", "stopped": None}},
    ),
    (("_block", {"owner": {"meta": {**LAYERS, "snowmesh": None}}, "where": "w", "errors": []}), {}),
    (("_described_signature", {"text": '(VAL VARCHAR, "x" NUMBER(38,0))'}), ["VAL VARCHAR", "x NUMBER"]),
    (("_is_same_body", {"has": "\na\r\nb ", "wanted": "a\nb"}), True),
    (("_is_same_body", {"has": 'a\n/* {"app": "dbt"} */', "wanted": "a"}), True),
    (("_is_same_body", {"has": "a or true", "wanted": "a"}), False),
    (("_is_same_body", {"has": "a /* x */ or true", "wanted": "a"}), False),
    (("_stored_column", {"column": {"name": "First Name", "quote": True}}), "First Name"),
    (("_stored_column", {"column": {"name": "email"}}), "EMAIL"),
    (("_stored_column", {"column": {"name": '"eMail"'}}), "eMail"),
    (("_masked_expression", {"raw": None}), "null"),
    (("_masked_expression", {"raw": 0}), "0"),
    (("_masked_expression", {"raw": False}), "false"),
]


@pytest.mark.parametrize(("call", "expected"), CALLS, ids=lambda value: json.dumps(value)[:60])
def test_macro(results: dict[str, Any], call: tuple[str, dict[str, Any]], expected: Any) -> None:
    assert results[json.dumps(call)] == expected
