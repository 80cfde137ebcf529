"""What every governance statement is: frozen data that can be run against an account and a session."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

from snowmesh.account.objects import ObjectRef, ObjectType
from snowmesh.account.state import Account
from snowmesh.local import denials, policy_checks
from snowmesh.local.errors import SnowflakeError
from snowmesh.local.session import Outcome, Session, status
from snowmesh.local.tokens import Cursor

SUCCESS = "Statement executed successfully."
NOT_FOUND = 2003


class Statement(ABC):
    """A parsed governance statement. Subclasses are frozen dataclasses; `run` is pure."""

    @abstractmethod
    def run(self, account: Account, session: Session) -> Outcome:
        """Authorize, check and carry out. Raises SnowflakeError and then has changed nothing."""


class PartiallyExecuted(SnowflakeError):
    """A GRANT or REVOKE of which a part was done (P30). `outcome` is what was done; who ignores it does nothing."""

    def __init__(self, code: int, sqlstate: str, message: str, outcome: Outcome) -> None:
        super().__init__(code, sqlstate, message)
        self.outcome = outcome


Parser = Callable[[Cursor], Statement | None]


class Action(ABC):
    """What an ALTER does to one object that was found. Subclasses are frozen dataclasses."""

    @abstractmethod
    def apply(self, account: Account, session: Session, ref: ObjectRef) -> Outcome:
        """Authorize, check and carry out."""


@dataclass(frozen=True)
class Alter(Statement):
    """`ALTER <type> [IF EXISTS] <name> <action>`, and COMMENT ON, which is the same in other words."""

    object_type: ObjectType
    parts: tuple[str, ...]
    if_exists: bool
    action: Action

    def run(self, account: Account, session: Session) -> Outcome:
        """Find the object and apply the action; IF EXISTS forgives a missing object only (M10, P22)."""
        try:
            ref = self._found(account, session)
        except SnowflakeError as error:
            if self.if_exists and error.code == NOT_FOUND:
                return done(account, session)
            raise
        return self.action.apply(account, session, ref)

    def _found(self, account: Account, session: Session) -> ObjectRef:
        ref = session.resolve(self.object_type, self.parts, f"ALTER {self.object_type.value}")
        if self.object_type in (ObjectType.TABLE, ObjectType.VIEW, ObjectType.DYNAMIC_TABLE):
            return relation_of_type(account, session, ref)
        policy_checks.check_kind(account, session, ref)
        return denials.find(account, session, ref).ref


def relation_of_type(account: Account, session: Session, ref: ObjectRef) -> ObjectRef:
    """The relation of that name. TABLE also names a dynamic table; VIEW and TABLE exclude each other."""
    found = denials.find_relation(account, session, ref.type, ref.name).ref
    if found.type is not ref.type and not (ref.type is ObjectType.TABLE and found.type is ObjectType.DYNAMIC_TABLE):
        raise denials.wrong_type(found.type, ref.type)
    return found


def done(account: Account, session: Session, text: str = SUCCESS) -> Outcome:
    """The outcome of a statement that answers with a status text (S29)."""
    return Outcome(account, session, status(text))
