"""SHOW TAGS and SHOW … POLICIES of every kind (S14, S15)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from snowmesh.account.objects import (
    AggregationPolicy,
    MaskingPolicy,
    Policy,
    ProjectionPolicy,
    RowAccessPolicy,
    SecurableObject,
    Tag,
    shown_role,
)
from snowmesh.local.session import json_list
from snowmesh.local.show.listing import Listing, Row, columns
from snowmesh.local.show.request import Request, owner_role_type
from snowmesh.local.show.statements import ShowObjects

_POLICY_COLUMNS = columns(
    "created_on:TIMESTAMP_LTZ, name, database_name, schema_name, kind, owner, comment, owner_role_type, options"
)


def _located(item: SecurableObject) -> dict[str, Any]:
    return {
        "created_on": item.created_on,
        "name": item.ref.name[2],
        "database_name": item.ref.name[0],
        "schema_name": item.ref.name[1],
        "owner": shown_role(item.owner),
        "comment": item.comment,
        "owner_role_type": owner_role_type(item),
    }


def _tags(request: Request, statement: ShowObjects) -> list[Row]:
    return [
        {
            **_located(tag),
            # NULL: any value; [] : nobody can set the tag any more (T3, T4)
            "allowed_values": None if tag.allowed_values is None else json_list(tag.allowed_values),
            "propagate": tag.properties.get("PROPAGATE", "NONE"),
            "on_conflict": tag.properties.get("ON_CONFLICT"),
        }
        for tag in request.visible(Tag, request.prefix(statement.scope))
    ]


def _masking_policies(request: Request, statement: ShowObjects) -> list[Row]:
    return [
        {
            **_located(policy),
            "kind": "MASKING_POLICY",
            "options": '{"EXEMPT_OTHER_POLICIES": "TRUE"}' if policy.exempt_other_policies else "",
        }
        for policy in request.visible(MaskingPolicy, request.prefix(statement.scope))
    ]


def _policies(kind: type[Policy]) -> Callable[[Request, ShowObjects], list[Row]]:
    """The listing of policies of a kind without options."""

    def rows(request: Request, statement: ShowObjects) -> list[Row]:
        return [
            {**_located(policy), "kind": policy.ref.type.shown, "options": ""}
            for policy in request.visible(kind, request.prefix(statement.scope))
        ]

    return rows


LISTINGS = {
    "TAGS": Listing(
        columns(
            "created_on:TIMESTAMP_LTZ, name, database_name, schema_name, owner, comment, allowed_values, "
            "owner_role_type, propagate, on_conflict"
        ),
        _tags,
    ),
    "MASKING POLICIES": Listing(_POLICY_COLUMNS, _masking_policies),
    "ROW ACCESS POLICIES": Listing(_POLICY_COLUMNS, _policies(RowAccessPolicy)),
    "PROJECTION POLICIES": Listing(_POLICY_COLUMNS, _policies(ProjectionPolicy)),
    "AGGREGATION POLICIES": Listing(_POLICY_COLUMNS, _policies(AggregationPolicy)),
}
