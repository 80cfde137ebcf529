"""Who reads what, through the real connector: authorization and masking in every position.

Each test names the facts it checks.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from snowflake.connector.errors import DatabaseError, ProgrammingError

DB = "ENFORCE_DB"
SETUP = f"""
use role useradmin
create role enforce_owner
create role enforce_pii
create role enforce_low
create role enforce_nobody
grant role enforce_owner to role sysadmin
grant role enforce_pii to role sysadmin
grant role enforce_low to role sysadmin
grant role enforce_nobody to role sysadmin
use role sysadmin
create warehouse enforce_wh
create database {DB}
create schema {DB}.s
use role securityadmin
grant usage on warehouse enforce_wh to role enforce_owner
grant usage on warehouse enforce_wh to role enforce_pii
grant usage on warehouse enforce_wh to role enforce_low
grant usage on warehouse enforce_wh to role enforce_nobody
grant usage on database {DB} to role enforce_owner
grant usage on database {DB} to role enforce_pii
grant usage on database {DB} to role enforce_low
grant all on schema {DB}.s to role enforce_owner
grant usage on schema {DB}.s to role enforce_pii
grant usage on schema {DB}.s to role enforce_low
grant apply masking policy on account to role enforce_owner
use role enforce_owner
use warehouse enforce_wh
use schema {DB}.s
create masking policy mask as (val string) returns string -> case when is_role_in_session('ENFORCE_PII') then val else '****' end
create tag pii allowed_values 'name', 'email'
alter tag pii set masking policy mask
create table people (id number(38,0), name varchar(20) with tag (pii = 'name'), email varchar(50) with masking policy mask, amount number(12,2)) as select * from values (1, 'Ann', 'ann@x.org', 10.50), (2, 'Bob', 'bob@x.org', 20.25)
create view people_v as select id, upper(name) as name_up, email, amount from people
create view people_vv as select name_up, email from people_v
grant select on table people to role enforce_pii
grant select on table people to role enforce_low
grant select on view people_vv to role enforce_low
grant select on view people_vv to role enforce_pii
"""


@pytest.fixture(scope="module")
def account(local_snowflake: Any) -> Iterator[Any]:
    statements = [line for line in SETUP.strip().splitlines() if line]
    connection = local_snowflake.connect("ACCOUNTADMIN")
    for statement in statements:
        connection.cursor().execute(statement)
    yield local_snowflake
    connection = local_snowflake.connect("SYSADMIN")
    for statement in (f"drop database {DB}", "drop warehouse enforce_wh"):
        connection.cursor().execute(statement)


def read(account: Any, role: str, sql: str) -> list[tuple[Any, ...]]:
    return account.run(sql, role=role, warehouse="enforce_wh", database=DB, schema="s")


def refused(account: Any, role: str, sql: str, errno: int) -> str:
    with pytest.raises(DatabaseError) as error:
        read(account, role, sql)
    assert error.value.errno == errno, error.value
    return str(error.value)


POSITIONS = {
    "select list": ("select name, email from people where id = 1", [("Ann", "ann@x.org")], [("****", "****")]),
    "star": ("select * exclude (id, amount) from people where id = 1", [("Ann", "ann@x.org")], [("****", "****")]),
    "where": ("select id from people where name = 'Ann'", [(1,)], []),
    "where, on the mask": ("select count(*) from people where name = '****'", [(0,)], [(2,)]),
    "expression": ("select upper(substr(name, 1, 1)) from people where id = 2", [("B",)], [("*",)]),
    "group by": ("select count(*) as n from people group by email order by n", [(1,), (1,)], [(2,)]),
    "order by": ("select id from people order by name desc, id", [(2,), (1,)], [(1,), (2,)]),
    "count distinct": ("select count(distinct email) from people", [(2,)], [(1,)]),
    "having": ("select max(id) from people group by name having name <> '****' order by 1", [(1,), (2,)], []),
    "join": ("select count(*) from people a join people b on a.name = b.name", [(2,)], [(4,)]),
    "using": ("select count(*) from people a join people b using (email)", [(2,)], [(4,)]),
    "subquery": ("select id from people where name in (select name from people where id = 1)", [(1,)], [(1,), (2,)]),
    "exists": (
        "select count(*) from people p where exists (select 1 from people q where q.name = 'Bob')",
        [(2,)],
        [(0,)],
    ),
    "cte": ("with p as (select name as n from people) select max(n) from p", [("Bob",)], [("****",)]),
    "cte of the same name": (
        "with people as (select name from people) select max(name) from people",
        [("Bob",)],
        [("****",)],
    ),
    "union": ("select name from people union select email from people order by 1 limit 1", [("Ann",)], [("****",)]),
    "window": (
        "select row_number() over (partition by name order by id) as n from people order by n",
        [(1,), (1,)],
        [(1,), (2,)],
    ),
    "qualified columns": (f"select {DB}.s.people.name from {DB}.s.people where id = 1", [("Ann",)], [("****",)]),
    "case": ("select case when name like 'A%' then 1 else 0 end from people where id = 1", [(1,)], [(0,)]),
    "view in view": (
        "select name_up, email from people_vv order by 1 limit 1",
        [("ANN", "ann@x.org")],
        [("****", "****")],
    ),
    "view in where": ("select count(*) from people_vv where email = 'ann@x.org'", [(1,)], [(0,)]),
    "lateral alias": (
        "select name as n, n || '!' as m from people where id = 1",
        [("Ann", "Ann!")],
        [("****", "****!")],
    ),
    "qualify": (
        "select id from people qualify row_number() over (partition by email order by id) = 1 order by 1",
        [(1,), (2,)],
        [(1,)],
    ),
}


@pytest.mark.parametrize("position", POSITIONS)
def test_masked_in_every_position(account: Any, position: str) -> None:
    """M33, M34, M44, M45: tag-based (name) and direct (email) masks hold wherever the column stands."""
    sql, clear, masked = POSITIONS[position]
    assert read(account, "enforce_pii", sql) == clear
    assert read(account, "enforce_low", sql) == masked


def test_unmasked_columns_are_untouched(account: Any) -> None:
    assert [str(r[0]) for r in read(account, "enforce_low", "select amount from people order by id")] == [
        "10.50",
        "20.25",
    ]


def test_owner_and_accountadmin_are_masked_too(account: Any) -> None:
    """M47: only the policy body exempts; R4: ACCOUNTADMIN is no superuser, yet it inherits enforce_pii here."""
    assert read(account, "enforce_owner", "select name from people where id = 1") == [("****",)]
    assert read(account, "accountadmin", "select name from people where id = 1") == [("Ann",)]


def test_secondary_roles_lift_a_mask(account: Any) -> None:
    """R31: with secondary roles ALL a session of a low role reads clear text."""
    options = {"role": "enforce_low", "warehouse": "enforce_wh", "database": DB, "schema": "s"}
    sql = "select name from people where id = 1"
    assert account.run(sql, **options) == [("****",)]
    assert account.run("use secondary roles all", sql, **options) == [("Ann",)]


@pytest.mark.parametrize("sql", ["select * from people", "select 1 from people_v", f"select * from {DB}.s.people_vv"])
def test_no_privilege_at_all_looks_like_no_object(account: Any, sql: str) -> None:
    """P17, P27: without a privilege the object does not exist or is not authorized, in the same words."""
    text = refused(account, "enforce_nobody", sql, 2003)
    other = refused(account, "enforce_nobody", f"select * from {DB}.s.no_such_table", 2003)
    assert "does not exist or not authorized" in text
    assert "does not exist or not authorized" in other


def test_view_needs_no_right_on_its_base(account: Any) -> None:
    """P19: SELECT on the view suffices; the view between is refused."""
    assert read(account, "enforce_low", "select count(*) from people_vv") == [(2,)]
    refused(account, "enforce_low", "select count(*) from people_v", 2003)


def test_view_fails_when_its_owner_loses_the_base(account: Any) -> None:
    """P19: the owner's rights are asked at every query."""
    connection = account.connect("enforce_owner", warehouse="enforce_wh", database=DB, schema="s")
    cursor = connection.cursor()
    cursor.execute("create table lost (a number)")
    cursor.execute("create view lost_v as select a from lost")
    cursor.execute("grant select on view lost_v to role enforce_low")
    assert read(account, "enforce_low", "select count(*) from lost_v") == [(0,)]
    account.run(f"grant ownership on table {DB}.s.lost to role sysadmin", role="securityadmin")
    assert "expansion of view" in refused(account, "enforce_low", "select count(*) from lost_v", 2037)


def test_visible_but_not_allowed_says_so(account: Any) -> None:
    """P27: some privilege but not the needed one is 003001."""
    refused(account, "enforce_low", "insert into people (id) values (9)", 3001)
    refused(account, "enforce_low", "delete from people", 3001)
    refused(account, "enforce_low", "drop table people", 3001)


@pytest.mark.parametrize("role", ["enforce_low", "enforce_pii"])
def test_create_needs_the_primary_role(account: Any, role: str) -> None:
    """R22: CREATE is authorized by the primary role alone, even with secondary roles ALL."""
    options = {"role": role, "warehouse": "enforce_wh", "database": DB, "schema": "s"}
    with pytest.raises(ProgrammingError) as error:
        account.run("use secondary roles all", "create table sneaky as select * from people", **options)
    assert error.value.errno == 3001


@pytest.mark.parametrize(
    "statement",
    [
        "create or replace table copied as select id, name, email from people",
        "create or replace temporary table copied as select id, name, email from people",
        "create or replace transient table copied (id number, name varchar, email varchar) as select id, name, email from people",
    ],
)
def test_ctas_stores_what_the_role_sees(account: Any, statement: str) -> None:
    """M48: the masked value is stored; the copy carries no policy."""
    options = {"role": "enforce_owner", "warehouse": "enforce_wh", "database": DB, "schema": "s"}
    rows = account.run(statement, "select name, email from copied where id = 1", **options)
    assert rows == [("****", "****")]


def test_insert_select_stores_the_mask_and_insert_values_the_clear_value(account: Any) -> None:
    """M48, M49: masking is read-side; INSERT VALUES stores clear text."""
    owner = {"role": "enforce_owner", "warehouse": "enforce_wh", "database": DB, "schema": "s"}
    account.run("create or replace table target (id number, name varchar with masking policy mask)", **owner)
    account.run("insert into target select id, name from people", **owner)
    account.run("insert into target values (3, 'Cy')", **owner)
    account.run("grant select on table target to role enforce_pii", **owner)
    assert read(account, "enforce_pii", "select name from target order by id") == [("****",), ("****",), ("Cy",)]


def test_update_delete_and_merge_see_the_mask(account: Any) -> None:
    """M44, M50: a role that sees the mask cannot find a row by its clear value."""
    owner = {"role": "enforce_owner", "warehouse": "enforce_wh", "database": DB, "schema": "s"}
    account.run("create or replace table changed (id number, name varchar with masking policy mask)", **owner)
    account.run("insert into changed values (1, 'Ann')", **owner)
    account.run("delete from changed where name = 'Ann'", **owner)
    account.run("update changed set id = 7 where name = 'Ann'", **owner)
    account.run(
        "merge into changed t using (select 'Ann' as name) s on t.name = s.name when matched then update set id = 8",
        **owner,
    )
    assert account.run("select id from changed", **owner) == [(1,)]


def test_replace_loses_grants_tags_and_masks(account: Any) -> None:
    """P-table 3.6, T45, M53: CREATE OR REPLACE is a new object."""
    owner = {"role": "enforce_owner", "warehouse": "enforce_wh", "database": DB, "schema": "s"}
    create = "create or replace table replaced (name varchar with masking policy mask) as select 'Ann' as name"
    account.run(create, **owner)
    account.run("grant select on table replaced to role enforce_low", **owner)
    assert read(account, "enforce_low", "select name from replaced") == [("****",)]
    account.run("create or replace table replaced as select 'Ann' as name", **owner)
    refused(account, "enforce_low", "select name from replaced", 2003)
    assert account.run("select name from replaced", **owner) == [("Ann",)]


def test_copy_grants_keeps_grants_and_not_masks(account: Any) -> None:
    """P-table 3.6, M53."""
    owner = {"role": "enforce_owner", "warehouse": "enforce_wh", "database": DB, "schema": "s"}
    account.run("create or replace table kept (name varchar with masking policy mask) as select 'Ann' as name", **owner)
    account.run("grant select on table kept to role enforce_low", **owner)
    account.run("create or replace table kept copy grants as select 'Ann' as name", **owner)
    assert read(account, "enforce_low", "select name from kept") == [("Ann",)]


def test_no_warehouse_no_rows(account: Any) -> None:
    """P17: reading a table takes a warehouse that the role may use."""
    account.run("revoke usage on warehouse enforce_wh from role enforce_pii", role="securityadmin")
    try:
        refused(account, "enforce_pii", "select 1 from people", 606)
    finally:
        account.run("grant usage on warehouse enforce_wh to role enforce_pii", role="securityadmin")


@pytest.mark.parametrize(
    "sql",
    [
        "select * from read_csv('/etc/passwd')",
        "select * from '/etc/passwd'",
        "select * from duckdb_tables()",
        "select * from information_schema.no_such_view",
        "select * from _SNOWMESH.EMPTY.T",
        "select system$no_such_function('x')",
        "copy into people from @stage",
        "create privacy policy p as () returns privacy_budget -> null",
        "alter table people set join policy p",
        "create dynamic table d target_lag = '1 minute' warehouse = w as select 1 as a",
        "create table x (a number) with join policy p",
        "execute immediate 'select 1'",
        "call something()",
        "set x = 1",
        "create share s",
    ],
)
def test_what_is_not_implemented_is_refused(account: Any, sql: str) -> None:
    """Never accepted and ignored: an error that says so, or 'does not exist'."""
    with pytest.raises(DatabaseError) as error:
        account.run(sql, role="enforce_owner", warehouse="enforce_wh", database=DB, schema="s")
    assert error.value.errno in (2, 2003, 2141, 1003, 2043), error.value


def test_login_is_refused_for_strangers(account: Any) -> None:
    """R18, section 8: unknown user, unknown role, role that is not granted."""
    for options, code in (({"user": "NOBODY_KNOWS"}, 390100), ({"role": "NO_SUCH_ROLE"}, 390189)):
        with pytest.raises(DatabaseError) as error:
            account.connect(**options)
        assert str(code) in str(error.value)


def test_values_keep_their_meaning_on_the_wire(account: Any) -> None:
    """NULL of every type stays NULL; numbers, text and times come back as stored."""
    columns = "a number(12,4), b varchar, c date, d timestamp_ntz, e boolean, f float, g time, h timestamp_tz"
    options = {"role": "enforce_owner", "warehouse": "enforce_wh", "database": DB, "schema": "s"}
    row = "1.5, 'it''s', '2020-02-29', '1969-12-31 23:59:59.5', true, 0.25, '10:11:12', '2020-01-01 00:00:00+00:00'"
    nulls = ", ".join(["null"] * 8)
    rows = account.run(
        f"create or replace table typed ({columns})",
        f"insert into typed values ({row}), ({nulls})",
        "select * from typed order by a",
        **options,
    )
    assert str(rows[0][0]) == "1.5000"
    assert [str(v) for v in rows[0][1:]] == [
        "it's",
        "2020-02-29",
        "1969-12-31 23:59:59.500000",
        "True",
        "0.25",
        "10:11:12",
        "2020-01-01 00:00:00+00:00",
    ]
    assert rows[1] == (None,) * 8
