"""snowmesh local sql: results, errors and roles through the real connector."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner, Result

from snowmesh.cli import main


@pytest.fixture(scope="module")
def port(local_snowflake: Any) -> Iterator[str]:
    if local_snowflake.live:
        pytest.skip("the command is for the local Snowflake")
    account = local_snowflake
    account.run("create role sql_reader", "grant role sql_reader to role sysadmin", role="ACCOUNTADMIN")
    account.run("create warehouse sql_wh", "grant usage on warehouse sql_wh to role sql_reader", role="ACCOUNTADMIN")
    yield str(account.port)
    account.run("drop warehouse sql_wh", "drop role sql_reader", role="ACCOUNTADMIN")


def sql(port: str, *arguments: str, given: str | None = None) -> Result:
    return CliRunner().invoke(main, ["local", "sql", "--port", port, *arguments], input=given)


def test_rows_are_an_aligned_table(port: str) -> None:
    done = sql(port, "select 1 as one, 'x' as two, null as three")
    assert done.stdout == "ONE  TWO  THREE\n---  ---  -----\n  1  x    NULL\n(1 row)\n"
    assert (done.exit_code, done.stderr) == (0, "")


def test_statements_of_standard_input_run_in_one_session(port: str) -> None:
    done = sql(port, "--output", "json", "-", given="use role public;\nselect current_role() as r; select 2 as n;")
    assert done.exit_code == 0
    assert json.loads(done.stdout)[1:] == [[{"R": "PUBLIC"}], [{"N": 2}]]


def test_csv(port: str) -> None:
    assert sql(port, "--output", "csv", "select 'a,b' as x, null as y").stdout == 'X,Y\n"a,b",\n'


def test_role_is_alone_unless_secondary_roles_are_asked_for(port: str) -> None:
    """R21, R31: with ALL, what ADMIN may do counts too."""
    query = "select count(*) as n from snowflake_sample_data.tpch_sf1.nation"
    alone = sql(port, "-r", "sql_reader", query)
    assert alone.exit_code == 1
    assert "does not exist or not authorized" in alone.stderr
    granted = "grant imported privileges on database snowflake_sample_data to role accountadmin"
    assert sql(port, granted).exit_code == 0
    together = sql(port, "-r", "sql_reader", "--secondary", "all", "--output", "json", query)
    assert json.loads(together.stdout) == [{"N": 25}]


def test_warehouse_of_the_role_is_taken(port: str) -> None:
    done = sql(port, "-r", "sql_reader", "--output", "json", "select current_warehouse() as w")
    assert json.loads(done.stdout) == [{"W": "SQL_WH"}]


def test_failed_statement_exits_1_and_stops_the_run(port: str) -> None:
    done = sql(port, "select 1 as n; select * from nowhere.at.all; select 2 as n")
    assert done.exit_code == 1
    assert done.stdout.count("(1 row)") == 1
    assert done.stderr.startswith("Error: 002003 (42S02)")


def test_failed_statement_is_no_empty_json(port: str) -> None:
    done = sql(port, "--output", "json", "select * from nowhere.at.all")
    assert (done.exit_code, done.stdout) == (1, "")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["-u", "nobody"], "390100"), (["-r", "no_such_role"], "390189")],
)
def test_login_that_is_refused_exits_2(port: str, arguments: list[str], code: str) -> None:
    done = sql(port, *arguments, "select 1")
    assert done.exit_code == 2
    assert code in done.stderr
    assert "Next: " in done.stderr


def test_nothing_to_run_exits_2(port: str) -> None:
    for done in (sql(port, "  "), sql(port, "-", given="")):
        assert done.exit_code == 2
        assert "no SQL to run" in done.stderr
