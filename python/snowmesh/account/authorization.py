"""Who may do what: pure questions to an Account (facts R22, R45, P17-P27)."""

from __future__ import annotations

from collections.abc import Iterable

from snowmesh.account import roles as role_graph
from snowmesh.account.objects import (
    ACCOUNT,
    POLICY_TYPES,
    RELATION_TYPES,
    Database,
    ObjectRef,
    ObjectType,
    RoleName,
    Schema,
    SecurableObject,
)
from snowmesh.account.privileges import HANDED_OUT_BY_HOLDERS, MANAGE_GRANTS, OWNERSHIP
from snowmesh.account.state import Account


class Authority:
    """What a set of active roles may do in an account. Ask with the closed set of R22:

    all active roles for most statements, only the primary role's closure for CREATE.
    """

    def __init__(self, account: Account, direct_roles: Iterable[RoleName]) -> None:
        self.account = account
        self.roles = role_graph.closure(account, direct_roles)

    def holds(self, privilege: str, on: ObjectRef) -> bool:
        """Whether a role holds the privilege on the object; the owner holds them all (P41)."""
        if self.owns(on):
            return True
        if privilege == OWNERSHIP:
            return False
        return any(g.privilege == privilege and g.role in self.roles for g in self.account.grants_on(on))

    def holds_on_account(self, privilege: str) -> bool:
        """Whether a role holds a global privilege. ACCOUNTADMIN is no superuser (R4)."""
        return any(g.privilege == privilege and g.role in self.roles for g in self.account.grants_on(ACCOUNT))

    def owns(self, ref: ObjectRef) -> bool:
        """Whether one of the roles owns the object."""
        found = self.account.objects.get(ref)
        return found is not None and found.owner in self.roles and found.owner != ""

    def has_any(self, ref: ObjectRef) -> bool:
        """Whether a role holds any privilege on the object, ownership included (P18).

        Everything in a shared database is reached through IMPORTED PRIVILEGES on it (L7).
        """
        if self.owns(ref) or any(g.role in self.roles for g in self.account.grants_on(ref)):
            return True
        return ref.type in (*RELATION_TYPES, ObjectType.SCHEMA) and self.imported(ref)

    def imported(self, ref: ObjectRef) -> bool:
        """Whether the object lies in a shared database on which a role has IMPORTED PRIVILEGES."""
        database = ref.parents[0]
        found = self.account.objects.get(database)
        return isinstance(found, Database) and found.shared and self.holds("IMPORTED PRIVILEGES", database)

    def reaches(self, ref: ObjectRef) -> bool:
        """Whether every container of the object is open: at least one privilege on each (P17, P18)."""
        return all(self.has_any(parent) for parent in ref.parents)

    def sees(self, ref: ObjectRef) -> bool:
        """Whether SHOW lists the object and errors may name it (P25, R48)."""
        if ref not in self.account.objects:
            return False
        if self.manages_grants(ref) or self.holds_on_account("RESOLVE ALL"):
            return True
        if ref.type is ObjectType.DATABASE_ROLE:  # its name is known to whoever may look into the database
            return self.reaches(ref)
        return self.reaches(ref) and self.has_any(ref)

    def may_describe(self, ref: ObjectRef) -> bool:
        """Whether DESCRIBE TABLE/VIEW is allowed: any privilege, or a global APPLY one (P25, M23)."""
        return (self.reaches(ref) and self.has_any(ref)) or any(
            self.holds_on_account(f"APPLY {kind.value}") for kind in (ObjectType.TAG, *POLICY_TYPES)
        )

    def may_use(self, ref: ObjectRef, privilege: str) -> bool:
        """Whether a privilege on a contained object can be exercised: parents open, privilege held."""
        if not self.reaches(ref):
            return False
        if privilege == "SELECT" and ref.type in RELATION_TYPES and self.imported(ref):
            return True
        return self.holds(privilege, ref)

    def may_grant(self, privilege: str, on: ObjectRef) -> bool:
        """Whether the roles may grant the privilege on the object (R45-R47, P1)."""
        if privilege == MANAGE_GRANTS and on.type is not ObjectType.ACCOUNT:
            return any(self.may_pass_on(privilege, container) for container in (on, *on.parents, ACCOUNT))
        if on.type is ObjectType.ACCOUNT and privilege in HANDED_OUT_BY_HOLDERS:
            return self.may_pass_on(privilege, on)
        if self.manages_grants(on):
            return True
        if self._managed(on):
            return self.owns(on.parents[1])
        return self.owns(on) or self.may_pass_on(privilege, on)

    def may_pass_on(self, privilege: str, on: ObjectRef) -> bool:
        """Whether a role holds the privilege WITH GRANT OPTION."""
        return any(
            g.privilege == privilege and g.grant_option and g.role in self.roles for g in self.account.grants_on(on)
        )

    def manages_grants(self, on: ObjectRef) -> bool:
        """Whether a role holds MANAGE GRANTS on the account or a container of the object (R45)."""
        return self._holds_manage_grants(ACCOUNT, *on.parents)

    def manages_grants_within(self, container: ObjectRef) -> bool:
        """Whether a role holds MANAGE GRANTS for whatever is inside a database or schema (R45, P44)."""
        return self._holds_manage_grants(ACCOUNT, container, *container.parents)

    def _holds_manage_grants(self, *containers: ObjectRef) -> bool:
        # owning the container does not confer it (R47), so this asks for the grant itself
        return any(
            g.privilege == MANAGE_GRANTS and g.role in self.roles
            for container in containers
            for g in self.account.grants_on(container)
        )

    def may_create(self, object_type: ObjectType, container: ObjectRef) -> bool:
        """Whether the roles may create an object of a type in a container (P20). Use the primary closure."""
        privilege = f"CREATE {object_type.value}"
        if container is ACCOUNT or container.type is ObjectType.ACCOUNT:
            return self.holds_on_account(privilege)
        return self.reaches(container) and self.holds(privilege, container)

    def _managed(self, ref: ObjectRef) -> bool:
        if ref.type.depth < 3:
            return False
        found = self.account.objects.get(ref.parents[1])
        return isinstance(found, Schema) and found.managed_access


def visible(authority: Authority, items: Iterable[SecurableObject]) -> list[SecurableObject]:
    """The objects that SHOW lists for these roles."""
    return [item for item in items if authority.sees(item.ref)]
