"""The same masks declared five ways: without any, this package, dbt post-hooks by hand, dbt-tags and dbt-snow-mask.

The peers come from checkouts whose paths are given; what they create once (tags, policies) is created here beforehand,
so that only what a run costs is counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

REPOSITORY = Path(__file__).resolve().parents[1]
PLAIN, OURS, HOOKS, TAGS, MASK = "no governance", "snowmesh", "dbt post-hooks", "dbt-tags", "dbt-snow-mask"
POLICY = "text_mask"
TAG = "pii"
BODY = "case when is_role_in_session('ACCOUNTADMIN') then val else '****' end"

# dbt-snow-mask asks dbt_utils for one macro, with SHOW and a query of its result; the local Snowflake has no columns by
# position ($1), so this one sends SHOW and a query in place of the second, and makes the same result of the first
SHIM = """\
{% macro get_query_results_as_dict(query) %}
  {%- set rows = run_query(query.split(';')[0]) if execute else [] -%}
  {%- do run_query('select 1') if execute -%}
  {%- set names = [] -%}
  {%- for row in rows -%}
    {%- do names.append(row['database_name'] ~ '.' ~ row['schema_name'] ~ '.' ~ row['name']) -%}
  {%- endfor -%}
  {{ return({'MASKING_POLICY': names}) }}
{% endmacro %}
"""
SHOWN_POLICY = """\
{%% macro create_masking_policy_%s(database, schema) %%}
create masking policy if not exists {{ database }}.{{ schema }}.%s as (val string) returns string -> %s
{%% endmacro %%}
"""


@dataclass(frozen=True)
class Peer:
    """A system, and the checkout it needs (None: nothing)."""

    name: str
    checkout: Path | None = None

    def setup(self, database: str) -> list[str]:
        """Statements that make what the system expects to be there before a run."""
        if self.name in (PLAIN, OURS):
            return []
        policy = f"{database}.governance.{POLICY}"
        made = [f"create masking policy {policy} as (val string) returns string -> {BODY}"]
        if self.name == TAGS:
            tag = f"{database}.governance.{TAG}"
            made += [f"create tag {tag}", f"alter tag {tag} set masking policy {policy}"]
        return made

    def config(self, database: str) -> dict[str, Any]:
        """What goes into dbt_project.yml."""
        return _CONFIGS[self.name](database)

    def column(self, name: str) -> dict[str, Any]:
        """How a column says that it is masked."""
        declared: dict[str, Any] = {"name": name}
        if self.name == OURS:
            declared["config"] = {"meta": {"snowmesh": {"tags": {TAG: name}}}}
        elif self.name == TAGS:
            declared["config"] = {"tags": [f"{TAG}~{name}"]}
        elif self.name == MASK:
            declared["config"] = {"meta": {"masking_policy": POLICY}}
        return declared

    def post_hooks(self, database: str, columns: list[str]) -> list[str]:
        """Hooks of a model, as dbt's own documentation does it: one statement for a column."""
        if self.name != HOOKS:
            return []
        policy = f"{database}.governance.{POLICY}"
        return [f"alter table {{{{ this }}}} modify column {c} set masking policy {policy} force" for c in columns]

    def install(self, project: Path) -> None:
        """Packages as `dbt deps` leaves them for local ones: links."""
        packages: dict[str, dict[str, Path | None]] = {
            OURS: {"snowmesh": REPOSITORY},
            TAGS: {"dbt_tags": self.checkout},
            MASK: {"dbt_snow_mask": self.checkout},
        }
        chosen = dict(packages.get(self.name, {}))
        if self.name == MASK:
            shim = project.parent / "dbt_utils"
            (shim / "macros").mkdir(parents=True, exist_ok=True)
            (shim / "dbt_project.yml").write_text("{name: dbt_utils, config-version: 2}\n")
            (shim / "macros" / "dbt_utils.sql").write_text(SHIM)
            chosen["dbt_utils"] = shim
            (project / "macros").mkdir(exist_ok=True)
            (project / "macros" / "policy.sql").write_text(SHOWN_POLICY % (POLICY, POLICY, BODY))
        if chosen:
            listed = [{"local": str(path)} for path in chosen.values()]
            (project / "packages.yml").write_text(yaml.safe_dump({"packages": listed}))
            (project / "dbt_packages").mkdir()
        for name, path in chosen.items():
            (project / "dbt_packages" / name).symlink_to(Path(str(path)).resolve(), target_is_directory=True)


def peers(dbt_tags: Path | None, dbt_snow_mask: Path | None) -> tuple[list[Peer], list[str]]:
    """The systems that can be compared, and the names of those whose checkout was not given."""
    given = {TAGS: dbt_tags, MASK: dbt_snow_mask}
    found = [Peer(OURS), Peer(HOOKS), *(Peer(name, path) for name, path in given.items() if path is not None)]
    return found, [name for name, path in given.items() if path is None]


def _ours(database: str) -> dict[str, Any]:
    policies = {POLICY: {"data_type": "string", "unmasked_for": ["ACCOUNTADMIN"], "masked": "'****'"}}
    definitions = {
        "schema": f"{database}.governance",
        "tags": {TAG: {"masking_policies": [POLICY]}},
        "masking_policies": policies,
    }
    return {
        "vars": {"snowmesh": definitions},
        "on-run-start": "{{ snowmesh.create_policies() }}",
        "dispatch": [{"macro_namespace": "dbt", "search_order": ["bench", "snowmesh", "dbt"]}],
    }


def _tags(database: str) -> dict[str, Any]:
    settings = {
        "database": database,
        "schema": "governance",
        "opt_in_default_naming_config": False,
        "allowed_tags": [TAG],
    }
    return {
        "vars": {f"dbt_tags__{key}": value for key, value in settings.items()},
        "models": {"+post-hook": "{{ dbt_tags.apply_column_tags() }}"},
    }


def _mask(database: str) -> dict[str, Any]:
    settings = {
        "use_common_masking_policy_db": "True",
        "common_masking_policy_db": database,
        "common_masking_policy_schema": "governance",
        "create_masking_policy_schema": "False",
        "use_force_applying_masking_policy": "True",
    }
    return {
        "vars": settings,
        "models": {
            "+pre-hook": "{{ dbt_snow_mask.create_masking_policy('models') }}",
            "+post-hook": "{{ dbt_snow_mask.apply_masking_policy('models') }}",
        },
    }


_CONFIGS = {PLAIN: lambda _: {}, OURS: _ours, HOOKS: lambda _: {}, TAGS: _tags, MASK: _mask}
