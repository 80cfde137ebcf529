"""Database roles and privileges of users, through the real connector (R17, R22, R24-R26, R28, R32, R33, R39-R44)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import snowflake.connector

SET_UP = (
    "create or replace database dbr",
    "create schema dbr.core",
    "create table dbr.core.t as select 1 as id, 'ann@x.org' as mail",
    "create view dbr.core.v as select id, is_database_role_in_session('READ') as reads from dbr.core.t",
    "create or replace database dbr_other",
    "create database role dbr.read",
    "create database role dbr.deep",
    "create database role dbr_other.read",
    "grant database role dbr.deep to database role dbr.read",
    "grant usage on schema dbr.core to database role dbr.read",
    "grant select on table dbr.core.t to database role dbr.deep",
    "grant select on view dbr.core.v to database role dbr.deep",
    "create or replace role dbr_analyst",
    "create or replace role dbr_other_analyst",
    "grant usage on warehouse compute_wh to role dbr_analyst",
    "grant usage on warehouse compute_wh to role dbr_other_analyst",
    "grant usage on database dbr to role dbr_other_analyst",
    "grant usage on schema dbr.core to role dbr_other_analyst",
    "grant select on all tables in schema dbr.core to role dbr_other_analyst",
    "grant select on all views in schema dbr.core to role dbr_other_analyst",
    "grant database role dbr.read to role dbr_analyst",
    "grant database role dbr_other.read to role dbr_other_analyst",
    "grant role dbr_analyst, dbr_other_analyst to user admin",
    "create or replace user dbr_user",
    "grant usage on warehouse compute_wh to role public",
)
TEAR_DOWN = (
    "drop database if exists dbr",
    "drop database if exists dbr_other",
    "drop role if exists dbr_analyst",
    "drop role if exists dbr_other_analyst",
    "drop user if exists dbr_user",
    "revoke usage on warehouse compute_wh from role public",
)
Run = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def run(local_snowflake: Any) -> Iterator[Run]:
    """Run statements in one session; the account has what SET_UP makes."""
    local_snowflake.run(*SET_UP, role="ACCOUNTADMIN")
    yield lambda *sql, role="DBR_ANALYST", **options: local_snowflake.run(*sql, role=role, **options)
    local_snowflake.run(*TEAR_DOWN, role="ACCOUNTADMIN")


def test_r41_a_role_reads_through_database_roles_and_needs_no_usage_on_the_database(run: Run) -> None:
    assert run("select mail from dbr.core.t") == [("ann@x.org",)]
    assert run("use database dbr", "select current_database()") == [("DBR",)]
    run("revoke database role dbr.deep from database role dbr.read", role="ACCOUNTADMIN")
    with pytest.raises(snowflake.connector.errors.ProgrammingError, match="does not exist or not authorized"):
        run("select mail from dbr.core.t")


def test_r17_a_database_role_is_never_active(run: Run) -> None:
    """R26, R28: the context functions know account roles only."""
    [[current, available]] = run("select current_role(), current_available_roles()")
    assert current == "DBR_ANALYST"
    assert '"READ"' not in available
    for sql in ("use role dbr.read", "use secondary roles dbr.read"):
        with pytest.raises(snowflake.connector.errors.ProgrammingError):
            run(sql)
    with pytest.raises(snowflake.connector.errors.DatabaseError):
        run("select 1", role="DBR.READ")


@pytest.mark.parametrize(
    ("expression", "inside"),
    [
        ("is_database_role_in_session('READ')", True),
        ("is_database_role_in_session('DEEP')", True),  # inherited
        ("is_database_role_in_session('read')", False),  # stored case
        ("is_database_role_in_session('DBR.READ')", False),  # a full name is nobody's
        ("is_database_role_in_session('NOPE')", False),
        ("is_role_in_session('READ')", False),
        ("is_role_in_session('DBR.READ')", False),
    ],
)
def test_r32_a_plain_query_looks_in_the_current_database(run: Run, expression: str, inside: bool) -> None:
    assert run("use database dbr", f"select {expression}") == [(inside,)]


def test_r32_another_current_database_means_other_roles(run: Run) -> None:
    asks = "select is_database_role_in_session('READ')"
    assert run("use database dbr", asks, role="DBR_OTHER_ANALYST") == [(False,)]
    assert run("use database dbr_other", asks, role="DBR_OTHER_ANALYST") == [(True,)]
    with pytest.raises(snowflake.connector.errors.ProgrammingError, match="Could not resolve the database"):
        run(asks)


def test_r32_a_view_looks_in_its_own_database(run: Run) -> None:
    assert run("select reads from dbr.core.v") == [(True,)]
    assert run("use database dbr_other", "select reads from dbr.core.v", role="DBR_OTHER_ANALYST") == [(False,)]


def test_r32_a_policy_looks_in_the_database_of_the_protected_table(run: Run) -> None:
    """The policy lies in another database, which has a role of the same name."""
    run(
        "create schema dbr_other.gov",
        "create masking policy dbr_other.gov.m as (v string) returns string -> "
        "case when is_database_role_in_session('READ') then v else '***' end",
        "alter table dbr.core.t modify column mail set masking policy dbr_other.gov.m",
        role="ACCOUNTADMIN",
    )
    assert run("select mail from dbr.core.t") == [("ann@x.org",)]
    assert run("use database dbr_other", "select mail from dbr.core.t", role="DBR_OTHER_ANALYST") == [("***",)]
    run("alter table dbr.core.t modify column mail unset masking policy", role="ACCOUNTADMIN")


def test_p34_a_view_owned_by_a_database_role_reads_with_its_rights(run: Run) -> None:
    """P19; R33: behind such a view INVOKER_ROLE is NULL."""
    run(
        "create masking policy dbr.core.who as (v string) returns string -> coalesce(invoker_role(), 'a database role')",
        "alter table dbr.core.t modify column mail set masking policy dbr.core.who",
        "create view dbr.core.owned as select mail from dbr.core.t",
        "grant ownership on view dbr.core.owned to database role dbr.read copy current grants",
        "grant select on view dbr.core.owned to role dbr_other_analyst",
        role="ACCOUNTADMIN",
    )
    assert run("select mail from dbr.core.owned", role="DBR_OTHER_ANALYST") == [("a database role",)]
    run("revoke database role dbr.deep from database role dbr.read", role="ACCOUNTADMIN")
    with pytest.raises(snowflake.connector.errors.ProgrammingError, match="Failure during expansion of view 'OWNED'"):
        run("select mail from dbr.core.owned", role="DBR_OTHER_ANALYST")
    run("drop table dbr.core.t", role="ACCOUNTADMIN")


def test_future_grants_reach_database_roles(run: Run) -> None:
    """P42, P44, R39."""
    run(
        "grant select on future tables in schema dbr.core to database role dbr.deep",
        "create table dbr.core.later as select 7 as n",
        role="ACCOUNTADMIN",
    )
    assert run("select n from dbr.core.later") == [(7,)]


def test_r22_create_by_a_privilege_that_a_database_role_holds(run: Run) -> None:
    """The new object belongs to the primary role, an account role."""
    run("grant create table on schema dbr.core to database role dbr.deep", role="ACCOUNTADMIN")
    run("create table dbr.core.mine (a int)")
    [row] = run("show tables like 'mine' in schema dbr.core")
    assert "DBR_ANALYST" in row


def test_r24_r25_what_a_user_itself_holds_counts_with_all_secondary_roles(run: Run) -> None:
    as_user = {"role": "PUBLIC", "user": "DBR_USER", "warehouse": "COMPUTE_WH"}
    run("grant database role dbr.read to user dbr_user", role="ACCOUNTADMIN")
    assert run("select id from dbr.core.t", secondary="ALL", **as_user) == [(1,)]
    with pytest.raises(snowflake.connector.errors.ProgrammingError, match="does not exist or not authorized"):
        run("select id from dbr.core.t", secondary="NONE", **as_user)
    run(
        "revoke database role dbr.read from user dbr_user",
        "grant usage on database dbr to user dbr_user",
        "grant usage on schema dbr.core to user dbr_user",
        'grant select on table dbr.core.t to user "DBR_USER"',
        role="ACCOUNTADMIN",
    )
    assert run("select id from dbr.core.t", secondary="ALL", **as_user) == [(1,)]
    with pytest.raises(snowflake.connector.errors.ProgrammingError, match="does not exist or not authorized"):
        run("select id from dbr.core.t", secondary="NONE", **as_user)
    shown = run("show grants to user dbr_user", role="ACCOUNTADMIN")
    assert ("SELECT", "TABLE", "DBR.CORE.T", None, "USER", "DBR_USER") in {tuple(row[1:7]) for row in shown}  # S6


def test_s2_show_database_roles(run: Run) -> None:
    rows = run("show database roles in database dbr")
    assert [(row[1], row[4], row[5], row[6], row[7]) for row in rows] == [
        ("DEEP", "Y", 0, 1, 0),
        ("READ", "Y", 1, 0, 1),
    ]


def test_r41_show_grants_to_a_new_database_role(run: Run) -> None:
    """Its USAGE has no grantor, and REVOKE reports success and changes nothing (P31, P33)."""
    run(
        "create database role dbr.fresh",
        "revoke usage on database dbr from database role dbr.fresh",
        role="ACCOUNTADMIN",
    )
    [row] = run("show grants to database role dbr.fresh", role="ACCOUNTADMIN")
    assert row[1:] == ("USAGE", "DATABASE", "DBR", "DATABASE_ROLE", "FRESH", "false", "")
