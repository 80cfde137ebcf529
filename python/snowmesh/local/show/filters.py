"""LIKE, STARTS WITH, LIMIT and FROM of SHOW (S17a)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from snowmesh.local.show.statements import Filters

Row = Mapping[str, Any]


def apply(rows: Sequence[Row], filters: Filters, key: str = "name") -> list[Row]:
    """The rows that pass, in their order; `key` is the column that LIKE and the others look at."""
    kept = list(rows)
    if filters.like is not None:
        pattern = like_pattern(filters.like)
        kept = [r for r in kept if pattern.fullmatch(r[key])]
    if filters.starts_with is not None:
        kept = [r for r in kept if r[key].startswith(filters.starts_with)]
    if filters.after is not None:
        kept = [r for r in kept if r[key] > filters.after]
    return kept if filters.limit is None else kept[: filters.limit]


def like_pattern(text: str) -> re.Pattern[str]:
    """A LIKE pattern, case-insensitive: % any text, _ one character, a backslash takes the next as it is."""
    parts, escaped = [], False
    for char in text:
        if escaped or char not in "%_\\":
            parts.append(re.escape(char))
            escaped = False
        elif char == "\\":
            escaped = True
        else:
            parts.append(".*" if char == "%" else ".")
    if escaped:
        parts.append(re.escape("\\"))
    return re.compile("".join(parts), re.IGNORECASE | re.DOTALL)
