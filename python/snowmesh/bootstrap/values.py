"""Kinds of values in mesh.yml. Each reads a node, describes itself as JSON schema, and says its form in words.

The reader, the published JSON schema and the reference page all come from these, so none can differ from the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from snowmesh.bootstrap.declarations import DottedName, Name
from snowmesh.bootstrap.reader import MAX_COMMENT, Reader
from snowmesh.bootstrap.yaml_tree import Node, Sequence

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
Document = dict[str, Any]
_NAME = r'([A-Za-z_][A-Za-z0-9_$]{0,254}|"([^"]|"")+")'


class Value(Protocol[T_co]):
    """A kind of value. `read` returns None after it noted a problem; `form` is for the reference."""

    def read(self, reader: Reader, node: Node, what: str) -> T_co | None:
        """Read a node; `what` names it in problems."""

    def schema(self) -> Document:
        """The JSON schema of the value."""

    @property
    def form(self) -> str:
        """The value in words, for instance 'list of names'."""


# -- single values ---------------------------------------------------------------------------------------


class Identifier(NamedTuple):
    """One name, as Snowflake writes it."""

    form: str = "name"

    def read(self, reader: Reader, node: Node, what: str) -> Name | None:
        """The stored name."""
        return reader.name(node, what)

    def schema(self) -> Document:
        """A bare name, or one in double quotes."""
        return {"type": "string", "pattern": f"^{_NAME}$"}


class Dotted(NamedTuple):
    """A name of several parts; `form` is one of the forms it may have, `domain.product` for instance."""

    forms: tuple[str, ...]

    @property
    def form(self) -> str:
        """The forms."""
        return " or ".join(f"`{form}`" for form in self.forms)

    def read(self, reader: Reader, node: Node, what: str) -> DottedName | None:
        """The stored parts and where they stand."""
        found = reader.parts(node, what, self.forms)
        return DottedName(found, node.place) if found else None

    def schema(self) -> Document:
        """As many parts as the forms have."""
        counts = sorted({len(form.split(".")) - 1 for form in self.forms})
        return {"type": "string", "pattern": f"^{_NAME}(\\.{_NAME}){{{counts[0]},{counts[-1]}}}$"}


class Text(NamedTuple):
    """One line of text."""

    form: str = "text"

    def read(self, reader: Reader, node: Node, what: str) -> str | None:
        """The text."""
        return reader.text(node, what)

    def schema(self) -> Document:
        """A string."""
        return {"type": "string", "maxLength": MAX_COMMENT}


class Word(NamedTuple):
    """One word of a closed list, in any case."""

    words: tuple[str, ...]

    @property
    def form(self) -> str:
        """The words, or how they are called when there are many."""
        return " or ".join(f"`{word}`" for word in self.words) if len(self.words) < 4 else "[one of these](#words)"

    def read(self, reader: Reader, node: Node, what: str) -> str | None:
        """The word in lower case."""
        return reader.word(node, what, self.words)

    def schema(self) -> Document:
        """An enumeration; editors complete lower case, and upper case is as good."""
        return {"type": "string", "enum": [*self.words, *(word.upper() for word in self.words if word.upper() != word)]}


class Number(NamedTuple):
    """A whole number between two limits."""

    low: int
    high: int

    @property
    def form(self) -> str:
        """The limits."""
        return f"whole number from {self.low} to {self.high}"

    def read(self, reader: Reader, node: Node, what: str) -> int | None:
        """The number."""
        return reader.number(node, what, self.low, self.high)

    def schema(self) -> Document:
        """An integer."""
        return {"type": "integer", "minimum": self.low, "maximum": self.high}


class Flag(NamedTuple):
    """true or false."""

    form: str = "`true` or `false`"

    def read(self, reader: Reader, node: Node, what: str) -> bool | None:
        """The value."""
        return reader.flag(node, what)

    def schema(self) -> Document:
        """A boolean."""
        return {"type": "boolean"}


# -- lists -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ListOf(Generic[T]):
    """A list of one kind of value; `plural` says its form better than the item's own."""

    item: Value[T]
    plural: str = ""

    @property
    def form(self) -> str:
        """For instance 'list of names'."""
        return f"list of {self.plural or self.item.form}"

    def read(self, reader: Reader, node: Node, what: str) -> tuple[T, ...]:
        """The items that could be read."""
        return reader.listed(node, what, lambda item, text: self.item.read(reader, item, text))

    def schema(self) -> Document:
        """An array."""
        return {"type": "array", "items": self.item.schema()}


@dataclass(frozen=True)
class OneOrMore(Generic[T]):
    """A value, or a list of such values."""

    item: Value[T]
    plural: str

    @property
    def form(self) -> str:
        """For instance 'name or list of names'."""
        return f"{self.item.form}, or list of {self.plural}"

    def read(self, reader: Reader, node: Node, what: str) -> tuple[T, ...]:
        """The values; one is a list of one."""
        if isinstance(node, Sequence):
            found = reader.listed(node, what, lambda item, text: self.item.read(reader, item, text))
            if not node.items:
                reader.problem(node.place, f"{what} is empty; name at least one")
            return found
        one = self.item.read(reader, node, what)
        return () if one is None else (one,)

    def schema(self) -> Document:
        """One, or an array of at least one."""
        item = self.item.schema()
        return {"anyOf": [item, {"type": "array", "items": item, "minItems": 1}]}
