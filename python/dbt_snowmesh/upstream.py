"""An upstream project as its manifest tells it: which models it has, and which of them are public."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dbt_snowmesh.problem import Problem

OLDEST_SCHEMA = 12


@dataclass(frozen=True)
class Model:
    """A model of the upstream project; `node` is its entry in the manifest."""

    name: str
    access: str
    version: str | None
    latest_version: str | None
    node: Mapping[str, Any] = field(repr=False)

    @property
    def is_public(self) -> bool:
        return self.access == "public"


@dataclass(frozen=True)
class Upstream:
    """A project that others may refer to."""

    name: str
    models: tuple[Model, ...] = ()
    others: Mapping[str, str] = field(default_factory=dict)  # seeds, snapshots: name -> resource type
    owners: Mapping[str, str] = field(default_factory=dict)  # group -> its owner, for messages
    quoting: Mapping[str, Any] = field(default_factory=dict)

    @property
    def public(self) -> tuple[Model, ...]:
        return tuple(model for model in self.models if model.is_public)


def read_upstream(name: str, path: Path) -> Upstream | Problem:
    """Read a manifest file of the project `name`."""
    again = f"write it again with a supported dbt: run `dbt parse` in the project '{name}'."
    try:
        document = json.loads(path.read_bytes())
    except OSError as error:
        return Problem(f"the manifest {path} of project '{name}' cannot be read: {error.strerror}.", again)
    except ValueError as error:  # not JSON, or not UTF-8
        return Problem(f"the manifest {path} of project '{name}' is not JSON: {error}.", again)
    return parse_upstream(name, document, str(path))


def parse_upstream(name: str, document: Any, where: str) -> Upstream | Problem:
    """The project in a loaded manifest."""
    again = f"write it again with a supported dbt: run `dbt parse` in the project '{name}'."
    metadata = _mapping(document, "metadata")
    schema = _schema_version(metadata)
    if schema is None or not isinstance(document.get("nodes"), Mapping):
        return Problem(f"the file {where}, given for project '{name}', is not a dbt manifest.", again)
    if schema < OLDEST_SCHEMA:
        what = f"the manifest {where} of project '{name}' has schema v{schema}; v{OLDEST_SCHEMA} or later is needed."
        return Problem(what, f"{again} (dbt-core 1.8 or later)")
    written_by = metadata.get("project_name")
    if written_by not in (None, name):
        what = f"the manifest {where}, given for project '{name}', is of the project '{written_by}'."
        return Problem(what, "give each project its own manifest.")
    return _upstream(name, document)


def _upstream(name: str, document: Mapping[str, Any]) -> Upstream:
    own = [node for node in document["nodes"].values() if node.get("package_name") == name]
    quoting = _mapping(_mapping(document, "metadata"), "quoting")
    return Upstream(
        name=name,
        models=tuple(_model(node) for node in own if node.get("resource_type") == "model"),
        others={node["name"]: node["resource_type"] for node in own if node["resource_type"] in ("seed", "snapshot")},
        owners={group["name"]: _owner(group) for group in _mapping(document, "groups").values()},
        quoting={part: quoted for part, quoted in quoting.items() if part in ("database", "schema", "identifier")},
    )


def _model(node: Mapping[str, Any]) -> Model:
    access = node.get("access") or _mapping(node, "config").get("access") or "protected"
    return Model(node["name"], access, _text(node.get("version")), _text(node.get("latest_version")), node)


def _owner(group: Mapping[str, Any]) -> str:
    owner = _mapping(group, "owner")
    return str(owner.get("email") or owner.get("name") or "")


def _schema_version(metadata: Mapping[str, Any]) -> int | None:
    """12 for `https://schemas.getdbt.com/dbt/manifest/v12.json`."""
    name = str(metadata.get("dbt_schema_version", "")).rpartition("/manifest/v")[2].removesuffix(".json")
    return int(name) if name.isdecimal() else None


def _mapping(document: Any, key: str) -> Mapping[str, Any]:
    value = document.get(key) if isinstance(document, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def _text(version: Any) -> str | None:
    return None if version is None else str(version)
