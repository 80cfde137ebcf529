"""The statements a session ran: LAST_QUERY_ID, and the steps of a statement with the pipe operator `->>`.

https://docs.snowflake.com/en/sql-reference/operators-flow
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from snowmesh.local.errors import invalid, syntax_error
from snowmesh.local.tokens import tokenize

PIPE = "->>"


@dataclass(frozen=True)
class History:
    """The ids of the statements that succeeded, oldest first; `piped` are the steps before this one."""

    ids: Sequence[str] = ()
    piped: tuple[str, ...] = ()

    def query_id(self, number: int) -> str | None:
        """-1 is the last statement, 1 the first of the session; None when there is none."""
        if number == 0:
            raise invalid("LAST_QUERY_ID(0): a number below 0 counts from the last statement, above 0 from the first.")
        index = number - 1 if number > 0 else len(self.ids) + number
        return self.ids[index] if 0 <= index < len(self.ids) else None

    def step(self, number: str) -> str:
        """The id of the result that $1, $2, ... mean: $1 is the step just before. Raises SnowflakeError."""
        if not number.isdigit() or not 1 <= int(number) <= len(self.piped):
            raise invalid(
                f"invalid reference ${number} to the result of an earlier step: {len(self.piped)} steps came before."
            )
        return self.piped[-int(number)]


def steps(sql: str) -> tuple[str, ...]:
    """The statements that `->>` joins, outside parentheses and literals; one for a statement without it."""
    if PIPE not in sql:
        return (sql,)
    found, start, depth, end = [], 0, 0, 0
    for word in tokenize(sql):
        end = word.end
        if word.kind != "symbol":
            continue
        depth += {"(": 1, ")": -1}.get(word.text, 0)
        if word.text == PIPE and depth == 0:
            found.append(sql[start : word.start].strip())
            start = word.end
    found.append(sql[start:end].strip())
    if not all(found):
        raise syntax_error(f"near '{PIPE}': a statement is expected on both sides.")
    return tuple(found)
