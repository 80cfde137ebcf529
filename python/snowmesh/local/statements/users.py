"""CREATE, ALTER and DROP USER (R19, R20, C3).

Passwords and keys are never kept: any password of a known user is accepted at login. Properties are
kept as SHOW USERS prints them; DEFAULT_SECONDARY_ROLES is `["ALL"]` or `[]` and always there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from snowmesh.account.objects import ObjectType, SecurableObject
from snowmesh.account.state import Account, frozen
from snowmesh.local import errors
from snowmesh.local.session import Outcome, Session
from snowmesh.local.statements import actions, creation
from snowmesh.local.statements.base import Statement
from snowmesh.local.statements.creation import Head
from snowmesh.local.statements.properties import (
    Clauses,
    Reader,
    flag,
    name,
    one_name,
    one_of,
    read_clauses,
    refused,
    text,
)
from snowmesh.local.statements.roles import parse_rename
from snowmesh.local.tokens import Cursor

ALL, NONE = '["ALL"]', "[]"
DEFAULTS = {"DEFAULT_SECONDARY_ROLES": ALL, "TYPE": "PERSON", "DISABLED": "false"}


def _secondary_roles(cursor: Cursor) -> str:
    """`('ALL')` or `()`, nothing else (R20)."""
    cursor.expect("(")
    if cursor.accept(")"):
        return NONE
    if cursor.string().upper() != "ALL":
        raise errors.invalid("invalid value for DEFAULT_SECONDARY_ROLES; allowed: ('ALL'), ().")
    cursor.expect(")")
    return ALL


def _secret(cursor: Cursor) -> str:
    """Whether there is one; the secret itself is not kept. Double quotes are allowed here (I22)."""
    word = cursor.words[cursor.position] if not cursor.done else None
    if word is None or word.kind not in ("string", "quoted"):
        raise cursor.unexpected("a string literal")
    cursor.position += 1
    return "true"


def _email_or_text(cursor: Cursor) -> str:
    word = cursor.words[cursor.position] if not cursor.done else None
    return cursor.string() if word and word.kind == "string" else cursor.identifier()


READERS: dict[str, Reader] = {
    "COMMENT": text,
    "PASSWORD": _secret,
    "RSA_PUBLIC_KEY": _secret,
    "RSA_PUBLIC_KEY_2": _secret,
    "LOGIN_NAME": _email_or_text,
    "DISPLAY_NAME": _email_or_text,
    "FIRST_NAME": _email_or_text,
    "MIDDLE_NAME": _email_or_text,
    "LAST_NAME": _email_or_text,
    "EMAIL": text,
    "DISABLED": flag,
    "DEFAULT_ROLE": one_name,
    "DEFAULT_WAREHOUSE": one_name,
    "DEFAULT_NAMESPACE": name,
    "DEFAULT_SECONDARY_ROLES": _secondary_roles,
    "TYPE": one_of("PERSON", "SERVICE", "LEGACY_SERVICE", "SERVICE_AGENT"),
    "MUST_CHANGE_PASSWORD": flag,
    "DAYS_TO_EXPIRY": refused("user property DAYS_TO_EXPIRY"),
    "MINS_TO_UNLOCK": refused("user property MINS_TO_UNLOCK"),
    "MINS_TO_BYPASS_MFA": refused("user property MINS_TO_BYPASS_MFA"),
    "NETWORK_POLICY": refused("network policies"),
}
_SECRETS = {
    "PASSWORD": "HAS_PASSWORD",
    "RSA_PUBLIC_KEY": "HAS_RSA_PUBLIC_KEY",
    "RSA_PUBLIC_KEY_2": "HAS_RSA_PUBLIC_KEY",
}


@dataclass(frozen=True)
class CreateUser(Statement):
    """`CREATE USER`. DEFAULT_ROLE is neither checked nor granted (R19)."""

    head: Head
    clauses: Clauses

    def run(self, account: Account, session: Session) -> Outcome:
        """CREATE USER on the account, by the primary role."""
        ref = self.head.ref(ObjectType.USER, session)
        _check_login_name(ref.name[0], self.clauses.others)
        properties = {**DEFAULTS, "DISPLAY_NAME": ref.name[0], **self.clauses.others}
        item = SecurableObject(ref=ref, owner=session.role, comment=self.clauses.comment, properties=frozen(properties))
        return creation.create(account, session, self.head, item, self.clauses.tags)


def parse_create(cursor: Cursor, or_replace: bool) -> Statement:
    """Read what follows `CREATE [OR REPLACE] USER`."""
    head = creation.read_head(cursor, or_replace)
    found = read_clauses(cursor, READERS, "USER")
    return CreateUser(head, Clauses(_without_secrets(found.properties), found.tags))


def parse_alter(cursor: Cursor) -> Statement:
    """Read what follows ALTER USER."""
    found = actions.parse_common(cursor, ObjectType.USER, READERS, DEFAULTS)
    if found is None:
        return parse_rename(cursor, ObjectType.USER)
    if isinstance(found.action, actions.SetProperties):
        _check_login_name(found.parts[-1], found.action.values)
        return replace(found, action=actions.SetProperties(_without_secrets(found.action.values)))
    if isinstance(found.action, actions.UnsetProperties):
        names = tuple(_SECRETS.get(n, n) for n in found.action.names)
        return replace(found, action=actions.UnsetProperties(names, DEFAULTS))
    return found


def _check_login_name(name: str, values: Mapping[str, str]) -> None:
    """Users log in by their name; another login name would be accepted here and not work there."""
    if values.get("LOGIN_NAME", name).upper() != name.upper():
        raise errors.not_implemented(
            f"LOGIN_NAME that is not the user's name '{name}'", "leave LOGIN_NAME out, users log in by their name"
        )


def _without_secrets(values: Mapping[str, str]) -> dict[str, str]:
    if values.get("MUST_CHANGE_PASSWORD") == "true":
        raise errors.not_implemented("user property MUST_CHANGE_PASSWORD = TRUE", "any password is accepted at login")
    kept = {_SECRETS.get(k, k): v for k, v in values.items()}
    if kept.get("TYPE") in ("SERVICE", "SERVICE_AGENT") and "HAS_PASSWORD" in kept:
        raise errors.invalid("A user of TYPE SERVICE cannot have a PASSWORD; use a key pair or a token.")
    return kept
