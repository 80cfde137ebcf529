"""What would be built, in which order, and why or why not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from snowmesh.build.projects import Project
from snowmesh.errors import UserError

# what dbt writes anew each time, or counts for nobody's data
_VOLATILE = (
    "created_at",
    "build_path",
    "compiled_path",
    "compiled",
    "compiled_code",
    "extra_ctes",
    "unrendered_config",
)


@dataclass(frozen=True)
class Step:
    """One project of the mesh: `level` counts from 0, projects of one level do not depend on each other."""

    project: Project
    level: int
    is_built: bool
    reason: str


def plan_all(projects: Sequence[Project]) -> list[Step]:
    """Everything is built."""
    levels = _levels(projects)
    return [Step(project, levels[project.name], True, "everything is built") for project in projects]


def plan_changed(projects: Sequence[Project], base: Path, parse: Callable[[Project], None]) -> list[Step]:
    """What changed since the manifests in `base` is built; a consumer only when a product that it reads changed.

    `parse` lets dbt write the project's manifest as it is now. Raises UserError for a folder without manifests.
    """
    before = _manifests(base)
    if not before:
        raise UserError(
            f"The folder {base} has no dbt manifest.", "name the folder with the manifests of the last build."
        )
    levels = _levels(projects)
    changed: set[str] = set()
    steps = []
    for project in projects:
        parse(project)
        now = json.loads(project.manifest.read_bytes())
        reason = _reason(project, before.get(project.name), now, changed)
        changed |= _changed_nodes(before.get(project.name), now)
        steps.append(Step(project, levels[project.name], bool(reason), reason or "nothing that it reads changed"))
    return steps


def _reason(project: Project, before: Mapping[str, Any] | None, now: Mapping[str, Any], changed: set[str]) -> str:
    if before is None:
        return "it was not built before"
    own = sorted(name for name in _changed_nodes(before, now) if name.split(".")[1] == project.name)
    if own:
        return f"it changed: {_listed(name.split('.', 2)[2] for name in own)}"
    used = {up for node in now["nodes"].values() for up in (node.get("depends_on") or {}).get("nodes") or []}
    read = sorted(".".join(name.split(".")[1:]) for name in used & changed if name.split(".")[1] != project.name)
    return f"a product that it reads changed: {_listed(read)}" if read else ""


def _changed_nodes(before: Mapping[str, Any] | None, now: Mapping[str, Any]) -> set[str]:
    """The unique ids of what is new, gone or different: nodes, sources, macros and the project's own."""
    if before is None:
        return set(now["nodes"])
    found = set()
    for kind in ("nodes", "sources", "macros", "unit_tests", "functions"):
        old, new = before.get(kind) or {}, now.get(kind) or {}
        names = {name for name in {*old, *new} if _essence(old.get(name)) != _essence(new.get(name))}
        found |= (
            names
            if kind != "macros"
            else {name for name in names if name.split(".")[1] not in ("dbt", "dbt_snowflake")}
        )
    return found


def _essence(node: Mapping[str, Any] | None) -> Any:
    return None if node is None else {key: value for key, value in node.items() if key not in _VOLATILE}


def _levels(projects: Sequence[Project]) -> dict[str, int]:
    levels: dict[str, int] = {}
    for project in projects:
        levels[project.name] = max((levels[up] + 1 for up in project.reads if up in levels), default=0)
    return levels


def _manifests(folder: Path) -> dict[str, Mapping[str, Any]]:
    found = {}
    for path in sorted(folder.rglob("*.json")):
        try:
            document = json.loads(path.read_bytes())
            if "/manifest/" in document["metadata"]["dbt_schema_version"]:
                found[str(document["metadata"]["project_name"])] = document
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return found


def _listed(names: Iterable[str]) -> str:
    shown = list(names)
    return ", ".join(shown[:3]) + (f" and {len(shown) - 3} more" if len(shown) > 3 else "")
