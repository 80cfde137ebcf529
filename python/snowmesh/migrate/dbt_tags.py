"""What dbt-tags reads: dbt's own `tags` of columns, as `tag` or `tag~value`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from snowmesh.migrate.found import Drop, Taken
from snowmesh.migrate.project import Owner, Project

_KINDS = {"models": "model", "snapshots": "snapshot", "sources": "source", "seeds": "seed"}
_PLACES = (("tags",), ("config", "tags"))


def is_used(project: Project) -> bool:
    """Whether the project has dbt-tags."""
    return "dbt_tags" in project.packages or "dbt-tags" in project.packages or "dbt_tags" in project.main.text


def read(owner: Owner, project: Project) -> Taken:
    """The tags of a column; without a value the tag's value is the column's name, as dbt-tags has it."""
    kinds = project.variable("dbt_tags__resource_types", ["model", "snapshot", "source"])
    if owner.column is None or _KINDS[owner.kind] not in [str(kind) for kind in kinds]:
        return Taken()
    separator = str(project.variable("dbt_tags__tag_name_separator", "~"))
    allowed = [str(tag) for tag in project.variable("dbt_tags__allowed_tags") or []]
    values: dict[str, str] = {}
    drops = []
    for path in _PLACES:
        for written in _texts(_at(owner.entry, path)):
            parts = written.split(separator)  # dbt-tags takes the second part and ignores the rest
            if not allowed or parts[0] in allowed:
                values[parts[0]] = parts[1] if len(parts) > 1 else owner.column
                drops.append(Drop(path, written))
    return Taken({"tags": values} if values else {}, tuple(drops), tags=tuple(values))


def masking_policies(tag: str, project: Project, known: Mapping[str, Any]) -> list[str]:
    """The policies that dbt-tags puts on a tag: one of the tag's name, or one for each declared type."""
    for entry in project.variable("dbt_tags__policy_data_types") or []:
        if isinstance(entry, Mapping) and tag in entry:
            return [f"{tag}_{data_type}" for data_type in entry[tag]]
    return [tag] if tag.lower() in known else []


def schema(project: Project) -> str | None:
    """`database.schema` of tags and policies, as far as it is declared."""
    parts = [project.variable("dbt_tags__database"), project.variable("dbt_tags__schema")]
    return ".".join(str(part) for part in parts if part) if parts[1] else None


def _at(entry: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    found: Any = entry
    for key in path:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def _texts(found: Any) -> list[str]:
    """dbt takes one tag, or a list of them."""
    if isinstance(found, str):
        return [str(found)]
    return [str(item) for item in found] if isinstance(found, list) else []
