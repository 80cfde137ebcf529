"""What a mesh file has authority over: what else is granted there is taken away, the rest is left alone.

Authority is over what declared roles and PUBLIC hold on declared objects, and over which of the declared roles a
declared role or user holds. PUBLIC counts because every role inherits it (R2).
"""

from __future__ import annotations

from functools import cached_property

from snowmesh.account.grants import FutureGrant, Grant, Membership
from snowmesh.account.objects import ACCOUNT, ObjectRef, ObjectType, RoleName, role, role_name, role_ref
from snowmesh.account.roles import ACCOUNTADMIN, PUBLIC, SECURITYADMIN, SYSADMIN, SYSTEM_ROLES, USERADMIN
from snowmesh.bootstrap.declarations import UserType
from snowmesh.bootstrap.declared import Cause, Declared

# Snowflake's own, outside the hierarchy too (R1)
SYSTEM = (*SYSTEM_ROLES, "ORGADMIN", "GLOBALORGADMIN")
# every role is below them anyway; a role grant to them gives nothing more
_ABOVE_ALL = (role(SYSADMIN), role(ACCOUNTADMIN))
_BESIDE = (role(SECURITYADMIN), role(USERADMIN), role(PUBLIC))
_PRINCIPALS = (ObjectType.ROLE, ObjectType.DATABASE_ROLE, ObjectType.USER)


class Authority:
    """What a declared account has authority over."""

    def __init__(self, declared: Declared) -> None:
        account = declared.account
        self._causes = declared.causes
        self.principals = frozenset(ref for ref in account.objects if ref.type in _PRINCIPALS)
        granted = {g.on for g in account.grants if g.on.type.depth < 3}
        containers = {ref for ref in account.objects if ref.type not in _PRINCIPALS}
        self.objects = frozenset({*containers, *granted, ACCOUNT})
        # what is only granted on, such as a shared database, belongs to others, who grant it too
        self.declared = frozenset(containers - {ACCOUNT})
        users = (o for ref, o in account.objects.items() if ref.type is ObjectType.USER)
        self._services = frozenset(user.ref for user in users if user.properties.get("TYPE") == UserType.SERVICE.value)

    @cached_property
    def roles(self) -> frozenset[RoleName]:
        """The names of the declared roles."""
        return frozenset(role_name(ref) for ref in self.principals if ref.type is not ObjectType.USER)

    def over_grant(self, grant: Grant) -> bool:
        """Whether a privilege is the mesh's to give and to take."""
        if grant.role == PUBLIC:
            return grant.on in self.declared
        return grant.on in self.objects and role_ref(grant.role) in self.principals

    def over_future(self, grant: FutureGrant) -> bool:
        """Whether a future grant is the mesh's to give and to take."""
        return grant.container in self.objects and (grant.role in self.roles or grant.role == PUBLIC)

    def over_membership(self, membership: Membership) -> bool:
        """Whether a role grant is the mesh's to give and to take.

        A system role below a declared role is a way up; a declared role below PUBLIC is everybody's.
        """
        if membership.role in self.roles:
            return membership.to in self.principals or membership.to in _BESIDE
        escalates = membership.role in SYSTEM and membership.role != PUBLIC
        return escalates and membership.to in self.principals and membership.to.type is not ObjectType.USER

    def reported(self, item: Grant | FutureGrant | Membership) -> RoleName | None:
        """The role nobody declared that reaches into the mesh by this item, or None."""
        if isinstance(item, Membership):
            return self._stranger_of(item)
        on = item.on if isinstance(item, Grant) else item.container
        stranger = item.role not in self.roles and item.role not in SYSTEM and not _is_user(item.role)
        return item.role if stranger and on in self.declared else None

    def _stranger_of(self, membership: Membership) -> RoleName | None:
        to, name = membership.to, membership.role
        if name in self.roles:
            outside = to not in self.principals and to not in (*_ABOVE_ALL, *_BESIDE)
            return role_name(to) if outside and to.type is not ObjectType.USER else None
        # a person may be an administrator; a service user of the mesh may not
        known = name == PUBLIC or (name in SYSTEM and to.type is ObjectType.USER and to not in self._services)
        return name if to in self.principals and not known else None

    def cause(self, item: Grant | FutureGrant | Membership, reason: str) -> Cause:
        """Where the mesh speaks of what an undeclared item is about: its grantee, else its object."""
        subjects = _subjects(item)
        found = next((self._causes[ref] for ref in subjects if ref in self._causes), None)
        found = found or self._granted[subjects[-1]]
        return Cause(found.group, found.place, reason)

    @cached_property
    def _granted(self) -> dict[ObjectRef, Cause]:
        """Objects that are not declared but granted on, such as shared databases, and where first."""
        found: dict[ObjectRef, Cause] = {}
        for item, cause in self._causes.items():
            if isinstance(item, Grant):
                found.setdefault(item.on, cause)
        return found


def _is_user(name: RoleName) -> bool:
    return isinstance(name, ObjectRef) and name.type is ObjectType.USER


def _subjects(item: Grant | FutureGrant | Membership) -> tuple[ObjectRef, ...]:
    if isinstance(item, Membership):
        return (item.to, role_ref(item.role))
    return (role_ref(item.role), item.on if isinstance(item, Grant) else item.container)
