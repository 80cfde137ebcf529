"""The clause COPY TAGS of CREATE OR REPLACE TABLE and VIEW, which sqlglot does not parse (T46)."""

from __future__ import annotations

from sqlglot import exp

from snowmesh.local.errors import invalid, syntax_error
from snowmesh.local.tokens import Word, tokenize

_MARK = "copy_tags"


def split(sql: str) -> tuple[str, bool]:
    """The statement without the clause, and whether it was there. What is no CREATE comes back as it is."""
    if "copy" not in sql.lower():
        return sql, False
    words = tokenize(sql)
    if not words or not _is(words[0], "CREATE"):
        return sql, False
    found = [at for at in _outside(words) if _is(words[at], "COPY") and _is(words[at + 1], "TAGS")]
    if len(found) > 1:
        raise syntax_error("duplicate property 'COPY TAGS'")
    if not found:
        return sql, False
    start, end = words[found[0]].start, words[found[0] + 1].end
    return sql[:start] + " " * (end - start) + sql[end:], True


def mark(statement: exp.Expr) -> None:
    """Note the clause on the statement it stood in. Raises SnowflakeError where it has no meaning."""
    kind = str(statement.args.get("kind") or "").upper()
    if not isinstance(statement, exp.Create) or kind not in ("TABLE", "VIEW"):
        raise syntax_error("unexpected 'COPY TAGS': it is a clause of CREATE OR REPLACE TABLE and VIEW")
    if not statement.args.get("replace"):
        raise invalid("COPY TAGS takes the tags of the object that is replaced: write CREATE OR REPLACE.")
    statement.meta[_MARK] = True


def is_marked(statement: exp.Create) -> bool:
    """Whether the statement had the clause."""
    return bool(statement.meta.get(_MARK))


def _outside(words: tuple[Word, ...]) -> list[int]:
    """Where clauses of a CREATE may stand: outside parentheses and before AS; a following word is guaranteed."""
    found, depth = [], 0
    for at, word in enumerate(words[:-1]):
        if word.kind == "symbol" and word.text in "()":
            depth += 1 if word.text == "(" else -1
        elif depth == 0 and _is(word, "AS"):
            break
        elif depth == 0:
            found.append(at)
    return found


def _is(word: Word, text: str) -> bool:
    return word.kind == "word" and word.text.upper() == text
