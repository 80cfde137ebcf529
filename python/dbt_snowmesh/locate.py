"""Where the manifest of an upstream project is: SNOWMESH_MANIFESTS, else the dbt project in the folders around."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from dbt_snowmesh.declaration import load_yaml
from dbt_snowmesh.problem import Problem, hint, listed

VARIABLE = "SNOWMESH_MANIFESTS"
_PROJECT_FILE = "dbt_project.yml"
_LEVELS_UP = 3
_SKIPPED = frozenset({"dbt_packages", "dbt_modules", "node_modules", "site-packages", "target", "venv"})


def locate(name: str, project_root: Path, environ: Mapping[str, str]) -> Path | Problem:
    """The manifest file of the project `name`, seen from the downstream project in `project_root`."""
    declared = parse_variable(environ.get(VARIABLE, ""))
    if isinstance(declared, Problem):
        return declared
    if name in declared:
        return _declared_manifest(name, project_root / declared[name])
    folder = find_project(name, project_root)
    return folder if isinstance(folder, Problem) else _built_manifest(name, folder, project_root)


def parse_variable(text: str) -> dict[str, str] | Problem:
    """`name=path` pairs, separated as in PATH: `core=../core/target/manifest.json:sales=/artifacts/sales.json`."""
    pairs = [entry.partition("=") for entry in text.split(os.pathsep) if entry.strip()]
    for name, equals, path in pairs:
        if not (name.strip() and equals and path.strip()):
            entry = f"{name}{equals}{path}"
            what = f"{VARIABLE}: '{entry}' is not of the form <project>=<path of its manifest.json>."
            return Problem(what, f"write <project>=<path>, several of them separated by '{os.pathsep}'.")
    return {name.strip(): path.strip() for name, _, path in pairs}


def _declared_manifest(name: str, path: Path) -> Path | Problem:
    if path.is_file():
        return path
    what = f"{VARIABLE} says that the manifest of project '{name}' is {path}, and there is no such file."
    return Problem(what, f"correct the path, or copy the manifest.json of '{name}' there.")


def _built_manifest(name: str, folder: Path, project_root: Path) -> Path | Problem:
    document = load_yaml(folder / _PROJECT_FILE)
    configured = document.get("target-path") if isinstance(document, Mapping) else None
    # A Jinja expression is not evaluated here: it then takes SNOWMESH_MANIFESTS to tell.
    target = configured if isinstance(configured, str) and "{{" not in configured else "target"
    path = folder / target / "manifest.json"
    if path.is_file():
        return path
    shown = os.path.relpath(folder, project_root)
    what = f"project '{name}' is in {shown}, and has no manifest yet: {target}/manifest.json is missing."
    next_step = f"build it: `cd {shown} && dbt deps && dbt parse`; or name another manifest in {VARIABLE}."
    return Problem(what, next_step)


def find_project(name: str, project_root: Path) -> Path | Problem:
    """The folder of the dbt project `name`: the nearest one in the folders around the downstream project."""
    seen: set[str] = set()
    for ancestor in _ancestors(project_root):
        named = {folder: _project_name(folder) for folder in _project_folders(ancestor) if folder != project_root}
        found = sorted(folder for folder, other in named.items() if other == name)
        if len(found) == 1:
            return found[0]
        if found:
            where = ", ".join(os.path.relpath(folder, project_root) for folder in found)
            return Problem(f"project '{name}' exists more than once: {where}.", f"name the right one in {VARIABLE}.")
        seen |= {other for other in named.values() if other}
    what = f"no dbt project named '{name}' was found in the folders around {project_root.name}."
    return Problem(
        f"{what}{hint(name, seen)} Found: {listed(seen)}.",
        f"put it beside this project, correct the name in dependencies.yml, or set {VARIABLE}={name}=<manifest.json>.",
    )


def _ancestors(project_root: Path) -> Iterator[Path]:
    for ancestor in list(project_root.parents)[:_LEVELS_UP]:
        # The root of the disk and the folder of all homes are nobody's workspace.
        if ancestor != ancestor.parent and ancestor not in Path.home().parents:
            yield ancestor


def _project_folders(ancestor: Path) -> Iterator[Path]:
    """The folders with a dbt_project.yml: the ancestor itself, its children and their children."""
    level = [ancestor]
    for depth in range(3):
        yield from (folder for folder in level if (folder / _PROJECT_FILE).is_file())
        level = [child for folder in level for child in _children(folder)] if depth < 2 else []


def _children(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            return [Path(entry.path) for entry in entries if _is_searched(entry)]
    except OSError:
        return []


def _is_searched(entry: os.DirEntry[str]) -> bool:
    return entry.name[0] != "." and entry.name not in _SKIPPED and entry.is_dir(follow_symlinks=False)


def _project_name(folder: Path) -> str:
    document = load_yaml(folder / _PROJECT_FILE)
    return str(document.get("name", "")) if isinstance(document, Mapping) else ""
