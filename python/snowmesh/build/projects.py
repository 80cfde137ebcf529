"""The dbt projects below a folder, and which of them reads which."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

import yaml

from snowmesh.errors import UserError

_SKIPPED = frozenset({"dbt_packages", "dbt_modules", "node_modules", "site-packages", "target", "venv"})
_PROJECT_FILE = "dbt_project.yml"


@dataclass(frozen=True)
class Project:
    """A dbt project: `reads` are the projects of its dependencies.yml, in this mesh or elsewhere."""

    name: str
    path: Path
    target: Path
    reads: tuple[str, ...]

    @property
    def manifest(self) -> Path:
        """Where dbt writes the project's manifest."""
        return self.target / "manifest.json"


def find_projects(folder: Path) -> tuple[Project, ...]:
    """Every project below a folder, upstream first; those of one level by name.

    Raises UserError when there is none, when two have one name, or when they depend on each other in a circle.
    """
    found: dict[str, Project] = {}
    for path in sorted(_folders(folder)):
        project = _project(path)
        if project.name in found:
            what = f"Two dbt projects are called {project.name}: {found[project.name].path} and {path}."
            raise UserError(what, "name the folder that has only one of them.")
        found[project.name] = project
    if not found:
        raise UserError(
            f"There is no dbt project below {folder}.", "name the folder that holds the projects of the mesh."
        )
    return tuple(found[name] for name in _ordered(found))


def _ordered(found: Mapping[str, Project]) -> Iterator[str]:
    graph = {name: {up for up in project.reads if up in found} for name, project in found.items()}
    sorter = TopologicalSorter(graph)
    try:
        sorter.prepare()
    except CycleError as error:
        circle = " -> ".join(reversed(error.args[1]))
        what = f"The projects depend on each other in a circle: {circle}."
        raise UserError(what, "take one of them out of `projects:` of a dependencies.yml.") from None
    while sorter.is_active():
        level = sorted(sorter.get_ready())
        yield from level
        sorter.done(*level)


def _folders(folder: Path) -> Iterator[Path]:
    """The folders with a dbt_project.yml; what lies in a project belongs to it."""
    if (folder / _PROJECT_FILE).is_file():
        yield folder
        return
    try:
        children = sorted(entry.path for entry in os.scandir(folder) if entry.is_dir(follow_symlinks=False))
    except OSError as error:
        raise UserError(f"{folder} cannot be read: {error.strerror}.", "name the folder of the mesh.") from None
    for child in map(Path, children):
        if child.name[0] != "." and child.name not in _SKIPPED:
            yield from _folders(child)


def _project(path: Path) -> Project:
    document = _mapping(path / _PROJECT_FILE)
    configured = document.get("target-path")
    target = configured if isinstance(configured, str) and "{{" not in configured else "target"
    entries = _mapping(path / "dependencies.yml").get("projects") or []
    names = tuple(str(entry["name"]) for entry in entries if isinstance(entry, Mapping) and "name" in entry)
    return Project(str(document.get("name") or path.name), path, path / target, names)


def _mapping(path: Path) -> Mapping[str, Any]:
    """A YAML file as a mapping; empty when there is no file. Raises UserError."""
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UserError(f"{path} cannot be read: {' '.join(str(error).split())}.", "correct the file.") from None
    return document if isinstance(document, Mapping) else {}
