"""The relations that access tests name: who owns them and who holds what on them, as SHOW GRANTS ON tells it."""

from __future__ import annotations

from collections.abc import Iterable

from snowmesh.account.objects import RELATION_TYPES, ObjectRef, ObjectType, Relation
from snowmesh.account.state import Account
from snowmesh.bootstrap import current_grants, shown
from snowmesh.bootstrap.problems import BootstrapError, printable
from snowmesh.bootstrap.session import NOT_FOUND, Row, Session, StatementError


def read(session: Session, account: Account, refs: Iterable[ObjectRef]) -> Account:
    """The account with these relations as far as they exist. Raises BootstrapError."""
    for ref in sorted({ref for ref in refs if ref.type.depth == 3}):
        try:
            rows = session.query(f"SHOW GRANTS ON {ref.type.value} {ref.sql}")
        except StatementError as error:
            if error.code == NOT_FOUND:
                continue
            text = f"the account cannot be read: {printable(error.reason)}\nStatement: {printable(error.sql)}"
            raise BootstrapError(text) from error
        account = _with_relation(account, ref, rows)
    return account


def _with_relation(account: Account, ref: ObjectRef, rows: list[Row]) -> Account:
    account = current_grants.with_rows(account, [(rows, None)])
    for row in rows:
        on = current_grants.granted_on(row)
        of_role = shown.object_type(row["granted_to"]) is ObjectType.ROLE
        if on and on.type in RELATION_TYPES and row["privilege"] == current_grants.OWNERSHIP and of_role:
            account = account.with_object(Relation(ref=on, owner=shown.name(row["grantee_name"])))
    return account
