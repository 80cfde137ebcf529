"""Long lists of literal rows: set aside before a statement is parsed, and put back as text when the engine gets it.

A seed of dbt is one INSERT of thousands of rows. As a syntax tree it is hundreds of thousands of nodes, which every
step copies and walks; as text it is what the engine reads anyway. Only literals are set aside: they name nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from sqlglot import exp

from snowmesh.local.tokens import Word, tokenize

MIN_CHARACTERS, MIN_ROWS = 10_000, 100
_STATEMENTS = ("INSERT", "SELECT", "WITH")
_CONSTANTS = ("NULL", "TRUE", "FALSE")


def set_aside(sql: str) -> tuple[str, dict[str, str]]:
    """The statement with every long list of rows cut to its first and a mark, and mark -> the other rows, as text."""
    if len(sql) < MIN_CHARACTERS:
        return sql, {}
    words = tokenize(sql)
    if not words or words[0].text.upper() not in _STATEMENTS:
        return sql, {}
    short, aside, kept = [], {}, 0
    position = 0
    while position < len(words):
        position += 1
        if not _is(words[position - 1], "VALUES"):
            continue
        rows, after = _rows(sql, words, position)
        if len(rows) >= MIN_ROWS:
            mark = uuid.uuid4().hex
            aside[mark] = ", ".join(text for _, text in rows[1:])
            short.append(f"{sql[kept : rows[0][0]]}, ('{mark}')")
            kept, position = words[after - 1].end, after
    return "".join(short) + sql[kept:], aside


def put_back(tree: exp.Expr, aside: Mapping[str, str]) -> exp.Expr:
    """The translated statement with the rows in the place of their marks."""
    for values in list(tree.find_all(exp.Values)) if aside else ():
        for row in values.expressions:
            if _mark(row) in aside:
                row.replace(exp.Var(this=aside[_mark(row)]))
    return tree


def _mark(row: exp.Expr) -> str:
    cells = row.expressions if isinstance(row, exp.Tuple) else []
    return str(cells[0].this) if len(cells) == 1 and isinstance(cells[0], exp.Literal) else ""


def _rows(sql: str, words: Sequence[Word], at: int) -> tuple[list[tuple[int, str]], int]:
    """The rows from `(` on: where each ends and its text for the engine; and the position behind the last."""
    found: list[tuple[int, str]] = []
    while True:
        cells, after = _row(sql, words, at)
        if not cells:
            return found, at - 1 if found else at  # the comma before what is no row of literals stays
        found.append((words[after - 1].end, f"({', '.join(cells)})"))
        if after >= len(words) or not _is(words[after], ","):
            return found, after
        at = after + 1


def _row(sql: str, words: Sequence[Word], at: int) -> tuple[list[str], int]:
    """The literals of `( a, b )`; none when it is anything else."""
    cells: list[str] = []
    if at >= len(words) or not _is(words[at], "("):
        return [], at
    while True:
        literal, at = _literal(sql, words, at + 1)
        if not literal or at >= len(words):
            return [], at
        cells.append(literal)
        if _is(words[at], ")"):
            return cells, at + 1
        if not _is(words[at], ","):
            return [], at


def _literal(sql: str, words: Sequence[Word], at: int) -> tuple[str, int]:
    sign = "-" if at < len(words) and _is(words[at], "-") else ""
    at += bool(sign)
    if at >= len(words):
        return "", at
    word = words[at]
    if word.kind == "number":
        return sign + word.text, at + 1
    if sign:
        return "", at
    if word.kind == "string" and sql[word.start] == "'":
        text = word.text.replace("'", "''")  # DuckDB knows no other escape in a literal
        return f"'{text}'", at + 1
    constant = word.text.upper() if word.kind == "word" else ""
    return (constant, at + 1) if constant in _CONSTANTS else ("", at)


def _is(word: Word, text: str) -> bool:
    return word.kind in ("word", "symbol") and word.text.upper() == text
