"""GRANT and REVOKE ON FUTURE (P42-P46)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from snowmesh.account.grants import FutureGrant
from snowmesh.account.objects import ObjectRef, ObjectType, RoleName, Schema, role_ref
from snowmesh.account.privileges import MANAGE_GRANTS, OWNERSHIP
from snowmesh.account.state import Account
from snowmesh.local import denials, errors
from snowmesh.local.session import Outcome, Session
from snowmesh.local.statements.base import Statement, done
from snowmesh.local.statements.grantable import wanted
from snowmesh.local.statements.grantee import Grantee, check_scope, is_database_role
from snowmesh.local.statements.targets import Target, check_individual


@dataclass(frozen=True)
class GrantFuture(Statement):
    """`GRANT p [, …] ON FUTURE <plural> IN {SCHEMA | DATABASE} c TO ROLE r`; OWNERSHIP among them."""

    privileges: tuple[str, ...]
    target: Target
    grantee: Grantee
    grant_option: bool = False

    def run(self, account: Account, session: Session) -> Outcome:
        """MANAGE GRANTS, or the owner of a managed access schema; for a database role also USAGE there (P44)."""
        role = self._role(account, session)
        container = authorized_container(account, session, self.target)
        check_scope(role, container)
        if is_database_role(role):
            denials.require(account, session, "USAGE", (container, *container.parents)[-1])
        for name in wanted(self.privileges, self.target.object_type):
            check_individual(account, container, name, "GRANT")
            account = self._with(account, container, name, role)
        return done(account, session)

    def _role(self, account: Account, session: Session) -> RoleName:
        if self.grantee.type is ObjectType.USER:
            raise errors.not_implemented("GRANT … ON FUTURE … TO USER", "grant to a role")
        return self.grantee.role(account, session)

    def _with(self, account: Account, container: ObjectRef, name: str, role: RoleName) -> Account:
        grant = FutureGrant(name, self.target.object_type, container, role)
        if name == OWNERSHIP:
            _check_single_owner(account, grant)
        optional = replace(grant, grant_option=True)
        if optional in account.future_grants:
            return account
        if self.grant_option:
            return account.without_future_grants([grant]).with_future_grants([optional])
        return account.with_future_grants([grant])


@dataclass(frozen=True)
class RevokeFuture(Statement):
    """`REVOKE [GRANT OPTION FOR] p [, …] ON FUTURE … FROM ROLE r`; existing objects keep what they got (P42)."""

    privileges: tuple[str, ...]
    target: Target
    grantee: Grantee
    option_only: bool = False

    def run(self, account: Account, session: Session) -> Outcome:
        """As for GRANT; revoking nothing succeeds (P31)."""
        role = self.grantee.role(account, session)
        container = authorized_container(account, session, self.target)
        names = wanted(self.privileges, self.target.object_type)
        gone = [
            g
            for g in account.future_grants
            if (g.object_type, g.container, g.role) == (self.target.object_type, container, role)
            and g.privilege in names
        ]
        account = account.without_future_grants(gone)
        if self.option_only:
            account = account.with_future_grants(replace(g, grant_option=False) for g in gone)
        return done(account, session)


def authorized_container(account: Account, session: Session, target: Target) -> ObjectRef:
    """The container after IN, if the session may define future grants in it (P44)."""
    container = target.container(account, session)
    authority = session.authority(account)
    item = account.objects[container]
    managed = isinstance(item, Schema) and item.managed_access and authority.owns(container)
    if not (managed or authority.manages_grants_within(container)):
        raise denials.denied(account, session, MANAGE_GRANTS, container)
    return container


def _check_single_owner(account: Account, grant: FutureGrant) -> None:
    """At most one future owner per object type and container (P45)."""
    for other in account.future_grants:
        same = (other.privilege, other.object_type, other.container) == (OWNERSHIP, grant.object_type, grant.container)
        if same and other.role != grant.role:
            raise errors.invalid(
                f"Future OWNERSHIP on {grant.object_type.plural} in '{grant.container.fqn}' is already granted to role "
                f"'{role_ref(other.role).fqn}'; revoke it first."
            )
