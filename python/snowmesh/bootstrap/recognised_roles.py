"""Recognise access roles, products and consumers, functional roles and users, once the domains are known."""

from __future__ import annotations

from typing import Any

from snowmesh.account import objects
from snowmesh.account.objects import RELATION_TYPES, ObjectRef, ObjectType, Schema
from snowmesh.bootstrap.expand import WRITES
from snowmesh.bootstrap.recognised import Data, Recognised, comment
from snowmesh.bootstrap.targets import written

# -- access roles ----------------------------------------------------------------------------------------------


def access(found: Recognised) -> None:
    """Roles that hold exactly `read` or `write` on schemas of one domain."""
    for label, data in found.domains.items():
        blocks: Data = {}
        for role in found.held.roles:
            levels = {} if role in found.used or found.held.holds.get(role) else _levels(found, role, label)
            if levels:
                if not found.rolls_up(role):
                    levels["rolls_up"] = False
                blocks[written((role,))] = comment(found.held, objects.role(role)) | levels
                found.used.add(role)
        if blocks:
            data["access"] = blocks


def _levels(found: Recognised, role: str, label: str) -> Data:
    """`read` and `write` when they come to exactly what a role holds; else nothing."""
    future = found.held.future(role)
    if not future or any(container not in found.schemas[label] for container in future):
        return {}
    levels: dict[str, list[ObjectRef]] = {}
    for schema, privileges in sorted(future.items()):
        level = next((w for w in ("read", "write") if privileges == _expected(found, schema, w)), None)
        if level is None or any("USAGE" not in found.held.direct(role, r) for r in (schema, *schema.parents)):
            return {}
        levels.setdefault(level, []).append(schema)
    return {level: found.names(label, schemas) for level, schemas in levels.items()}


def _expected(found: Recognised, schema: ObjectRef, level: str) -> set[tuple[str, ObjectType]]:
    kinds = [kind for kind in RELATION_TYPES if kind.value.lower() in found.creates[schema]]
    expected = {("SELECT", kind) for kind in kinds}
    if level == "write" and ObjectType.TABLE in kinds:
        expected |= {(privilege, ObjectType.TABLE) for privilege in WRITES}
    return expected


# -- products and consumers --------------------------------------------------------------------------------------


def consumption(found: Recognised) -> None:
    """A relation that the owner of another domain may read is a product, and that domain consumes it."""
    for consumer, label in found.owners.items():
        for ref, privileges in sorted(found.held.granted_on(consumer).items()):
            if ref.type not in RELATION_TYPES or "SELECT" not in privileges:
                continue
            producer = next((p for p, s in found.schemas.items() if ref.parents[1] in s), label)
            reached = all(found.held.may(consumer, "USAGE", parent) for parent in ref.parents)
            if producer != label and reached and _can_offer(found, producer, ref.parents[1]):
                _consumed(found, label, producer, ref)
    for label, data in found.domains.items():
        if "products" in data and len(found.schemas[label]) == 1:
            data["products"] = list(data["products"])


def _can_offer(found: Recognised, producer: str, schema: ObjectRef) -> bool:
    """Where access is managed, the owner of a product manages the grants."""
    item = found.held.account.objects[schema]
    owner = next(role for role, label in found.owners.items() if label == producer)
    managed = isinstance(item, Schema) and item.managed_access
    return not managed or "MANAGE GRANTS" in found.held.direct(owner, schema)


def _consumed(found: Recognised, label: str, producer: str, ref: ObjectRef) -> None:
    products: Data = found.domains[producer].setdefault("products", {})
    name = written(ref.name[2:])
    place = found.names(producer, [ref.parents[1]])[0]
    if products.setdefault(name, {"schema": place}) == {"schema": place}:  # else another product has the name
        found.domains[label].setdefault("consumes", []).append(f"{written((producer,))}.{name}")


# -- roles and users ---------------------------------------------------------------------------------------------


def roles(found: Recognised) -> Data:
    """The roles of no domain: what they hold and use, each with its own block."""
    blocks: Data = {}
    for role in found.held.roles:
        if role in found.used:
            continue
        block = comment(found.held, objects.role(role))
        if holds := found.held.holds.get(role):
            block["holds"] = [written((name,)) for name in holds]
        used = [ref for ref in sorted(found.warehouses) if "USAGE" in found.held.direct(role, ref)]
        if used:
            block["warehouses"] = [written(ref.name) for ref in used]
        if not found.rolls_up(role):
            block["rolls_up"] = False
        blocks[written((role,))] = block
    return blocks


def users(found: Recognised) -> Data:
    """The users that hold a role of the mesh."""
    blocks: Data = {}
    for ref in sorted(r for r in found.held.declarable if r.type is ObjectType.USER):
        held = {m.role for m in found.held.account.granted_to(ref) if isinstance(m.role, str)}
        names = sorted(role for role in held if objects.role(role) in found.held.declarable)
        if names:
            blocks[written(ref.name)] = _user(found, ref, names)
    return blocks


def _user(found: Recognised, ref: ObjectRef, names: list[str]) -> Data:
    properties = found.held.account.objects[ref].properties
    role, warehouse = properties.get("DEFAULT_ROLE"), properties.get("DEFAULT_WAREHOUSE")
    block: Data = {"type": properties["TYPE"].lower()}
    domain = next((o for o in names if o in found.owners and _starts(found, o, names, properties)), None)
    if domain:
        block["domain"] = written((found.owners[domain],))
    if rest := [written((name,)) for name in names if name != domain]:
        block["roles"] = rest
    if role in names and role != domain:
        block["default_role"] = written((role,))
    first = found.uses[found.owners[domain]][:1] if domain else []
    if warehouse and objects.warehouse(warehouse) in found.warehouses - {*first}:
        block["default_warehouse"] = written((warehouse,))
    return block | comment(found.held, ref)


def _starts(found: Recognised, owner: str, names: list[str], properties: Any) -> bool:
    """Whether the defaults of a user are those of a domain, or can be said beside it."""
    label = found.owners[owner]
    warehouse = properties.get("DEFAULT_WAREHOUSE", "")
    known = objects.warehouse(warehouse) in found.warehouses or not (warehouse or found.uses[label])
    same = properties.get("DEFAULT_NAMESPACE") == found.schemas[label][0].fqn
    return same and known and properties.get("DEFAULT_ROLE") in names
