"""SHOW DATABASES, SCHEMAS and WAREHOUSES (S11-S13)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from snowmesh.account import dropping, identifiers
from snowmesh.account.objects import Database, ObjectType, Schema, SecurableObject, shown_role, user
from snowmesh.account.state import Dropped
from snowmesh.local.show.listing import Listing, Row, columns
from snowmesh.local.show.request import INFORMATION_SCHEMA, Request, owner_role_type, yes_no
from snowmesh.local.show.statements import ShowObjects

Item = TypeVar("Item", bound=SecurableObject)
_SIZES = {
    "XSMALL": "X-Small",
    "XLARGE": "X-Large",
    "XXLARGE": "2X-Large",
    "X2LARGE": "2X-Large",
    "XXXLARGE": "3X-Large",
    "X3LARGE": "3X-Large",
    "X4LARGE": "4X-Large",
    "X5LARGE": "5X-Large",
    "X6LARGE": "6X-Large",
}


def _databases(request: Request, statement: ShowObjects) -> list[Row]:
    live = [_database(request, item, statement) for item in request.visible(Database)]
    gone = request.dropped((ObjectType.DATABASE,)) if statement.history else ()
    return [*live, *({**_database(request, item, statement), **more} for item, more in _restorable(gone, Database))]


def _restorable(records: Iterable[Dropped], kind: type[Item]) -> Iterator[tuple[Item, dict[str, Any]]]:
    """Dropped containers, and what the row of each says otherwise."""
    for record in records:
        item = record.piece.objects[record.ref]
        if isinstance(item, kind):
            yield item, {"retention_time": str(record.days), "dropped_on": record.on, "is_current": "N"}


def _database(request: Request, item: Database, statement: ShowObjects) -> dict[str, Any]:
    return {
        "created_on": item.created_on,
        "name": item.ref.name[0],
        "is_default": yes_no(item.ref.name == _default_namespace(request)[:1]),
        "is_current": yes_no(item.ref.name[0] == request.session.database),
        "origin": item.properties.get("ORIGIN", ""),
        "owner": shown_role(item.owner),
        "comment": item.comment,
        "options": "TRANSIENT" if item.transient else "",
        "retention_time": str(dropping.retention_days(request.account, item.ref)),
        "kind": None if statement.terse else database_kind(item),
        "owner_role_type": owner_role_type(item),
        "database_name": None,
        "schema_name": None,
    }


def database_kind(item: Database) -> str:
    """STANDARD, or IMPORTED DATABASE for one from a share."""
    return "IMPORTED DATABASE" if item.shared else "STANDARD"


def _schemas(request: Request, statement: ShowObjects) -> list[Row]:
    prefix = request.prefix(statement.scope)
    default = _default_namespace(request)
    rows = [_schema(request, item, default) for item in request.visible(Schema, prefix)]
    rows.extend(_information_schema(item) for item in request.visible(Database, prefix))
    gone = request.dropped((ObjectType.SCHEMA,), prefix) if statement.history else ()
    rows.extend({**_schema(request, item, default), **more} for item, more in _restorable(gone, Schema))
    return sorted(rows, key=lambda row: (row["database_name"], row["name"]))


def _schema(request: Request, item: Schema, default: tuple[str, ...]) -> dict[str, Any]:
    flags = (("MANAGED ACCESS", item.managed_access), ("TRANSIENT", item.transient))
    return {
        "created_on": item.created_on,
        "name": item.ref.name[1],
        "is_default": yes_no(item.ref.name == default),
        "is_current": yes_no(item.ref.name == (request.session.database, request.session.schema)),
        "database_name": item.ref.name[0],
        "owner": shown_role(item.owner),
        "comment": item.comment,
        "options": ", ".join(word for word, flag in flags if flag),
        "retention_time": str(dropping.retention_days(request.account, item.ref)),
        "owner_role_type": owner_role_type(item),
        "kind": None,
        "schema_name": None,
    }


def _information_schema(item: Database) -> dict[str, Any]:
    """Every database has one, owned by nobody (S12)."""
    return {
        "created_on": item.created_on,
        "name": INFORMATION_SCHEMA,
        "is_default": "N",
        "is_current": "N",
        "database_name": item.ref.name[0],
        "owner": "",
        "comment": "Views describing the contents of schemas in this database",
        "options": "",
        "retention_time": "1",
        "owner_role_type": "",
        "kind": None,
        "schema_name": None,
    }


def _default_namespace(request: Request) -> tuple[str, ...]:
    found = request.account.objects.get(user(request.session.user))
    text = found.properties.get("DEFAULT_NAMESPACE", "") if found else ""
    try:
        return identifiers.split(text) if text else ()
    except identifiers.IdentifierError:
        return ()


def _warehouses(request: Request, _statement: ShowObjects) -> list[Row]:
    found = request.account.objects.get(user(request.session.user))
    default = found.properties.get("DEFAULT_WAREHOUSE", "") if found else ""
    return [
        {**_size(item), **_constant(item), **_state(request, item, default)}
        for item in request.visible(SecurableObject, (), ObjectType.WAREHOUSE)
    ]


def _state(request: Request, item: SecurableObject, default: str) -> dict[str, Any]:
    name, suspended = item.ref.name[0], item.properties.get("STATE", "STARTED").upper() == "SUSPENDED"
    return {
        "name": name,
        "state": "SUSPENDED" if suspended else "STARTED",
        "started_clusters": 0 if suspended else 1,
        "is_default": yes_no(name == default.upper() or name == default),
        "is_current": yes_no(name == request.session.warehouse),
        "created_on": item.created_on,
        "resumed_on": item.created_on,
        "updated_on": item.created_on,
        "owner": shown_role(item.owner),
        "comment": item.comment,
        "owner_role_type": owner_role_type(item),
    }


def _size(item: SecurableObject) -> dict[str, Any]:
    given = item.properties
    word = given.get("WAREHOUSE_SIZE", "XSMALL").upper().replace("-", "").replace("'", "")
    return {
        "type": given.get("WAREHOUSE_TYPE", "STANDARD").upper(),
        "size": _SIZES.get(word, word.capitalize()),
        "min_cluster_count": _number(given.get("MIN_CLUSTER_COUNT"), 1),
        "max_cluster_count": _number(given.get("MAX_CLUSTER_COUNT"), 1),
        "auto_suspend": _number(given.get("AUTO_SUSPEND"), 600),
        "auto_resume": given.get("AUTO_RESUME", "true").lower(),
        "enable_query_acceleration": given.get("ENABLE_QUERY_ACCELERATION", "false").lower(),
        "query_acceleration_max_scale_factor": _number(given.get("QUERY_ACCELERATION_MAX_SCALE_FACTOR"), 8),
        "resource_monitor": given.get("RESOURCE_MONITOR", "null"),
        "scaling_policy": given.get("SCALING_POLICY", "STANDARD").upper(),
        "resource_constraint": given.get("RESOURCE_CONSTRAINT"),
        "generation": given.get("GENERATION"),
    }


def _number(text: str | None, default: int) -> int | None:
    """A number property; NULL (never suspend) is None."""
    if text is None:
        return default
    return int(text) if text.isdigit() else None


def _constant(item: SecurableObject) -> dict[str, Any]:
    """What a warehouse that never runs anything reports."""
    numbers = dict.fromkeys(("running", "queued", "actives", "pendings", "failed", "suspended"), 0)
    texts = dict.fromkeys(("available", "provisioning", "quiescing", "other"), "")
    return {**numbers, **texts, "uuid": item.ref.name[0], "budget": None}


LISTINGS = {
    "DATABASES": Listing(
        columns(
            "created_on:TIMESTAMP_LTZ, name, is_default, is_current, origin, owner, comment, options, "
            "retention_time, kind, owner_role_type"
        ),
        _databases,
    ),
    "SCHEMAS": Listing(
        columns(
            "created_on:TIMESTAMP_LTZ, name, is_default, is_current, database_name, owner, comment, options, "
            "retention_time, owner_role_type"
        ),
        _schemas,
    ),
    "WAREHOUSES": Listing(
        columns(
            "name, state, type, size, min_cluster_count:FIXED, max_cluster_count:FIXED, started_clusters:FIXED, "
            "running:FIXED, queued:FIXED, is_default, is_current, auto_suspend:FIXED, auto_resume, available, "
            "provisioning, quiescing, other, created_on:TIMESTAMP_LTZ, resumed_on:TIMESTAMP_LTZ, "
            "updated_on:TIMESTAMP_LTZ, owner, comment, enable_query_acceleration, "
            "query_acceleration_max_scale_factor:FIXED, resource_monitor, actives:FIXED, pendings:FIXED, "
            "failed:FIXED, suspended:FIXED, uuid, scaling_policy, budget, owner_role_type, resource_constraint, "
            "generation"
        ),
        _warehouses,
    ),
}
