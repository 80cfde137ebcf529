"""A project's manifest.json (v12 and later): its models with columns, grants and governance blocks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from snowmesh.artifacts.problems import ArtifactError

OLDEST_SCHEMA = 12
PREFIX = "snowmesh_"  # a folder's layer of the governance block


@dataclass(frozen=True)
class ModelColumn:
    """A column of the YAML: name and data type as written (no type: empty), governance block."""

    name: str
    quoted: bool = False
    data_type: str = ""
    block: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Model:
    """A model; `relation` is its full name as dbt writes it in SQL, `file` is where it is declared."""

    project: str
    name: str
    relation: str
    materialized: str
    access: str
    file: str
    columns: tuple[ModelColumn, ...] = ()
    block: Mapping[str, Any] = field(default_factory=dict, hash=False)
    grants: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Manifest:
    """The models that a project itself declares."""

    project: str
    path: Path
    models: tuple[Model, ...]

    def model(self, name: str) -> Model:
        """The model of that name. Raises ArtifactError."""
        found = next((model for model in self.models if model.name == name), None)
        if found is None:
            names = ", ".join(sorted(model.name for model in self.models)) or "none"
            raise ArtifactError(
                f"Project {self.project} has no model {name} ({self.path}).", f"name one of its models: {names}."
            )
        return found


def read(project_dir: Path) -> Manifest:
    """Read target/manifest.json of a dbt project. Raises ArtifactError."""
    path = project_dir / "target" / "manifest.json"
    again = f"write it: dbt parse --project-dir {project_dir}"
    try:
        document = json.loads(path.read_bytes())
    except OSError as error:
        raise ArtifactError(f"The manifest {path} cannot be read: {error.strerror}.", again) from error
    except ValueError as error:
        raise ArtifactError(f"The manifest {path} is not JSON: {error}.", again) from error
    schema = _schema_version(document)
    if schema is None:
        raise ArtifactError(f"The file {path} is not a dbt manifest.", again)
    if schema < OLDEST_SCHEMA:
        raise ArtifactError(f"The manifest {path} has schema v{schema}; v{OLDEST_SCHEMA} or later is needed.", again)
    project = str(document["metadata"].get("project_name"))
    own = (n for n in document["nodes"].values() if n["resource_type"] == "model" and n["package_name"] == project)
    return Manifest(project, path, tuple(_model(node) for node in own if node.get("relation_name")))


def _schema_version(document: Any) -> int | None:
    """12 of https://schemas.getdbt.com/dbt/manifest/v12.json."""
    try:
        name = document["metadata"]["dbt_schema_version"].rpartition("/")[2]
        return int(name.removeprefix("v").removesuffix(".json")) if document["nodes"] is not None else None
    except (KeyError, TypeError, AttributeError, ValueError):
        return None


def _model(node: Mapping[str, Any]) -> Model:
    config = node.get("config") or {}
    grants = config.get("grants") or {}
    return Model(
        project=node["package_name"],
        name=node["name"],
        relation=node["relation_name"],
        materialized=str(config.get("materialized")),
        access=str(node.get("access") or config.get("access")),
        file=(node.get("patch_path") or "").rpartition("://")[2] or node["original_file_path"],
        columns=tuple(_column(column) for column in (node.get("columns") or {}).values()),
        block=governance_block(config.get("meta") or node.get("meta") or {}),
        grants={privilege: _texts(roles) for privilege, roles in grants.items()},
    )


def _column(column: Mapping[str, Any]) -> ModelColumn:
    return ModelColumn(
        name=column["name"],
        quoted=bool(column.get("quote")),
        data_type=column.get("data_type") or "",
        block=governance_block((column.get("config") or {}).get("meta") or column.get("meta") or {}),
    )


def _texts(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(str(item) for item in value)


def governance_block(meta: Mapping[str, Any]) -> dict[str, Any]:
    """The governance block in force: folders' layers in order, then `snowmesh`; its null stops what folders gave."""
    merged: dict[str, Any] = {}
    for key, layer in meta.items():
        if str(key).startswith(PREFIX):
            merged = _merged(merged, layer or {})
    if "snowmesh" in meta:
        merged = _merged(merged, meta["snowmesh"]) if meta["snowmesh"] is not None else {}
    return merged


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(base)
    for key, value in over.items():
        both = isinstance(value, Mapping) and isinstance(result.get(key), Mapping)
        result[key] = _merged(result[key], value) if both else value
    return result
