"""The account as JSON and back: every part is a list of flat records."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from snowmesh.account import objects
from snowmesh.account.grants import FutureGrant, Grant, Membership
from snowmesh.account.objects import Column, ObjectRef, ObjectType, RoleName, SecurableObject
from snowmesh.account.state import (
    Account,
    AggregationReference,
    Dropped,
    PolicyReference,
    RowPolicyReference,
    TagTarget,
    frozen,
)
from snowmesh.errors import UserError

VERSION = 1
_KINDS: dict[str, type[SecurableObject]] = {
    kind.__name__: kind
    for kind in (
        SecurableObject,
        objects.Database,
        objects.Schema,
        objects.Relation,
        objects.Tag,
        objects.MaskingPolicy,
        objects.RowAccessPolicy,
        objects.ProjectionPolicy,
        objects.AggregationPolicy,
    )
}


class UnreadableCatalog(UserError):
    """The catalog file is of another version, or is no catalog."""


def encode(account: Account) -> dict[str, Any]:
    """The account as JSON values, in a stable order."""
    return {
        "version": VERSION,
        "name": account.name,
        "objects": [_encode_object(o) for o in sorted(account.objects.values(), key=lambda o: o.ref)],
        "grants": [_fields(g) for g in sorted(account.grants)],
        "future_grants": [_fields(g) for g in sorted(account.future_grants)],
        "memberships": [_fields(m) for m in sorted(account.memberships)],
        "tag_values": [
            [_plain(t.object), t.column, _plain(tag), value]
            for t, values in sorted(account.tag_values.items())
            for tag, value in sorted(values.items())
        ],
        "masks": [[_plain(r), c, _plain(m.policy), list(m.using)] for (r, c), m in sorted(account.masks.items())],
        "row_policies": [
            [_plain(r), _plain(p.policy), list(p.columns)] for r, p in sorted(account.row_policies.items())
        ],
        "projections": [[_plain(r), c, _plain(p)] for (r, c), p in sorted(account.projections.items())],
        "aggregations": [
            [_plain(r), _plain(a.policy), _plain(a.entity_keys)] for r, a in sorted(account.aggregations.items())
        ],
        "dropped": [_encode_dropped(d) for d in account.dropped],
    }


def decode(found: dict[str, Any]) -> Account:
    """The account from its JSON values. Raises UnreadableCatalog."""
    if found.get("version") != VERSION:
        raise UnreadableCatalog(
            f"The data folder's catalog has version {found.get('version')!r}; this release reads {VERSION}.",
            "name an empty folder with --data.",
        )
    items = [_decode_object(o) for o in found["objects"]]
    account = Account(
        name=found["name"],
        objects=frozen({o.ref: o for o in items}),
        grants=frozenset(Grant(**{**_held(g), "on": _ref(g["on"])}) for g in found["grants"]),
        future_grants=frozenset(_future(g) for g in found["future_grants"]),
        memberships=frozenset(Membership(**{**_held(m), "to": _ref(m["to"])}) for m in found["memberships"]),
        masks=frozen({(_ref(r), c): PolicyReference(_ref(p), tuple(u)) for r, c, p, u in found["masks"]}),
        row_policies=frozen(
            {_ref(r): RowPolicyReference(_ref(p), tuple(c)) for r, p, c in found.get("row_policies", [])}
        ),
        projections=frozen({(_ref(r), c): _ref(p) for r, c, p in found.get("projections", [])}),
        aggregations=frozen(
            {
                _ref(r): AggregationReference(_ref(p), tuple(tuple(key) for key in keys))
                for r, p, keys in found.get("aggregations", [])
            }
        ),
        dropped=tuple(_decode_dropped(d) for d in found.get("dropped", [])),
    )
    for target, column, tag, value in found["tag_values"]:
        account = account.with_tag_value(TagTarget(_ref(target), column), _ref(tag), value)
    return account


def _encode_dropped(dropped: Dropped) -> dict[str, Any]:
    return {
        "ref": _plain(dropped.ref),
        "on": _plain(dropped.on),
        "days": dropped.days,
        "replaced": dropped.replaced,
        "outside": [[_plain(r), _plain(time)] for r, time in sorted(dropped.outside.items())],
        "piece": encode(dropped.piece),
    }


def _decode_dropped(found: dict[str, Any]) -> Dropped:
    return Dropped(
        ref=_ref(found["ref"]),
        on=datetime.fromisoformat(found["on"]),
        days=found["days"],
        replaced=found["replaced"],
        outside=frozen({_ref(r): datetime.fromisoformat(time) for r, time in found["outside"]}),
        piece=decode(found["piece"]),
    )


def _encode_object(item: SecurableObject) -> dict[str, Any]:
    return {"class": type(item).__name__, **_fields(item)}


def _fields(item: Any) -> dict[str, Any]:
    return {field.name: _plain(getattr(item, field.name)) for field in dataclasses.fields(item)}


def _plain(value: Any) -> Any:
    if isinstance(value, ObjectRef):
        return [value.type.value, *value.name]
    if isinstance(value, ObjectType):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Column):
        return _fields(value)
    if isinstance(value, Mapping):
        return dict(value)
    return [_plain(v) for v in value] if isinstance(value, tuple) else value


def _decode_object(found: dict[str, Any]) -> SecurableObject:
    values = {k: v for k, v in found.items() if k != "class"}
    values["ref"] = _ref(values["ref"])
    values["owner"] = _role(values["owner"])
    values["created_on"] = datetime.fromisoformat(values["created_on"])
    values["properties"] = frozen(values["properties"])
    if "columns" in values:
        values["columns"] = tuple(Column(**c) for c in values["columns"])
    if "storage" in values:
        values["storage"] = tuple(values["storage"])
    if "signature" in values:
        values["signature"] = tuple((name, data_type) for name, data_type in values["signature"])
    if "masking_policies" in values:
        values["masking_policies"] = tuple(_ref(p) for p in values["masking_policies"])
        allowed = values["allowed_values"]
        values["allowed_values"] = None if allowed is None else tuple(allowed)
    return _KINDS[found["class"]](**values)


def _future(found: dict[str, Any]) -> FutureGrant:
    return FutureGrant(
        **{**_held(found), "object_type": ObjectType(found["object_type"]), "container": _ref(found["container"])}
    )


def _held(found: dict[str, Any]) -> dict[str, Any]:
    """A grant with its roles: a string is an account role, a list a database role or user."""
    return {key: _role(value) if key in ("role", "granted_by") else value for key, value in found.items()}


def _role(found: str | list[str]) -> RoleName:
    return found if isinstance(found, str) else _ref(found)


def _ref(found: list[str]) -> ObjectRef:
    return ObjectRef(ObjectType(found[0]), tuple(found[1:]))
