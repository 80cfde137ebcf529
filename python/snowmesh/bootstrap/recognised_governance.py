"""Recognise who governs: the schema in which tags and policies are made, by whom, and who puts them on relations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snowmesh.account import objects
from snowmesh.account.objects import ACCOUNT, ObjectRef, ObjectType, Schema
from snowmesh.bootstrap.blocks import GOVERNABLE
from snowmesh.bootstrap.targets import written

if TYPE_CHECKING:
    from snowmesh.bootstrap.recognised import Data, Recognised

GOVERNS = {f"CREATE {word.upper()}": word for word in GOVERNABLE}
_LISTS = {
    ObjectType.TAG: "tags",
    ObjectType.MASKING_POLICY: "masking_policies",
    ObjectType.ROW_ACCESS_POLICY: "row_access_policies",
}


def recognised(found: Recognised, owner: str, database: ObjectRef) -> Data:
    """The governance of a domain: a schema where tags and policies are made and nothing is built. Empty: none."""
    for schema in found.inside(database):
        if schema in found.creates:
            continue
        stewards = [role for role in found.held.roles if role != owner and role not in found.owners]
        for role in (owner, *stewards):
            kinds = _kinds(found, role, schema)
            if kinds and (role == owner or _is_steward(found, role, owner, schema)):
                return _block(found, owner, role, schema, kinds)
    return {}


def governed(found: Recognised) -> None:
    """Domains that put the listed tags and policies of another on their own relations."""
    for producer, data in found.domains.items():
        block = data.get("governance", {})
        schema = found.governed.get(producer)
        listed = schema and _others(found, producer, schema)
        if not schema or not listed:
            continue
        steward, common = "steward" in block, next(iter(listed.values()))
        if steward and common != _applied(found, _owner(found, producer), schema):
            continue
        block |= _lists(common)
        for label in listed:
            found.domains[label].setdefault("governed_by", []).append(written((producer,)))


def _kinds(found: Recognised, role: str, schema: ObjectRef) -> list[str]:
    """What a role makes there; nothing when it could not put its masking policies on its tags (T23)."""
    kinds = [word for privilege, word in GOVERNS.items() if privilege in found.held.direct(role, schema)]
    whole = {"tag", "masking policy"} <= set(kinds)
    if not found.held.may(role, "USAGE", schema):
        return []
    return [] if whole and "APPLY MASKING POLICY" not in found.held.direct(role, ACCOUNT) else kinds


def _is_steward(found: Recognised, role: str, owner: str, schema: ObjectRef) -> bool:
    """Whether a role holds what a steward holds, and the owner what it then holds."""
    warehouses = found.uses[found.owners[owner]]
    needed = [*schema.parents, schema, *warehouses]
    lacks = any("USAGE" not in found.held.direct(role, ref) for ref in needed)
    return not lacks and role not in found.used and found.held.may(owner, "USAGE", schema)


def _block(found: Recognised, owner: str, role: str, schema: ObjectRef, kinds: list[str]) -> Data:
    from snowmesh.bootstrap.recognised import comment

    label = found.owners[owner]
    block: Data = {"schema": written(schema.name[1:])}
    if role != owner:
        if comment(found.held, objects.role(role)) or found.held.holds.get(role) or not found.rolls_up(role):
            return {}  # what a steward cannot say; it stays a role among others
        block["steward"] = written((role,))
        block |= _lists(_applied(found, owner, schema))
        found.used.add(role)
    usual = ["tag", "masking policy"]
    usual += [kind.value.lower() for kind, key in _LISTS.items() if key in block and kind.value.lower() not in usual]
    if kinds != usual:
        block["creates"] = kinds
    item = found.held.account.objects[schema]
    if isinstance(item, Schema) and item.managed_access:
        block["managed_access"] = True
    found.governed[label] = schema
    return block | comment(found.held, schema)


def _applied(found: Recognised, role: str, schema: ObjectRef) -> list[ObjectRef]:
    """The tags and policies of a schema on which a role has APPLY."""
    held = found.held.granted_on(role).items()
    return sorted(
        ref for ref, privileges in held if ref.type in _LISTS and ref.parents[1] == schema and "APPLY" in privileges
    )


def _others(found: Recognised, producer: str, schema: ObjectRef) -> dict[str, list[ObjectRef]]:
    """Other domains whose owners have APPLY there, when it is on the same for all; else none."""
    listed = {
        label: applied
        for owner, label in found.owners.items()
        if label != producer
        and (applied := _applied(found, owner, schema))
        and all(found.held.may(owner, "USAGE", ref) for ref in (schema, *schema.parents))
    }
    return listed if len({tuple(applied) for applied in listed.values()}) == 1 else {}


def _owner(found: Recognised, label: str) -> str:
    return next(role for role, name in found.owners.items() if name == label)


def _lists(refs: list[ObjectRef]) -> Data:
    block: Data = {}
    for ref in refs:
        block.setdefault(_LISTS[ref.type], []).append(written(ref.name[2:]))
    return block
