"""GRANT and REVOKE ROLE (R2, R3, R12-R15)."""

from __future__ import annotations

from dataclasses import dataclass

from snowmesh.account import granting, roles
from snowmesh.account.authorization import Authority
from snowmesh.account.grants import Membership
from snowmesh.account.objects import ObjectRef, ObjectType, role, user
from snowmesh.account.state import Account
from snowmesh.local import denials, errors
from snowmesh.local.session import Outcome, Session
from snowmesh.local.statements.base import Statement, done
from snowmesh.local.statements.creation import system_object
from snowmesh.local.statements.grantable import partially_revoked
from snowmesh.local.tokens import Cursor


@dataclass(frozen=True)
class GrantRoles(Statement):
    """`GRANT ROLE a [, b …] TO {ROLE | USER} x [WITH GRANT OPTION]` (R13)."""

    roles: tuple[str, ...]
    to: ObjectRef
    grant_option: bool = False

    def run(self, account: Account, session: Session) -> Outcome:
        """OWNERSHIP of each role, MANAGE GRANTS, or the grant option on it (R12). All roles or none."""
        _find_grantee(account, self.to)
        authority = session.authority(account)
        for name in self.roles:
            denials.find_role(account, name)
            if not granting.may_grant_role(authority, name):
                raise denials.grant_refused()
            account = self._with(account, authority, session, name)
        return done(account, session)

    def _with(self, account: Account, authority: Authority, session: Session, name: str) -> Account:
        if _is_fixed(name, self.to):
            return account
        if self.to.type is ObjectType.ROLE and roles.would_cycle(account, name, self.to.name[0]):
            raise errors.invalid(
                f"Role '{name}' cannot be granted to role '{self.to.name[0]}': "
                f"'{self.to.name[0]}' is granted to '{name}', and roles form no cycle."
            )
        grantor = granting.role_grantor(authority, name, session.role)
        return granting.add_membership(account, Membership(name, self.to, self.grant_option, grantor))


@dataclass(frozen=True)
class RevokeRoles(Statement):
    """`REVOKE [GRANT OPTION FOR] ROLE a [, b …] FROM {ROLE | USER} x [RESTRICT | CASCADE]`."""

    roles: tuple[str, ...]
    to: ObjectRef
    option_only: bool = False
    cascade: bool = False

    def run(self, account: Account, session: Session) -> Outcome:
        """Who may grant a role may revoke it; revoking nothing succeeds (P31)."""
        _find_grantee(account, self.to)
        authority, revoked, skipped = session.authority(account), 0, 0
        for name in self.roles:
            denials.find_role(account, name)
            if _is_fixed(name, self.to):
                raise system_object(role(name), "REVOKE")
            if not granting.may_grant_role(authority, name):
                raise denials.denied(account, session, "OWNERSHIP", role(name))
            step = self._revoke(account, authority, name)
            account, revoked, skipped = step.account, revoked + step.revoked, skipped + step.skipped
        outcome = done(account, session)
        if skipped:
            raise partially_revoked(revoked, skipped, outcome)
        return outcome

    def _revoke(self, account: Account, authority: Authority, name: str) -> granting.Revocation:
        everything = authority.holds_on_account("MANAGE GRANTS")
        return granting.revoke_membership(
            account,
            Membership(name, self.to),
            lambda member: everything or member.granted_by in authority.roles,
            option_only=self.option_only,
            cascade=self.cascade,
        )


def parse_grant(cursor: Cursor) -> Statement:
    """Read what follows GRANT ROLE."""
    names = _read_roles(cursor)
    to = _read_grantee(cursor, "TO")
    grant_option = cursor.accept("WITH GRANT OPTION")
    if grant_option and to.type is ObjectType.USER:
        raise errors.syntax_error("WITH GRANT OPTION is not allowed when a role is granted to a user")
    cursor.expect_end()
    return GrantRoles(names, to, grant_option)


def parse_revoke(cursor: Cursor, option_only: bool) -> Statement:
    """Read what follows REVOKE [GRANT OPTION FOR] ROLE."""
    names = _read_roles(cursor)
    to = _read_grantee(cursor, "FROM")
    cascade = cursor.accept_one("CASCADE", "RESTRICT") == "CASCADE"
    cursor.expect_end()
    return RevokeRoles(names, to, option_only, cascade)


def _read_roles(cursor: Cursor) -> tuple[str, ...]:
    names = [cursor.name()]
    while cursor.accept(","):
        names.append(cursor.name())
    if any(len(parts) != 1 for parts in names):
        raise errors.not_implemented("database roles", "grant an account role")
    return tuple(dict.fromkeys(parts[0] for parts in names))


def _read_grantee(cursor: Cursor, word: str) -> ObjectRef:
    cursor.expect(word)
    other = cursor.accept_one("DATABASE ROLE", "APPLICATION ROLE", "APPLICATION", "SHARE")
    if other:
        raise errors.not_implemented(f"GRANT and REVOKE ROLE {word} {other}")
    kind = cursor.expect("ROLE", "USER")
    name = cursor.name()
    if len(name) != 1:
        raise errors.not_implemented("database roles", "grant to an account role")
    return role(name[0]) if kind == "ROLE" else user(name[0])


def _find_grantee(account: Account, to: ObjectRef) -> None:
    if to not in account.objects:
        raise errors.not_found(to)


def _is_fixed(name: str, to: ObjectRef) -> bool:
    """What Snowflake keeps itself: PUBLIC below everything, and the edges of the system roles (R2, R3)."""
    if name == roles.PUBLIC:
        return True
    return to.type is ObjectType.ROLE and (name, to.name[0]) in roles.SYSTEM_EDGES
