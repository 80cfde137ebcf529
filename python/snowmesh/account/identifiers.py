"""Identifiers and literals: the one place where Python quotes them.

Facts I1-I5, I20-I22. Names are kept everywhere as Snowflake stores them (`foo` is `FOO`).
https://docs.snowflake.com/en/sql-reference/identifiers-syntax
"""

from __future__ import annotations

import string

MAX_LENGTH = 255
_FIRST = frozenset(string.ascii_letters + "_")
_REST = frozenset(string.ascii_letters + string.digits + "_$")


class IdentifierError(ValueError):
    """A text that is no identifier; the message says which text and why."""


def stored(text: str) -> str:
    """Return the stored form of one identifier as written: `foo` -> `FOO`, `"foo"` -> `foo`.

    Raises IdentifierError when the text is no single identifier.
    """
    parts = split(text)
    if len(parts) != 1:
        raise IdentifierError(f"{text!r} has {len(parts)} parts; one identifier is expected")
    return parts[0]


def split(text: str) -> tuple[str, ...]:
    """Return the stored parts of a dotted name: `a."b.c"` -> ('A', 'b.c'). Raises IdentifierError."""
    parts: list[str] = []
    rest = text.strip()
    while True:
        part, rest = _take_quoted(text, rest) if rest.startswith('"') else _take_bare(text, rest)
        parts.append(part)
        if not rest:
            return tuple(parts)
        if not rest.startswith("."):
            raise IdentifierError(f"{text!r} is not an identifier: unexpected {rest[0]!r}")
        rest = rest[1:]


def quote(name: str) -> str:
    """Return a stored name as SQL, always quoted: `FOO` -> `"FOO"`. Raises IdentifierError."""
    check(name)
    return '"' + name.replace('"', '""') + '"'


def quote_all(parts: tuple[str, ...]) -> str:
    """Return stored name parts as dotted, quoted SQL."""
    return ".".join(quote(part) for part in parts)


def display(name: str) -> str:
    """Return a stored name as Snowflake prints it: bare when it needs no quotes."""
    if name and name == name.upper() and name[0] in _FIRST and all(c in _REST for c in name):
        return name
    return '"' + name.replace('"', '""') + '"'


def display_all(parts: tuple[str, ...]) -> str:
    """Return stored name parts as Snowflake prints a fully qualified name."""
    return ".".join(display(part) for part in parts)


def literal(text: str) -> str:
    """Return a text as a SQL string literal; backslash is an escape character in Snowflake (I20)."""
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def check(name: str) -> None:
    """Raise IdentifierError when a stored name cannot exist: empty, too long, control characters."""
    if not name:
        raise IdentifierError("an identifier is empty")
    if len(name) > MAX_LENGTH:
        raise IdentifierError(f"identifier {name[:40]!r}... has {len(name)} characters; {MAX_LENGTH} are allowed")
    if any(ord(c) < 32 or ord(c) == 127 for c in name):
        raise IdentifierError(f"identifier {name!r} has a control character")


def _take_quoted(text: str, rest: str) -> tuple[str, str]:
    position, chars = 1, []
    while position < len(rest):
        if rest[position] != '"':
            chars.append(rest[position])
            position += 1
        elif rest[position : position + 2] == '""':
            chars.append('"')
            position += 2
        else:
            name = "".join(chars)
            check(name)
            return name, rest[position + 1 :]
    raise IdentifierError(f"{text!r} has no closing double quote")


def _take_bare(text: str, rest: str) -> tuple[str, str]:
    end = next((i for i, c in enumerate(rest) if c not in _REST), len(rest))
    name = rest[:end]
    if not name or name[0] not in _FIRST:
        raise IdentifierError(
            f"{text!r} is not an identifier: a bare name starts with a letter or _ and has letters, digits, _ and $; "
            "put anything else in double quotes"
        )
    check(name)
    return name.upper(), rest[end:]
