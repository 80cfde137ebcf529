"""YAML text to a tree that knows its lines.

Only the plain part of YAML is read. Anchors, aliases, tags, merge keys, several documents and duplicate keys are
refused: they hide what is declared, or expand without bound.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from snowmesh.bootstrap.problems import BootstrapError, MeshError, Place, Problem

MAX_BYTES = 5_000_000
MAX_DEPTH = 12
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Scalar:
    """A single value as text; `plain` when it was written without quotes."""

    place: Place
    text: str
    plain: bool

    @property
    def is_null(self) -> bool:
        """Whether nothing was written, or YAML's word for nothing."""
        return self.plain and self.text in ("", "~", "null", "Null", "NULL")


@dataclass(frozen=True)
class Sequence:
    """A list."""

    place: Place
    items: tuple[Node, ...]


@dataclass(frozen=True)
class Mapping:
    """Keys and values in file order."""

    place: Place
    entries: tuple[tuple[Scalar, Node], ...]


Node = Scalar | Sequence | Mapping


def text(path: Path) -> str:
    """The text of a file. Raises BootstrapError when it cannot be read or is too large to be a mesh file."""
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise BootstrapError(f"{path} has {size:,} bytes; a mesh file has at most {MAX_BYTES:,}.")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)  # a pipe or a device tells no size
        if len(data) > MAX_BYTES:
            raise BootstrapError(f"{path} has over {MAX_BYTES:,} bytes; a mesh file has at most {MAX_BYTES:,}.")
    except OSError as error:
        raise BootstrapError(
            f"{path} cannot be read: {error.strerror}", "name the mesh file with --file, or change to its folder."
        ) from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BootstrapError(f"{path} is not UTF-8 text: {error.reason} at byte {error.start}.") from error


def parse(text: str, file: str) -> Node:
    """Parse YAML text; `file` is only named in errors. Raises MeshError."""
    try:
        return _Builder(file, yaml.parse(text, Loader=_LOADER)).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file, 1, 1)
        raise MeshError([Problem(place, f"not YAML: {error.problem or error.context}")]) from error
    except yaml.YAMLError as error:
        reason = getattr(error, "reason", "it cannot be parsed")
        raise MeshError([Problem(Place(file, 1, 1), f"not YAML: {reason}")]) from error


class _Builder:
    """Builds the tree from parser events; stops at the first construct that is not allowed."""

    def __init__(self, file: str, events: Iterator[Any]) -> None:
        self.file = file
        self.events = events
        self.duplicates: list[Problem] = []

    def document(self) -> Node:
        self._next()  # stream start
        event = self._next()
        if isinstance(event, yaml.StreamEndEvent):
            raise self._error(event, "", "the file is empty; a mesh file has the key 'domains'")
        root = self._node(self._next(), "", 0)
        self._next()  # document end
        extra = self._next()
        if not isinstance(extra, yaml.StreamEndEvent):
            raise self._error(extra, "", "a second YAML document starts here; one mesh file holds one document")
        if self.duplicates:
            raise MeshError(self.duplicates)
        return root

    def _node(self, event: Any, path: str, depth: int) -> Node:
        if isinstance(event, yaml.AliasEvent) or event.anchor:
            raise self._error(event, path, "YAML anchors and aliases are not allowed; write the value out")
        if event.tag is not None:
            raise self._error(event, path, f"the YAML tag {event.tag} is not allowed; write a plain value")
        if depth > MAX_DEPTH:
            raise self._error(event, path, f"nested deeper than {MAX_DEPTH} levels")
        if isinstance(event, yaml.ScalarEvent):
            return Scalar(self._place(event, path), event.value, bool(event.implicit[0]))
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(event, path, depth)
        return self._mapping(event, path, depth)

    def _sequence(self, event: Any, path: str, depth: int) -> Sequence:
        items: list[Node] = []
        while not isinstance(following := self._next(), yaml.SequenceEndEvent):
            items.append(self._node(following, f"{path}[{len(items)}]", depth + 1))
        return Sequence(self._place(event, path), tuple(items))

    def _mapping(self, event: Any, path: str, depth: int) -> Mapping:
        entries: dict[str, tuple[Scalar, Node]] = {}
        while not isinstance(following := self._next(), yaml.MappingEndEvent):
            key = self._node(following, path, depth + 1)
            if not isinstance(key, Scalar):
                raise self._error(following, path, "a key must be a single word")
            inner = f"{path}.{key.text}" if path else key.text
            key = Scalar(Place(self.file, key.place.line, key.place.column, inner), key.text, key.plain)
            value = self._node(self._next(), inner, depth + 1)
            if key.text in entries:
                first = entries[key.text][0].place.line
                self.duplicates.append(
                    Problem(key.place, f"the key '{key.text}' is there twice; first in line {first}")
                )
            entries.setdefault(key.text, (key, value))
        return Mapping(self._place(event, path), tuple(entries.values()))

    def _next(self) -> Any:
        return next(self.events)

    def _place(self, event: Any, path: str) -> Place:
        return Place(self.file, event.start_mark.line + 1, event.start_mark.column + 1, path)

    def _error(self, event: Any, path: str, text: str) -> MeshError:
        return MeshError([Problem(self._place(event, path), text)])
