"""What every CREATE and DROP of a governance object has in common (R22, R23, P20-P23, M8, M9, M12, T18)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from snowmesh.account import attached, lifecycle
from snowmesh.account.objects import ACCOUNT, POLICY_TYPES, ObjectRef, ObjectType, SecurableObject
from snowmesh.account.privileges import OWNERSHIP
from snowmesh.account.state import Account, TagTarget
from snowmesh.local import attachments, denials, errors, policy_checks
from snowmesh.local.errors import SnowflakeError
from snowmesh.local.session import Outcome, Session
from snowmesh.local.statements.base import Statement, done
from snowmesh.local.statements.properties import TagClause, new_name
from snowmesh.local.tokens import Cursor


@dataclass(frozen=True)
class Head:
    """The start of a CREATE: OR REPLACE, TRANSIENT, IF NOT EXISTS and the name."""

    parts: tuple[str, ...]
    or_replace: bool = False
    if_not_exists: bool = False
    transient: bool = False

    def ref(self, object_type: ObjectType, session: Session) -> ObjectRef:
        """The full name."""
        return session.resolve(object_type, self.parts, f"CREATE {object_type.value}")


def read_head(cursor: Cursor, or_replace: bool, transient: bool = False) -> Head:
    """Read `[IF NOT EXISTS] <name>`; it excludes OR REPLACE (M8)."""
    if_not_exists = cursor.accept("IF NOT EXISTS")
    if if_not_exists and or_replace:
        raise errors.invalid("options IF NOT EXISTS and OR REPLACE are incompatible.")
    return Head(new_name(cursor), or_replace, if_not_exists, transient)


def create(
    account: Account, session: Session, head: Head, item: SecurableObject, tags: tuple[TagClause, ...] = ()
) -> Outcome:
    """Authorize by the primary role, create, and set inline tags. The privilege is asked for first, then the name."""
    _authorize(account, session, item.ref)
    name = item.ref.name[-1]
    other = policy_checks.namesake(account, item.ref)
    if other is not None:  # policies of all kinds share a namespace (I17)
        raise errors.exists_already(other)
    if item.ref in account.objects:
        if not head.or_replace:
            return _exists(account, session, head, item.ref)
        if not session.primary_authority(account).owns(item.ref):
            raise denials.denied(account, session, OWNERSHIP, item.ref, primary_only=True)
        check_removable(account, item.ref)
    after = lifecycle.create(account, item)
    for parts, value in tags:
        after = attachments.set_tag(after, session, TagTarget(item.ref), parts, value, creating=True)
    return done(after, session, f"{item.ref.type.value.capitalize()} {name} successfully created.")


@dataclass(frozen=True)
class Drop(Statement):
    """`DROP <type> [IF EXISTS] <name>`."""

    object_type: ObjectType
    parts: tuple[str, ...]
    if_exists: bool = False

    def run(self, account: Account, session: Session) -> Outcome:
        """Ownership only; IF EXISTS does not forgive missing ownership (P22)."""
        ref = session.resolve(self.object_type, self.parts, f"DROP {self.object_type.value}")
        policy_checks.check_kind(account, session, ref)
        try:
            item = self._found(account, session, ref)
        except SnowflakeError:
            if self.if_exists:
                text = f"Drop statement executed successfully ({ref.name[-1]} already dropped)."
                return done(account, session, text)
            if self.object_type in (ObjectType.DATABASE, ObjectType.SCHEMA):
                raise denials.no_such_object() from None
            raise
        if item.owner == "":
            raise system_object(ref, "DROP")
        if not _owns_schema_of_policy(account, session, ref):
            denials.require(account, session, OWNERSHIP, ref)
        check_removable(account, ref)
        after = lifecycle.drop(account, ref, heir=session.role)
        return done(after, _without(session, ref), f"{ref.name[-1]} successfully dropped.")

    def _found(self, account: Account, session: Session, ref: ObjectRef) -> SecurableObject:
        if ref in account.objects and _owns_schema_of_policy(account, session, ref):
            return account.objects[ref]
        return denials.find(account, session, ref)


def check_removable(account: Account, ref: ObjectRef) -> None:
    """Nothing that protects data goes while it does: policies, tags with policies, their containers (M9, M12, T18)."""
    gone = {ref, *(o.ref for o in account.children(ref))}
    for policy in (r for r in gone if r.type in POLICY_TYPES):
        if any(policy == ref or relation not in gone for relation in attached.protected_by(account, policy)):
            raise _in_use(ref, policy)
    for item in account.of_type(ObjectType.TAG):
        tag = account.tag(item.ref)
        policies = tag.masking_policies if tag else ()
        for policy in policies:
            if policy == ref or (policy in gone and item.ref not in gone):
                raise _in_use(ref, policy)
        if policies and (item.ref == ref or (item.ref in gone and _tagged_outside(account, item.ref, gone))):
            raise _in_use(ref, item.ref)


def system_object(ref: ObjectRef, verb: str) -> SnowflakeError:
    """System roles can be neither dropped nor given away, nor are their fixed grants revoked (R1, R3)."""
    kind = ref.type.value.capitalize()
    return SnowflakeError(
        3042, "42501", f"SQL compilation error:\n{kind} '{ref.fqn}' is a system object. {verb} cannot be performed."
    )


def _authorize(account: Account, session: Session, ref: ObjectRef) -> None:
    container = ref.parents[-1] if ref.parents else ACCOUNT
    primary = session.primary_authority(account)
    for parent in ref.parents:
        if parent not in account.objects or not (primary.has_any(parent) or session.authority(account).sees(parent)):
            raise errors.not_found(parent)
    if not primary.may_create(ref.type, container):
        raise denials.denied(account, session, f"CREATE {ref.type.value}", container, primary_only=True)


def _exists(account: Account, session: Session, head: Head, ref: ObjectRef) -> Outcome:
    name = ref.name[-1]
    if ref.type is not ObjectType.ROLE and not session.authority(account).sees(ref):
        raise SnowflakeError(
            3041,
            "42710",
            f"SQL compilation error:\n{ref.type.value.capitalize()} '{name}' already exists, but current role has no "
            "privileges on it. If this is unexpected and you cannot resolve this problem, contact your system "
            "administrator. ACCOUNTADMIN role may be required to manage the privileges on the object.",
        )
    if head.if_not_exists:
        return done(account, session, f"{name} already exists, statement succeeded.")
    raise errors.exists_already(ref)


def _owns_schema_of_policy(account: Account, session: Session, ref: ObjectRef) -> bool:
    """Who owns the schema may drop a row access policy in it, in whose reach it is (A18)."""
    authority = session.authority(account)
    return ref.type is ObjectType.ROW_ACCESS_POLICY and authority.owns(ref.parents[-1]) and authority.reaches(ref)


def _tagged_outside(account: Account, tag: ObjectRef, gone: set[ObjectRef]) -> bool:
    return any(tag in values and target.object not in gone for target, values in account.tag_values.items())


def _in_use(ref: ObjectRef, what: ObjectRef) -> SnowflakeError:
    if ref == what and ref.type in POLICY_TYPES:
        text = f"Policy {ref.name[-1]} cannot be dropped/replaced as it is associated with one or more entities."
    elif ref == what:
        text = f"Tag {ref.name[-1]} cannot be dropped/replaced as it carries one or more masking policies."
    else:
        text = (
            f"Cannot drop or replace {ref.type.value.lower()} {ref.fqn}: {what.type.value.lower()} {what.fqn} in it "
            "protects objects outside of it."
        )
    return SnowflakeError(3531, "23001", f"SQL compilation error:\n{text}")


def _without(session: Session, ref: ObjectRef) -> Session:
    """A dropped container or warehouse is nobody's current one any more."""
    if ref.type is ObjectType.WAREHOUSE and ref.name == (session.warehouse,):
        return replace(session, warehouse="")
    if ref.type is ObjectType.DATABASE and ref.name == (session.database,):
        return replace(session, database="", schema="")
    if ref.type is ObjectType.SCHEMA and ref.name == (session.database, session.schema):
        return replace(session, schema="")
    return session
