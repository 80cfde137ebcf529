"""Row access policies: creating, changing and dropping them; what is not done."""

from __future__ import annotations

from typing import Any

import pytest
from snowflake.connector.errors import DatabaseError

from tests.functional.row_access.ground import DB, refused, run

# -- creating, changing and dropping policies ------------------------------------------------------------


@pytest.mark.parametrize(
    ("sql", "errno", "text"),
    [
        (
            "as (r varchar) returns varchar -> 'x'",
            3551,
            "Row access policy return type 'VARCHAR(134217728)' is not BOOLEAN.",
        ),
        (
            "as (r varchar) returns boolean -> 1",
            90207,
            "Declared return type 'BOOLEAN' is incompatible with actual return type 'NUMBER(1,0)'",
        ),
        ("as (r varchar) returns boolean -> nosuch = 1", 904, "invalid identifier 'NOSUCH'"),
        ("as () returns boolean -> true", 1003, "unexpected ')'"),
        ("as (r varchar) returns boolean -> true exempt_other_policies = true", 1003, "syntax error"),
    ],
)
def test_a_body_is_compiled(account: Any, sql: str, errno: int, text: str) -> None:
    """A1, A2, M3."""
    refused(account, "rows_owner", f"create row access policy wrong {sql}", errno, text)
    assert run(account, "rows_owner", "show row access policies like 'wrong'") == []


def test_create_takes_the_privilege_on_the_schema(account: Any) -> None:
    """A18."""
    sql = "create row access policy nope as (r varchar) returns boolean -> true"
    refused(account, "rows_eu", sql, 3001, "CREATE ROW ACCESS POLICY granted on SCHEMA")


def test_alter_row_access_policy(account: Any) -> None:
    """A16: the next query sees the new body; a name and a comment change; the attachment follows the name."""
    run(account, "rows_owner", "create row access policy p1 as (n number) returns boolean -> n = 1")
    run(account, "rows_owner", "create or replace table t1 (n number) row access policy p1 on (n)")
    run(account, "rows_owner", "insert into t1 values (1), (2)")
    assert run(account, "rows_owner", "select * from t1") == [(1,)]
    run(account, "rows_owner", "alter row access policy p1 set body -> n = 2")
    assert run(account, "rows_owner", "select * from t1") == [(2,)]
    refused(account, "rows_owner", "alter row access policy p1 set body -> 'x'", 90207)
    refused(account, "rows_us", "alter row access policy p1 set body -> true", 2003)
    run(account, "rows_owner", "alter row access policy p1 rename to p2")
    run(account, "rows_owner", "alter row access policy p2 set comment = 'why'")
    run(account, "rows_owner", "comment on row access policy p2 is 'because'")
    assert run(account, "rows_owner", "select * from t1") == [(2,)]
    refused(account, "rows_owner", "drop row access policy p2", 3531, "Policy P2 cannot be dropped/replaced")
    replacing = "create or replace row access policy p2 as (n number) returns boolean -> true"
    refused(account, "rows_owner", replacing, 3531)
    run(account, "rows_owner", "drop table t1", "drop row access policy p2")
    run(account, "rows_owner", "drop row access policy if exists p2")
    refused(account, "rows_owner", "drop row access policy p2", 2003, "Row access policy 'ROWS_DB.S.P2' does not exist")
    refused(account, "rows_owner", "undrop row access policy p2", 2)


def test_policies_share_one_namespace(account: Any) -> None:
    """I17."""
    wrong = "Object found is of type 'ROW_ACCESS_POLICY', not specified type 'MASKING_POLICY'"
    refused(account, "rows_owner", "alter table sales modify column secret set masking policy by_role", 1008, wrong)
    refused(account, "rows_owner", "drop masking policy by_role", 1008, wrong)
    refused(account, "rows_owner", "alter masking policy by_role set comment = 'x'", 1008, wrong)
    sql = "create masking policy by_role as (v varchar) returns varchar -> v"
    refused(account, "rows_owner", sql, 2002)
    refused(account, "rows_owner", sql.replace("create", "create or replace"), 2002)
    refused(account, "rows_owner", "create row access policy mask as (v varchar) returns boolean -> true", 2002)
    refused(account, "rows_owner", "alter table sales add row access policy mask on (region)", 1008, "'MASKING_POLICY'")


def test_who_drops_a_policy(account: Any) -> None:
    """A18: its owner, or the owner of the schema."""
    create = "create row access policy {} as (n number) returns boolean -> true"
    run(account, "rows_mapper", create.format("theirs"))
    refused(account, "rows_eu", "drop row access policy theirs", 2003)
    run(account, "sysadmin", f"drop row access policy {DB}.s.theirs")
    run(account, "rows_mapper", create.format("mine"), "drop row access policy mine")


def test_a_container_with_a_policy_that_protects_stays(account: Any) -> None:
    """M12 for row access policies."""
    run(account, "sysadmin", f"create schema {DB}.gov", f"grant usage on schema {DB}.gov to role rows_owner")
    run(account, "sysadmin", f"create row access policy {DB}.gov.p as (n number) returns boolean -> true")
    run(account, "securityadmin", f"grant apply on row access policy {DB}.gov.p to role rows_owner")
    run(account, "rows_owner", f"create or replace table held (n number) row access policy {DB}.gov.p on (n)")
    refused(account, "sysadmin", f"drop schema {DB}.gov", 3531, "protects objects outside of it")
    run(account, "rows_owner", "drop table held")
    run(account, "sysadmin", f"drop schema {DB}.gov")


# -- what is not done ------------------------------------------------------------------------------------


@pytest.mark.parametrize("sql", ["explain select * from sales", "select * from sales at (offset => -60)"])
def test_neither_explain_nor_time_travel(account: Any, sql: str) -> None:
    """A19, A20: both could show what a policy hides."""
    with pytest.raises(DatabaseError) as error:
        run(account, "rows_owner", sql)
    assert error.value.errno in (2, 1003), error.value


REFUSED = [
    *(f"create {kind} policy x as () returns {kind}_constraint -> null" for kind in ("privacy", "join")),
    *(f"create or replace {kind} policy x as () returns {kind}_constraint -> null" for kind in ("privacy", "join")),
    *(f"{verb} {kind} policy x" for verb in ("drop", "describe") for kind in ("privacy", "join")),
    *(f"alter {kind} policy x set comment = 'y'" for kind in ("privacy", "join")),
    "alter table plain set join policy x",
    "alter table plain set join policy x allowed join keys (id)",
    "alter table plain unset join policy",
    "create table refused1 (id number) with join policy x",
    "create view refused1 with join policy x as select 1 as id",
    "grant apply on join policy x to role rows_us",
    "show join policies",
    "create or alter row access policy x as (n number) returns boolean -> true",
    "alter tag nosuch set row access policy by_role",
    "execute using policy_context(current_account => 'X') as select * from sales",
    "execute using policy_context(current_role => 'ROWS_EU') as delete from sales",
]


@pytest.mark.parametrize("sql", REFUSED)
def test_what_is_not_done_is_refused_by_name(account: Any, plain: str, sql: str) -> None:
    """A21-A28, A17, M39, M66: fail closed, and say what."""
    with pytest.raises(DatabaseError) as error:
        run(account, "rows_owner", sql)
    assert error.value.errno in (2, 1003), error.value
    kind = next(
        k for k in ("PRIVACY", "JOIN", "ROW ACCESS", "POLICY_CONTEXT") if k in sql.upper().replace("_CONSTRAINT", "")
    )
    assert kind in str(error.value).upper()
    assert run(account, "rows_owner", "show tables like 'refused1'") == []
    assert run(account, "rows_owner", "show views like 'refused1'") == []
