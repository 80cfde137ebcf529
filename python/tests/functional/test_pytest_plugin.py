"""The pytest plugin as other teams use it: in a pytest session of its own (docs/pytest-plugin.md)."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from snowmesh.local.testing import LocalSnowflake

pytest_plugins = "pytester"
PAGE = Path(__file__).parents[3] / "docs" / "pytest-plugin.md"


def block(language: str) -> str:
    return PAGE.read_text(encoding="utf-8").split(f"```{language}\n")[1].split("```")[0]


def run(pytester: pytest.Pytester, test: str, *options: str) -> pytest.RunResult:
    pytester.makepyfile(test)
    return pytester.runpytest_subprocess("-p", "no:cacheprovider", *options)


def test_the_example_of_the_page(pytester: pytest.Pytester) -> None:
    code = block("python")
    assert len([line for line in code.splitlines() if line.strip()]) <= 15
    pytester.path.joinpath("account.sql").write_text(block("sql"))
    run(pytester, code).assert_outcomes(passed=1)


@pytest.fixture(scope="module")
def account(local_snowflake: Any) -> Iterator[LocalSnowflake]:
    if local_snowflake.live:
        pytest.skip("the plugin is about the local Snowflake")
    found = LocalSnowflake(local_snowflake.port)
    found.script(
        "create role plugin_low; grant role plugin_low to role sysadmin; create database plugin_db;"
        "grant usage on database plugin_db to role plugin_low; grant usage on schema plugin_db.public to role plugin_low;"
        "grant usage on warehouse compute_wh to role plugin_low;"
        "create table plugin_db.public.t (a varchar); grant select on table plugin_db.public.t to role plugin_low;"
        "insert into plugin_db.public.t values ('x'), ('****'), (null)"
    )
    yield found
    found.script("drop database plugin_db; drop role plugin_low")


TABLE = "plugin_db.public.t"
FAILING = {
    "ACCOUNTADMIN sees 'x', None, not only the mask '****'": ("masked", f"select a from {TABLE}", {"mask": "****"}),
    "ACCOUNTADMIN sees 'x', '****', not only the mask None": ("masked", f"select a from {TABLE}", {"mask": None}),
    "ACCOUNTADMIN sees the mask None": ("clear", f"select a from {TABLE}", {"mask": None}),
    "ACCOUNTADMIN sees the mask '****'": ("clear", f"select a from {TABLE}", {"mask": "****"}),
    "ACCOUNTADMIN gets no rows": ("clear", f"select a from {TABLE} where false", {"mask": 1}),
    "ACCOUNTADMIN was not refused": ("refused", f"select a from {TABLE}", {}),
    "ACCOUNTADMIN was refused for another reason: 001003": ("refused", "selekt 1 from", {}),
    "PLUGIN_LOW should be allowed": ("refused", f"delete from {TABLE}x", {"allowed": "PLUGIN_LOW"}),
}


@pytest.mark.parametrize("message", FAILING)
def test_an_assertion_that_does_not_hold_fails(account: LocalSnowflake, message: str) -> None:
    """The assertions are no formality; each failure says what was seen."""
    assertion, sql, arguments = FAILING[message]
    with pytest.raises(AssertionError) as failure:
        getattr(account, f"assert_{assertion}")(sql, role="ACCOUNTADMIN", **arguments)
    assert str(failure.value).startswith(message)
    assert sql in str(failure.value)


def test_assertions_that_hold(account: LocalSnowflake) -> None:
    account.assert_masked(f"select a from {TABLE} where a = '****'", role="PLUGIN_LOW", mask="****")
    account.assert_masked(f"select a from {TABLE} where a is null", role="PLUGIN_LOW", mask=None)
    account.assert_clear(f"select a from {TABLE} where a = 'x'", role="PLUGIN_LOW", mask="****")
    refusal = account.assert_refused(f"delete from {TABLE} where false", role="PLUGIN_LOW", allowed="ACCOUNTADMIN")
    assert "003001 (42501)" in refusal


def test_connections_have_the_role_alone(account: LocalSnowflake) -> None:
    """R31: with secondary roles an access test would prove nothing."""
    roles = "select current_role(), current_secondary_roles()"
    assert account.rows(roles, role="PLUGIN_LOW") == [("PLUGIN_LOW", '{"roles":"","value":""}')]
    assert '"ALL"' in account.rows(roles, role="PLUGIN_LOW", secondary="all")[0][1]


def test_options(pytester: pytest.Pytester) -> None:
    """A sample, a folder that keeps the state over two sessions, a port."""
    test = """
def test_sample(snowmesh_local):
    assert snowmesh_local.rows("select count(*) from snowflake_sample_data.tpch_sf1.region") == [(5,)]
    snowmesh_local.script("create database if not exists kept; create table if not exists kept.public.t (a int)")
    snowmesh_local.script("insert into kept.public.t values (1)")
    print("rows:", len(snowmesh_local.rows("select * from kept.public.t")))
"""
    options = ("--snowmesh-scale", "0.001", "--snowmesh-data", str(pytester.path / "state"), "-s")
    for expected in ("rows: 1", "rows: 2"):
        result = run(pytester, test, *options)
        result.assert_outcomes(passed=1)
        result.stdout.fnmatch_lines([f"*{expected}*"])


def test_a_port_that_is_taken(pytester: pytest.Pytester) -> None:
    """A message with what to do, and no traceback."""
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        result = run(pytester, "def test_it(snowmesh_local): pass", "--snowmesh-port", port)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"*cannot listen on port {port}*", "*choose another --snowmesh-port*"])
    assert "Traceback" not in result.stdout.str()


def test_it_costs_a_session_nothing_that_does_not_use_it(pytester: pytest.Pytester) -> None:
    test = """
import sys

def test_light(request):
    assert request.config.pluginmanager.hasplugin("snowmesh")
    heavy = {"duckdb", "fakesnow", "sqlglot", "pyarrow", "snowflake.connector", "starlette", "uvicorn", "click", "yaml"}
    assert not heavy & set(sys.modules)
    assert sorted(m for m in sys.modules if m.startswith("snowmesh.local.")) == ["snowmesh.local.pytest_plugin"]
"""
    run(pytester, test).assert_outcomes(passed=1)


def test_the_package_announces_it() -> None:
    """The entry point; installed packages are read in another process, without this one's paths."""
    code = "from importlib.metadata import entry_points as e; print(*[p.value for p in e(group='pytest11', name='snowmesh')])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert set(found.split()) == {"snowmesh.local.pytest_plugin"}, "install the package again: make install"


def test_answers_are_not_held_back() -> None:
    """asyncio sends at once only on sockets that name TCP as their protocol; else each answer waits 40 ms."""
    import socket

    from snowmesh.local import in_thread

    listener = in_thread._listen(0)
    try:
        assert listener.proto == socket.IPPROTO_TCP
    finally:
        listener.close()
