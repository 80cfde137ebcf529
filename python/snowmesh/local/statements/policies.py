"""CREATE and ALTER of policies of every kind (M1-M3, M8-M13, A1, A2, A16, A21, A24)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from snowmesh.account import attached
from snowmesh.account.data_types import UnknownDataType, described, family
from snowmesh.account.objects import (
    AggregationPolicy,
    MaskingPolicy,
    ObjectRef,
    ObjectType,
    Policy,
    ProjectionPolicy,
    RowAccessPolicy,
)
from snowmesh.account.privileges import OWNERSHIP
from snowmesh.account.state import Account
from snowmesh.local import denials, errors, policy_checks
from snowmesh.local.errors import SnowflakeError
from snowmesh.local.session import Outcome, Session
from snowmesh.local.statements import actions, constraint_body, creation, policy_body
from snowmesh.local.statements.base import Action, Alter, Statement, done
from snowmesh.local.statements.creation import Head
from snowmesh.local.statements.properties import Reader, new_name, text
from snowmesh.local.tokens import Cursor

UNSIZED_VARCHAR = "VARCHAR(134217728)"  # M4
READERS: dict[str, Reader] = {"COMMENT": text}
_TRAILING = {
    ObjectType.MASKING_POLICY: ("COMMENT", "EXEMPT_OTHER_POLICIES"),
    ObjectType.ROW_ACCESS_POLICY: ("COMMENT",),
    ObjectType.PROJECTION_POLICY: ("COMMENT",),
    ObjectType.AGGREGATION_POLICY: ("COMMENT",),
}
_CLASSES: dict[ObjectType, type[Policy]] = {
    ObjectType.MASKING_POLICY: MaskingPolicy,
    ObjectType.ROW_ACCESS_POLICY: RowAccessPolicy,
    ObjectType.PROJECTION_POLICY: ProjectionPolicy,
    ObjectType.AGGREGATION_POLICY: AggregationPolicy,
}
# the one type that a policy of the kind returns; a mask gives back the type of its column (M2)
_RETURNS = {
    ObjectType.ROW_ACCESS_POLICY: "BOOLEAN",
    ObjectType.PROJECTION_POLICY: constraint_body.PROJECTION,
    ObjectType.AGGREGATION_POLICY: constraint_body.AGGREGATION,
}


@dataclass(frozen=True)
class CreatePolicy(Statement):
    """`CREATE <kind> n AS (v T [, …]) RETURNS T -> body`; `signature` has described types."""

    kind: ObjectType
    head: Head
    signature: tuple[tuple[str, str], ...]
    returns: str
    body: str
    comment: str = ""
    exempt: bool = False

    def run(self, account: Account, session: Session) -> Outcome:
        """CREATE <kind> on the schema, by the primary role; the body is compiled first (M3)."""
        policy = self._policy(self.head.ref(self.kind, session), session.role)
        outcome = creation.create(account, session, self.head, policy)
        if outcome.account is not account:
            policy_body.check(account, policy)
        return outcome

    def _policy(self, ref: ObjectRef, owner: str) -> Policy:
        values: dict[str, Any] = {
            "ref": ref,
            "owner": owner,
            "comment": self.comment,
            "signature": self.signature,
            "returns": self.returns,
            "body": self.body,
        }
        if self.kind is ObjectType.MASKING_POLICY:
            values["exempt_other_policies"] = self.exempt
        return _CLASSES[self.kind](**values)


@dataclass(frozen=True)
class SetBody(Action):
    """`SET BODY -> expr`, the one way to change a policy that is attached (M9, M10)."""

    body: str

    def apply(self, account: Account, session: Session, ref: ObjectRef) -> Outcome:
        """OWNERSHIP of the policy."""
        denials.require(account, session, OWNERSHIP, ref)
        policy = account.policy(ref)
        if policy is None:
            raise errors.not_found(ref)
        changed = replace(policy, body=self.body)
        policy_body.check(account, changed)
        for relation in attached.protected_by(account, ref):
            policy_checks.check_sources(account, changed, account.relation(relation.name))
        return done(account.with_object(changed), session)


def parse_create(cursor: Cursor, or_replace: bool, kind: ObjectType = ObjectType.MASKING_POLICY) -> Statement:
    """Read what follows `CREATE [OR REPLACE] <kind>`. COMMENT and EXEMPT come after the body (M1, A1)."""
    head = creation.read_head(cursor, or_replace)
    cursor.expect("AS")
    signature = _read_signature(cursor, kind)
    cursor.expect("RETURNS")
    returns = _read_returns(cursor, kind)
    _check_returns(kind, signature, returns)
    cursor.expect("->")
    body, trailing = _read_body(cursor, _TRAILING[kind])
    exempt = trailing.get("EXEMPT_OTHER_POLICIES", "FALSE")
    return CreatePolicy(kind, head, signature, returns, body, trailing.get("COMMENT", ""), exempt == "TRUE")


def _check_returns(kind: ObjectType, signature: tuple[tuple[str, str], ...], returns: str) -> None:
    """A mask gives back the type of its column (M2), the other kinds one type each (A2, A21, A24)."""
    if kind in _RETURNS:
        if returns != _RETURNS[kind]:
            text = f"{kind.value.capitalize()} return type '{returns}' is not {_RETURNS[kind]}."
            raise SnowflakeError(3551, "42601", f"SQL compilation error:\n{text}")
    elif returns != signature[0][1]:
        raise errors.invalid("Masking policy function argument and return type mismatch.")


def parse_alter(cursor: Cursor, kind: ObjectType = ObjectType.MASKING_POLICY) -> Statement:
    """Read what follows `ALTER <kind>` (M10, A16)."""
    start = cursor.position
    if_exists = cursor.accept("IF EXISTS")
    parts = cursor.name()
    action: Action | None
    if cursor.accept("SET BODY"):
        cursor.expect("->")
        action = SetBody(_nonempty(cursor, cursor.rest()))
    elif cursor.accept("RENAME TO"):
        action = actions.Rename(new_name(cursor))
        cursor.expect_end()
    else:
        action = actions.read_common(cursor, kind, READERS, {})
    if action is None:
        cursor.position = start
        raise actions.unknown_action(cursor, kind.value)
    return Alter(kind, parts, if_exists, action)


def policy_type(data_type: str) -> str:
    """A type of a signature as it is kept: an unsized text is 128 MB long (M4)."""
    try:
        if family(data_type) == "VARCHAR" and "(" not in data_type:
            return UNSIZED_VARCHAR
        return described(data_type)
    except UnknownDataType as error:
        raise errors.syntax_error(f"in the policy's signature: {error}") from None


def _read_signature(cursor: Cursor, kind: ObjectType) -> tuple[tuple[str, str], ...]:
    cursor.expect("(")
    without_arguments = kind in constraint_body.FUNCTIONS
    if without_arguments and cursor.accept(")"):
        return ()
    found = [(cursor.identifier(), _read_type(cursor))]
    while cursor.accept(","):
        found.append((cursor.identifier(), _read_type(cursor)))
    cursor.expect(")")
    names = [name for name, _ in found]
    if len(set(names)) != len(names):
        raise errors.syntax_error("in the policy's signature: an argument is named twice")
    if without_arguments:
        text = f"{kind.value.capitalize()} must have exactly zero arguments, got {len(found)} arguments."
        raise errors.invalid(text)
    return tuple(found)


def _read_returns(cursor: Cursor, kind: ObjectType) -> str:
    internal = kind in constraint_body.FUNCTIONS and cursor.accept(_RETURNS[kind])
    return _RETURNS[kind] if internal else _read_type(cursor)


def _read_type(cursor: Cursor) -> str:
    words = []
    while cursor.peek() and cursor.peek()[0].isalpha() and cursor.peek() != "RETURNS":
        words.append(cursor.peek())
        cursor.position += 1
    if not words:
        raise cursor.unexpected("a data type")
    size = []
    if cursor.accept("("):
        size.append(cursor.value())
        while cursor.accept(","):
            size.append(cursor.value())
        cursor.expect(")")
    return policy_type(" ".join(words) + (f"({','.join(size)})" if size else ""))


def _read_body(cursor: Cursor, properties: tuple[str, ...]) -> tuple[str, dict[str, str]]:
    """The text of the body, and the properties that stand after it."""
    words, start = cursor.words, cursor.position
    end, trailing = len(words), dict[str, str]()
    while end - start > 3 and words[end - 2].text == "=" and words[end - 3].kind == "word":
        key = words[end - 3].text.upper()
        if key not in properties:
            break
        trailing[key] = _trailing_value(key, words[end - 1].kind, words[end - 1].text)
        end -= 3
    if end <= start:
        raise cursor.unexpected("an expression")
    cursor.position = len(words)
    return cursor.sql[words[start].start : words[end - 1].end], trailing


def _trailing_value(key: str, kind: str, value: str) -> str:
    if key == "COMMENT" and kind == "string":
        return value
    if key != "COMMENT" and value.upper() in ("TRUE", "FALSE"):
        return value.upper()
    raise errors.syntax_error(f"in the value of {key}: {value!r}")


def _nonempty(cursor: Cursor, body: str) -> str:
    if not body.strip():
        raise cursor.unexpected("an expression")
    return body
