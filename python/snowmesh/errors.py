"""The one base of errors that a command reports without a traceback."""

from __future__ import annotations


class UserError(Exception):
    """What went wrong, where, and what to do next; commands print it and exit 2."""

    def __init__(self, what: str, next_step: str = "") -> None:
        super().__init__(f"{what}\nNext: {next_step}" if next_step else what)
        self.what, self.next_step = what, next_step
