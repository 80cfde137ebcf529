"""The manifests of a mesh in a folder: public products, and the models of other projects that read them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from snowmesh.artifacts.manifest import OLDEST_SCHEMA, governance_block
from snowmesh.artifacts.problems import ArtifactError

_TESTS_OF_A_CONTRACT = ("unique", "not_null", "accepted_values", "relationships")


@dataclass(frozen=True)
class Column:
    """A column of a product; `promises` are its constraints and generic tests."""

    name: str
    data_type: str
    description: str
    promises: frozenset[str] = frozenset()
    block: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Product:
    """A model that other projects may read; `unique_id` is dbt's, without the version in `family`."""

    unique_id: str
    project: str
    name: str
    version: str
    latest_version: str
    relation: str
    access: str
    group: str
    owner: str
    materialized: str
    contracted: bool
    deprecation_date: str
    checksum: str
    file: str
    columns: Mapping[str, Column] = field(hash=False)
    grants: Mapping[str, frozenset[str]] = field(hash=False)
    promises: frozenset[str] = frozenset()
    block: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def label(self) -> str:
        """`project.name`, with the version as dbt writes it."""
        return f"{self.project}.{self.name}" + (f".v{self.version}" if self.version else "")

    @property
    def is_latest(self) -> bool:
        """Whether an unpinned ref means this one."""
        return not self.version or self.version == self.latest_version


@dataclass(frozen=True)
class Consumer:
    """A model of another project; `refs` are (project, name, pinned version or '')."""

    project: str
    name: str
    file: str
    owner: str
    raw: str
    compiled: str
    reads: frozenset[str]
    refs: frozenset[tuple[str, str, str]]


@dataclass(frozen=True)
class Mesh:
    """Products by unique id, of any access; every model that reads a model of another project."""

    folder: Path
    projects: frozenset[str]
    products: Mapping[str, Product] = field(hash=False)
    consumers: tuple[Consumer, ...]


def read_mesh(folder: Path) -> Mesh:
    """Read every manifest below a folder. Raises ArtifactError when there is none, or two of one project."""
    documents: dict[str, tuple[Path, Mapping[str, Any]]] = {}
    for path in sorted(folder.rglob("*.json")):
        document = _manifest(path)
        if document is not None:
            project = str(document["metadata"].get("project_name"))
            if project in documents:
                what = f"The folder {folder} has two manifests of {project}: {documents[project][0]} and {path}."
                raise ArtifactError(what, "keep one manifest of each project.")
            documents[project] = path, document
    if not documents:
        next_step = "put each project's target/manifest.json into it, in a folder or under a name of its own."
        raise ArtifactError(f"The folder {folder} has no dbt manifest.", next_step)
    manifests = {project: document for project, (_, document) in documents.items()}
    products = {p.unique_id: p for name, document in manifests.items() for p in _products(name, document)}
    consumers = tuple(c for name, document in manifests.items() for c in _consumers(name, document))
    return Mesh(folder, frozenset(manifests), products, consumers)


def _manifest(path: Path) -> Mapping[str, Any] | None:
    """The document, or None when the file is something else. Raises ArtifactError for one that is too old."""
    try:
        document = json.loads(path.read_bytes())
        name = str(document["metadata"]["dbt_schema_version"])
        schema = int(name.rpartition("/v")[2].removesuffix(".json")) if "/manifest/" in name else 0
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if not schema:
        return None
    if schema < OLDEST_SCHEMA:
        what = f"The manifest {path} has schema v{schema}; v{OLDEST_SCHEMA} or later is needed."
        raise ArtifactError(what, "write it again with dbt 1.8 or later.")
    return document if isinstance(document.get("nodes"), dict) else None


def _products(project: str, document: Mapping[str, Any]) -> Iterator[Product]:
    tests = _tests(document)
    for unique_id, node in document["nodes"].items():
        if node["resource_type"] == "model" and node["package_name"] == project and node.get("relation_name"):
            yield _product(unique_id, node, document, tests.get(unique_id, {}))


def _product(
    unique_id: str, node: Mapping[str, Any], document: Mapping[str, Any], tests: Mapping[str, set[str]]
) -> Product:
    config = node.get("config") or {}
    grants = config.get("grants") or {}
    group = str(node.get("group") or config.get("group") or "")
    return Product(
        unique_id=unique_id,
        project=node["package_name"],
        name=node["name"],
        version=_text(node.get("version")),
        latest_version=_text(node.get("latest_version")),
        relation=node["relation_name"],
        access=str(node.get("access") or config.get("access") or "protected"),
        group=group,
        owner=_owner(group, document),
        materialized=str(config.get("materialized")),
        contracted=bool((config.get("contract") or {}).get("enforced")),
        deprecation_date=_text(node.get("deprecation_date")),
        checksum=str((node.get("checksum") or {}).get("checksum")),
        file=node["original_file_path"],
        columns={name.upper(): _column(c, tests.get(name.upper(), set())) for name, c in node["columns"].items()},
        grants={privilege: frozenset(_texts(roles)) for privilege, roles in grants.items()},
        promises=frozenset(_constraints(node) | tests.get("", set())),
        block=governance_block(config.get("meta") or node.get("meta") or {}),
    )


def _column(column: Mapping[str, Any], tests: set[str]) -> Column:
    meta = (column.get("config") or {}).get("meta") or column.get("meta") or {}
    return Column(
        column["name"],
        str(column.get("data_type") or ""),
        str(column.get("description") or ""),
        frozenset(_constraints(column) | tests),
        governance_block(meta),
    )


def _constraints(owner: Mapping[str, Any]) -> set[str]:
    found = owner.get("constraints") or []
    return {
        " ".join([f"constraint {c['type']}", str(c.get("expression") or ""), ", ".join(c.get("columns") or [])]).strip()
        for c in found
    }


def _tests(document: Mapping[str, Any]) -> dict[str, dict[str, set[str]]]:
    """Generic tests by model and upper-case column ('' for the model)."""
    found: dict[str, dict[str, set[str]]] = {}
    for node in document["nodes"].values():
        metadata = node.get("test_metadata") or {}
        if node["resource_type"] == "test" and metadata.get("name") in _TESTS_OF_A_CONTRACT:
            column = str(node.get("column_name") or "").upper()
            found.setdefault(str(node.get("attached_node")), {}).setdefault(column, set()).add(
                f"test {metadata['name']}"
            )
    return found


def _owner(group: str, document: Mapping[str, Any]) -> str:
    for entry in (document.get("groups") or {}).values():
        if entry["name"] == group:
            owner = entry.get("owner") or {}
            return str(owner.get("email") or owner.get("name") or group)
    return group


def _consumers(project: str, document: Mapping[str, Any]) -> Iterator[Consumer]:
    for node in document["nodes"].values():
        if node["package_name"] != project or node["resource_type"] not in ("model", "snapshot"):
            continue
        used = [name for name in (node.get("depends_on") or {}).get("nodes") or [] if name.startswith("model.")]
        foreign = frozenset(name for name in used if name.split(".")[1] != project)
        if foreign:
            group = str(node.get("group") or (node.get("config") or {}).get("group") or "")
            yield Consumer(
                project,
                node["name"],
                node["original_file_path"],
                _owner(group, document),
                node.get("raw_code") or "",
                node.get("compiled_code") or "",
                foreign,
                frozenset((str(r.get("package") or ""), r["name"], _text(r.get("version"))) for r in node["refs"]),
            )


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _texts(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else [str(item) for item in value or []]
