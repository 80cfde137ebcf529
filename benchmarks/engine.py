"""What the gateway costs: beside stock fakesnow, beside plain DuckDB, as the account grows, and in a dbt build."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import build
from fakesnow.instance import FakeSnow

from snowmesh.account.grants import Grant, Membership
from snowmesh.account.objects import Column, ObjectRef, ObjectType, Relation, SecurableObject, role
from snowmesh.account.state import TagTarget
from snowmesh.local.gateway import Gateway
from snowmesh.local.login import LoginRequest
from snowmesh.local.server import open_account

COLUMNS = ("task", "runs", "baseline_ms", "snowmesh_ms", "ratio", "target", "met")
ROWS, ROLES, GRANTS, TAGGED = 1_500_000, 1_000, 10_000, 1_000
PLAIN = "select a, count(*) as n from d.s.small where b > 1 group by a"
MASKED = "select id, name from d.s.big"
BY_HAND = "select id, case when id < 0 then name else '****' end as name from D.S.BIG"
SETUP = (
    "create database d",
    "create schema d.s",
    "create table d.s.small (a varchar, b number)",
    "insert into d.s.small values ('x', 1), ('y', 2)",
    "create masking policy d.s.mask as (v string) returns string -> "
    "case when is_role_in_session('NOBODY_HAS_IT') then v else '****' end",
    "create table d.s.big (id number, name varchar with masking policy d.s.mask)",
)
Row = tuple[str, int, float, float, float, str, bool]


class Local:
    """A gateway in this process and an administrator's session."""

    def __init__(self) -> None:
        self.gateway: Gateway = open_account(None, 0, lambda text: None)
        self.session = self.gateway.connect(LoginRequest(user="ADMIN", role="ACCOUNTADMIN", warehouse="COMPUTE_WH"), {})
        for sql in SETUP:
            self.run(sql)

    def run(self, sql: str) -> Any:
        return self.gateway.execute(self.session, sql)

    @property
    def duck(self) -> Any:
        return self.gateway._engine.duck


def medians(one: Callable[[], object], two: Callable[[], object], runs: int) -> tuple[float, float]:
    """Milliseconds of both, in turns, so that a busy machine is busy for both."""
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(runs + 2):
        for call, found in zip((one, two), times, strict=True):
            started = time.perf_counter()
            call()
            if number > 1:
                found.append((time.perf_counter() - started) * 1000)
    return statistics.median(times[0]), statistics.median(times[1])


def engine(runs: int, scale: float = 1, only_build: bool = False) -> list[Row]:
    """All measures of the gateway; `scale` is that of the sample data which the dbt project reads."""
    gateway = [] if only_build else [untouched(runs * 5), masked(runs), growth(runs * 5), start(3)]
    return [*gateway, built(max(3, runs // 3), scale)]


def built(runs: int, scale: float) -> Row:
    """`dbt build` of a governed project through the gateway: at most 1.10 times stock fakesnow without governance."""
    stock, ours = build.measure(runs, scale)
    return _row(f"dbt build at scale {scale:g}, beside fakesnow", runs, (stock, ours), "1.1", ours / stock <= 1.1)


def untouched(runs: int) -> Row:
    """A statement that touches nothing governed: at most 3 ms over stock fakesnow."""
    local = Local()
    fake = FakeSnow(create_database_on_connect=True, create_schema_on_connect=True)
    cursor = fake.connect("D", "S").cursor()
    for sql in ("create table d.s.small (a varchar, b number)", "insert into d.s.small values ('x', 1), ('y', 2)"):
        cursor.execute(sql)
    stock, ours = medians(lambda: cursor.execute(PLAIN).fetchall(), lambda: local.run(PLAIN), runs)
    return _row("nothing governed, beside fakesnow", runs, (stock, ours), "+3 ms", ours - stock <= 3)


def masked(runs: int) -> Row:
    """A masked select of 1.5 million rows: at most 1.15 times the CASE written by hand, in plain DuckDB."""
    local = Local()
    local.duck.execute(f"insert into D.S.BIG select range, 'name ' || range from range({ROWS})")
    plain, ours = medians(lambda: local.duck.execute(BY_HAND).fetch_arrow_table(), lambda: local.run(MASKED), runs)
    return _row("masked, 1.5 M rows, beside DuckDB", runs, (plain, ours), "1.15", ours / plain <= 1.15)


def growth(runs: int) -> Row:
    """The same statement in an account of 1,000 roles, 10,000 grants, 1,000 tagged columns: at most 1.5 times."""
    small, large = Local(), Local()
    fill(large)
    one, many = medians(lambda: small.run(PLAIN), lambda: large.run(PLAIN), runs)
    return _row("large account, beside a small one", runs, (one, many), "1.5", many / one <= 1.5)


def fill(local: Local) -> None:
    """Roles in a tree, tables with grants to them, and tagged columns."""
    account = local.gateway.account
    names = [f"ROLE_{n}" for n in range(ROLES)]
    for name in names:
        account = account.with_object(SecurableObject(ref=role(name), owner="USERADMIN"))
    parents = [role("SYSADMIN"), *(role(name) for name in names)]
    account = account.with_memberships(Membership(name, parents[n // 3]) for n, name in enumerate(names))
    columns = (Column("A", "VARCHAR(16777216)"), Column("B", "NUMBER(38,0)"))
    tables = [ObjectRef(ObjectType.TABLE, ("D", "S", f"T{n}")) for n in range(TAGGED)]
    for table in tables:
        account = account.with_object(Relation(ref=table, owner="SYSADMIN", columns=columns))
    grants = [
        Grant("SELECT", tables[n % TAGGED], names[(n * 7) % ROLES], granted_by=f"R{n // ROLES}") for n in range(GRANTS)
    ]
    local.gateway._runner.account = account.with_grants(grants)
    local.run("create tag d.s.pii")
    local.run("alter tag d.s.pii set masking policy d.s.mask")
    account = local.gateway.account
    for table in tables:
        account = account.with_tag_value(TagTarget(table, "A"), ObjectRef(ObjectType.TAG, ("D", "S", "PII")), "x")
    local.gateway._runner.account = account


def start(runs: int) -> Row:
    """An empty account in a new folder, ready for a session: under two seconds."""
    times = []
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as folder:
            started = time.perf_counter()
            open_account(Path(folder), 0, lambda text: None)
            times.append((time.perf_counter() - started) * 1000)
    found = statistics.median(times)
    return _row("start without data", runs, (2000.0, found), "2 s", found < 2000)


def _row(task: str, runs: int, times: tuple[float, float], target: str, met: bool) -> Row:
    baseline, ours = times
    return task, runs, round(baseline, 2), round(ours, 2), round(ours / baseline, 3), target, met
