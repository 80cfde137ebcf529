"""An account to a mesh file that declares it: export, plan, and nothing is left to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from snowmesh.account.grants import FutureGrant, Grant, Membership
from snowmesh.account.objects import RELATION_TYPES, ObjectRef, ObjectType, role, role_ref
from snowmesh.account.privileges import is_grantable
from snowmesh.account.roles import PUBLIC, SYSADMIN
from snowmesh.account.state import Account
from snowmesh.bootstrap import differences, expand, mesh_file, mesh_text, recognised_governance, recognised_roles
from snowmesh.bootstrap.checks import RESERVED_DATABASES
from snowmesh.bootstrap.declarations import Target
from snowmesh.bootstrap.declared import Declared
from snowmesh.bootstrap.differences import Difference
from snowmesh.bootstrap.held import Held
from snowmesh.bootstrap.recognised import Data, Recognised
from snowmesh.bootstrap.targets import EACH, TYPES, write, written
from snowmesh.bootstrap.wording import say, say_item

ROUNDS = 20
_HEAD = "# yaml-language-server: $schema=mesh.schema.json\n# Exported from account {account} by mesh-bootstrap.\n"


@dataclass(frozen=True)
class Exported:
    """The mesh file, and what of the account is not in it and why."""

    text: str
    notes: tuple[str, ...]


def export(account: Account) -> Exported:
    """The mesh of an account. What cannot be said in the words of a mesh file is left out and noted."""
    refused: frozenset[ObjectRef] = frozenset()
    for _ in range(ROUNDS):
        held = Held(account, refused)
        text = _text(held)
        found = _left(text, account)
        more = {ref for difference in found if (ref := _responsible(difference, held))}
        if not more:
            break
        refused |= more
    head = _HEAD.format(account=account.name)
    notes = [f"{say(ref)} is not in the file: {why}" for ref, why in held.obstacles()]
    notes += [f"the plan of this file is not empty: {d.drift.value} {say_item(d.item)}" for d in found]
    return Exported(head + text, tuple(notes))


def _left(text: str, account: Account) -> list[Difference]:
    """What a plan of the file would change."""
    return differences.find(expand.expand(mesh_file.loads(text)), account)


def _responsible(difference: Difference, held: Held) -> ObjectRef | None:
    """What to leave out, so that the difference is none: who holds it, else what it is about."""
    item = difference.item
    if isinstance(item, ObjectRef):
        subjects = [item]
    elif isinstance(item, Membership):
        subjects = [item.to, role_ref(item.role)]
    else:
        subjects = [role_ref(item.role), item.on if isinstance(item, Grant) else item.container]
    return next((ref for ref in subjects if ref in held.declarable), None)


def _text(held: Held) -> str:
    recognised = Recognised(held)
    recognised_governance.governed(recognised)
    recognised_roles.access(recognised)
    recognised_roles.consumption(recognised)
    data: Data = {"domains": {written((label,)): block for label, block in recognised.domains.items()}}
    if roles := recognised_roles.roles(recognised):
        data["roles"] = roles if any(roles.values()) else list(roles)
    if users := recognised_roles.users(recognised):
        data["users"] = users
    declared = expand.expand(mesh_file.loads(mesh_text.write(data)))
    if grants := [*_role_grants(held, declared), *_clustered(_rest(held, declared))]:
        data["grants"] = grants
    return mesh_text.write(data)


# -- what no word says -------------------------------------------------------------------------------------


def _role_grants(held: Held, declared: Declared) -> Iterator[Data]:
    """Role grants between declared roles."""
    known = {(m.role, m.to) for m in declared.account.memberships}
    for to, roles in sorted(held.holds.items()):
        missing = [name for name in roles if (name, role(to)) not in known]
        if missing and role(to) in held.declarable:
            yield {"role": _one_or_more([written((name,)) for name in missing]), "to": written((to,))}


def _rest(held: Held, declared: Declared) -> Iterator[Grant | FutureGrant]:
    """The grants of declared roles, and those to PUBLIC on declared objects, that the words do not come to."""
    options = {
        _without_option(item): item.grant_option for item in declared.causes if isinstance(item, Grant | FutureGrant)
    }
    for item in held.plain():
        on = item.on if isinstance(item, Grant) else item.container
        if not isinstance(item.role, str) or not _can_be_written(item, on):
            continue
        if item.role == PUBLIC:
            if on not in declared.account.objects:
                continue
        elif role(item.role) not in held.declarable or item.role == SYSADMIN:
            continue
        if options.get(_without_option(item)) != item.grant_option:
            yield item


def _without_option(item: Grant | FutureGrant) -> tuple[Any, ...]:
    if isinstance(item, Grant):
        return (item.privilege, item.on, item.role)
    return (item.privilege, item.object_type, item.container, item.role)


def _can_be_written(item: Grant | FutureGrant, on: ObjectRef) -> bool:
    """Privileges on relations are dbt's; other kinds have no word."""
    if on.name[:1] and on.name[0] in RESERVED_DATABASES and on.type is not ObjectType.ROLE:
        return False
    if isinstance(item, FutureGrant):
        return item.object_type in EACH and is_grantable(item.object_type, item.privilege)
    return on.type in TYPES and on.type not in RELATION_TYPES and is_grantable(on.type, item.privilege)


def _clustered(grants: Iterable[Grant | FutureGrant]) -> Iterator[Data]:
    """As few entries as say the same: privileges of one role on one target, then roles, then targets."""
    privileges: dict[tuple[Target, str, bool], list[str]] = {}
    for item in grants:
        target = Target(item.on) if isinstance(item, Grant) else Target(item.container, item.object_type)
        privileges.setdefault((target, str(item.role), item.grant_option), []).append(item.privilege)
    roles: dict[tuple[Target, tuple[str, ...], bool], list[str]] = {}
    for (target, name, option), found in privileges.items():
        roles.setdefault((target, tuple(sorted(found)), option), []).append(name)
    targets: dict[tuple[tuple[str, ...], tuple[str, ...], bool], list[str]] = {}
    for (target, held, option), names in roles.items():
        targets.setdefault((tuple(sorted(names)), held, option), []).append(write(target))
    for (names_, held, option), texts in sorted(targets.items()):
        entry: Data = {
            "privilege": _one_or_more([p.lower() for p in held]),
            "on": _one_or_more(sorted(texts)),
            "to": _one_or_more([written((name,)) for name in names_]),
        }
        yield {**entry, "grant_option": True} if option else entry


def _one_or_more(items: list[str]) -> Any:
    return items[0] if len(items) == 1 else items
