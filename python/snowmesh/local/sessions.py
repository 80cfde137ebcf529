"""The open sessions of an account: bounded, and forgotten when nobody uses them (C11)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from snowmesh.local.connected import Connected
from snowmesh.local.errors import SnowflakeError

IDLE_SECONDS = 4 * 60 * 60
MAX_SESSIONS = 1000


class Sessions:
    """Sessions by token. One that was idle for four hours is over, as in Snowflake."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._open: dict[str, tuple[Connected, float]] = {}

    def add(self, connected: Connected) -> None:
        """Keep a new session. Raises SnowflakeError when too many are open."""
        with self._lock:
            if len(self._open) >= MAX_SESSIONS:
                raise SnowflakeError(
                    390001,
                    "08001",
                    f"{MAX_SESSIONS} sessions are open, which is all the local Snowflake keeps. Close sessions "
                    "(connection.close()), or restart it.",
                )
            self._open[connected.token] = (connected, self._clock())

    def get(self, token: str) -> Connected | None:
        """The session of a token; from now on it was used now."""
        now = self._clock()
        with self._lock:
            found = self._open.get(token)
            if found is None or now - found[1] > IDLE_SECONDS:
                return None
            self._open[token] = (found[0], now)
            return found[0]

    def remove(self, token: str) -> Connected | None:
        """Forget a session."""
        with self._lock:
            found = self._open.pop(token, None)
        return found[0] if found else None

    def all(self) -> list[Connected]:
        """The open sessions."""
        with self._lock:
            return [connected for connected, _ in self._open.values()]

    def expired(self) -> list[str]:
        """The tokens of sessions that were idle for too long and run nothing."""
        now = self._clock()
        with self._lock:
            return [t for t, (c, used) in self._open.items() if now - used > IDLE_SECONDS and not c.lock.locked()]
