"""End a running statement from outside: its client went away, cancelled it, or its time is up.

A statement is ended only where the engine then leaves everything as it was: a query at any time; a change while its
one statement runs, which the engine does whole or not at all; several statements while their transaction is open.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb

from snowmesh.local.errors import SnowflakeError


def cancelled() -> SnowflakeError:
    """Snowflake's error for a statement that somebody ended."""
    return SnowflakeError(604, "57014", "SQL execution canceled")


def timed_out(seconds: int) -> SnowflakeError:
    """Snowflake's error for a statement that ran into STATEMENT_TIMEOUT_IN_SECONDS."""
    return SnowflakeError(
        630, "57014", f"Statement reached its statement or warehouse timeout of {seconds} second(s) and was canceled."
    )


class Running:
    """One statement of a client, from the moment it arrives."""

    def __init__(self, request_id: str = "") -> None:
        self.request_id = request_id
        self.stopped: SnowflakeError | None = None

    def stop(self, reason: SnowflakeError) -> None:
        """Mark the statement as ended; the first reason counts."""
        self.stopped = self.stopped or reason

    def check(self) -> None:
        """Raise the reason, if the statement was ended."""
        if self.stopped:
            raise self.stopped


class Interruptible:
    """DuckDB's connection as fakesnow uses it, with a way to end what it executes."""

    def __init__(self, duck: duckdb.DuckDBPyConnection) -> None:
        self._duck = duck
        self._lock = threading.Lock()
        self._calls = 0  # how many calls may still be ended; below 0: any number
        self._inside = False
        self.running = Running()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._duck, name)

    def execute(self, *arguments: Any, **options: Any) -> Any:
        """As DuckDB's; ended by `interrupt`."""
        with self._may_end():
            return self._duck.execute(*arguments, **options)

    def to_arrow_table(self, *arguments: Any, **options: Any) -> Any:
        """As DuckDB's; the rows of a query are computed here."""
        with self._may_end():
            return self._duck.to_arrow_table(*arguments, **options)

    @contextmanager
    def interruptible(self, calls: int = -1) -> Iterator[None]:
        """While this lasts the statement may be ended: in its first `calls` calls of the engine, or in all."""
        self.running.check()
        self._calls = calls
        try:
            yield
        except duckdb.InterruptException:
            self.running.check()
            raise
        except SnowflakeError:
            self.running.check()
            raise
        finally:
            self._calls = 0

    def interrupt(self, running: Running) -> None:
        """End the statement if it is the one that runs, and may be ended now; from another thread."""
        with self._lock:
            if self._inside and self.running is running:
                self._duck.interrupt()

    @contextmanager
    def _may_end(self) -> Iterator[None]:
        allowed, self._calls = self._calls, self._calls - (self._calls > 0)
        if not allowed:
            yield
            return
        self.running.check()
        with self._lock:
            self._inside = True
        try:
            yield
        finally:
            with self._lock:
                self._inside = False
