"""What a session is not told of the inside of policies and secure views that it does not own (facts E17, M58)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlglot import exp

from snowmesh.account.objects import ObjectRef
from snowmesh.local.errors import SnowflakeError

if TYPE_CHECKING:
    from snowmesh.local.rewrite import Reader

REDACTED = "Error in secure object"
# what the local Snowflake does not do, and policies in conflict: told to all, they quote no value
_TOLD = (2, 3549)
# functions and operators that fail on no value; any other may, and its error may print the value
_SAFE = (
    exp.And,
    exp.Or,
    exp.Case,
    exp.If,
    exp.Coalesce,
    exp.Concat,
    exp.Exists,
    exp.Left,
    exp.Length,
    exp.Lower,
    exp.MD5,
    exp.Right,
    exp.SHA,
    exp.SHA2,
    exp.Upper,
)
_UNSAFE = (exp.Func, exp.Binary, exp.Query)
_SAFE_OPERATORS = (exp.Predicate, exp.Connector, exp.DPipe, exp.Dot)


@contextmanager
def compiling(reader: Reader, ref: ObjectRef) -> Iterator[None]:
    """An error of the inside of an object has its code, and its text only for who owns the object."""
    try:
        yield
    except SnowflakeError as error:
        if error.code in _TOLD or _owned(reader, ref):
            raise
        raise SnowflakeError(error.code, error.sqlstate, REDACTED) from None


def running(reader: Reader, ref: ObjectRef, body: exp.Expr | None = None) -> None:
    """Let the engine's errors be redacted when an object's inside, a policy's body or all of it, may fail on a row."""
    if (body is None or may_fail(body)) and not _owned(reader, ref):
        reader.findings.filtered = True


def may_fail(body: exp.Expr) -> bool:
    """Whether computing an expression can fail on some value. Unknown functions can."""
    for node in body.walk():
        if not isinstance(node, _UNSAFE) or isinstance(node, (*_SAFE, *_SAFE_OPERATORS)):
            continue
        if isinstance(node, exp.Query) and isinstance(node.parent, (exp.Exists, exp.In, exp.Subquery)):
            continue
        return True
    return False


def _owned(reader: Reader, ref: ObjectRef) -> bool:
    """Whether the session owns the object, whoever's rights are used here."""
    return reader.context.session.authority(reader.context.account).owns(ref)
