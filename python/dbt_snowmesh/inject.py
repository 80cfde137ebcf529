"""Public models as dbt nodes: first as dbt's plugin API takes them, then with what that API leaves out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dbt.artifacts.resources import ColumnConfig, ColumnInfo, Contract, Quoting
from dbt.contracts.graph.node_args import ModelNodeArgs
from dbt.node_types import NodeType
from dbt_common.contracts.constraints import ColumnLevelConstraint, ModelLevelConstraint

from dbt_snowmesh.references import Reference
from dbt_snowmesh.upstream import Model, Upstream


@dataclass
class InjectedModel(ModelNodeArgs):  # type: ignore[misc]  # dbt is not typed for us: its classes are Any
    """dbt's own arguments, and two more: dbt-loom, active for other projects, reads them from every plugin's nodes."""

    group: None = None
    event_time: None = None


def node_args(model: Model) -> InjectedModel:
    """The model as dbt's plugin API takes it."""
    node = model.node
    return InjectedModel(
        name=model.name,
        package_name=node["package_name"],
        identifier=node.get("alias") or model.name,
        schema=node["schema"],
        database=node.get("database"),
        relation_name=node.get("relation_name"),
        version=model.version,
        latest_version=model.latest_version,
        deprecation_date=parse_date(node.get("deprecation_date")),
        access=model.access,
    )


def parse_date(text: str | None) -> datetime | None:
    """A date of a manifest, with a time zone: dbt compares it with a time that has one."""
    if not text:
        return None
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))  # Python 3.10 does not read the Z
    return moment if moment.tzinfo else moment.astimezone()


def complete(node: Any, model: Model, upstream: Upstream) -> None:
    """Add to an injected node what the plugin API cannot carry: columns, descriptions, meta, tags, contract, quoting.

    Path and code stay empty: by that dbt knows an external node, and never builds it. The group stays out too,
    because it is not defined in the downstream project.
    """
    source, config = model.node, model.node.get("config") or {}
    node.description = source.get("description") or ""
    node.columns = {name: _column(column) for name, column in (source.get("columns") or {}).items()}
    node.constraints = [ModelLevelConstraint.from_dict(item) for item in source.get("constraints") or []]
    node.primary_key = list(source.get("primary_key") or [])
    node.meta = node.config.meta = dict(source.get("meta") or config.get("meta") or {})
    node.tags = node.config.tags = list(source.get("tags") or config.get("tags") or [])
    node.config.materialized = config.get("materialized") or node.config.materialized
    node.config.access = node.access
    # Not a field of a model, but where dbt looks: quote the relation as the upstream project does, not as this one.
    node.quoting = Quoting(**upstream.quoting)
    contract = source.get("contract") or {}
    enforced, checksum = bool(contract.get("enforced")), contract.get("checksum")
    node.contract = Contract(enforced=enforced, checksum=checksum)
    node.config.contract.enforced = enforced


def _column(column: Mapping[str, Any]) -> Any:
    config = column.get("config") or {}
    meta = dict(column.get("meta") or config.get("meta") or {})
    tags = list(column.get("tags") or config.get("tags") or [])
    return ColumnInfo(
        name=column["name"],
        description=column.get("description") or "",
        data_type=column.get("data_type"),
        quote=column.get("quote"),
        constraints=[ColumnLevelConstraint.from_dict(item) for item in column.get("constraints") or []],
        meta=meta,
        tags=tags,
        config=ColumnConfig(meta=meta, tags=tags),
    )


def unresolved_references(manifest: Any) -> Iterator[Reference]:
    """The refs with a project name for which the manifest has no node, in nodes, exposures and semantic models."""
    known = {(node.package_name, node.name, version) for node in manifest.nodes.values() for version in _versions(node)}
    known |= {
        (node.package_name, node.name, version)
        for disabled in manifest.disabled.values()
        for node in disabled
        for version in _versions(node)
    }
    for user in _users(manifest):
        for ref in user.refs:
            version = None if ref.version is None else str(ref.version)
            if ref.package and (ref.package, ref.name, version) not in known:
                yield Reference(user.original_file_path, ref.package, ref.name, version)


def _users(manifest: Any) -> Iterable[Any]:
    users = (*manifest.nodes.values(), *manifest.exposures.values(), *manifest.semantic_models.values())
    # A seed has no refs, and dbt makes it an error to ask for them.
    return (user for user in users if user.resource_type != NodeType.Seed)


def _versions(node: Any) -> tuple[str | None, ...]:
    """A ref finds a node by its version, or with none."""
    version = getattr(node, "version", None)
    return (None,) if version is None else (None, str(version))
