"""Blocks of mesh.yml: keys with a meaning, and blocks by name. Like values, each reads, describes and names itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, cast

from snowmesh.bootstrap.declarations import Name
from snowmesh.bootstrap.problems import Place
from snowmesh.bootstrap.reader import Reader
from snowmesh.bootstrap.values import Document, Identifier, T, Value
from snowmesh.bootstrap.yaml_tree import Mapping, Node, Scalar, Sequence


@dataclass(frozen=True)
class Key(Generic[T]):
    """A key of a block: its value, what it means, and what holds without it."""

    name: str
    value: Value[T]
    meaning: str
    default: str = ""
    required: bool = False


NO_NAME = Name("", Place("", 1, 1))


@dataclass(frozen=True)
class Found:
    """What stands in one block: values by key. `name` and `label` are those of the block when it has one."""

    reader: Reader
    what: str
    place: Place
    values: dict[str, Any] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    name: Name = NO_NAME
    label: str = ""

    def __getitem__(self, key: Key[T]) -> T | None:
        """The value of a key; None when it is not there or wrong."""
        return cast("T | None", self.values.get(key.name))

    def __contains__(self, key: Key[Any]) -> bool:
        """Whether the key is there, right or wrong."""
        return key.name in self.places


@dataclass(frozen=True)
class Block(Generic[T]):
    """A mapping with a fixed set of keys, and what it becomes. `title` is its name in the schema and the reference."""

    title: str
    meaning: str
    keys: tuple[Key[Any], ...]
    build: Callable[[Found], T | None]

    @property
    def form(self) -> str:
        """A link to the block."""
        return f"[{self.title}](#{self.anchor})"

    @property
    def anchor(self) -> str:
        """The title as a word, for links."""
        return self.title.replace(" ", "-")

    def __post_init__(self) -> None:
        # looked up once for every block in a file
        object.__setattr__(self, "_by_name", {key.name: key for key in self.keys})
        object.__setattr__(self, "_required", tuple(key.name for key in self.keys if key.required))

    def read(self, reader: Reader, node: Node, what: str) -> T | None:
        """Read a block that has no name."""
        return self.build(self._found(reader, node, what, Name("", node.place), ""))

    def read_named(self, reader: Reader, key: Scalar, node: Node | None, noun: str) -> T | None:
        """Read a block that is the value of a name; without a value every key has its default."""
        what = f"{noun} '{key.text}'"
        name = reader.name(key, what)
        if name is None:
            return None
        if node is None or (isinstance(node, Scalar) and node.is_null):
            node = Mapping(key.place, ())
        return self.build(self._found(reader, node, what, name, key.text))

    def _found(self, reader: Reader, node: Node, what: str, name: Name, label: str) -> Found:
        by_name: dict[str, Key[Any]] = self.__dict__["_by_name"]
        values: dict[str, Any] = {}
        nodes = reader.keys(node, what, by_name, self.__dict__["_required"])
        for key, value in nodes.items():
            values[key] = by_name[key].value.read(reader, value, f"'{key}'" if what == MESH else f"'{key}' of {what}")
        return Found(reader, what, node.place, values, {key: value.place for key, value in nodes.items()}, name, label)

    def schema(self) -> Document:
        """A reference to the block's own definition."""
        return {"$ref": f"#/$defs/{self.anchor}"}

    def definition(self) -> Document:
        """The block as JSON schema."""
        found: Document = {
            "type": "object",
            "description": self.meaning,
            "additionalProperties": False,
            "properties": {key.name: _described(key) for key in self.keys},
        }
        if self.__dict__["_required"]:
            found["required"] = list(self.__dict__["_required"])
        return found


MESH = "the mesh"


@dataclass(frozen=True)
class MapOf(Generic[T]):
    """Names, each with a block."""

    noun: str
    block: Block[T]
    some: bool = False  # at least one

    @property
    def form(self) -> str:
        """For instance 'warehouse by name'."""
        return f"name: {self.block.form}"

    def read(self, reader: Reader, node: Node, what: str) -> tuple[T, ...]:
        """The blocks that could be read, in file order."""
        entries = reader.entries(node, what) or ()
        if self.some and isinstance(node, Mapping) and not entries:
            reader.problem(node.place, f"{what} names none")
        found = (self.block.read_named(reader, key, value, self.noun) for key, value in entries)
        return tuple(item for item in found if item is not None)

    def schema(self) -> Document:
        """An object with free keys; a key without a value has every default."""
        value: Document = {"anyOf": [self.block.schema(), {"type": "null"}]}
        if any(key.required for key in self.block.keys):
            value = self.block.schema()
        found: Document = {"type": "object", "additionalProperties": value}
        return {**found, "minProperties": 1} if self.some else found


@dataclass(frozen=True)
class NamesOrMap(Generic[T]):
    """A list of names, each a block with every default; or names, each with its block."""

    noun: str
    block: Block[T]
    some: bool = False  # at least one

    @property
    def form(self) -> str:
        """Both forms."""
        return f"list of names, or name: {self.block.form}"

    def read(self, reader: Reader, node: Node, what: str) -> tuple[T, ...]:
        """The blocks that could be read, in file order."""
        if isinstance(node, Mapping):
            return MapOf(self.noun, self.block, self.some).read(reader, node, what)
        if self.some and isinstance(node, Sequence) and not node.items:
            reader.problem(node.place, f"{what} names none")
        return reader.listed(node, what, lambda item, text: self._named(reader, item, text))

    def _named(self, reader: Reader, item: Node, what: str) -> T | None:
        if not isinstance(item, Scalar) or item.is_null:
            reader.name(item, what)  # says what is wrong with it
            return None
        return self.block.read_named(reader, item, None, self.noun)

    def schema(self) -> Document:
        """An array of names or an object."""
        names: Document = {"type": "array", "items": Identifier().schema(), **({"minItems": 1} if self.some else {})}
        return {"anyOf": [names, MapOf(self.noun, self.block, self.some).schema()]}


@dataclass(frozen=True)
class NameOrBlock(Generic[T]):
    """A name, which is a block with every default, or a block that may hold its name itself."""

    block: Block[T]

    @property
    def form(self) -> str:
        """Both forms."""
        return f"name, or {self.block.form}"

    def read(self, reader: Reader, node: Node, what: str) -> T | None:
        """The block."""
        if isinstance(node, Mapping):
            return self.block.read(reader, node, what)
        name = reader.name(node, what)
        return self.block.build(Found(reader, what, node.place, name=name)) if name else None

    def schema(self) -> Document:
        """A name or an object."""
        return {"anyOf": [Identifier().schema(), self.block.schema()]}


class Renames(NamedTuple):
    """Names to other names."""

    noun: str
    form: str = "name: name"

    def read(self, reader: Reader, node: Node, what: str) -> tuple[tuple[Name, Name], ...]:
        """The pairs."""
        pairs = []
        for key, value in reader.entries(node, what) or ():
            old = reader.name(key, f"{self.noun} '{key.text}'")
            new = reader.name(value, f"{self.noun} '{key.text}' of {what}")
            if old and new:
                pairs.append((old, new))
        return tuple(pairs)

    def schema(self) -> Document:
        """An object of names."""
        return {"type": "object", "additionalProperties": Identifier().schema()}


def _described(key: Key[Any]) -> Document:
    text = key.meaning + (f" Default: {key.default}." if key.default else "")
    return {**key.value.schema(), "description": text.replace("`", "")}
