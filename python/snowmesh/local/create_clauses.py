"""`[WITH] AGGREGATION POLICY p [ENTITY KEY (…)]` of CREATE TABLE and VIEW, which sqlglot does not parse (A22)."""

from __future__ import annotations

from sqlglot import exp

from snowmesh.local.errors import syntax_error
from snowmesh.local.tokens import Cursor

_AGGREGATION = "AGGREGATION POLICY"
Clause = tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]


def split(sql: str) -> tuple[str, Clause | None]:
    """The statement without the clause, and the clause: the policy's name and the entity keys.

    What is no CREATE comes back as it is.
    """
    if "aggregation" not in sql.lower():
        return sql, None
    cursor = Cursor(sql)
    if not cursor.accept("CREATE"):
        return sql, None
    found: Clause | None = None
    depth = 0
    while not cursor.done and not (depth == 0 and cursor.peek() == "AS"):
        depth += {"(": 1, ")": -1}.get(cursor.peek(), 0)
        start = cursor.position
        if depth or not cursor.accept_one(f"WITH {_AGGREGATION}", _AGGREGATION):
            cursor.position += 1
            continue
        if found is not None:
            raise syntax_error(f"duplicate property '{_AGGREGATION}'")
        found = (cursor.name(), read_keys(cursor))
        begin, end = cursor.words[start].start, cursor.words[cursor.position - 1].end
        sql = sql[:begin] + " " * (end - begin) + sql[end:]
    return sql, found


def read_keys(cursor: Cursor) -> tuple[tuple[str, ...], ...]:
    """Read `ENTITY KEY (c [, …])`, none or more."""
    keys = []
    while cursor.accept("ENTITY KEY"):
        cursor.expect("(")
        key = [cursor.identifier()]
        while cursor.accept(","):
            key.append(cursor.identifier())
        cursor.expect(")")
        keys.append(tuple(key))
    return tuple(keys)


def mark(statement: exp.Expr, found: Clause) -> None:
    """Note the clause on the statement it stood in. Raises SnowflakeError where it has no meaning."""
    kind = str(statement.args.get("kind") or "").upper()
    if not isinstance(statement, exp.Create) or kind not in ("TABLE", "VIEW"):
        raise syntax_error(f"unexpected '{_AGGREGATION}': it is a clause of CREATE TABLE and CREATE VIEW")
    statement.meta[_AGGREGATION] = found


def aggregation(statement: exp.Create) -> Clause | None:
    """The clause of a statement, if it had one."""
    found: Clause | None = statement.meta.get(_AGGREGATION)
    return found
