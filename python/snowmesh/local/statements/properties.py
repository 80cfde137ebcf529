"""Reading `KEY = value` properties from a closed list, and the clauses that many statements share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from snowmesh.account import identifiers
from snowmesh.account.objects import NO_PROPERTIES
from snowmesh.local import errors
from snowmesh.local.errors import SnowflakeError
from snowmesh.local.tokens import Cursor

Reader = Callable[[Cursor], str]
TagClause = tuple[tuple[str, ...], str]
COMMENT = "COMMENT"


@dataclass(frozen=True)
class Clauses:
    """What stands after the name in a CREATE: properties (COMMENT among them) and inline tags."""

    properties: Mapping[str, str] = field(default_factory=lambda: NO_PROPERTIES)
    tags: tuple[TagClause, ...] = ()

    @property
    def comment(self) -> str:
        """The text of COMMENT, or ''."""
        return self.properties.get(COMMENT, "")

    @property
    def others(self) -> dict[str, str]:
        """The properties without COMMENT, which objects keep in a field of its own."""
        return {k: v for k, v in self.properties.items() if k != COMMENT}


def read_clauses(cursor: Cursor, readers: Mapping[str, Reader], what: str) -> Clauses:
    """Read properties and `[WITH] TAG (…)` to the end of the statement, in any order, each once (T15, T51a)."""
    found: dict[str, str] = {}
    tags: tuple[TagClause, ...] = ()
    while not cursor.done:
        if cursor.accept("WITH TAG") or (cursor.peek() == "TAG" and cursor.accept("TAG")):
            tags = (*tags, *read_tag_list(cursor))
        else:
            _read_property(cursor, readers, what, found)
            cursor.accept(",")
    return Clauses(found, tags)


def read_properties(cursor: Cursor, readers: Mapping[str, Reader], what: str) -> dict[str, str]:
    """Read properties to the end of the statement."""
    found: dict[str, str] = {}
    while not cursor.done:
        _read_property(cursor, readers, what, found)
        cursor.accept(",")
    if not found:
        raise cursor.unexpected("a property")
    return found


def read_names(cursor: Cursor, allowed: Iterable[str], what: str) -> tuple[str, ...]:
    """Read the property names after UNSET: `A [, B …]`."""
    names: list[str] = []
    while True:
        name = cursor.identifier()
        if name not in allowed:
            raise invalid_property(name, what, allowed)
        names.append(name)
        if not cursor.accept(","):
            cursor.expect_end()
            return tuple(names)


def read_tag_list(cursor: Cursor) -> tuple[TagClause, ...]:
    """Read `(a = 'x' [, b = 'y' …])`."""
    cursor.expect("(")
    tags = [read_tag(cursor)]
    while cursor.accept(","):
        tags.append(read_tag(cursor))
    cursor.expect(")")
    return tuple(tags)


def read_tag(cursor: Cursor) -> TagClause:
    """Read `tag = 'value'`."""
    name = cursor.name()
    cursor.expect("=")
    return name, cursor.string()


def new_name(cursor: Cursor) -> tuple[str, ...]:
    """Read the name of an object in the making and check that it can exist (I1-I3)."""
    parts = cursor.name()
    for part in parts:
        try:
            identifiers.check(part)
        except identifiers.IdentifierError as error:
            raise errors.syntax_error(f"in the name: {error}") from None
    return parts


def invalid_property(name: str, what: str, allowed: Iterable[str]) -> SnowflakeError:
    """A property that the object type does not have."""
    return SnowflakeError(
        1420,
        "22023",
        f"SQL compilation error:\ninvalid property '{name}' for '{what}'. Allowed: {', '.join(sorted(allowed))}.",
    )


# -- readers of one value --------------------------------------------------------------------------------


def text(cursor: Cursor) -> str:
    """A string literal."""
    return cursor.string()


def name(cursor: Cursor) -> str:
    """An object's name, as identifier or string; kept as it is displayed (DEFAULT_NAMESPACE may have a dot)."""
    if not cursor.done and cursor.words[cursor.position].kind == "string":
        try:
            return identifiers.display_all(identifiers.split(cursor.string()))
        except identifiers.IdentifierError as error:
            raise errors.syntax_error(f"in a property: {error}") from None
    return identifiers.display_all(cursor.name())


def one_name(cursor: Cursor) -> str:
    """A name of one part in its stored form, as identifier or string."""
    if not cursor.done and cursor.words[cursor.position].kind == "string":
        value = cursor.string()
        try:
            return identifiers.stored(value)
        except identifiers.IdentifierError as error:
            raise errors.syntax_error(f"in a property: {error}") from None
    return cursor.identifier()


def flag(cursor: Cursor) -> str:
    """TRUE or FALSE, kept in lower case."""
    value = cursor.value().upper()
    if value not in ("TRUE", "FALSE"):
        raise errors.invalid(f"invalid value [{value}] for a boolean parameter; allowed: TRUE, FALSE.")
    return value.lower()


def number(cursor: Cursor) -> str:
    """A whole number that is not negative."""
    value = cursor.value()
    if not value.isdigit():
        raise errors.invalid(f"invalid value [{value}] for a numeric parameter; a whole number is expected.")
    return value


def one_of(*allowed: str) -> Reader:
    """A word or string from a closed list, kept in upper case."""

    def read(cursor: Cursor) -> str:
        value = cursor.value().upper()
        if value not in allowed:
            raise errors.invalid(f"invalid value [{value}]; allowed: {', '.join(allowed)}.")
        return value

    return read


def refused(what: str, instead: str = "") -> Reader:
    """A property that Snowflake has and the local Snowflake refuses by name."""

    def read(cursor: Cursor) -> str:
        raise errors.not_implemented(what, instead)

    return read


def _read_property(cursor: Cursor, readers: Mapping[str, Reader], what: str, found: dict[str, str]) -> None:
    key = cursor.identifier()
    if key not in readers:
        raise invalid_property(key, what, readers)
    if key in found:
        raise errors.syntax_error(f"duplicate property '{key}'")
    cursor.expect("=")
    found[key] = readers[key](cursor)
