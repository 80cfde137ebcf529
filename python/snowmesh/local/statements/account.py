"""ALTER ACCOUNT: tags on the account, and the two parameters that mean something here (T16, T29, R24).

https://docs.snowflake.com/en/sql-reference/sql/alter-account
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from snowmesh.account.dropping import RETENTION
from snowmesh.account.objects import ACCOUNT, ObjectRef, SecurableObject
from snowmesh.account.roles import ACCOUNTADMIN
from snowmesh.account.state import Account, frozen
from snowmesh.account.system import NO_USER_GRANTS
from snowmesh.local import errors
from snowmesh.local.session import Outcome, Session
from snowmesh.local.statements import actions, properties
from snowmesh.local.statements.base import Action, Statement, done
from snowmesh.local.statements.properties import Reader, flag, number
from snowmesh.local.tokens import Cursor

READERS: dict[str, Reader] = {NO_USER_GRANTS: flag, RETENTION: number}


@dataclass(frozen=True)
class AlterAccount(Statement):
    """`ALTER ACCOUNT <action>`."""

    action: Action

    def run(self, account: Account, session: Session) -> Outcome:
        """The action authorizes itself: tags as anywhere, parameters by ACCOUNTADMIN."""
        return self.action.apply(account, session, ACCOUNT)


@dataclass(frozen=True)
class SetParameters(Action):
    """`SET p = v …` and, with nothing for a value, `UNSET p …`."""

    values: Mapping[str, str | None]

    def apply(self, account: Account, session: Session, ref: ObjectRef) -> Outcome:
        """By account administrators, which is a matter of the role and of no privilege."""
        if ACCOUNTADMIN not in session.authority(account).roles:
            raise errors.SnowflakeError(
                3001,
                "42501",
                f"SQL access control error:\nInsufficient privileges to operate on account '{account.name}'. "
                f"It takes the role {ACCOUNTADMIN}.",
            )
        item = account.objects.get(ref) or SecurableObject(ref=ref, owner="")
        values = {k: v for k, v in {**item.properties, **self.values}.items() if v is not None}
        return done(account.with_object(replace(item, properties=frozen(values))), session)


def parse_alter(cursor: Cursor) -> Statement:
    """Read what follows ALTER ACCOUNT."""
    tags = actions.read_tag_action(cursor)
    if tags is not None:
        return AlterAccount(tags)
    verb, name = cursor.peek(), cursor.peek(1)
    if verb not in ("SET", "UNSET") or name not in READERS:
        words = " ".join(word for word in (verb, name) if word)
        allowed = f"it implements SET and UNSET of TAG, {', '.join(READERS)}"
        raise errors.not_implemented(f"ALTER ACCOUNT {words}".strip(), allowed)
    cursor.position += 1
    if verb == "SET":
        return AlterAccount(SetParameters(properties.read_properties(cursor, READERS, "ACCOUNT")))
    return AlterAccount(SetParameters(dict.fromkeys(properties.read_names(cursor, READERS, "ACCOUNT"))))
