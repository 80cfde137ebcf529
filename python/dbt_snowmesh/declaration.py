"""Which upstream projects the root project declares: `projects:` of its dependencies.yml, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from dbt_snowmesh.problem import Problem

FILE_NAME = "dependencies.yml"
_EXAMPLE = "write `projects:` as a list of `- name: <upstream dbt project>`."


@dataclass(frozen=True)
class Declaration:
    """The upstream projects by name, in the order of the file, and what could not be understood."""

    projects: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def read_declaration(project_root: Path) -> Declaration:
    """Read the declaration of a dbt project. No file, or no `projects:` in it: an empty declaration."""
    document = load_yaml(project_root / FILE_NAME)
    return parse_declaration(document)


def parse_declaration(document: Any) -> Declaration:
    """The declaration in a loaded dependencies.yml."""
    entries = document.get("projects") if isinstance(document, Mapping) else None
    if entries is None:
        return Declaration()
    if not isinstance(entries, list):
        return Declaration(problems=(Problem(f"{FILE_NAME}: 'projects' is not a list.", _EXAMPLE),))
    read = [_parse_entry(entry) for entry in entries]
    names = dict.fromkeys(item for item in read if isinstance(item, str))
    return Declaration(tuple(names), tuple(item for item in read if isinstance(item, Problem)))


def _parse_entry(entry: Any) -> str | Problem:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("name"), str) or not entry["name"].strip():
        return Problem(f"{FILE_NAME}: the entry {entry!r} of 'projects' has no name.", _EXAMPLE)
    unknown = sorted(str(key) for key in entry if key != "name")
    if unknown:
        what = f"{FILE_NAME}: project '{entry['name']}' has the unknown key '{unknown[0]}'; only 'name' is known."
        return Problem(what, "remove the key. Where the manifest is, is told by SNOWMESH_MANIFESTS.")
    return str(entry["name"]).strip()


def loom_projects(config: Path) -> frozenset[str]:
    """The projects that a dbt-loom configuration file injects; none when there is no such file."""
    document = load_yaml(config)
    references = document.get("manifests") if isinstance(document, Mapping) else None
    if not isinstance(references, list):
        return frozenset()
    return frozenset(str(item["name"]) for item in references if isinstance(item, Mapping) and "name" in item)


def load_yaml(path: Path) -> Any:
    """The document in a YAML file; None when there is no file, or when it is not YAML (dbt itself reports that)."""
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return None
