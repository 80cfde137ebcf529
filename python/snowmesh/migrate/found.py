"""What is found in a project, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Note:
    """Something that a person has to look at: where it stands, what it is, what to do."""

    where: str
    what: str
    next_step: str


@dataclass(frozen=True)
class MaskingPolicy:
    """A masking policy as it was created: the value is called `val`; `using` are its further arguments with types."""

    name: str
    data_type: str
    body: str
    using: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Drop:
    """A key of a mapping, or an item of a list, that the block replaces; `path` leads to the mapping or list."""

    path: tuple[str, ...]
    item: Any


@dataclass(frozen=True)
class Taken:
    """What one model, source table or column declares: the block, what it replaces, and what it refers to."""

    block: Mapping[str, Any] = field(default_factory=dict)
    drops: tuple[Drop, ...] = ()
    tags: tuple[str, ...] = ()
    masking_policies: tuple[str, ...] = ()
    other_policies: tuple[tuple[str, str], ...] = ()  # (key of vars: snowmesh:, name)
    schemas: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()


@dataclass
class Definitions:
    """What goes under `vars: snowmesh:`; names are kept as they were written."""

    schemas: list[str] = field(default_factory=list)
    tags: dict[str, list[str]] = field(default_factory=dict)
    masking_policies: dict[str, MaskingPolicy] = field(default_factory=dict)
    other_policies: dict[str, dict[str, None]] = field(default_factory=dict)
