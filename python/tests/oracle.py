"""A naive oracle: what Snowflake would answer and store, by brute force over Python rows.

It shares nothing with the engine. `World` is a made-up account and session as plain data, `statements` is that as SQL.
Facts: R17-R31, R40-R41, P17-P19, P24, M33-M50, T29-T31, A11-A15.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from hypothesis import strategies as st

ROLES = ("R0", "R1", "R2", "R3")
DATABASE_ROLE = "DR"
TABLES, VIEWS, COLUMNS = ("T0", "T1"), ("V0", "V1"), ("K", "A", "B", "D")
OBJECTS = (*TABLES, *VIEWS)
MASKED: dict[str, dict[str, Any]] = {"TAG": {"A": "tag-masked", "N": -1}, "DIRECT": {"A": "direct-masked", "N": -2}}
SHOWN, HIDDEN = date(2024, 1, 2), date(2024, 1, 1)  # of column D, by which row access policies tell rows apart
PRIVILEGES = ("INSERT", "UPDATE", "DELETE", "TRUNCATE")
Row = tuple[Any, ...]


class Refused(Exception):
    """The oracle says that the session may not do this."""


@dataclass(frozen=True)
class World:
    """A made-up account and session, as plain data."""

    edges: frozenset[tuple[str, str]]  # child, parent
    granted: frozenset[str]  # to the user, besides the primary role
    primary: str
    secondary: str  # ALL, NONE, or LIST: the first of the granted roles
    database_usage: frozenset[str]
    schema_usage: frozenset[str]
    select: frozenset[tuple[str, str]]  # object, role
    changes: frozenset[tuple[str, str, str]]  # privilege, table, role
    creators: frozenset[str]  # who may create tables in the schema
    members: frozenset[str]  # the roles that the database role is granted to
    member_user: bool  # it is granted to the user too
    owners: dict[str, str]
    over: dict[str, str]  # view -> what it reads
    secure: frozenset[str]
    exempt: dict[str, str]  # kind of policy -> role that sees clear values
    tagged: frozenset[tuple[str, str]]  # (object, column), (object, ''), ('', '')
    direct: frozenset[tuple[str, str]]
    filtered: dict[str, str]  # object with a row access policy -> role that sees all its rows
    rows: dict[str, tuple[Row, ...]]

    @property
    def secondary_roles(self) -> frozenset[str]:
        """The active roles besides the primary one."""
        return {"ALL": self.granted, "NONE": frozenset[str](), "LIST": frozenset(sorted(self.granted)[:1])}[
            self.secondary
        ]


role, some = st.sampled_from(ROLES), st.sampled_from
value = st.builds(
    lambda *cells: cells, st.integers(1, 3), some(("ann", "bob", None)), st.integers(10, 12), some((SHOWN, HIDDEN))
)
targets = [(o, c) for o in OBJECTS for c in COLUMNS[:3]]
usage = st.one_of(st.just(frozenset({"PUBLIC"})), st.frozensets(role, min_size=1, max_size=3))
worlds = st.builds(
    World,
    edges=st.frozensets(some([(c, p) for i, c in enumerate(ROLES) for p in ROLES[i + 1 :]]), max_size=4),
    granted=st.frozensets(role, max_size=2),
    primary=role,
    secondary=some(("ALL", "NONE", "LIST")),
    database_usage=usage,
    schema_usage=usage,
    select=st.frozensets(st.tuples(some(OBJECTS), some((*ROLES, DATABASE_ROLE))), min_size=3, max_size=10),
    changes=st.frozensets(st.tuples(some(PRIVILEGES), some(TABLES), role), min_size=4, max_size=12),
    creators=st.frozensets(role, max_size=3),
    members=st.frozensets(role, max_size=1),
    member_user=st.booleans(),
    owners=st.fixed_dictionaries(dict.fromkeys(OBJECTS, role)),
    over=st.fixed_dictionaries({"V0": some(TABLES), "V1": some((*TABLES, "V0"))}),
    secure=st.frozensets(some(VIEWS), max_size=1),
    exempt=st.fixed_dictionaries(dict.fromkeys(MASKED, role)),
    tagged=st.frozensets(some([*targets, *((o, "") for o in OBJECTS), ("", "")]), max_size=3),
    direct=st.frozensets(some(targets), max_size=2),
    filtered=st.dictionaries(some(OBJECTS), role, max_size=2),
    rows=st.fixed_dictionaries({t: st.lists(value, min_size=1, max_size=3).map(tuple) for t in TABLES}),
)


class Oracle:
    """What Snowflake would answer, by brute force. `data` is what the tables hold."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.data = {name: list(rows) for name, rows in world.rows.items()}
        own = {DATABASE_ROLE} if world.member_user and world.secondary == "ALL" else set()
        self.active = self.closure({world.primary} | world.secondary_roles | own)

    def closure(self, roles: set[str]) -> set[str]:
        """All roles that some chain of grants reaches: add until nothing is added."""
        edges = self.world.edges | {(DATABASE_ROLE, member) for member in self.world.members}
        found = {*roles, "PUBLIC"}
        while True:
            more = {child for child, parent in edges if parent in found} - found
            if not more:
                return found
            found |= more

    def reaches(self, roles: set[str]) -> bool:
        """Any privilege on the database, which the database role brings along (R41), and one on the schema (P17)."""
        database, schema = self.world.database_usage, self.world.schema_usage | self.world.creators
        return bool((database | {DATABASE_ROLE}) & roles) and bool((schema | {DATABASE_ROLE}) & roles)

    def require(self, name: str, privilege: str, roles: set[str] | None = None) -> None:
        """Raise Refused unless the roles hold a privilege on a table or view, and reach it."""
        roles = self.active if roles is None else roles
        held = (
            self.world.select if privilege == "SELECT" else {(t, r) for p, t, r in self.world.changes if p == privilege}
        )
        may = self.world.owners[name] in roles or any(o == name and r in roles for o, r in held)
        if not (may and self.reaches(roles)):
            raise Refused(f"{privilege} on {name}")

    def rows(self, name: str, roles: set[str] | None = None) -> list[Row]:
        """The rows of a table or view as the session sees them. Raises Refused."""
        self.require(name, "SELECT", roles)
        return [self.seen(name, row) for row in self.unmasked(name) if self.visible(name, row)]

    def unmasked(self, name: str) -> list[Row]:
        """The rows below an object's own policies."""
        if name not in VIEWS:
            return self.data[name]
        return self.rows(self.world.over[name], self.closure({self.world.owners[name]}))

    def visible(self, name: str, row: Row) -> bool:
        """The row access policy sees the clear row (A13)."""
        exempt = self.world.filtered.get(name)
        return exempt is None or exempt in self.active or row[3] == SHOWN

    def seen(self, name: str, row: Row) -> Row:
        """A row with its masks."""
        return tuple(self.masked(name, c, v) for c, v in zip(COLUMNS, row, strict=True))

    def masked(self, name: str, column: str, clear: Any) -> Any:
        """A direct policy silences the tag's; the tag is on the column, the object or the schema."""
        kind = ""
        if (name, column) in self.world.direct:
            kind = "DIRECT"
        elif {(name, column), (name, ""), ("", "")} & self.world.tagged and column != "D":  # no policy for dates
            kind = "TAG"
        if not kind or self.world.exempt[kind] in self.active:
            return clear
        return MASKED[kind]["A" if column == "A" else "N"]


# -- the account as SQL ------------------------------------------------------------------------------


def statements(world: World) -> list[str]:
    """The world as SQL."""
    return [*_roles(world), *_policies(world), *_objects(world), *_attachments(world), *_grants(world)]


def _roles(world: World) -> list[str]:
    found = ["create database d", "create schema d.s", "create schema d.p", "create user tester"]
    for name in ROLES:
        found += [f"create role {name}", f"grant usage on warehouse compute_wh to role {name}"]
    found += [f"grant role {child} to role {parent}" for child, parent in sorted(world.edges)]
    found += [f"grant role {r} to user tester" for r in sorted({*world.granted, world.primary})]
    found.append("create database role d.dr")
    found += [f"grant database role d.dr to role {r}" for r in sorted(world.members)]
    return [*found, *(["grant database role d.dr to user tester"] if world.member_user else [])]


def _policies(world: World) -> list[str]:
    found = []
    for kind, hidden in MASKED.items():
        test = f"is_role_in_session('{world.exempt[kind]}')"
        found += [
            f"create masking policy d.p.{kind}_a as (v string) returns string -> iff({test}, v, '{hidden['A']}')",
            f"create masking policy d.p.{kind}_n as (v number) returns number -> iff({test}, v, {hidden['N']})",
        ]
    for name, exempt in sorted(world.filtered.items()):
        body = f"d = '{SHOWN}'::date or is_role_in_session('{exempt}')"
        found.append(f"create row access policy d.p.rows_{name} as (d date) returns boolean -> {body}")
    return [*found, "create tag d.p.g", "alter tag d.p.g set masking policy d.p.tag_a, masking policy d.p.tag_n"]


def _objects(world: World) -> list[str]:
    found = []
    for name, rows in world.rows.items():
        values = ", ".join(f"({k}, {'null' if a is None else repr(a)}, {b}, '{d}')" for k, a, b, d in rows)
        found += [
            f"create table d.s.{name} (k number, a varchar, b number, d date)",
            f"insert into d.s.{name} values {values}",
        ]
    for name in VIEWS:
        secure = "secure " if name in world.secure else ""
        found.append(f"create {secure}view d.s.{name} as select k, a, b, d from d.s.{world.over[name]}")
    found += ["create table d.p.sink (a varchar, n number)", "grant usage on database d to role public"]
    found += ["grant usage on schema d.p to role public", "grant insert on table d.p.sink to role public"]
    return [*found, "revoke usage on database d from role public"]


def _kind(name: str) -> str:
    return f"{'table' if name in TABLES else 'view'} d.s.{name}"


def _attachments(world: World) -> list[str]:
    found = []
    for name, column in sorted(world.direct):
        policy = "d.p.direct_a" if column == "A" else "d.p.direct_n"
        found.append(f"alter {_kind(name)} modify column {column} set masking policy {policy}")
    for name, column in sorted(world.tagged):
        where = "schema d.s" if not name else _kind(name)
        found.append(f"alter {where} {f'modify column {column} ' if column else ''}set tag d.p.g = 'x'")
    found += [f"alter {_kind(name)} add row access policy d.p.rows_{name} on (d)" for name in sorted(world.filtered)]
    return found


def _grants(world: World) -> list[str]:
    found = [f"grant usage on database d to role {r}" for r in sorted(world.database_usage)]
    found += [f"grant usage on schema d.s to role {r}" for r in sorted(world.schema_usage)]
    found.append("grant usage on schema d.s to database role d.dr")
    found += [f"grant create table on schema d.s to role {r}" for r in sorted(world.creators)]
    for name, r in sorted(world.select):
        to = "database role d.dr" if r == DATABASE_ROLE else f"role {r}"
        found.append(f"grant select on {_kind(name)} to {to}")
    found += [f"grant {p} on table d.s.{t} to role {r}" for p, t, r in sorted(world.changes)]
    found += [f"grant ownership on {_kind(n)} to role {r} copy current grants" for n, r in world.owners.items()]
    return found
