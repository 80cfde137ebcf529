"""The systems under test: this package, plain dbt post-hooks, and packages of others from checkouts given by path."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leaks.project import BUILDER_ROLE, DATABASE, GOVERNANCE, NAME, READER_ROLE, Files, Project

REPOSITORY = Path(__file__).resolve().parents[2]
MAY_SEE = f"is_role_in_session('{BUILDER_ROLE}') or is_role_in_session('{READER_ROLE}')"


@dataclass(frozen=True)
class System:
    """What a system adds to the project, and what its manual says to run before the first build."""

    name: str
    files: Files
    prepare: Callable[[Project], None] = lambda project: None


def policy(name: str, kind: str, masked: str) -> str:
    """A masking policy as one would write it by hand."""
    return (
        f"create masking policy if not exists {name} as (val {kind}) returns {kind} ->"
        f" case when {MAY_SEE} then val else {masked} end"
    )


def snowmesh() -> System:
    """This package, as its manual says: definitions in vars, blocks in meta, the dispatch line."""
    exempt = [BUILDER_ROLE.lower(), READER_ROLE.lower()]
    definitions = {
        "schema": GOVERNANCE.lower(),
        "tags": {"pii": {"masking_policies": ["hide"]}},
        "masking_policies": {
            "hide": {"data_type": "string", "unmasked_for": exempt, "masked": "'****'"},
            "hide_number": {"data_type": "number", "unmasked_for": exempt, "masked": 0},
        },
    }
    project = {
        "vars": {"snowmesh": definitions},
        "on-run-start": "{{ snowmesh.create_policies() }}",
        "dispatch": [{"macro_namespace": "dbt", "search_order": [NAME, "snowmesh", "dbt"]}],
    }
    columns = {
        "name": {"config": {"meta": {"snowmesh": {"tags": {"pii": "name"}}}}},
        "n": {"config": {"meta": {"snowmesh": {"masking_policy": "hide_number"}}}},
    }
    files = Files(project, columns, {"snowmesh": REPOSITORY}, {})
    return System("snowmesh", files, lambda project: _run(project, "run-operation", "snowmesh.create_policies"))


def post_hooks() -> System:
    """No package: one ALTER for each masked column in a post-hook."""
    alter = (
        "alter {{ 'view' if model.config.materialized == 'view' else 'dynamic table' if"
        " model.config.materialized == 'dynamic_table' else 'table' }} {{ this }} modify column %s set masking policy"
        f" {DATABASE}.{GOVERNANCE}.%s force"
    )
    hooks = {"+post-hook": [alter % ("name", "hide"), alter % ("n", "hide_number")]}
    create = [
        policy(f"{DATABASE}.{GOVERNANCE}.hide", "string", "'****'"),
        policy(f"{DATABASE}.{GOVERNANCE}.hide_number", "number", "0"),
    ]
    project = {"models": hooks, "seeds": hooks, "snapshots": hooks, "on-run-start": create}
    return System("dbt post-hooks", Files(project, {}, {}, {}))


def dbt_tags(checkout: Path) -> System:
    """infinitelambda/dbt-tags: tags on columns by post-hook, masks on the tags by run-operation."""
    hook = {"+post-hook": "{{ dbt_tags.apply_column_tags() }}"}
    variables = {
        "dbt_tags__database": DATABASE,
        "dbt_tags__schema": GOVERNANCE,
        "dbt_tags__opt_in_default_naming_config": False,
        "dbt_tags__resource_types": ["model", "snapshot", "seed"],
    }
    project = {"vars": variables, "models": hook, "seeds": hook, "snapshots": hook}
    columns = {"name": {"config": {"tags": ["hide"]}}, "n": {"config": {"tags": ["hide_number"]}}}
    macros = {
        f"create_masking_policy__{name}": f"{{% macro create_masking_policy__{name}(ns) %}}"
        f"{policy('{{ ns }}.' + name, kind, masked)};{{% endmacro %}}"
        for name, kind, masked in (("hide", "string", "'****'"), ("hide_number", "number", "0"))
    }

    def prepare(target: Project) -> None:
        for operation in ("create_tags", "create_masking_policies", "apply_mps_to_tags"):
            _run(target, "run-operation", f"dbt_tags.{operation}")

    return System("dbt-tags", Files(project, columns, {"dbt_tags": checkout}, macros), prepare)


def dbt_snow_mask(checkout: Path, stand_in: Path) -> System:
    """entechlog/dbt-snow-mask: masks on columns by post-hook. Of dbt_utils it needs one macro, which stands in."""
    hook = {"+post-hook": "{{ dbt_snow_mask.apply_masking_policy('models') }}"}
    variables: dict[str, Any] = {
        "use_common_masking_policy_db": "True",
        "common_masking_policy_db": DATABASE,
        "common_masking_policy_schema": GOVERNANCE,
        "create_masking_policy_schema": "False",
        "use_force_applying_masking_policy": "True",
    }
    project = {
        "vars": variables,
        "models": hook,
        "seeds": hook,
        "snapshots": {"+post-hook": "{{ dbt_snow_mask.apply_masking_policy('snapshots') }}"},
        "on-run-start": "{{ dbt_snow_mask.create_masking_policy('models') }}",
    }
    columns = {
        "name": {"config": {"meta": {"masking_policy": "hide"}}},
        "n": {"config": {"meta": {"masking_policy": "hide_number"}}},
    }
    macros = {
        f"create_masking_policy_{name}": f"{{% macro create_masking_policy_{name}(node_database, node_schema) %}}"
        f"{policy('{{ node_database }}.{{ node_schema }}.' + name, kind, masked)}{{% endmacro %}}"
        for name, kind, masked in (("hide", "string", "'****'"), ("hide_number", "number", "0"))
    }
    write_dbt_utils(stand_in)
    files = Files(project, columns, {"dbt_snow_mask": checkout, "dbt_utils": stand_in}, macros)
    return System("dbt-snow-mask", files)


def write_dbt_utils(path: Path) -> None:
    """The one macro of dbt_utils that dbt-snow-mask calls: a query's result as {COLUMN: values}.

    Its one query asks SHOW MASKING POLICIES for columns by position, which the local Snowflake takes by name only.
    """
    (path / "macros").mkdir(parents=True)
    (path / "dbt_project.yml").write_text("name: dbt_utils\nversion: 1.0.0\nconfig-version: 2\n")
    (path / "macros" / "get_query_results_as_dict.sql").write_text(
        "{% macro get_query_results_as_dict(query) %}{% set found = {} %}"
        """{% set named = query | replace('$2', '"name"') | replace('$3', '"database_name"') %}"""
        """{% set table = run_query(named | replace('$4', '"schema_name"')) %}"""
        "{% for column in table.columns %}{% do found.update({column.name | upper: column.values()}) %}{% endfor %}"
        "{{ return(found) }}{% endmacro %}"
    )


def _run(project: Project, *arguments: str) -> None:
    if said := project.dbt(*arguments):
        raise RuntimeError(f"dbt {' '.join(arguments)} failed: {said}")
