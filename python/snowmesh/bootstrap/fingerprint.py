"""Fingerprints of what a plan was made from and of what it does, to tell whether it is still the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from snowmesh.account.objects import ObjectRef, RoleName, role_ref, shown_role
from snowmesh.account.state import Account
from snowmesh.bootstrap.declared import Declared
from snowmesh.bootstrap.scope import Authority


def of_account(declared: Declared, current: Account) -> str:
    """The part of the account that the mesh file has authority over."""
    return of_lines(sorted(_facts(declared, current)))


def of_lines(lines: Iterable[str]) -> str:
    """SHA-256 of lines of text."""
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _facts(declared: Declared, current: Account) -> Iterator[str]:
    authority = Authority(declared)
    for ref in declared.account.objects:
        if found := current.objects.get(ref):
            yield f"object {_ref(ref)} {shown_role(found.owner)!r} {sorted(found.properties.items())}"
    for grant in current.grants:
        if authority.over_grant(grant):
            yield f"grant {grant.privilege} {_ref(grant.on)} {_name(grant.role)} {grant.grant_option}"
    for future in current.future_grants:
        if authority.over_future(future):
            on = f"{future.object_type.value} {_ref(future.container)}"
            yield f"future {future.privilege} {on} {_name(future.role)} {future.grant_option}"
    for member in current.memberships:
        if authority.over_membership(member):
            yield f"role {_name(member.role)} {_ref(member.to)}"


def _ref(ref: ObjectRef) -> str:
    return f"{ref.type.value}{ref.name!r}"


def _name(name: RoleName) -> str:
    return _ref(role_ref(name))
