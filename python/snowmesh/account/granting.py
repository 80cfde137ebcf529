"""Granting and revoking as changes of an Account: grantors, grant options, dependents (R12, R49, P31, P32)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from snowmesh.account import lifecycle
from snowmesh.account.authorization import Authority
from snowmesh.account.grants import Grant, Membership
from snowmesh.account.objects import ObjectRef, ObjectType, RoleName, Schema, role_name, role_ref
from snowmesh.account.state import Account


@dataclass(frozen=True)
class Revocation:
    """What a REVOKE did: the account after it, how many grants went, how many stay for their dependents."""

    account: Account
    revoked: int = 0
    skipped: int = 0


def grantor(authority: Authority, privilege: str, on: ObjectRef, primary: str) -> RoleName:
    """The role that SHOW GRANTS names in granted_by (R49).

    The owner of the object if it is active; else who holds the grant option; else MANAGE GRANTS was used, and the
    grant is made in the owner's name. What has no owner (the account) is granted by the role that runs the statement.
    """
    item = authority.account.objects.get(on)
    owner = item.owner if item else ""
    managed = _managed_by(authority, on)
    if managed:
        return managed
    if owner and owner in authority.roles:
        return owner
    holders = sorted(
        g.role
        for g in authority.account.grants_on(on)
        if g.privilege == privilege and g.grant_option and g.role in authority.roles
    )
    if holders:
        return primary if primary in holders else holders[0]
    return owner or primary


def role_grantor(authority: Authority, name: RoleName, primary: str) -> RoleName:
    """The granted_by of a role grant: owner, holder of the grant option, or the owner by MANAGE GRANTS (R12, R49)."""
    owner = authority.account.objects[role_ref(name)].owner
    if owner and owner in authority.roles:
        return owner
    return next(iter(sorted(_passing_on(authority, name))), "") or owner or primary


def may_grant_role(authority: Authority, name: RoleName) -> bool:
    """Whether the roles may grant or revoke a role (R12). PUBLIC and the fixed edges need no grant (R2, R3)."""
    ref = role_ref(name)
    return authority.owns(ref) or authority.manages_grants(ref) or bool(_passing_on(authority, name))


def add_grant(account: Account, grant: Grant) -> Account:
    """Add a grant; the same from the same grantor is one grant, and keeps its grant option (P31)."""
    same = {
        g for g in account.grants_on(grant.on) if replace(g, grant_option=False) == replace(grant, grant_option=False)
    }
    return account.without_grants(same).with_grants(lifecycle.merged([*same, grant]))


def add_membership(account: Account, membership: Membership) -> Account:
    """Add a role grant; the same from the same grantor is one."""
    plain = replace(membership, grant_option=False)
    same = {m for m in account.memberships if replace(m, grant_option=False) == plain}
    option = membership.grant_option or any(m.grant_option for m in same)
    return account.without_memberships(same).with_memberships([replace(plain, grant_option=option)])


def revoke(
    account: Account,
    wanted: Grant,
    may_revoke: Callable[[Grant], bool],
    *,
    option_only: bool = False,
    cascade: bool = False,
) -> Revocation:
    """Take a privilege from a role: the instances that `may_revoke` accepts, never those of SYSTEM (P31, P33).

    `wanted` names privilege, object and role. What the role had granted on goes too with CASCADE; without, the grant
    stays and is counted as skipped (P32).
    """
    instances = [
        g
        for g in sorted(account.grants_on(wanted.on))
        if (g.privilege, g.role) == (wanted.privilege, wanted.role) and g.granted_by and may_revoke(g)
    ]
    if option_only:
        instances = [g for g in instances if g.grant_option]
    after = account.without_grants(instances)
    if option_only:
        after = after.with_grants(replace(g, grant_option=False) for g in instances)
    if _dependents(after, wanted):
        if not cascade:
            return Revocation(account, 0, len(instances))
        after = _without_dependents(after, wanted)
    return Revocation(after, len(instances))


def revoke_membership(
    account: Account,
    wanted: Membership,
    may_revoke: Callable[[Membership], bool],
    *,
    option_only: bool = False,
    cascade: bool = False,
) -> Revocation:
    """Take a role from a role or user; the rules are those of `revoke`."""
    instances = [
        m
        for m in sorted(account.memberships)
        if (m.role, m.to) == (wanted.role, wanted.to) and m.granted_by and may_revoke(m)
    ]
    if option_only:
        instances = [m for m in instances if m.grant_option]
    after = account.without_memberships(instances)
    if option_only:
        after = after.with_memberships(replace(m, grant_option=False) for m in instances)
    if _dependent_members(after, wanted):
        if not cascade:
            return Revocation(account, 0, len(instances))
        after = _without_dependent_members(after, wanted)
    return Revocation(after, len(instances))


def _dependents(account: Account, gone: Grant) -> set[Grant]:
    """Grants made by a role that no longer may make them: neither its grant option nor its ownership is left."""
    if account.objects.get(gone.on) and account.objects[gone.on].owner == gone.role:
        return set()
    grants = {g for g in account.grants_on(gone.on) if g.privilege == gone.privilege}
    if any(g.role == gone.role and g.grant_option for g in grants):
        return set()
    return {g for g in grants if g.granted_by == gone.role} if not _owns_schema(account, gone) else set()


def _without_dependents(account: Account, gone: Grant) -> Account:
    for dependent in _dependents(account, gone):
        account = _without_dependents(account.without_grants([dependent]), dependent)
    return account


def _dependent_members(account: Account, gone: Membership) -> set[Membership]:
    name = role_name(gone.to)
    if gone.to.type is ObjectType.USER or account.objects[role_ref(gone.role)].owner == name:
        return set()
    of_role = {m for m in account.memberships if m.role == gone.role}
    if any(m.to == gone.to and m.grant_option for m in of_role):
        return set()
    return {m for m in of_role if m.granted_by == name}


def _without_dependent_members(account: Account, gone: Membership) -> Account:
    for dependent in _dependent_members(account, gone):
        account = _without_dependent_members(account.without_memberships([dependent]), dependent)
    return account


def _passing_on(authority: Authority, name: RoleName) -> set[RoleName]:
    return {
        role_name(m.to)
        for m in authority.account.memberships
        if m.role == name and m.grant_option and role_name(m.to) in authority.roles
    }


def _managed_by(authority: Authority, on: ObjectRef) -> RoleName:
    """The active owner of the managed access schema that holds the object: there it is the grantor (R46)."""
    found = authority.account.objects.get(on.parents[-1]) if on.type.depth == 3 else None
    managed = isinstance(found, Schema) and found.managed_access and found.owner in authority.roles
    return found.owner if found and managed else ""


def _owns_schema(account: Account, grant: Grant) -> bool:
    found = account.objects.get(grant.on.parents[-1]) if grant.on.type.depth == 3 else None
    return isinstance(found, Schema) and found.managed_access and found.owner == grant.role
