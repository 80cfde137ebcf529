"""GRANT and REVOKE of privileges on objects that exist (P28-P33, R45-R49)."""

from __future__ import annotations

from dataclasses import dataclass

from snowmesh.account import granting
from snowmesh.account.authorization import Authority
from snowmesh.account.grants import Grant
from snowmesh.account.objects import ObjectRef, ObjectType, RoleName, Schema
from snowmesh.account.privileges import OWNERSHIP
from snowmesh.account.state import Account
from snowmesh.local import denials, errors
from snowmesh.local.session import Outcome, Session
from snowmesh.local.statements import future_grants, ownership, role_grants
from snowmesh.local.statements.base import SUCCESS, PartiallyExecuted, Statement, done
from snowmesh.local.statements.grantable import EVERY, affected, partially_revoked
from snowmesh.local.statements.grantee import Grantee, check_scope, read_grantee, wanted_for
from snowmesh.local.statements.targets import ALL, FUTURE, Target, check_individual, read_target
from snowmesh.local.tokens import Cursor

_REFUSED = ("APPLICATION ROLE", "SERVICE ROLE", "CALLER", "ALL CALLER PRIVILEGES", "INHERITED")


@dataclass(frozen=True)
class GrantPrivileges(Statement):
    """`GRANT p [, …] ON … TO {[ROLE] r | DATABASE ROLE d.r | USER u} [WITH GRANT OPTION]`."""

    privileges: tuple[str, ...]
    target: Target
    grantee: Grantee
    grant_option: bool = False

    def run(self, account: Account, session: Session) -> Outcome:
        """Grant what may be granted; refuse, or report, what may not (P30)."""
        self.grantee.check_enabled(account)
        role = self.grantee.role(account, session)
        if self.target.scope == ALL:
            return self._on_all(account, session, role)
        ref = self.target.object(account, session)
        granted, refused = self._split(account, session, ref, role)
        if not granted:
            raise denials.grant_refused()
        after = self._granted(account, session, ref, granted, role)
        if refused:
            text = f"Grant partially executed: privileges [{', '.join(refused)}] not granted."
            raise PartiallyExecuted(3011, "42501", text, done(after, session))
        return done(after, session)

    def _on_all(self, account: Account, session: Session, role: RoleName) -> Outcome:
        refs = self.target.objects(account, session)
        wanted_for(role, self.privileges, self.target.object_type)
        check_scope(role, self.target.container(account, session))
        after = account
        for ref in refs:
            granted, refused = self._split(account, session, ref, role)
            if refused:
                raise denials.grant_refused()
            after = self._granted(after, session, ref, granted, role)
        return done(after, session, affected(len(refs)))

    def _split(self, account: Account, session: Session, ref: ObjectRef, role: RoleName) -> tuple[list[str], list[str]]:
        """What the session may grant, and what not."""
        authority = session.authority(account)
        check_scope(role, ref)
        names = wanted_for(role, self.privileges, ref.type)
        for name in names:
            check_individual(account, ref, name, "GRANT")
        if self.grant_option and "IMPORTED PRIVILEGES" in names:
            raise errors.invalid("IMPORTED PRIVILEGES cannot be granted WITH GRANT OPTION.")
        granted = [name for name in names if authority.may_grant(name, ref)]
        return granted, [name for name in names if name not in granted]

    def _granted(self, account: Account, session: Session, ref: ObjectRef, names: list[str], role: RoleName) -> Account:
        authority = session.authority(account)
        for name in names:
            grantor = granting.grantor(authority, name, ref, session.role)
            account = granting.add_grant(account, Grant(name, ref, role, self.grant_option, grantor))
        return account


@dataclass(frozen=True)
class RevokePrivileges(Statement):
    """`REVOKE [GRANT OPTION FOR] p [, …] ON … FROM {[ROLE] r | DATABASE ROLE d.r | USER u} [RESTRICT | CASCADE]`."""

    privileges: tuple[str, ...]
    target: Target
    grantee: Grantee
    option_only: bool = False
    cascade: bool = False

    def run(self, account: Account, session: Session) -> Outcome:
        """Revoking nothing succeeds (P31); a privilege that was granted on stays, without CASCADE (P32)."""
        role = self.grantee.role(account, session)
        bulk = self.target.scope == ALL
        if bulk:
            wanted_for(role, self.privileges, self.target.object_type)
        refs = self.target.objects(account, session) if bulk else [self.target.object(account, session)]
        authority, after, revoked, skipped = session.authority(account), account, 0, 0
        for ref in refs:
            for name in wanted_for(role, self.privileges, ref.type):
                check_individual(account, ref, name, "REVOKE")
                step = self._revoke(after, authority, Grant(name, ref, role))
                after, revoked, skipped = step.account, revoked + step.revoked, skipped + step.skipped
        outcome = done(after, session, affected(len(refs)) if bulk else SUCCESS)
        if skipped:
            raise partially_revoked(revoked, skipped, outcome)
        return outcome

    def _revoke(self, account: Account, authority: Authority, grant: Grant) -> granting.Revocation:
        return granting.revoke(
            account,
            grant,
            lambda grant: _may_revoke(authority, grant),
            option_only=self.option_only,
            cascade=self.cascade,
        )


def parse_grant(cursor: Cursor) -> Statement:
    """Read what follows GRANT."""
    _refuse_unknown_forms(cursor)
    role_type = cursor.accept_one("ROLE", "DATABASE ROLE")
    if role_type:
        return role_grants.parse_grant(cursor, ObjectType(role_type))
    names = _read_privileges(cursor)
    cursor.expect("ON")
    target = read_target(cursor)
    grantee = read_grantee(cursor, "TO")
    if OWNERSHIP in names:
        return ownership.parse(cursor, names, target, grantee)
    grant_option = cursor.accept("WITH GRANT OPTION")
    cursor.expect_end()
    if grant_option and grantee.type is ObjectType.USER:
        raise errors.not_implemented("GRANT … TO USER … WITH GRANT OPTION", "grant to a role")
    if target.scope == FUTURE:
        return future_grants.GrantFuture(names, target, grantee, grant_option)
    return GrantPrivileges(names, target, grantee, grant_option)


def parse_revoke(cursor: Cursor) -> Statement:
    """Read what follows REVOKE."""
    option_only = cursor.accept("GRANT OPTION FOR")
    _refuse_unknown_forms(cursor)
    role_type = cursor.accept_one("ROLE", "DATABASE ROLE")
    if role_type:
        return role_grants.parse_revoke(cursor, ObjectType(role_type), option_only)
    names = _read_privileges(cursor)
    cursor.expect("ON")
    target = read_target(cursor)
    grantee = read_grantee(cursor, "FROM")
    cascade = cursor.accept_one("CASCADE", "RESTRICT") == "CASCADE"
    cursor.expect_end()
    if target.scope == FUTURE:
        return future_grants.RevokeFuture(names, target, grantee, option_only)
    if OWNERSHIP in names:
        raise errors.invalid("OWNERSHIP cannot be revoked, only transferred: use GRANT OWNERSHIP.")
    return RevokePrivileges(names, target, grantee, option_only, cascade)


def _may_revoke(authority: Authority, grant: Grant) -> bool:
    """Only the active grantor's own grants; all of them with MANAGE GRANTS, or as owner of a managed schema (P31)."""
    if authority.manages_grants(grant.on):
        return True
    if grant.on.type.depth == 3:
        schema = authority.account.objects.get(grant.on.parents[1])
        if isinstance(schema, Schema) and schema.managed_access:
            return authority.owns(schema.ref)
    return grant.granted_by in authority.roles


def _read_privileges(cursor: Cursor) -> tuple[str, ...]:
    """Read `p [, p2 …]` up to ON; a privilege may have several words."""
    names: list[str] = []
    while True:
        words: list[str] = []
        while cursor.peek() and cursor.peek() not in (",", "ON"):
            words.append(cursor.identifier())
        if not words:
            raise cursor.unexpected("a privilege")
        names.append(" ".join(words))
        if not cursor.accept(","):
            break
    found = tuple(dict.fromkeys(names))
    if any(name in ("ALL", "ALL PRIVILEGES") for name in found):
        if len(found) > 1:
            raise errors.syntax_error("ALL stands alone in a list of privileges")
        return EVERY
    return found


def _refuse_unknown_forms(cursor: Cursor) -> None:
    found = cursor.accept_one(*_REFUSED)
    if found:
        raise errors.not_implemented(f"GRANT and REVOKE {found}")
