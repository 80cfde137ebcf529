"""A client of the gateway, and the result of one statement."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field

from snowmesh.account.state import Account
from snowmesh.local.engine import SCRATCH, EngineSession, Rows
from snowmesh.local.history import History
from snowmesh.local.interrupts import Running
from snowmesh.local.session import Session
from snowmesh.local.work import Temporaries

KEPT_RESULTS, KEPT_BYTES = 25, 256 * 2**20


@dataclass
class Connected:
    """One client: its session, its engine connection, its temporary tables and last results."""

    token: str
    session: Session
    engine: EngineSession
    id: str
    temporaries: Temporaries = field(default_factory=dict)
    results: OrderedDict[str, Rows] = field(default_factory=OrderedDict)
    query_ids: list[str] = field(default_factory=list)
    piped: tuple[str, ...] = ()
    parameters: dict[str, str] = field(default_factory=dict)
    running: list[Running] = field(default_factory=list)  # one statement, and those that wait for it
    began: Account | None = None  # the account as it was when the open transaction began
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def history(self) -> History:
        """What LAST_QUERY_ID and the steps of a piped statement refer to."""
        return History(self.query_ids, self.piped)

    @property
    def in_transaction(self) -> bool:
        """Whether BEGIN was said and not yet COMMIT or ROLLBACK."""
        return self.began is not None

    @property
    def scratch(self) -> tuple[str, str]:
        """The engine schema that holds this session's temporary tables."""
        return (SCRATCH, f"SESSION_{self.token}")

    def remember(self, answer: Answer) -> None:
        """Keep a result for RESULT_SCAN; the oldest go."""
        self.results[answer.query_id] = answer.rows
        self.query_ids.append(answer.query_id)
        while len(self.results) > KEPT_RESULTS or (len(self.results) > 1 and self._kept_bytes() > KEPT_BYTES):
            self.results.popitem(last=False)

    def _kept_bytes(self) -> int:
        return sum(rows.table.nbytes for rows in self.results.values())

    def result(self, query_id: str) -> Rows | None:
        """A result of this session, whatever its roles are now: a result is its user's (R51)."""
        return self.results.get(query_id)


@dataclass(frozen=True)
class Answer:
    """The result of one statement."""

    query_id: str
    rows: Rows
    type_id: int
