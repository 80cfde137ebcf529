"""`snowmesh migrate`: the governance of dbt-tags, dbt-snow-mask and dbt-snowflake becomes a block that really masks."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from dbt.cli.main import dbtRunner

from snowmesh.cli import main

ROOT = Path(__file__).parents[3]
PROFILES = """
old:
  target: local
  outputs:
    local:
      type: snowflake
      account: local
      host: "{{ env_var('SNOWMESH_HOST', '127.0.0.1') }}"
      port: "{{ env_var('SNOWMESH_PORT') | as_number }}"
      protocol: http
      user: ADMIN
      password: local
      role: ACCOUNTADMIN
      database: OLD_DB
      warehouse: OLD_WH
      schema: prod
      threads: 1
"""
PROJECT = """
name: old
profile: old
flags: {send_anonymous_usage_stats: false}
on-run-start:
  - "{{ dbt_snow_mask.create_masking_policy('models') }}"
  - select 1  # ours
on-run-end: "{{ dbt_tags.apply_source_column_tags() }}"
vars:
  dbt_tags__database: old_db
  dbt_tags__schema: governance
  dbt_tags__allowed_tags: [pii_name, pii_any]
  dbt_tags__policy_data_types:
    - pii_any: [varchar, number]
  kept: 1
models:
  old:
    +materialized: table
    +post-hook:
      - >
        {% if flags.WHICH in ('run', 'build') %}
          {{ dbt_tags.apply_column_tags() }}
        {% endif %}
      - "{{ dbt_snow_mask.apply_masking_policy('models') }}"
    +table_tag: old_db.governance.layer = 'core'
"""
MODELS = """
models:
  # who is who
  - name: people
    config:
      tags: [nightly]
      table_tag: old_db.governance.owner = 'it''s HR'
    columns:
      - name: first_name
        description: "Given name"  # kept
        config: {tags: [pii_name, other]}
      - name: last_name
        tags: pii_any~the last name
      - name: email
        meta: {masking_policy: mp_email, mp_conditional_columns: [country], team: hr}
      - name: phone
        data_type: varchar
        constraints:
          - type: custom
            expression: "with masking policy old_db.governance.mp_phone"
          - type: not_null
      - name: country
"""
MACROS = """
{% macro create_masking_policy__pii_name(ns) -%}
  create masking policy if not exists {{ ns }}.pii_name as (v string) returns string ->
    case when is_role_in_session('OLD_READER') then v else 'v' || '!' end;
{%- endmacro %}
{% macro create_masking_policy__pii_any(ns) -%}
  create masking policy if not exists {{ ns }}.pii_any_varchar as (val string) returns string -> '**';
  create masking policy if not exists {{ ns }}.pii_any_number as (val number) returns number -> -1;
{%- endmacro %}
{% macro create_masking_policy_mp_email(node_database, node_schema, masked_column) %}
  CREATE MASKING POLICY IF NOT EXISTS {{node_database}}.{{node_schema}}.mp_email AS (
    {{masked_column}} string, country varchar(2)
  ) RETURNS string -> CASE WHEN country = 'NO' THEN {{masked_column}} ELSE 'abroad' END
{% endmacro %}
{% macro create_masking_policy_mp_phone(node_database, node_schema) %}
  create masking policy {{ node_database }}.{{ node_schema }}.mp_phone as (val string) returns string -> 'phone'
{% endmacro %}
"""
PEOPLE = "select 'Ada' as first_name, 'L' as last_name, 'a@b.c' as email, '1' as phone, 'SE' as country"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A project that uses all of them at once."""
    files = {
        "dbt_project.yml": PROJECT,
        "profiles.yml": PROFILES,
        "packages.yml": "packages: [{package: infinitelambda/dbt_tags}, {package: entechlog/dbt_snow_mask}]\n",
        "models/people.yml": MODELS,
        "models/people.sql": PEOPLE,
        "macros/policies.sql": MACROS,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text.lstrip(), encoding="utf-8")
    return tmp_path


def migrate(*arguments: Any) -> Result:
    return CliRunner().invoke(main, ["migrate", *map(str, arguments)])


def test_the_change_is_a_patch_and_nothing_is_written(old: Path) -> None:
    before = {file: file.read_bytes() for file in old.rglob("*") if file.is_file()}
    found = migrate(old)
    assert found.exit_code == 1, "packages.yml is left to a person"
    assert before == {file: file.read_bytes() for file in old.rglob("*") if file.is_file()}
    subprocess.run(["git", "apply", "-"], input=found.stdout.encode(), cwd=old, check=True)
    patched = {file: file.read_text() for file in old.rglob("*.yml")}
    for file, text in before.items():
        file.write_bytes(text)
    migrate(old, "--write")
    assert patched == {file: file.read_text() for file in old.rglob("*.yml")}


def test_what_was_said_is_said_as_a_block(old: Path) -> None:
    migrate(old, "--write")
    text = (old / "models" / "people.yml").read_text()
    model = yaml.safe_load(text)["models"][0]
    blocks = {c["name"]: c.get("config", {}).get("meta", {}).get("snowmesh") for c in model["columns"]}
    assert blocks == {
        "first_name": {"tags": {"pii_name": "first_name"}},
        "last_name": {"tags": {"pii_any": "the last name"}},
        "email": {"masking_policy": {"name": "mp_email", "using": ["country"]}},
        "phone": {"masking_policy": "mp_phone"},
        "country": None,
    }
    assert model["config"] == {"tags": ["nightly"], "meta": {"snowmesh": {"tags": {"owner": "it's HR"}}}}
    columns = {c["name"]: c for c in model["columns"]}
    assert columns["first_name"]["config"]["tags"] == ["other"]
    assert "tags" not in columns["last_name"]
    assert columns["email"]["meta"] == {"team": "hr"}
    assert columns["phone"]["constraints"] == [{"type": "not_null"}]
    assert "# who is who" in text
    assert "# kept" in text


def test_definitions_hooks_and_layers_are_written(old: Path) -> None:
    migrate(old, "--write")
    project = yaml.safe_load((old / "dbt_project.yml").read_text())
    found = project["vars"]["snowmesh"]
    assert found["schema"] == "old_db.governance"
    assert found["tags"] == {
        "pii_name": {"masking_policies": ["pii_name"]},
        "pii_any": {"masking_policies": ["pii_any_varchar", "pii_any_number"]},
        "owner": None,
        "layer": None,
    }
    assert found["masking_policies"]["pii_name"]["body"] == (
        "case when is_role_in_session('OLD_READER') then val else 'v' || '!' end"
    )
    assert found["masking_policies"]["mp_email"]["using"] == {"country": "varchar(2)"}
    assert [key for key in project["vars"] if key != "snowmesh"] == ["kept"]
    assert project["on-run-start"] == ["{{ snowmesh.create_policies() }}", "select 1"]
    assert "on-run-end" not in project
    assert project["models"]["old"]["+post-hook"] == "{{ snowmesh.apply() }}"
    assert project["models"]["old"]["+meta"] == {"snowmesh_old": {"tags": {"layer": "core"}}}
    assert "+table_tag" not in project["models"]["old"]
    assert project["dispatch"] == [{"macro_namespace": "dbt", "search_order": ["old", "snowmesh", "dbt"]}]


def test_a_second_migration_finds_nothing(old: Path) -> None:
    migrate(old, "--write")
    (old / "packages.yml").unlink()
    again = migrate(old)
    assert again.exit_code == 0
    assert again.stdout == ""
    assert "was found" in again.stderr


def test_a_migrated_project_masks(old: Path, local_snowflake: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    if local_snowflake.live:
        pytest.skip("the old project has a profile for the local Snowflake only")
    statements = ["create database old_db", "create schema old_db.governance", "create warehouse old_wh"]
    grants = ("usage on database old_db", "usage on schema old_db.prod", "usage on warehouse old_wh")
    account = "ACCOUNTADMIN"
    local_snowflake.run(
        *statements,
        "create schema old_db.prod",
        "create role old_analyst",
        "grant role old_analyst to role sysadmin",
        role=account,
    )
    migrate(old, "--write")
    (old / "dbt_packages").mkdir()
    (old / "dbt_packages" / "snowmesh").symlink_to(ROOT, target_is_directory=True)
    (old / "packages.yml").write_text("packages: [{local: dbt_packages/snowmesh}]\n")
    (old / "macros" / "policies.sql").unlink()
    monkeypatch.setenv("SNOWMESH_PORT", str(local_snowflake.port))
    try:
        built = dbtRunner().invoke(["build", "--project-dir", str(old), "--profiles-dir", str(old), "--quiet"])
        assert built.success, built.exception or built.result
        for grant in (*grants, "select on table old_db.prod.people"):
            local_snowflake.run(f"grant {grant} to role old_analyst", role=account)
        rows = local_snowflake.run("use warehouse old_wh", "select * from old_db.prod.people", role="OLD_ANALYST")
        assert [tuple(row) for row in rows] == [("v!", "**", "abroad", "phone", "SE")]
    finally:
        local_snowflake.run("drop database old_db", "drop role old_analyst", "drop warehouse old_wh", role=account)


def test_what_cannot_be_read_is_left_and_named(old: Path) -> None:
    (old / "models" / "people.yml").write_text(
        "models:\n"
        "  - name: people\n"
        "    config: {row_access_policy: old_db.governance.by_country on (country), table_tag: \"{{ var('t') }}\"}\n"
        "    columns:\n"
        "      - {name: email, meta: {masking_policy: mp_elsewhere}}\n"
    )
    (old / "macros" / "policies.sql").write_text(
        "{% macro create_masking_policy_mp_elsewhere(db, schema) %}{{ var('body') }}{% endmacro %}"
    )
    (old / "models" / "people.sql").write_text("{{ config(table_tag='t = 1') }} select 1 as country")
    found = migrate(old, "--output", "json")
    assert found.exit_code == 1
    notes = {note["where"]: note for note in json.loads(found.stdout)["notes"]}
    assert "models/people.yml:2: model people, table_tag" in notes
    assert "create_masking_policy" in notes["packages.yml"]["next_step"]
    assert "cannot be read" in notes["macros/policies.sql"]["what"]
    assert "until then snowmesh refuses" in notes["models/people.yml:5: model people, column email"]["next_step"]
    assert "table_tag" in notes["models/people.sql:1"]["what"]
    migrate(old, "--write")
    found_vars = yaml.safe_load((old / "dbt_project.yml").read_text())["vars"]["snowmesh"]
    assert found_vars["row_access_policies"] == {"by_country": {"columns": None, "body": None}}
    assert found_vars["masking_policies"] == {"mp_elsewhere": {"data_type": None, "body": None}}
    assert "{{ var('t') }}" in (old / "models" / "people.yml").read_text()


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("dbt_project.yml", None, "is no dbt project"),
        ("dbt_project.yml", "name: [", "cannot be read"),
        ("dbt_project.yml", "- a", "is not a mapping"),
        ("models/people.yml", "a: 1\na: 2\n", "cannot be read"),
        ("models/people.yml", "\x00", "cannot be read"),
    ],
)
def test_bad_files_are_one_error(old: Path, name: str, text: str | None, message: str) -> None:
    (old / name).unlink() if text is None else (old / name).write_text(text)
    found = migrate(old)
    assert found.exit_code == 2
    assert message in found.stderr
    assert "Next:" in found.stderr
    assert "Traceback" not in found.stderr


@pytest.mark.parametrize("text", ["", "models: []\n", "models: 3\n", "- 1\n", "models: [{columns: [{x: 1}, 2]}]\n"])
def test_files_without_governance_are_left_alone(old: Path, text: str) -> None:
    (old / "models" / "people.yml").write_text(text)
    found = migrate(old, "--output", "json")
    assert [file["name"] for file in json.loads(found.stdout)["files"]] == ["dbt_project.yml"]
