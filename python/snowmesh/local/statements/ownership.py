"""GRANT OWNERSHIP (P34-P41, R16, R50)."""

from __future__ import annotations

from dataclasses import dataclass

from snowmesh.account import lifecycle
from snowmesh.account.lifecycle import DependentGrants
from snowmesh.account.objects import ObjectRef, ObjectType, RoleName, Schema, role_ref
from snowmesh.account.privileges import OWNERSHIP
from snowmesh.account.roles import closure
from snowmesh.account.state import Account
from snowmesh.local import denials, errors
from snowmesh.local.errors import SnowflakeError
from snowmesh.local.session import Outcome, Session
from snowmesh.local.statements.base import Statement, done
from snowmesh.local.statements.creation import system_object
from snowmesh.local.statements.future_grants import GrantFuture
from snowmesh.local.statements.grantable import affected, wanted
from snowmesh.local.statements.grantee import Grantee, check_scope
from snowmesh.local.statements.targets import ALL, FUTURE, Target
from snowmesh.local.tokens import Cursor

COPY, REVOKE = "COPY", "REVOKE"


@dataclass(frozen=True)
class GrantOwnership(Statement):
    """`GRANT OWNERSHIP ON {<type> n | ALL <plural> IN c} TO [DATABASE] ROLE r [{COPY | REVOKE} CURRENT GRANTS]`."""

    target: Target
    grantee: Grantee
    current_grants: str = ""

    def run(self, account: Account, session: Session) -> Outcome:
        """All objects or none."""
        role = self.grantee.role(account, session)
        if self.target.scope == ALL:
            refs = self.target.objects(account, session)
            for ref in refs:
                account = self._transferred(account, session, ref, role)
            return done(account, session, affected(len(refs)))
        ref = self.target.object(account, session)
        wanted((OWNERSHIP,), ref.type)
        return done(self._transferred(account, session, ref, role), session)

    def _transferred(self, account: Account, session: Session, ref: ObjectRef, role: RoleName) -> Account:
        check_scope(role, ref, OWNERSHIP)
        self._authorize(account, session, ref, role)
        try:
            return lifecycle.transfer_ownership(account, ref, role, self.current_grants)
        except DependentGrants as error:
            raise _dependent(error) from None

    def _authorize(self, account: Account, session: Session, ref: ObjectRef, role: RoleName) -> None:
        """The current owner or MANAGE GRANTS; COPY also takes the new owner's rights (P37)."""
        authority = session.authority(account)
        if account.objects[ref].owner == "":
            raise system_object(ref, "GRANT OWNERSHIP")
        schema = account.objects.get(ref.parents[-1]) if ref.type.depth == 3 else None
        managed = isinstance(schema, Schema) and schema.managed_access
        may = authority.owns(ref) or authority.manages_grants(ref)
        if not (may or (managed and schema is not None and authority.owns(schema.ref))):
            raise denials.grant_refused()
        if self.current_grants == COPY and not (authority.manages_grants(ref) or role in authority.roles):
            raise denials.grant_refused()
        if managed and schema is not None and role not in closure(account, [schema.owner]):
            raise errors.invalid(
                f"In managed access schema '{schema.ref.fqn}' ownership moves only to roles below the schema's owner "
                f"'{role_ref(schema.owner).fqn}' (not '{role_ref(role).fqn}')."
            )


def parse(cursor: Cursor, names: tuple[str, ...], target: Target, grantee: Grantee) -> Statement:
    """Read what follows `GRANT OWNERSHIP ON … TO ROLE r`."""
    if names != (OWNERSHIP,):
        raise errors.syntax_error("OWNERSHIP stands alone in a list of privileges")
    if target.object_type is ObjectType.ACCOUNT:
        raise errors.invalid("Invalid object type 'ACCOUNT' for privilege 'OWNERSHIP'.")
    if grantee.type is ObjectType.USER:
        raise errors.invalid("OWNERSHIP cannot be granted to a user: roles own objects (P34).")
    current = cursor.accept_one("COPY CURRENT GRANTS", "REVOKE CURRENT GRANTS").partition(" ")[0]
    cursor.expect_end()
    if target.scope == FUTURE:
        if current == COPY:
            raise errors.syntax_error("COPY CURRENT GRANTS has no meaning for future objects")
        return GrantFuture((OWNERSHIP,), target, grantee)
    return GrantOwnership(target, grantee, current)


def _dependent(error: DependentGrants) -> SnowflakeError:
    grant = error.grant
    return SnowflakeError(
        3036,
        "23001",
        f"SQL execution error: Dependent grant of privilege '{grant.privilege}' on securable '{grant.on.fqn}' to "
        f"role '{role_ref(grant.role).fqn}' exists.  It must be revoked first.  More than one dependent grant may "
        "exist: use 'SHOW GRANTS' command to view them.  To revoke all dependent grants while transferring object "
        "ownership, use GRANT OWNERSHIP with REVOKE CURRENT GRANTS.",
    )
