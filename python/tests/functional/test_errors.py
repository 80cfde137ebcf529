"""Errors as the connector raises them: code, SQLSTATE and text (section 8)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from snowflake.connector.errors import DatabaseError, ProgrammingError

DB = "ERRORS_DB"
WHERE = {"warehouse": "compute_wh", "database": DB, "schema": "s"}
SETUP = (
    f"create database {DB}",
    f"create schema {DB}.s",
    f"create schema {DB}.hidden",
    "use schema s",
    "create masking policy mask as (v string) returns string -> '****'",
    "create masking policy mask2 as (v string) returns string -> '??'",
    "create masking policy num as (v number) returns number -> 0",
    "create masking policy tagged as (v string) returns string -> '--'",
    "create tag pii allowed_values 'name'",
    "create tag area",
    "create tag other",
    "alter tag area set masking policy mask",
    "alter tag other set masking policy tagged",
    "create table t (id number, name varchar with masking policy mask, note varchar)",
    "create table seen (id number)",
    "create table two (a varchar with tag (area = 'x', other = 'y'))",
    "create view v as select id from t",
    "create table hidden.t (id number)",
    "create view hidden.v as select 1 as a",
    "create tag hidden.g",
    "create masking policy hidden.p as (v string) returns string -> v",
    "create role errors_reader",
    "create role errors_stranger",
    "create user errors_user",
    "grant role errors_reader to role sysadmin",
    f"grant usage on database {DB} to role errors_reader",
    "grant usage on schema s to role errors_reader",
    "grant references on table seen to role errors_reader",
    "grant references on view v to role errors_reader",
    "grant usage on warehouse compute_wh to role errors_reader",
)


@pytest.fixture(scope="module")
def account(local_snowflake: Any) -> Iterator[Any]:
    local_snowflake.run(*SETUP, role="accountadmin", warehouse="compute_wh")
    yield local_snowflake
    cleanup = (f"drop database {DB}", "drop role errors_reader", "drop role errors_stranger", "drop user errors_user")
    local_snowflake.run(*cleanup, role="accountadmin")


def error_of(account: Any, sql: str, role: str = "accountadmin", **options: Any) -> DatabaseError:
    with pytest.raises(DatabaseError) as caught:
        account.run(sql, role=role, **{**WHERE, **options})
    return caught.value


def text_of(error: DatabaseError) -> str:
    """The text after code, SQLSTATE and query id, on one line."""
    return " ".join(re.sub(r"^\d+ \(\w+\): (\S+-\S+: )?", "", str(error)).split())


# statement, code, SQLSTATE, text
TABLE = [
    ("undrop table never", 90025, "02000", "Table NEVER did not exist or was purged."),
    ("undrop view v", 2, "0A000", "Unsupported feature 'UNDROP not supported for objects of type VIEW'."),
    ("undrop stage s", 2, "0A000", "Unsupported feature 'UNDROP STAGE S'."),
    ("select nope from t", 904, "42000", "SQL compilation error: error line 1 at position 0 invalid identifier 'NOPE'"),
    ("select 1 a b", 1003, "42000", "SQL compilation error: syntax error line 1 at position 11 unexpected 'b'."),
    ("select (1", 1003, "42000", "SQL compilation error: syntax error line 1 at position 9 unexpected '<EOF>'."),
    ("create tag x nope", 1420, "22023", "SQL compilation error: invalid property 'NOPE' for 'TAG'."),
    (
        "alter warehouse compute_wh set warehouse_size = 'huge'",
        1008,
        "22023",
        "SQL compilation error: invalid value [HUGE] for parameter 'WAREHOUSE_SIZE'",
    ),
    ("create table t (a int)", 2002, "42710", "SQL compilation error: Object 'ERRORS_DB.S.T' already exists."),
    ("create role errors_reader", 2002, "42710", "SQL compilation error: Object 'ERRORS_READER' already exists."),
    ("create tag pii", 2002, "42710", "SQL compilation error: Object 'ERRORS_DB.S.PII' already exists."),
    (
        "select * from nope",
        2003,
        "42S02",
        "SQL compilation error: Object 'ERRORS_DB.S.NOPE' does not exist or not authorized.",
    ),
    (
        "drop tag nope",
        2003,
        "02000",
        "SQL compilation error: Tag 'ERRORS_DB.S.NOPE' does not exist or not authorized.",
    ),  # E13
    (
        "grant role nope to role sysadmin",
        2003,
        "02000",
        "SQL compilation error: Role 'NOPE' does not exist or not authorized.",
    ),
    (
        "alter table t modify column name set masking policy nope",  # E6
        2003,
        "02000",
        "SQL compilation error: Masking policy 'ERRORS_DB.S.NOPE' does not exist or not authorized.",
    ),
    (
        "drop schema nope",
        2043,
        "02000",
        "SQL compilation error: Object does not exist, or operation cannot be performed.",
    ),
    (
        "use database nope",
        2043,
        "02000",
        "SQL compilation error: Object does not exist, or operation cannot be performed.",
    ),
    (
        "show tables in schema nope",
        2043,
        "02000",
        "SQL compilation error: Object does not exist, or operation cannot be performed.",
    ),
    (
        "use role errors_stranger",
        3013,
        "42501",
        "SQL access control error: Requested role 'ERRORS_STRANGER' is not assigned to the executing user. "
        "Specify another role to activate.",
    ),
    (
        "drop masking policy mask",
        3531,
        "23001",
        "SQL compilation error: Policy MASK cannot be dropped/replaced as it is associated with one or more entities.",
    ),
    (
        "create or replace masking policy mask as (v string) returns string -> v",
        3531,
        "23001",
        "SQL compilation error: Policy MASK cannot be dropped/replaced as it is associated with one or more entities.",
    ),
    (
        "create masking policy x as (v string) returns string -> 1",  # M3
        90207,
        "42601",
        "SQL compilation error: Declared return type 'VARCHAR(134217728)' is incompatible with actual return type 'NUMBER(1,0)'",
    ),
    (
        "create masking policy x as (v string) returns string -> nosuch",  # M3
        904,
        "42000",
        "SQL compilation error: error line 1 at position 0 invalid identifier 'NOSUCH'",
    ),
    (
        "create masking policy x as (v string) returns number -> 1",  # E8
        1008,
        "22023",
        "SQL compilation error: Masking policy function argument and return type mismatch.",
    ),
    (
        "alter table t modify column name set masking policy mask2",  # E7
        1008,
        "22023",
        "SQL compilation error: Specified column already attached to another masking policy. A column cannot be attached "
        "to multiple masking policies. Please drop the current association in order to attach a new masking policy.",
    ),
    (
        "select * from two",  # E12
        3549,
        "42601",
        "SQL execution error: Column A is mapped to multiple masking policies by tags.Please contact your local "
        "administrator to fix the issue.",
    ),
    (
        "alter table t set tag pii = 'nope'",
        1008,
        "22023",
        "SQL compilation error: Value 'nope' is not allowed for tag",
    ),  # E14
    (
        "grant drop on table t to role sysadmin",
        1008,
        "22023",
        "SQL compilation error: Invalid object type 'TABLE' for privilege 'DROP'.",
    ),  # P16
    (
        "alter masking policy pii rename to x",  # the same words for a name of another kind and for none
        2003,
        "02000",
        "SQL compilation error: Masking policy 'ERRORS_DB.S.PII' does not exist or not authorized.",
    ),
]


@pytest.mark.parametrize(("sql", "code", "sqlstate", "text"), TABLE, ids=[row[0] for row in TABLE])
def test_code_sqlstate_and_text(account: Any, sql: str, code: int, sqlstate: str, text: str) -> None:
    """The table of section 8, and E6-E14."""
    error = error_of(account, sql)
    assert (error.errno, error.sqlstate) == (code, sqlstate), error
    assert text_of(error).startswith(text)
    assert isinstance(error, ProgrammingError)


def test_no_current_database_or_schema(account: Any) -> None:
    """I15."""
    error = error_of(account, "select * from t", database=None, schema=None)
    assert (error.errno, error.sqlstate) == (90105, "22000")
    assert text_of(error) == (
        "Cannot perform SELECT. This session does not have a current database. Call 'USE DATABASE', or use a qualified name."
    )


def test_no_warehouse(account: Any) -> None:
    """000606 (P17): reading a table takes a warehouse that the role may use."""
    error = error_of(account, "select * from seen", warehouse="none")
    assert (error.errno, error.sqlstate) == (606, "57P03")
    assert text_of(error) == (
        "No active warehouse selected in the current session. Select an active warehouse with the 'use warehouse' command."
    )


def test_a_view_whose_source_is_gone(account: Any) -> None:
    """002037 (P19)."""
    account.run(
        "create table gone (a int)",
        "create view of_gone as select a from gone",
        "drop table gone",
        role="accountadmin",
        **WHERE,
    )
    error = error_of(account, "select * from of_gone")
    assert (error.errno, error.sqlstate) == (2037, "42601")
    assert text_of(error).startswith("SQL compilation error: Failure during expansion of view 'OF_GONE':")


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        ("select * from seen", "table 'SEEN'. {} must have SELECT granted on TABLE ERRORS_DB.S.SEEN."),
        ("insert into seen values (1)", "table 'SEEN'. {} must have INSERT granted on TABLE ERRORS_DB.S.SEEN."),
        ("select * from v", "view 'V'. {} must have SELECT granted on TABLE ERRORS_DB.S.V."),
        ("drop table seen", "table 'SEEN'. {} must have OWNERSHIP granted on TABLE ERRORS_DB.S.SEEN."),
        (
            "alter table seen add column a int",
            "table 'SEEN'. {} must have OWNERSHIP granted on TABLE ERRORS_DB.S.SEEN.",
        ),
    ],
)
@pytest.mark.parametrize("secondary", ["none", "errors_stranger"])
def test_insufficient_privileges_name_what_is_missing(account: Any, sql: str, text: str, secondary: str) -> None:
    """E1, E4, E5: the bare name, the kind as it is; then TABLE for all relations and the full name."""
    account.run("grant role errors_stranger to user admin", role="accountadmin")
    who = "Your primary role ERRORS_READER" + ("" if secondary == "none" else " or one of your secondary roles")
    error = error_of(account, sql, "errors_reader", secondary=secondary)
    account.run("revoke role errors_stranger from user admin", role="accountadmin")
    assert (error.errno, error.sqlstate) == (3001, "42501")
    assert text_of(error) == f"SQL access control error: Insufficient privileges to operate on {text.format(who)}"


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        ("create table x (a int)", "schema 'S'. {} must have CREATE TABLE granted on SCHEMA ERRORS_DB.S."),
        ("create schema x", "database 'ERRORS_DB'. {} must have CREATE SCHEMA granted on DATABASE ERRORS_DB."),
        ("create role x", "account 'LOCAL'. {} must have CREATE ROLE granted on ACCOUNT LOCAL."),
    ],
)
def test_create_is_a_matter_of_the_primary_role(account: Any, sql: str, text: str) -> None:
    """E1, R22."""
    error = error_of(account, sql, "errors_reader", secondary="all")
    who = "Your primary role ERRORS_READER"
    assert text_of(error) == f"SQL access control error: Insufficient privileges to operate on {text.format(who)}"


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        ("select * from t", "at least one privilege granted on TABLE ERRORS_DB.S.T."),
        ("select * from errors_db.hidden.v", "at least one privilege granted on TABLE ERRORS_DB.HIDDEN.V."),
        ("describe masking policy errors_db.hidden.p", "at least one privilege granted on POLICY ERRORS_DB.HIDDEN.P."),
        ("describe user errors_user", "USAGE granted on ACCOUNT LOCAL."),
        ("create table hidden.x (a int)", "USAGE or any other privilege granted on SCHEMA ERRORS_DB.HIDDEN."),
    ],
)
def test_what_does_not_exist_names_what_would_show_it(account: Any, sql: str, text: str) -> None:
    """E2."""
    error = error_of(account, sql, "errors_reader")
    assert error.errno == 2003
    assert text_of(error).endswith(
        f"does not exist or not authorized. Your primary role ERRORS_READER must have {text}"
    )


# {} is an object that the role may not see, then one that does not exist
INVISIBLE = [
    ("select * from {}", "hidden.t"),
    ("select * from {}", "t"),
    ("select (select max(id) from {})", "t"),
    ("insert into {} values (1)", "t"),
    ("update {} set id = 1", "t"),
    ("delete from {}", "t"),
    ("merge into {} a using (select 1 as id) b on a.id = b.id when matched then delete", "t"),
    ("with a as (select * from {}) select 1", "t"),
    ("truncate table {}", "t"),
    ("drop table {}", "t"),
    ("drop view {}", "hidden.v"),
    ("drop schema {}", "hidden"),
    ("drop tag {}", "hidden.g"),
    ("drop masking policy {}", "hidden.p"),
    ("alter table {} add column a int", "t"),
    ("alter table {} rename to x", "t"),
    ("alter table {} set tag pii = 'name'", "t"),
    ("alter table {} modify column id unset masking policy", "t"),
    ("alter table seen modify column id set masking policy {}", "hidden.p"),
    ("alter tag {} set comment = 'x'", "hidden.g"),
    ("alter masking policy {} set body -> v", "hidden.p"),
    ("alter schema {} set comment = 'x'", "hidden"),
    ("comment on table {} is 'x'", "t"),
    ("comment on column {}.id is 'x'", "t"),
    ("describe table {}", "t"),
    ("describe view {}", "hidden.v"),
    ("describe schema {}", "hidden"),
    ("describe user {}", "errors_user"),
    ("describe masking policy {}", "hidden.p"),
    ("grant select on table {} to role public", "t"),
    ("grant usage on schema {} to role public", "hidden"),
    ("grant ownership on table {} to role public", "t"),
    ("revoke select on table {} from role public", "t"),
    ("show grants on table {}", "t"),
    ("show tables in schema {}", "hidden"),
    ("show columns in table {}", "t"),
    ("show future grants in schema {}", "hidden"),
    ("use schema {}", "hidden"),
    ("select get_ddl('table', '{}')", "t"),
    ("select get_ddl('tag', '{}')", "hidden.g"),
    ("select system$get_tag('{}', 'seen', 'table')", "hidden.g"),
    ("select system$get_tag('pii', '{}', 'table')", "t"),
    ("select * from table(information_schema.tag_references('{}', 'table'))", "t"),
    ("select * from table(information_schema.policy_references(policy_name => '{}'))", "hidden.p"),
]


@pytest.mark.parametrize(("sql", "name"), INVISIBLE)
def test_unknown_and_forbidden_are_told_apart_by_nothing(account: Any, sql: str, name: str) -> None:
    """P27: code, SQLSTATE and the whole text are the same but for the name, byte by byte."""
    *home, last = name.split(".")
    unknown = ".".join((*home, "Q" * len(last)))
    hidden, missing = (error_of(account, sql.format(n), "errors_reader") for n in (name, unknown))
    assert (hidden.errno, hidden.sqlstate) == (missing.errno, missing.sqlstate)
    same = re.sub(rf"\b{last}\b", "Q" * len(last), str(hidden), flags=re.IGNORECASE)
    assert same == str(missing)
    assert "Insufficient" not in str(missing)


SECURE = (
    "create schema if not exists sec",
    "use schema sec",
    "create table looked_up (a varchar)",
    "create masking policy failing as (v string) returns string ->"
    " case when is_role_in_session('ACCOUNTADMIN') then v else to_varchar(v::number) end",
    "create masking policy looking as (v string) returns string ->"
    " case when exists (select 1 from looked_up where a = v) then v else '**' end",
    "create table failing_t (a varchar with masking policy failing, b varchar) as select 'top secret' as a, 'plain' as b",
    "create table looking_t (a varchar with masking policy looking)",
    "create table hidden_rows as select 'top secret' as a, 1 as visible",
    "create secure view secure_v as select a, a::number as n from hidden_rows where visible = 1",
    "create secure view of_nothing as select a from looked_up",
    "create view plain_v as select a::number as n from hidden_rows",
    "drop table looked_up",
    "grant usage on schema sec to role errors_reader",
    "grant select on all tables in schema sec to role errors_reader",
    "grant select on all views in schema sec to role errors_reader",
)


@pytest.fixture(scope="module")
def secured(account: Any) -> Any:
    account.run(*SECURE, role="accountadmin", **WHERE)
    return account


@pytest.mark.parametrize(
    ("sql", "code", "state"),
    [
        ("select a from sec.failing_t", 100035, None),
        ("create temporary table x as select a from sec.failing_t", 100035, None),
        ("select n from sec.secure_v", 100035, None),
        ("select a::number from sec.secure_v", 100035, None),
        ("select a from sec.looking_t", 2003, "42S02"),
        ("select a from sec.of_nothing", 2003, "42S02"),
    ],
)
def test_errors_inside_policies_and_secure_views_are_redacted(secured: Any, sql: str, code: int, state: str) -> None:
    """E17, M58: the same code and SQLSTATE, and no other word; a value in it would be a clear one."""
    error = error_of(secured, sql, "errors_reader")
    assert text_of(error) == "Error in secure object"
    if state:
        assert (error.errno, error.sqlstate) == (code, state)


def test_owners_and_readers_of_plain_objects_are_told(secured: Any) -> None:
    """E17 is about those who do not own the object; a policy that cannot fail redacts nothing."""
    assert "LOOKED_UP" in text_of(error_of(secured, "select a from sec.looking_t"))
    assert "LOOKED_UP" in text_of(error_of(secured, "select a from sec.of_nothing"))
    assert "top secret" in text_of(error_of(secured, "select n from sec.secure_v"))
    assert "top secret" in text_of(error_of(secured, "select n from sec.plain_v", "errors_reader"))
    assert secured.run("select b from sec.failing_t", role="errors_reader", **WHERE) == [("plain",)]
