"""Somebody who reads whatever they can, between any two statements of a build, and counts the clear values they saw.

adversary = Adversary("BUILDER", (Eye("READER", "ANALYST"),), ("DB", "PEOPLE"), secrets=("ada@example.com", 7))
with watching(adversary):
    ...  # the user BUILDER builds
assert not adversary.leaks
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from snowmesh.account.objects import ObjectType, Relation
from snowmesh.local.errors import SnowflakeError
from snowmesh.local.login import LoginRequest
from snowmesh.local.tokens import Word, tokenize
from snowmesh.local.watch import Watcher

if TYPE_CHECKING:
    from snowmesh.local.connected import Connected
    from snowmesh.local.gateway import Gateway

_RELATIONS = (ObjectType.TABLE, ObjectType.VIEW, ObjectType.DYNAMIC_TABLE)
# these change nothing that others can read
_HARMLESS = ("SELECT", "SHOW", "DESCRIBE", "DESC", "WITH", "USE", "BEGIN", "COMMIT")
_CUT = SnowflakeError(604, "57014", "SQL execution canceled")


@dataclass(frozen=True)
class Eye:
    """Whom the adversary reads as: a user, and the role they log in with."""

    user: str
    role: str
    warehouse: str = ""


@dataclass(frozen=True)
class Leak:
    """One clear value that could be read: of which relation, as which role, after which statement."""

    relation: str
    role: str
    statement: int
    sql: str


@dataclass
class Adversary(Watcher):
    """Reads the relations of one schema after every statement of `builder`, as every eye.

    `cut_after` cuts the builder off when that many of the builder's changing statements have run, counted from 1: no
    later statement of the builder does anything. `seen` counts what could be read at all: an adversary who sees nothing
    proves nothing.
    """

    builder: str
    eyes: tuple[Eye, ...]
    schema: tuple[str, str]
    secrets: tuple[Any, ...]
    cut_after: int = 0
    leaks: list[Leak] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)
    statements: int = 0

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._sessions: dict[Eye, Connected] = {}

    def before(self, gateway: Gateway, connected: Connected, sql: str) -> None:
        """Refuse what comes after the cut."""
        if self.cut_after and self.statements >= self.cut_after and connected.session.user == self.builder:
            raise _CUT

    def after(self, gateway: Gateway, connected: Connected, sql: str) -> None:
        """Look, unless the statement cannot have changed anything."""
        if connected.session.user != self.builder or _is_harmless(sql):
            return
        with self._lock:
            self.statements += 1
            self.look(gateway, sql)
        if self.statements == self.cut_after:
            raise _CUT

    def look(self, gateway: Gateway, sql: str = "") -> None:
        """Read the relations that a statement names, or all when it names none."""
        built = (r for r in gateway.account.of_type(*_RELATIONS) if isinstance(r, Relation))
        relations = [r for r in built if r.ref.name[:2] == self.schema]
        words = {word.text.upper() for word in _words(sql)}
        named = [r for r in relations if r.ref.name[2].upper() in words]
        for eye in self.eyes:
            for relation in named or relations:
                self._read(gateway, eye, relation, sql)

    def leaking(self) -> set[str]:
        """The relations of which a clear value could be read."""
        return {leak.relation for leak in self.leaks}

    def _read(self, gateway: Gateway, eye: Eye, relation: Relation, sql: str) -> None:
        name = relation.ref.name[2].lower()
        try:
            table = gateway.execute(self._session(gateway, eye), f"select * from {relation.ref.sql}").rows.table
        except SnowflakeError:
            return
        self.seen[name] += 1
        values = {value for column in table.columns for value in column.to_pylist()}
        if values.intersection(self.secrets):
            self.leaks.append(Leak(name, eye.role, self.statements, " ".join(sql.split())[:200]))

    def _session(self, gateway: Gateway, eye: Eye) -> Connected:
        if eye not in self._sessions:
            self._sessions[eye] = gateway.connect(LoginRequest(eye.user, eye.role, eye.warehouse), {})
        return self._sessions[eye]


def _words(sql: str) -> tuple[Word, ...]:
    try:
        return tokenize(sql)
    except SnowflakeError:
        return ()  # refused by the gateway for the same reason


def _is_harmless(sql: str) -> bool:
    words = _words(sql)
    return bool(words) and words[0].text.upper() in _HARMLESS
