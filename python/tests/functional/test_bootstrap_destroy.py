"""mesh-bootstrap destroy: only what is declared, owned and marked; never data without being told; never by accident."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from snowmesh.bootstrap.cli import main
from tests.conftest import Snowflake

MESH = """
domains:
  dst_sales: {readers: [dst_reader], governance: {schema: rules}, imports: [snowflake_sample_data]}
  dst_money: {}
users: {dst_bot: {type: service, domain: dst_sales}}
"""
Command = Callable[..., Result]


@pytest.fixture
def command(local_snowflake: Snowflake, tmp_path: Path) -> Iterator[Command]:
    """Run mesh-bootstrap on the mesh; drop what is left of it afterwards."""
    if local_snowflake.live:
        pytest.skip("drops databases: shown on the local Snowflake")
    path = tmp_path / "mesh.yml"
    path.write_text(MESH)

    def run(name: str, *options: str, typed: str | None = None) -> Result:
        account = ["--local", str(local_snowflake.port)]
        return CliRunner().invoke(main, [name, "--file", str(path), *account, *options], input=typed)

    yield run
    for kind, names in (
        ("user", ["dst_bot"]),
        ("database", ["dst_sales_db", "dst_money_db"]),
        ("warehouse", ["dst_sales_wh", "dst_money_wh"]),
        ("role", ["dst_sales_role", "dst_money_role", "dst_reader"]),
    ):
        local_snowflake.run(*(f"drop {kind} if exists {name}" for name in names), role="ACCOUNTADMIN")


def digest(command: Command) -> str:
    """The hash that --plan-only prints."""
    shown = command("destroy", "--plan-only", "--with-data")
    return next(line for line in shown.stdout.splitlines() if line.startswith("Hash")).rpartition(" ")[2]


def confirmed(command: Command, *options: str) -> Result:
    """Destroy as in CI."""
    return command("destroy", "--expect-account", "local", "--confirm", digest(command), *options)


def names(account: Snowflake, kind: str) -> set[str]:
    """The names of all objects of a kind that the mesh could have made."""
    at = 0 if kind in ("warehouses", "users") else 1
    return {row[at] for row in account.run(f"show {kind}", role="ACCOUNTADMIN") if str(row[at]).startswith("DST_")}


def test_what_was_applied_is_gone_and_can_be_brought_back(command: Command, local_snowflake: Snowflake) -> None:
    before = {kind: names(local_snowflake, kind) for kind in ("roles", "databases", "warehouses", "users")}
    assert command("apply", "--yes").exit_code == 0
    found = confirmed(command)
    assert found.exit_code == 0, found.output
    assert "Read back from the account: nothing is left of it." in found.stdout
    assert 'UNDROP DATABASE "DST_SALES_DB";  -- within 1 day' in found.stdout
    assert {kind: names(local_snowflake, kind) for kind in before} == before
    assert command("destroy").stdout == "No changes.\n"
    assert command("apply", "--yes").exit_code == 0
    assert command("plan").stdout == "No changes.\n"


def test_the_printed_undrop_brings_the_data_back(command: Command, local_snowflake: Snowflake) -> None:
    assert command("apply", "--yes").exit_code == 0
    table = "create table dst_sales_db.prod.t as select 7 as n"
    local_snowflake.run("use warehouse dst_sales_wh", table, role="SYSADMIN")
    found = confirmed(command, "--with-data")
    assert found.exit_code == 0, found.output
    undrop = next(line for line in found.stdout.splitlines() if 'UNDROP DATABASE "DST_SALES_DB"' in line)
    local_snowflake.run(undrop.partition(";")[0], role="SYSADMIN")
    assert command("apply", "--yes").exit_code == 0
    rows = local_snowflake.run("use warehouse dst_sales_wh", "select n from dst_sales_db.prod.t", role="SYSADMIN")
    assert rows == [(7,)]


@pytest.mark.parametrize(
    "content",
    [
        "create table dst_sales_db.prod.t (n int)",
        "create view dst_sales_db.public.v as select 1 as n",
        "create tag dst_sales_db.rules.pii",
        "create masking policy dst_sales_db.rules.hide as (v string) returns string -> '*'",
        "create schema dst_sales_db.by_hand",
    ],
)
def test_a_database_that_holds_anything_is_refused(command: Command, local_snowflake: Snowflake, content: str) -> None:
    assert command("apply", "--yes").exit_code == 0
    local_snowflake.run(content, role="SYSADMIN")
    found = confirmed(command)
    assert found.exit_code == 2
    assert "Error: not empty: database DST_SALES_DB; nothing was changed.\nNext: add --with-data" in found.stderr
    assert "Not empty:\n  database DST_SALES_DB: 1 " in found.stdout
    assert "DST_MONEY_DB" in names(local_snowflake, "databases")
    assert confirmed(command, "--with-data").exit_code == 0


def test_what_is_not_marked_or_not_ours_is_left(command: Command, local_snowflake: Snowflake) -> None:
    """A database that was there before, a warehouse that another role owns now, a role that owns what stays."""
    run = local_snowflake.run
    run("create database dst_sales_db comment = 'here first'", role="SYSADMIN")
    assert command("apply", "--yes").exit_code == 0
    run("grant ownership on warehouse dst_money_wh to role accountadmin copy current grants", role="ACCOUNTADMIN")
    run("create table dst_sales_db.prod.t (n int)", role="DST_SALES_ROLE")
    found = confirmed(command)
    assert found.exit_code == 0, found.output
    assert "database DST_SALES_DB: mesh-bootstrap did not make it: its comment has no [mesh-bootstrap]" in found.stdout
    assert "warehouse DST_MONEY_WH: it is owned by ACCOUNTADMIN, not by SYSADMIN" in found.stdout
    assert "schema DST_SALES_DB.PROD: its database stays" in found.stdout
    assert "role DST_SALES_ROLE: it owns table DST_SALES_DB.PROD.T, which stays" in found.stdout
    assert names(local_snowflake, "databases") == {"DST_SALES_DB"}
    assert names(local_snowflake, "warehouses") == {"DST_MONEY_WH"}
    assert names(local_snowflake, "roles") == {"DST_SALES_ROLE"}
    # and what is declared between what stays is revoked
    held = run("show grants to role dst_sales_role", role="ACCOUNTADMIN")
    assert {row[1] for row in held} == {"OWNERSHIP"}
    assert run("show tables in database dst_sales_db", role="ACCOUNTADMIN")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "destroy wants to ask and there is no terminal; nothing was changed."),
        (("--expect-account", "local"), "--expect-account and --confirm go together; nothing was changed."),
        (("--confirm", "x"), "--expect-account and --confirm go together; nothing was changed."),
        (("--expect-account", "prod", "--confirm", "x"), "this is account LOCAL, not prod; nothing was changed."),
        (
            ("--expect-account", "local", "--confirm", "x"),
            "--confirm is not the hash of this plan; nothing was changed.",
        ),
    ],
)
def test_nothing_goes_by_accident(
    command: Command, local_snowflake: Snowflake, options: tuple[str, ...], message: str
) -> None:
    assert command("apply", "--yes").exit_code == 0
    found = command("destroy", *options)
    assert (found.exit_code, message in found.stderr) == (2, True), found.output
    assert "DST_SALES_DB" in names(local_snowflake, "databases")


def test_on_a_terminal_the_accounts_name_is_typed(
    command: Command, local_snowflake: Snowflake, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert command("apply", "--yes").exit_code == 0
    monkeypatch.setattr("snowmesh.bootstrap.commands.destroy.has_terminal", lambda: True)
    wrong = command("destroy", typed="yes\n")
    assert (wrong.exit_code, "that is not the account's name; nothing was changed." in wrong.stderr) == (2, True)
    assert "DST_SALES_DB" in names(local_snowflake, "databases")
    assert command("destroy", typed="local\n").exit_code == 0
    assert names(local_snowflake, "databases") == set()


def test_a_hash_of_another_moment_is_refused(command: Command, local_snowflake: Snowflake) -> None:
    assert command("apply", "--yes").exit_code == 0
    before = digest(command)
    local_snowflake.run("create table dst_sales_db.prod.t (n int)", role="SYSADMIN")
    found = command("destroy", "--with-data", "--expect-account", "LOCAL", "--confirm", before)
    assert (found.exit_code, "--confirm is not the hash" in found.stderr) == (2, True)
