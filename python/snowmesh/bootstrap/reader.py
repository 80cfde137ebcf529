"""Read single values out of a YAML tree; what is wrong is collected, not raised."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import TypeVar

from snowmesh.account import identifiers
from snowmesh.bootstrap.declarations import Name
from snowmesh.bootstrap.problems import MeshError, Place, Problem, one_of
from snowmesh.bootstrap.yaml_tree import Mapping, Node, Scalar, Sequence

T = TypeVar("T")
MAX_COMMENT = 5000
MAX_PROBLEMS = 500


class Reader:
    """Typed access to nodes. Each method returns None (or leaves an item out) after it noted a problem."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def problem(self, place: Place, text: str) -> None:
        """Note a problem. Raises MeshError when there are so many that no more would help."""
        self.problems.append(Problem(place, text))
        if len(self.problems) >= MAX_PROBLEMS:
            last = Problem(place, f"and more: only the first {MAX_PROBLEMS} errors are listed")
            raise MeshError([*self.problems, last])

    def keys(self, node: Node, what: str, allowed: Collection[str], required: Iterable[str] = ()) -> dict[str, Node]:
        """The entries of a mapping with a fixed set of keys."""
        entries = self.entries(node, what)
        if entries is None:
            return {}
        found: dict[str, Node] = {}
        for key, value in entries:
            if key.text in allowed:
                found[key.text] = value
            else:
                self.problem(key.place, f"unknown key '{key.text}' in {what}; {one_of(key.text, allowed)}")
        for name in required:
            if name not in found:
                self.problem(node.place, f"{what} needs the key '{name}'")
        return found

    def entries(self, node: Node, what: str) -> tuple[tuple[Scalar, Node], ...] | None:
        """The entries of a mapping with free keys."""
        if isinstance(node, Mapping):
            return node.entries
        self.problem(node.place, f"{what} must be a mapping of keys to values, not {_kind(node)}")
        return None

    def listed(self, node: Node, what: str, read: Callable[[Node, str], T | None]) -> tuple[T, ...]:
        """Every item of a list, read one by one."""
        if not isinstance(node, Sequence):
            self.problem(node.place, f"{what} must be a list, for instance [a, b], not {_kind(node)}")
            return ()
        return tuple(value for item in node.items if (value := read(item, f"an item of {what}")) is not None)

    def text(self, node: Node, what: str) -> str | None:
        """A text of one line, at most as long as a comment may be."""
        if not isinstance(node, Scalar) or node.is_null:
            self.problem(node.place, f"{what} must be a text, not {_kind(node)}")
            return None
        if not is_one_line(node.text):
            self.problem(node.place, f"{what} must be one line of at most {MAX_COMMENT} characters")
            return None
        return node.text

    def name(self, node: Node, what: str) -> Name | None:
        """One Snowflake identifier, in stored form: `foo` is FOO, `'"foo"'` is foo."""
        if not isinstance(node, Scalar) or node.is_null:
            self.problem(node.place, f"{what} must be a name, not {_kind(node)}")
            return None
        try:
            return Name(identifiers.stored(node.text), node.place)
        except identifiers.IdentifierError as error:
            self.problem(node.place, f"{what}: {error}")
            return None

    def parts(self, node: Node, what: str, forms: tuple[str, ...]) -> tuple[str, ...] | None:
        """The stored parts of a dotted name, as many as one of the forms has."""
        form = " or ".join(forms)
        if not isinstance(node, Scalar) or node.is_null:
            self.problem(node.place, f"{what} must be a name of the form {form}, not {_kind(node)}")
            return None
        try:
            found = identifiers.split(node.text)
        except identifiers.IdentifierError as error:
            self.problem(node.place, f"{what}: {error}")
            return None
        if all(len(found) != form.count(".") + 1 for form in forms):
            self.problem(node.place, f"{what} must have the form {form}, not '{node.text}'")
            return None
        return found

    def word(self, node: Node, what: str, allowed: Iterable[str]) -> str | None:
        """One word of a closed list, in any case; returned in lower case."""
        if not isinstance(node, Scalar):
            self.problem(node.place, f"{what} must be a word, not {_kind(node)}")
            return None
        allowed = tuple(allowed)
        if node.text.lower() not in allowed:
            self.problem(node.place, f"{what} is '{node.text}'; {one_of(node.text, allowed)}")
            return None
        return node.text.lower()

    def flag(self, node: Node, what: str) -> bool | None:
        """true or false, written without quotes; YAML's other words for them are easily taken for something else."""
        if isinstance(node, Scalar) and node.plain and node.text.lower() in ("true", "false"):
            return node.text.lower() == "true"
        self.problem(node.place, f"{what} must be true or false, not {_kind(node)}")
        return None

    def number(self, node: Node, what: str, low: int, high: int) -> int | None:
        """A whole number between two limits."""
        if isinstance(node, Scalar) and node.plain and node.text.isascii() and node.text.isdigit():
            # the length is looked at first: int() of an endless number is slow
            value = int(node.text) if len(node.text) < 12 else high + 1
            if low <= value <= high:
                return value
        self.problem(node.place, f"{what} must be a whole number from {low} to {high}")
        return None


def is_one_line(text: str) -> bool:
    """Whether a mesh file can say the text."""
    return len(text) <= MAX_COMMENT and not any(ord(c) < 32 or ord(c) == 127 for c in text)


def _kind(node: Node) -> str:
    if isinstance(node, Mapping):
        return "a mapping"
    if isinstance(node, Sequence):
        return "a list"
    return "nothing" if node.is_null else f"'{node.text}'"
