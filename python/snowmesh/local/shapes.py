"""What a source or a query yields, as lineage knows it: columns with the marks that they derive from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlglot import exp

from snowmesh.local.names import stored

Marks = frozenset[str]
NOTHING: Marks = frozenset()


@dataclass(frozen=True)
class Output:
    """A column of a result, and the marks that its value derives from."""

    name: str
    marks: Marks


@dataclass(frozen=True)
class Shape:
    """The columns of a source or result in their order; None: not known, each may derive from `rest`."""

    columns: tuple[Output, ...] | None
    rest: Marks = NOTHING

    @property
    def all(self) -> Marks:
        """The marks of any of its columns."""
        return self.rest.union(*(c.marks for c in self.columns or ()))

    def of(self, name: str) -> Marks | None:
        """The marks of a column by name, whose case the engine ignores; None when it is not there."""
        if self.columns is None:
            return None
        found = [c.marks for c in self.columns if c.name.upper() == name.upper()]
        return NOTHING.union(*found) if found else None


@dataclass
class Scope:
    """What names mean at one place: sources by alias, aliases of the select list, common table expressions."""

    ctes: dict[str, Shape]
    parent: Scope | None = None
    sources: list[tuple[str, Shape]] = field(default_factory=list)
    aliases: dict[str, Marks] = field(default_factory=dict)

    def chain(self) -> Iterator[Scope]:
        """This scope and those around it, innermost first."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent


def merged(sources: list[Shape], select: exp.Select) -> list[Output]:
    """The columns of joined sources; one that USING or NATURAL names stands once, and is of all sources."""
    joins = select.args.get("joins") or []
    natural = any(str(j.args.get("method") or "").upper() == "NATURAL" for j in joins)
    using = {upper_name(c) for j in joins for c in j.args.get("using") or []}
    found: list[Output] = []
    for column in (c for source in sources for c in source.columns or ()):
        same = [i for i, c in enumerate(found) if c.name.upper() == column.name.upper()]
        if same and (natural or column.name.upper() in using):
            found[same[0]] = Output(found[same[0]].name, found[same[0]].marks | column.marks)
        else:
            found.append(column)
    return found


def upper_name(node: exp.Expr) -> str:
    return node.name.upper()


def renamed(node: exp.Expr, shape: Shape) -> Shape:
    """The shape under the column names of an alias; a pivoted one has columns that nobody knows."""
    if node.args.get("pivots"):
        return Shape(None, shape.all)
    alias = node.args.get("alias")
    names = [stored(c) for c in alias.args.get("columns") or []] if isinstance(alias, exp.TableAlias) else []
    if not names:
        return shape
    if shape.columns is None or len(shape.columns) != len(names):
        return Shape(None, shape.all)
    return Shape(tuple(Output(n, c.marks) for n, c in zip(names, shape.columns, strict=True)))
