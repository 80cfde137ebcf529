"""Clauses of CREATE that sqlglot does not parse: COPY TAGS (T46), and COPY GRANTS behind CLONE (P48)."""

from __future__ import annotations

from itertools import pairwise

from sqlglot import exp

from snowmesh.local.errors import invalid, syntax_error
from snowmesh.local.tokens import Word, tokenize

TAGS, GRANTS = "TAGS", "GRANTS"


def split(sql: str) -> tuple[str, frozenset[str]]:
    """The statement without the clauses, and which were there. What is no CREATE comes back as it is."""
    if "copy" not in sql.lower():
        return sql, frozenset()
    words = tokenize(sql)
    if not words or not _is(words[0], "CREATE"):
        return sql, frozenset()
    found: set[str] = set()
    for at in _clauses(words):
        what = words[at + 1].text.upper()
        if what in found:
            raise syntax_error(f"duplicate property 'COPY {what}'")
        found.add(what)
        start, end = words[at].start, words[at + 1].end
        sql = sql[:start] + " " * (end - start) + sql[end:]
    return sql, frozenset(found)


def mark(statement: exp.Expr, found: frozenset[str]) -> None:
    """Note the clauses on the statement they stood in. Raises SnowflakeError where they have no meaning."""
    kind = str(statement.args.get("kind") or "").upper()
    if not isinstance(statement, exp.Create) or kind not in ("TABLE", "VIEW"):
        raise syntax_error(f"unexpected 'COPY {min(found)}': it is a clause of CREATE TABLE and CREATE VIEW")
    if TAGS in found and not statement.args.get("replace"):
        raise invalid("COPY TAGS takes the tags of the object that is replaced: write CREATE OR REPLACE.")
    statement.meta.update(dict.fromkeys(found, True))


def has(statement: exp.Create, clause: str) -> bool:
    """Whether the statement had the clause."""
    return bool(statement.meta.get(clause))


def _clauses(words: tuple[Word, ...]) -> list[int]:
    """Where the clauses start: outside parentheses and before AS."""
    found, depth, cloning = [], 0, False
    for at, (word, following) in enumerate(pairwise(words)):
        if word.kind == "symbol" and word.text in "()":
            depth += 1 if word.text == "(" else -1
        if depth or word.kind != "word":
            continue
        if _is(word, "AS"):
            break
        cloning = cloning or _is(word, "CLONE")
        if _is(word, "COPY") and (_is(following, TAGS) or (cloning and _is(following, GRANTS))):
            found.append(at)
    return found


def _is(word: Word, text: str) -> bool:
    return word.kind == "word" and word.text.upper() == text
