"""Stand between any two statements of a session: to read what others could read there, or to cut the session off.

    class Reader(Watcher):
        def after(self, gateway, connected, sql): ...  # the statement is done, its sender has no answer yet

    with watching(Reader()):
        ...  # build something in this process's local Snowflake

Nothing depends on timing: the sender waits while a watcher looks. What a watcher runs itself with `gateway.execute` is
not watched. Made for tests and benchmarks: a served account has no watchers.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snowmesh.local.connected import Connected
    from snowmesh.local.gateway import Gateway


class Watcher:
    """Called around every statement of every session of the process; both do nothing unless overridden."""

    def before(self, gateway: Gateway, connected: Connected, sql: str) -> None:
        """Before the statement runs. A SnowflakeError raised here is the statement's answer, and nothing runs."""

    def after(self, gateway: Gateway, connected: Connected, sql: str) -> None:
        """After the statement, also one that failed. A SnowflakeError raised here is its answer, but it has run."""


_watchers: list[Watcher] = []
_looking = threading.local()


@contextmanager
def watching(watcher: Watcher) -> Iterator[None]:
    """Have a watcher called around every statement until the block ends."""
    _watchers.append(watcher)
    try:
        yield
    finally:
        _watchers.remove(watcher)


@contextmanager
def watched(gateway: Gateway, connected: Connected, sql: str) -> Iterator[None]:
    """What the gateway puts around one statement."""
    if not _watchers or getattr(_looking, "now", False):
        yield
        return
    for watcher in tuple(_watchers):
        with _alone():
            watcher.before(gateway, connected, sql)
    try:
        yield
    finally:
        for watcher in tuple(_watchers):
            with _alone():
                watcher.after(gateway, connected, sql)


@contextmanager
def _alone() -> Iterator[None]:
    """What a watcher runs itself is not watched."""
    _looking.now = True
    try:
        yield
    finally:
        _looking.now = False
