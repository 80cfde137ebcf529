"""Looking objects up for a session, and Snowflake's two ways of refusing (P27, E1, E2, E4, E5).

No privilege at all on an object: it does not exist. Some privilege but not the needed one: insufficient.
"""

from __future__ import annotations

from snowmesh.account.authorization import Authority
from snowmesh.account.objects import (
    ACCOUNT,
    POLICY_TYPES,
    RELATION_TYPES,
    ObjectRef,
    ObjectType,
    Relation,
    SecurableObject,
    role,
)
from snowmesh.account.privileges import OWNERSHIP
from snowmesh.account.state import Account
from snowmesh.local import errors
from snowmesh.local.errors import SnowflakeError
from snowmesh.local.session import Session


def find(account: Account, session: Session, ref: ObjectRef) -> SecurableObject:
    """The object, if a role of the session may know of it; else 002003."""
    found = account.objects.get(ref)
    if found is None or not (ref.type is ObjectType.ROLE or _knows(session.authority(account), ref)):
        raise errors.not_found(ref)
    return found


def find_relation(account: Account, session: Session, object_type: ObjectType, parts: tuple[str, ...]) -> Relation:
    """The table, view or dynamic table of that name, whichever it is; they share a namespace (I16)."""
    ref = session.resolve(object_type, parts, "ALTER")
    found = account.relation(ref.name)
    if found is None or not _knows(session.authority(account), found.ref):
        raise errors.not_found(ref)
    return found


def find_role(account: Account, name: str) -> ObjectRef:
    """The role of that name, or 002003. The names of roles are no secret."""
    if not account.role_exists(name):
        raise errors.not_found(role(name))
    return role(name)


def require(account: Account, session: Session, privilege: str, ref: ObjectRef) -> None:
    """Raise 003001 unless an active role holds the privilege (OWNERSHIP: owns the object) and reaches it."""
    authority = session.authority(account)
    held = authority.owns(ref) if privilege == OWNERSHIP else authority.holds(privilege, ref)
    if not (held and authority.reaches(ref)):
        raise denied(account, session, privilege, ref)


def require_global(account: Account, session: Session, privilege: str) -> None:
    """Raise 003001 unless an active role holds the account privilege."""
    if not session.authority(account).holds_on_account(privilege):
        raise denied(account, session, privilege, ACCOUNT)


def denied(
    account: Account, session: Session, privilege: str, ref: ObjectRef, primary_only: bool = False
) -> SnowflakeError:
    """The 003001 that names the missing privilege; CREATE is a matter of the primary role only (R22, E1)."""
    name = account.name if ref.type is ObjectType.ACCOUNT else ref.name[-1]
    return SnowflakeError(
        3001,
        "42501",
        f"SQL access control error:\nInsufficient privileges to operate on {ref.type.value.lower().replace(' ', '_')} "
        f"'{name}'. {_sentence(account, session, f'{privilege} granted on {_where(account, ref)}', primary_only)}",
    )


def told(error: SnowflakeError, account: Account, session: Session) -> SnowflakeError:
    """An error with its second sentence: what the roles of the session would need (E1, E2).

    It depends on the name that was asked for and on the session only, never on whether the object exists.
    """
    if isinstance(error, errors.NotFound) and (privilege := _NEEDED.get(error.ref.type)):
        on = ACCOUNT if error.ref.type is ObjectType.USER else error.ref
    elif isinstance(error, errors.Forbidden) and error.privilege:
        privilege, on = error.privilege, error.ref
    else:
        return error
    sentence = _sentence(account, session, f"{privilege} granted on {_where(account, on)}")
    return SnowflakeError(error.code, error.sqlstate, f"{error.message} {sentence}")


_CONTAINER, _ANY = "USAGE or any other privilege", "at least one privilege"
_NEEDED = {
    **{t: _ANY for t in ObjectType if t.depth == 3 or t is ObjectType.WAREHOUSE},
    ObjectType.DATABASE: _CONTAINER,
    ObjectType.SCHEMA: _CONTAINER,
    ObjectType.USER: "USAGE",
}


def _sentence(account: Account, session: Session, needed: str, primary_only: bool = False) -> str:
    many = bool(session.active(account).secondary) and not primary_only
    who = f"primary role {session.role}" + (" or one of your secondary roles" if many else "")
    return f"Your {who} must have {needed}."


def _where(account: Account, ref: ObjectRef) -> str:
    """The object as the second sentence names it: POLICY for policies, TABLE for all relations (E2, E4)."""
    if ref.type is ObjectType.ACCOUNT:
        return f"ACCOUNT {account.name}"
    kind = "TABLE" if ref.type in RELATION_TYPES else ref.type.value
    return f"{'POLICY' if kind.endswith('POLICY') else kind} {ref.fqn}"


def _knows(authority: Authority, ref: ObjectRef) -> bool:
    """Whether errors may name the object: it is visible, or in reach of a role that governs every object (T21, M23)."""
    governs = any(authority.holds_on_account(f"APPLY {kind.value}") for kind in (ObjectType.TAG, *POLICY_TYPES))
    return authority.sees(ref) or (governs and authority.reaches(ref))


def no_such_object() -> SnowflakeError:
    """What USE and DROP say of a container that is missing or invisible."""
    return SnowflakeError(
        2043, "02000", "SQL compilation error:\nObject does not exist, or operation cannot be performed."
    )


def grant_refused() -> SnowflakeError:
    """The grantor sees the object and may not grant on it."""
    return SnowflakeError(3102, "42501", "Grant not executed: Insufficient privileges.")


def wrong_type(found: ObjectType, wanted: ObjectType) -> SnowflakeError:
    """The name is taken by an object of another type (E15)."""
    return errors.invalid(f"Object found is of type '{found.shown}', not specified type '{wanted.shown}'.")


def creating_authority(account: Account, session: Session, creating: bool) -> Authority:
    """All active roles, or for clauses of a CREATE the primary role alone (R22)."""
    return session.primary_authority(account) if creating else session.authority(account)
