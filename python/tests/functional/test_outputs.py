"""GET_DDL, results read again, and the pipe operator, through the real connector (section 7)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from snowflake.connector.errors import DatabaseError

DB = "OUTPUTS_DB"
WHERE = {"warehouse": "compute_wh", "database": DB, "schema": "s"}
SETUP = (
    f"create database {DB}",
    f"create schema {DB}.s with managed access comment = 'the schema'",
    "create masking policy mask as (val string, id number) returns string -> case when id = 1 then val else '**' end"
    " comment = 'it''s a mask'",
    "create masking policy plain as (v number(12,2)) returns number(12,2) -> 0",
    "create tag pii allowed_values 'name', 'e-mail' comment = 'personal'",
    "create tag area",
    "create transient table t (id number not null, name varchar(20) with masking policy mask using (name, id)"
    " with tag (pii = 'name', area = 'x') comment 'who it''s', amount number(12,2) with masking policy plain)"
    " with tag (area = 'sales') comment = 'the table'",
    "create view v as select id, name as full_name from t",
    "create secure view sv (id) comment = 'hidden' as select id from t",
    "alter schema s set tag area = 'all'",
    "create role outputs_reader",
    f"grant usage on database {DB} to role outputs_reader",
    "grant usage on schema s to role outputs_reader",
    "grant select on table t to role outputs_reader",
    "grant select on view sv to role outputs_reader",
    "grant usage on warehouse compute_wh to role outputs_reader",
    "grant role outputs_reader to role sysadmin",
)


@pytest.fixture(scope="module")
def account(local_snowflake: Any) -> Iterator[Any]:
    local_snowflake.run(*SETUP, role="accountadmin", warehouse="compute_wh")
    yield local_snowflake
    local_snowflake.run(f"drop database {DB}", "drop role outputs_reader", role="accountadmin")


def ask(account: Any, *statements: str, role: str = "accountadmin") -> list[tuple[Any, ...]]:
    return account.run(*statements, role=role, **WHERE)


def ddl(account: Any, arguments: str, role: str = "accountadmin") -> str:
    return str(ask(account, f"select get_ddl({arguments})", role=role)[0][0])


def refused(account: Any, sql: str, role: str = "accountadmin") -> str:
    with pytest.raises(DatabaseError) as error:
        ask(account, sql, role=role)
    return str(error.value).replace(str(error.value.sfqid), "<id>")


TABLE = (
    "create or replace TRANSIENT TABLE T (\n"
    "\tID NUMBER(38,0) NOT NULL,\n"
    "\tNAME VARCHAR(20) WITH MASKING POLICY OUTPUTS_DB.S.MASK USING (NAME, ID)"
    " WITH TAG (OUTPUTS_DB.S.AREA='x', OUTPUTS_DB.S.PII='name') COMMENT 'who it''s',\n"
    "\tAMOUNT NUMBER(12,2) WITH MASKING POLICY OUTPUTS_DB.S.PLAIN\n"
    ") WITH TAG (OUTPUTS_DB.S.AREA='sales') COMMENT='the table';"
)


def test_ddl_of_a_table_has_its_policies_and_tags(account: Any) -> None:
    """S28, S28a: keyword WITH, tags in alphabetical order."""
    assert ddl(account, "'table', 't'") == TABLE
    assert ddl(account, "'TABLE', 'outputs_db.s.t', true") == TABLE.replace("TABLE T ", "TABLE OUTPUTS_DB.S.T ")


def test_ddl_hides_policies_and_tags_from_who_may_not_apply_them(account: Any) -> None:
    """S28b; running that text again fails."""
    shown = ddl(account, "'table', 't'", role="outputs_reader")
    assert "WITH MASKING POLICY #UNKNOWN_POLICY USING (NAME, ID)" in shown
    assert shown.count("#UNKNOWN_TAG='#UNKNOWN_VALUE'") == 3
    assert not any(secret in shown for secret in ("MASK ", "PLAIN", "PII", "AREA", "sales"))
    assert "syntax error" in refused(account, shown.replace("TABLE T ", "TABLE again "))


@pytest.mark.parametrize(
    "arguments", ["'table', 't'", "'policy', 'mask'", "'tag', 'pii'", "'view', 'v'", "'view', 'sv'"]
)
def test_ddl_makes_the_same_object_again(account: Any, arguments: str) -> None:
    """S28c: the text, run in another schema, gives the same text; a view's names mean that schema there (I13)."""
    first = ddl(account, arguments)
    schema = f"{DB}.again"
    again = [f"create or replace schema {schema}", f"use schema {schema}", ddl(account, "'table', 't'")]
    again += [first, f"select get_ddl({arguments})"]
    assert ask(account, *again)[0][0] == first


def test_ddl_of_views(account: Any) -> None:
    """S28c: lower-case head, a column list, SECURE where set; VIEW and TABLE are interchangeable (S28)."""
    shown = ddl(account, "'view', 'v'")
    assert shown.startswith("create or replace view V (\n\tID,\n\tFULL_NAME\n) as SELECT")
    assert ddl(account, "'table', 'v'") == shown
    assert ddl(account, "'view', 'sv'").startswith("create or replace secure view SV (\n\tID\n) COMMENT='hidden' as ")


def test_ddl_of_a_secure_view_is_its_owners_only(account: Any) -> None:
    """S19."""
    assert "003001 (42501)" in refused(account, "select get_ddl('view', 'sv')", role="outputs_reader")
    assert "sv" not in ddl(account, f"'schema', '{DB}.s'", role="outputs_reader").lower().split()


def test_ddl_of_policies_and_tags(account: Any) -> None:
    """S28, T8, M4b: unsized text has no size; EXEMPT_OTHER_POLICIES only when TRUE (M31)."""
    assert ddl(account, "'policy', 'mask'") == (
        "create or replace masking policy MASK as\n(VAL VARCHAR, ID NUMBER(38,0))\nreturns VARCHAR ->\n"
        "case when id = 1 then val else '**' end\nCOMMENT='it''s a mask'\n;"
    )
    assert (
        ddl(account, "'tag', 'pii'") == "create or replace tag PII ALLOWED_VALUES 'name', 'e-mail' COMMENT='personal';"
    )


def test_ddl_of_containers(account: Any) -> None:
    """S28a: the tags of a schema follow as ALTER SCHEMA; then what the role sees in it, oldest first."""
    shown = ddl(account, f"'schema', '{DB}.s'").split("\n\n")
    assert shown[:2] == [
        "create or replace schema S WITH MANAGED ACCESS COMMENT='the schema';",
        "alter SCHEMA S set tag OUTPUTS_DB.S.AREA='all';",
    ]
    assert [text.split("\n")[0].split(" (")[0] for text in shown[2:]] == [
        "create or replace masking policy MASK as",
        "create or replace masking policy PLAIN as",
        "create or replace tag PII ALLOWED_VALUES 'name', 'e-mail' COMMENT='personal';",
        "create or replace tag AREA;",
        "create or replace TRANSIENT TABLE T",
        "create or replace view V",
        "create or replace secure view SV",
    ]
    assert "create or replace TRANSIENT TABLE OUTPUTS_DB.S.T (" in ddl(account, f"'database', '{DB}'")


def test_ddl_of_what_cannot_be_seen_or_is_not_known(account: Any) -> None:
    """P25, P27."""
    hidden = refused(account, "select get_ddl('policy', 'mask')", role="outputs_reader")
    missing = refused(account, "select get_ddl('policy', 'nope')", role="outputs_reader")
    assert hidden == missing.replace("NOPE", "MASK")
    assert "GET_DDL of PROCEDURE" in refused(account, "select get_ddl('PROCEDURE', 'p()')")


def test_last_query_id_counts_from_both_ends(account: Any) -> None:
    """The last statement is -1, the first of the session 1."""
    connection = account.connect("accountadmin", **WHERE)
    cursor = connection.cursor()
    first = cursor.execute("select 'a' as x").sfqid
    second = cursor.execute("select 'b' as x").sfqid
    row = cursor.execute("select last_query_id(), last_query_id(-2), last_query_id(2), last_query_id(99)").fetchone()
    assert row == (second, first, first, None)
    assert cursor.execute("select x from table(result_scan(last_query_id(-3)))").fetchall() == [("a",)]
    connection.close()


def test_pipe_reads_the_steps_before(account: Any) -> None:
    """Section 7: `SHOW … ->> SELECT "name" FROM $1`."""
    show = f"show tables in schema {DB}.s"
    assert ask(account, f'{show} ->> select "name" from $1') == [("T",)]
    assert ask(account, f'{show} ->> select "name" as n from $1 ->> select t.n, s."kind" from $1 t, $2 s') == [
        ("T", "TRANSIENT")
    ]
    assert ask(account, "select '->>' as arrow ->> select arrow from $1") == [("->>",)]


def test_pipe_cannot_reach_other_results(account: Any) -> None:
    assert "$2" in refused(account, "select 1 as a ->> select * from $2")
    assert "$1" in refused(account, "select * from $1")
    assert "both sides" in refused(account, "select 1 ->> ")


def test_a_pipe_stops_at_the_first_step_that_is_refused(account: Any) -> None:
    refusal = refused(account, f"select * from {DB}.s.nope ->> create table {DB}.s.never (a int)")
    assert "NOPE" in refusal
    assert ask(account, f"show tables like 'never' in schema {DB}.s") == []


def test_ddl_of_a_dynamic_table(account: Any) -> None:
    """S28: with its lag and warehouse."""
    create = "create or replace dynamic table dt target_lag = '1 hour' warehouse = compute_wh as select id from t"
    ask(account, create)
    shown = ddl(account, "'dynamic_table', 'dt'")
    assert shown.startswith("create or replace dynamic table DT (\n\tID\n) target_lag = '1 hour'")
    assert " warehouse = COMPUTE_WH " in shown and shown.endswith(";")
    assert ask(account, shown, "select get_ddl('dynamic_table', 'dt')")[0][0] == shown
    ask(account, "drop dynamic table dt")


def test_ddl_of_row_access_policies(account: Any) -> None:
    """S28, S28a, S28b: the policy, and the table that has it."""
    ask(
        account,
        "create row access policy rows_of as (n varchar) returns boolean -> n = 'x' comment = 'rows'",
        "create table with_rows (a varchar, b int) with row access policy rows_of on (a)",
    )
    text = ddl(account, "'policy', 'rows_of'")
    assert text.startswith("create or replace row access policy ROWS_OF as")
    table = ddl(account, "'table', 'with_rows'")
    assert "WITH ROW ACCESS POLICY OUTPUTS_DB.S.ROWS_OF ON (A)" in table
    assert ask(account, "drop table with_rows", table, "select get_ddl('table', 'with_rows')")[0][0] == table
    ask(account, "drop table with_rows", text)
    assert ddl(account, "'policy', 'rows_of'") == text
    ask(account, "drop row access policy rows_of")
