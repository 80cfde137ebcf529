"""kill -9 after each statement of an apply: the next apply converges, and nobody ever holds more than is declared."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from snowmesh.account import roles
from snowmesh.account.objects import ObjectType, RoleName, role_name
from snowmesh.account.state import Account
from snowmesh.bootstrap import connect, mesh_file, sources
from snowmesh.bootstrap.current import read_account
from snowmesh.bootstrap.declared import Declared
from snowmesh.bootstrap.expand import expand
from snowmesh.bootstrap.plan import make_plan
from snowmesh.bootstrap.run import apply_plan
from tests.conftest import Snowflake

MESH = """
domains:
  kll_sales: {readers: [kll_reader], governance: {schema: rules}, products: [orders], imports: [snowflake_sample_data]}
  kll_money: {consumes: [kll_sales.orders]}
grants:
  - {privilege: select, on: tables in schema kll_sales_db.prod, to: kll_reader}
users: {kll_bot: {type: service, domain: kll_money}}
"""
# the same kinds of statements, fewer of them: every one costs a kill
SMALL = """
domains: {kll_sales: {readers: [kll_reader], governance: {schema: rules}}}
grants:
  - {privilege: select, on: tables in schema kll_sales_db.prod, to: kll_reader}
users: {kll_bot: {type: service, domain: kll_sales}}
"""
# what apply has to take away as well, so that the order of what is taken and given matters
DRIFT = (
    "create role kll_money_role",
    "create database kll_sales_db",
    "create schema kll_sales_db.prod",
    "grant usage, modify on database kll_sales_db to role kll_money_role",
    "grant select on future tables in schema kll_sales_db.prod to role kll_money_role",
    "grant create database on account to role kll_money_role",
    "grant usage on database kll_sales_db to role public",
    "grant role useradmin to role kll_money_role",
)
# one process that applies in children: each kills itself, as by kill -9, when the statement of its number is done
DRIVER = """
import os, signal, sys
from snowmesh.bootstrap.cli import main
import snowflake.connector, snowmesh.bootstrap.commands.apply, snowmesh.bootstrap.run, snowmesh.bootstrap.expand
class Counted:
    def __init__(self, stream, stop): self.stream, self.stop, self.done = stream, stop, 0
    def write(self, text):
        self.done += text.count("... done")
        if self.done >= self.stop: os.kill(os.getpid(), signal.SIGKILL)
        return len(text)
    def flush(self): pass
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        sys.stdout, sys.stderr = open(os.devnull, "w"), Counted(sys.stderr, int(line))
        try: main(sys.argv[1:], standalone_mode=False)
        except SystemExit as stop: os._exit(stop.code or 0)
        os._exit(0)
    print(os.waitpid(child, 0)[1], flush=True)
"""
REMOVE = (
    "drop user if exists kll_bot",
    "drop database if exists kll_sales_db",
    "drop database if exists kll_money_db",
    "drop warehouse if exists kll_sales_wh",
    "drop warehouse if exists kll_money_wh",
    "drop role if exists kll_sales_role",
    "drop role if exists kll_money_role",
    "drop role if exists kll_reader",
)


@pytest.fixture
def account(local_snowflake: Snowflake) -> Iterator[Snowflake]:
    """The local Snowflake without what the mesh declares."""
    if local_snowflake.live:
        pytest.skip("drops databases: shown on the local Snowflake")
    yield local_snowflake
    local_snowflake.run(*REMOVE, role="ACCOUNTADMIN")


def declared(text: str = MESH) -> Declared:
    return expand(mesh_file.loads(text))


def current(account: Snowflake) -> Account:
    session = connect.open_session(sources.local(account.port))
    try:
        return read_account(session, declared(), thorough=True)
    finally:
        session.close()


def facts(account: Account) -> set[object]:
    """What a mesh file is about, without who granted it and when."""
    mesh = declared().account
    return {
        *(
            (o.ref, o.owner, tuple(sorted(o.properties.items())))
            for o in account.objects.values()
            if o.ref in mesh.objects
        ),
        *held(account, {role_name(r) for r in mesh.objects if r.type is ObjectType.ROLE}),
        *(
            (g.privilege, g.object_type, g.container, g.role)
            for g in account.future_grants
            if g.container in mesh.objects
        ),
        *((m.role, m.to) for m in account.memberships if m.to in mesh.objects),
    }


def held(account: Account, names: set[RoleName]) -> set[tuple[RoleName, str, object]]:
    """Which privileges each role has in effect, by inheritance too."""
    by_role: dict[RoleName, set[tuple[str, object]]] = {}
    for grant in account.grants:
        by_role.setdefault(grant.role, set()).add((grant.privilege, grant.on))
    return {
        (name, *privilege)
        for name in names
        for below in roles.closure(account, [name])
        for privilege in by_role.get(below, ())
    }


def more_than_declared(account: Account, before: Account) -> set[object]:
    """What declared roles hold beyond the mesh, and did not hold before the apply."""
    mesh = declared().account
    names = {role_name(ref) for ref in mesh.objects if ref.type is ObjectType.ROLE}
    future = {(g.role, g.privilege, g.container) for g in account.future_grants}
    allowed = {(g.role, g.privilege, g.container) for g in (*mesh.future_grants, *before.future_grants)}
    return (held(account, names) - held(mesh, names) - held(before, names)) | (future - allowed)


class Watched:
    """A session that looks at the whole account, from another one, after every statement that changes it."""

    def __init__(self, session: Any, look: Any) -> None:
        self.session, self.look = session, look
        self.account, self.user = session.account, session.user

    def query(self, sql: str) -> Any:
        rows = self.session.query(sql)
        self.look(sql)
        return rows

    def use_role(self, role: str) -> None:
        self.session.use_role(role)


@pytest.mark.parametrize("drift", [(), DRIFT], ids=["new", "drifted"])
def test_at_every_statement_boundary_nobody_holds_more_than_declared(
    account: Snowflake, drift: tuple[str, ...]
) -> None:
    """And what a role held too much at the start only shrinks."""
    account.run("select 1", *drift, role="ACCOUNTADMIN")
    before = current(account)
    looked: list[str] = []
    too_much: list[object] = []
    watcher = connect.open_session(sources.local(account.port))

    def look(sql: str) -> None:
        looked.append(sql)
        now = read_account(watcher, declared())
        extra = more_than_declared(now, before)
        assert not extra, (sql, extra)
        too_much.append(len(held(now, {"KLL_MONEY_ROLE", "PUBLIC"}) - held(declared().account, {"KLL_MONEY_ROLE"})))

    session = connect.open_session(sources.local(account.port))
    plan = make_plan(declared(), read_account(session, declared()))
    outcome = apply_plan(Watched(session, look), plan, lambda line: None)
    session.close()
    watcher.close()
    assert (outcome.failures, len(looked)) == ([], len(plan.steps))
    assert make_plan(declared(), current(account)).steps == ()
    if drift:
        taken = sum(step.takes_away for step in plan.steps)
        assert taken >= 5
        assert all(step.takes_away for step in plan.steps[:taken])  # first of all


def test_a_kill_after_any_statement_is_completed_by_the_next_apply(account: Snowflake, tmp_path: Path) -> None:
    path = tmp_path / "mesh.yml"
    path.write_text(SMALL)
    account.run(*REMOVE, role="ACCOUNTADMIN")
    empty = current(account)
    total = len(make_plan(declared(SMALL), empty).steps)
    command = [sys.executable, "-c", DRIVER, "apply", "--file", str(path), "--local", str(account.port), "--yes"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ}
    ) as driver:
        assert driver.stdin
        assert driver.stdout

        def apply(stop: int) -> int:
            print(stop, file=driver.stdin, flush=True)
            return int(driver.stdout.readline())

        assert apply(10_000) == 0
        whole = facts(current(account))
        for stop in range(1, total + 1):
            account.run(*REMOVE, role="ACCOUNTADMIN")
            assert apply(stop) == signal.SIGKILL
            half = current(account)
            left = make_plan(declared(SMALL), half).steps
            # the last two grant on ALL and on FUTURE: who is stopped in between does both again
            assert len(left) == (2 if total - stop == 1 else total - stop)
            assert not more_than_declared(half, empty)
            assert apply(10_000) == 0
            assert facts(current(account)) == whole
        driver.stdin.close()
