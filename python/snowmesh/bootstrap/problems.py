"""What can be wrong with a mesh file, and how it is said: file, line, column, what is allowed, the nearest word."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from snowmesh.errors import UserError

MAX_LISTED = 100  # allowed words; of more the nearest is enough


class BootstrapError(UserError):
    """Anything that stops mesh-bootstrap: what, and what to do next; exit code 2."""


class Place(NamedTuple):
    """Where something stands: the file as it was named, line and column from 1, and the path of YAML keys."""

    file: str
    line: int
    column: int
    path: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, order=True)
class Problem:
    """One error in a mesh file."""

    place: Place
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {printable(self.text)}"


class MeshError(BootstrapError):
    """Every problem of the mesh files at once, in file order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        count = len(self.problems)
        files = {problem.place.file for problem in self.problems}
        head = f"{files.pop()} has" if len(files) == 1 else f"{len(files)} mesh files have"
        head = f"{head} {count} error{'' if count == 1 else 's'}; nothing was changed."
        super().__init__("\n".join([head, *(f"  {problem}" for problem in self.problems)]))


def counted(count: int, noun: str) -> str:
    """`1 error`, `2 errors`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def printable(text: str) -> str:
    """Text that is safe to print: control and other invisible characters are escaped, so none acts on a terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def one_of(word: str, allowed: Iterable[str]) -> str:
    """Say what is allowed and which allowed word is nearest: `allowed: a, b; did you mean 'a'?`."""
    words = sorted(set(allowed))
    if not words:
        return "none is declared"
    import difflib

    like = words
    if len(words) > MAX_LISTED:  # comparing with each would take long; a slip of the finger keeps start and length
        start, length = word[:2].lower(), len(word)
        like = [w for w in words if w[:2].lower() == start and abs(len(w) - length) < 3][:MAX_LISTED]
    near = difflib.get_close_matches(word.lower(), [w.lower() for w in like], n=1)
    hint = next((f"; did you mean '{w}'?" for w in words if near and w.lower() == near[0]), "")
    listed = ", ".join(words) if len(words) <= MAX_LISTED else f"one of {len(words):,} names"
    return f"allowed: {listed}{hint}"
