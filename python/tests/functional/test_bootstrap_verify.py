"""verify on an account: each class of drift with who granted it, the access tests, and every output."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from snowmesh.bootstrap.cli import main
from tests.conftest import Snowflake

MESH = """
domains:
  vfy_sales: {products: [orders], readers: [vfy_reader]}
  vfy_money: {consumes: [vfy_sales.orders]}
grants:
  - {privilege: select, on: tables in database vfy_sales_db, to: vfy_reader}
tests:
  - {role: vfy_money_role, can: select, on: vfy_sales.orders}
  - {role: vfy_money_role, cannot: insert, on: vfy_sales.orders}
users: {vfy_bot: {type: service, domain: vfy_money}}
"""
Verify = Callable[..., Result]


@pytest.fixture
def verify(local_snowflake: Snowflake, tmp_path: Path) -> Iterator[Verify]:
    """The mesh applied and its product built and granted; gives `verify` with options."""
    if local_snowflake.live:
        pytest.skip("drops databases: shown on the local Snowflake")
    path = tmp_path / "mesh.yml"
    path.write_text(MESH)
    where = ["--file", str(path), "--local", str(local_snowflake.port)]
    assert CliRunner().invoke(main, ["apply", *where]).exit_code == 0
    local_snowflake.run(
        "create table vfy_sales_db.prod.orders (n int)",
        "grant select on table vfy_sales_db.prod.orders to role vfy_money_role",
        role="VFY_SALES_ROLE",
    )
    yield lambda *options: CliRunner().invoke(main, ["verify", *where, *options])
    local_snowflake.run(
        "drop user if exists vfy_bot",
        "drop user if exists vfy_zoe",
        *(f"drop database if exists vfy_{name}_db" for name in ("sales", "money")),
        *(f"drop warehouse if exists vfy_{name}_wh" for name in ("sales", "money")),
        *(f"drop role if exists vfy_{name}" for name in ("sales_role", "money_role", "reader", "stranger")),
        role="ACCOUNTADMIN",
    )


def test_an_account_as_declared_and_its_access_tests(verify: Verify) -> None:
    found = verify()
    assert (found.exit_code, found.stdout) == (0, "No drift. 2 of 2 access tests hold.\n"), found.output


def test_every_class_of_drift_on_one_account(verify: Verify, local_snowflake: Snowflake) -> None:
    local_snowflake.run(
        "create role vfy_stranger",
        "revoke usage on warehouse vfy_money_wh from role vfy_money_role",
        "grant monitor on database vfy_sales_db to role vfy_reader",
        "grant ownership on database vfy_money_db to role accountadmin copy current grants",
        "grant usage on database vfy_sales_db to role vfy_reader with grant option",
        "alter warehouse vfy_sales_wh set auto_suspend = 999",
        "grant select on future tables in schema vfy_sales_db.prod to role vfy_stranger",
        "grant role vfy_stranger to role vfy_money_role",
        "create user vfy_zoe",
        "grant role vfy_reader to user vfy_zoe",
        "grant insert on table vfy_sales_db.prod.orders to role vfy_money_role",
        role="ACCOUNTADMIN",
    )
    found = verify("--output", "json")
    document = json.loads(found.stdout)
    assert found.exit_code == 1
    assert document["summary"] == {
        "missing": 1,
        "extra": 1,
        "wrong owner": 1,
        "wrong option": 1,
        "wrong property": 1,
        "shadowed future grant": 1,
        "undeclared role": 2,
    }
    by_class = {finding["drift"]: finding for finding in document["findings"]}
    assert by_class["extra"]["granted_by"] == "SYSADMIN"  # MANAGE GRANTS grants in the owner's name (R49)
    assert by_class["shadowed future grant"]["mended_by"] == []
    assert [note["text"] for note in document["notes"]] == [
        "role VFY_READER is held by users whom the mesh does not declare: VFY_ZOE"
    ]
    assert [test["outcome"] for test in document["tests"]] == ["holds", "fails"]
    text = verify().stdout
    assert text.endswith("1 of 2 access tests hold.\n")
    assert "Found 8 differences (1 missing, 1 extra, 1 wrong owner, 1 wrong option, 1 wrong property" in text


def test_what_mends_a_finding_mends_it(verify: Verify, local_snowflake: Snowflake) -> None:
    local_snowflake.run(
        "grant monitor on database vfy_sales_db to role vfy_reader",
        "revoke usage on warehouse vfy_money_wh from role vfy_money_role",
        role="ACCOUNTADMIN",
    )
    for finding in json.loads(verify("--output", "json").stdout)["findings"]:
        for mend in finding["mended_by"]:
            local_snowflake.run(mend["statement"], role=mend["role"])
    assert verify().exit_code == 0


def test_a_role_outside_the_hierarchy_is_found(verify: Verify, local_snowflake: Snowflake) -> None:
    """It is below no system role, so only a thorough look sees it."""
    local_snowflake.run(
        "create role vfy_stranger", "grant usage on database vfy_sales_db to role vfy_stranger", role="SECURITYADMIN"
    )
    found = verify()
    assert found.exit_code == 1
    assert "role VFY_STRANGER, which nobody declared: USAGE on database VFY_SALES_DB" in found.stdout


def test_a_database_role_that_nobody_declared_is_found(verify: Verify, local_snowflake: Snowflake) -> None:
    """Its own USAGE on its database, which it is born with, is none (R41)."""
    run = local_snowflake.run
    run("create database role vfy_sales_db.lonely", role="SYSADMIN")
    assert verify().exit_code == 0
    run("grant usage on schema vfy_sales_db.prod to database role vfy_sales_db.lonely", role="SYSADMIN")
    assert "database role VFY_SALES_DB.LONELY, which nobody declared" in verify().stdout


def test_a_product_that_is_not_there_cannot_be_read(verify: Verify, local_snowflake: Snowflake) -> None:
    local_snowflake.run("drop table vfy_sales_db.prod.orders", role="VFY_SALES_ROLE")
    found = verify()
    assert (found.exit_code, "1 of 2 access tests hold" in found.stdout) == (1, True), found.output


@pytest.mark.parametrize("output", ["sarif", "junit", "markdown"])
def test_the_outputs_for_other_programs(verify: Verify, local_snowflake: Snowflake, output: str) -> None:
    local_snowflake.run("grant monitor on database vfy_sales_db to role vfy_reader", role="ACCOUNTADMIN")
    found = verify("--output", output)
    assert (found.exit_code, found.stderr) == (1, "")
    if output == "sarif":
        (result,) = json.loads(found.stdout)["runs"][0]["results"]
        assert result["ruleId"] == "extra"
    elif output == "junit":
        (suite,) = ElementTree.fromstring(found.stdout)
        assert suite.get("failures") == "1"
    else:
        assert "| extra |" in found.stdout


def test_the_number_of_statements_of_a_plan_in_sync(
    verify: Verify, local_snowflake: Snowflake, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A constant and one for each user, or for each role that users hold: whatever is granted."""
    from snowmesh.bootstrap.connect import ConnectorSession

    sent: list[str] = []
    query = ConnectorSession.query

    def counted(self: ConnectorSession, sql: str) -> object:
        sent.append(sql)
        return query(self, sql)

    monkeypatch.setattr(ConnectorSession, "query", counted)
    where = ["--file", str(tmp_path / "mesh.yml"), "--local", str(local_snowflake.port)]
    assert CliRunner().invoke(main, ["plan", *where]).stdout == "No changes.\n"
    assert len(sent) == 13 + 1
