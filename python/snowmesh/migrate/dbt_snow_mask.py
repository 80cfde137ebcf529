"""What dbt-snow-mask reads: `masking_policy` and `mp_conditional_columns` in the meta of columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from snowmesh.migrate.found import Drop, Taken
from snowmesh.migrate.project import Owner, Project

_PLACES = (("meta",), ("config", "meta"))


def is_used(project: Project) -> bool:
    """Whether the project has dbt-snow-mask."""
    return any("snow_mask" in text or "snow-mask" in text for text in (project.packages, project.main.text))


def read(owner: Owner, project: Project) -> Taken:
    """The masking policy of a column."""
    if owner.column is None:
        return Taken()
    for path in _PLACES:
        meta = owner.entry if len(path) == 1 else owner.entry.get("config")
        meta = meta.get(path[-1]) if isinstance(meta, Mapping) else None
        if isinstance(meta, Mapping) and isinstance(meta.get("masking_policy"), str):
            return _taken(path, meta)
    return Taken()


def _taken(path: tuple[str, ...], meta: Mapping[str, Any]) -> Taken:
    name = str(meta["masking_policy"])
    using = [str(column) for column in meta.get("mp_conditional_columns") or []]
    policy: Any = {"name": name, "using": using} if using else name
    drops = [Drop(path, key) for key in ("masking_policy", "mp_conditional_columns") if key in meta]
    return Taken({"masking_policy": policy}, tuple(drops), masking_policies=(name,))


def schema(project: Project) -> str | None:
    """`database.schema` of the policies, when the project has one place for all of them."""
    name = project.variable("common_masking_policy_schema")
    if name and _is_true(project.variable("use_common_masking_policy_db")):
        return f"{project.variable('common_masking_policy_db')}.{name}"
    return str(name) if name and _is_true(project.variable("use_common_masking_policy_schema_only")) else None


def _is_true(value: Any) -> bool:
    return str(value).upper() in ("TRUE", "YES")
