"""What can be wrong, as a value: the fact and the next step (docs/troubleshooting/cross-project-ref.md)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, and what to do about it."""

    what: str
    next_step: str

    def __str__(self) -> str:
        return f"{self.what}\nNext: {self.next_step}"


def report(problems: Sequence[Problem]) -> str:
    """All problems of a run as one text, numbered when there is more than one."""
    if len(problems) == 1:
        return f"Cross-project ref: {problems[0]}"
    items = [f"{number}. {problem}".replace("\n", "\n   ") for number, problem in enumerate(problems, start=1)]
    return "\n".join([f"Cross-project ref: {len(problems)} problems", *items])


def hint(name: str, candidates: Iterable[str]) -> str:
    """`Did you mean 'x'?` with a leading blank, or nothing."""
    close = get_close_matches(name, sorted(set(candidates)), n=1, cutoff=0.6)
    return f" Did you mean '{close[0]}'?" if close else ""


def listed(names: Iterable[str]) -> str:
    """Names for a message: sorted, and cut when there are many."""
    ordered = sorted(set(names))
    shown = ", ".join(ordered[:10]) or "none"
    return shown if len(ordered) <= 10 else f"{shown} and {len(ordered) - 10} more"
