"""Row access policies: attaching them, and policies of several kinds together."""

from __future__ import annotations

from typing import Any

import pytest

from tests.functional.row_access.ground import DB, policies_of, refused, run

# -- attaching -------------------------------------------------------------------------------------------


CHECKS = [
    ("nosuch on (x, y, masked)", 2003, "Row access policy 'ROWS_DB.S.NOSUCH' does not exist or not authorized."),
    ("everybody on (x, masked)", 904, "invalid identifier 'X'"),
    (
        "everybody on (masked, id)",
        1008,
        "for attaching policy 'EVERYBODY' to 'PLAIN', expected 1 arguments, got 2 arguments.",
    ),
    (
        "everybody on (masked)",
        1008,
        "Column 'MASKED' cannot be used as policy argument because it is masked by another policy.",
    ),
    ("two on (f, masked)", 1008, "Column 'MASKED' cannot be used as policy argument"),
    (
        "everybody on (id)",
        1008,
        "Column 'ID' data type 'NUMBER(38,0)' does not match with Row access policy data type 'VARCHAR(134217728)'.",
    ),
    (
        "two on (f, s)",
        1008,
        "Column 'F' data type 'FLOAT' does not match with Row access policy data type 'NUMBER(38,0)'.",
    ),
]


@pytest.mark.parametrize("check", CHECKS, ids=[c[0] for c in CHECKS])
def test_checks_of_add_come_in_order(account: Any, plain: str, check: tuple[str, int, str]) -> None:
    """A5, A6, A8, A9: each fault stands together with later ones."""
    sql, errno, text = check
    refused(account, "rows_owner", f"alter table {plain} add row access policy {sql}", errno, text)
    run(account, "rows_owner", f"alter table {plain} add row access policy everybody on (s)")
    refused(account, "rows_owner", f"alter table {plain} add row access policy {sql}", errno, text)


def test_one_policy_per_table(account: Any, plain: str) -> None:
    """A7: also of the same policy; A8: DROP of another one; A3: DROP ALL twice, and the swap."""
    add = f"alter table {plain} add row access policy everybody on (s)"
    run(account, "rows_owner", add)
    text = "Object PLAIN already has a ROW_ACCESS_POLICY. Only one ROW_ACCESS_POLICY is allowed at a time."
    refused(account, "rows_owner", add, 3549, text)
    refused(account, "rows_owner", add.replace("everybody", "by_role"), 3549, text)
    drop = f"alter table {plain} drop row access policy by_role"
    refused(account, "rows_owner", drop, 1008, "Policy BY_ROLE is not attached to TABLE PLAIN.")
    swap = f"alter table {plain} drop row access policy everybody, add row access policy by_role on (s)"
    run(account, "rows_owner", swap)
    assert [r[0] for r in policies_of(account, "rows_owner", f"{DB}.s.plain")] == ["BY_ROLE"]
    refused(account, "rows_owner", swap, 1008, "Policy EVERYBODY is not attached")
    failing = f"alter table {plain} drop row access policy by_role, add row access policy everybody on (id)"
    refused(account, "rows_owner", failing, 1008)
    assert [r[0] for r in policies_of(account, "rows_owner", f"{DB}.s.plain")] == ["BY_ROLE"]
    for _ in range(2):
        run(account, "rows_owner", f"alter table {plain} drop all row access policies")
    assert policies_of(account, "rows_owner", f"{DB}.s.plain") == []


def test_arguments_bind_by_position(account: Any) -> None:
    """A5: two columns, whose names are the arguments' in the other order."""
    policy = "create or replace row access policy pos as (a number, b number) returns boolean -> a < b"
    table = "create or replace table pos_t (a number, b number, row_id number) row access policy pos on (b, a)"
    run(account, "rows_owner", policy, table, "insert into pos_t values (1, 2, 0), (2, 1, 1)")
    assert run(account, "rows_owner", "select a, b from pos_t") == [(2, 1)]


@pytest.mark.parametrize("with_", ["", "with "])
def test_inline_policies(account: Any, with_: str) -> None:
    """A4: table, CTAS and view; A8: an unknown column in CREATE has a text of its own."""
    clause = f"{with_}row access policy by_role on (region)"
    rows = "select 'eu' as region, 1 as n union all select 'us', 2"
    run(account, "rows_owner", f"create or replace table in_t (region varchar, n number) {clause}")
    run(account, "rows_owner", f"create or replace table in_c {clause} as {rows}")
    run(account, "rows_owner", "create or replace table in_base as " + rows)
    run(account, "rows_owner", f"create or replace view in_v {clause} as select * from in_base")
    for kind, name in (("table", "in_t"), ("table", "in_c"), ("view", "in_v")):
        found = policies_of(account, "rows_owner", f"{DB}.s.{name}", kind)
        assert found == [("BY_ROLE", "ROW_ACCESS_POLICY", kind.upper(), None, '[ "REGION" ]')]
        run(account, "rows_owner", f"grant select on {kind} {name} to role rows_eu")
    assert run(account, "rows_eu", "select n from in_c") == [(1,)]
    assert run(account, "rows_eu", "select n from in_v") == [(1,)]
    sql = "create or replace table in_t (region varchar) row access policy by_role on (x)"
    refused(account, "rows_owner", sql, 904, "column 'X' does not exist")
    temporary = f"create temporary table in_tmp {clause} as {rows}"
    assert run(account, "rows_owner", temporary, "select n from in_tmp") == []
    refused(account, "rows_owner", f"create table in_x clone sales {clause}", 2)


def test_who_may_attach(account: Any, plain: str) -> None:
    """A18: APPLY on the account; or APPLY on the policy with OWNERSHIP of the object, not one of the two."""
    add = f"alter table {plain} add row access policy everybody on (s)"
    drop = f"alter table {plain} drop row access policy everybody"
    run(account, "rows_owner", f"grant select on table {plain} to role rows_eu")
    refused(account, "rows_eu", add, 2003, "Row access policy 'ROWS_DB.S.EVERYBODY' does not exist")
    run(account, "rows_owner", "grant apply on row access policy everybody to role rows_eu")
    refused(account, "rows_eu", add, 3001, "OWNERSHIP")
    run(account, "rows_owner", "revoke apply on row access policy everybody from role rows_eu")
    run(account, "rows_steward", add)
    run(account, "rows_steward", drop)
    run(account, "rows_steward", add, f"alter table {plain} drop all row access policies")
    run(account, "rows_mapper", "create or replace row access policy theirs as (r varchar) returns boolean -> true")
    refused(account, "rows_owner", add.replace("everybody", "theirs"), 2003)
    run(account, "rows_steward", add.replace("everybody", "theirs"))
    refused(account, "rows_owner", f"alter table {plain} drop all row access policies", 3001, "APPLY")
    run(account, "rows_steward", f"alter table {plain} drop row access policy theirs")
    run(account, "rows_mapper", "drop row access policy theirs")


def test_the_policy_follows_its_table(account: Any, fresh: str) -> None:
    """Table 3.6: RENAME, SWAP, RENAME COLUMN keep it; OR REPLACE and DROP lose it; an argument is not dropped (M57)."""

    def seen(table: str) -> int:
        return int(run(account, "rows_owner", f"select count(*) from {table}")[0][0])

    run(account, "rows_owner", f"alter table {fresh} rename column region to area")
    assert run(account, "rows_eu", f"select area from {fresh} limit 1") == [("eu",)]
    refused(account, "rows_owner", f"alter table {fresh} drop column area", 1008, "argument of the row access policy")
    run(account, "rows_owner", f"alter table {fresh} rename to fresh2")
    assert seen("fresh2") == 0
    run(account, "rows_owner", "create or replace table other as select 1 as id, 'x' as area")
    run(account, "rows_owner", "alter table fresh2 swap with other")
    assert (seen("other"), seen("fresh2")) == (0, 1)
    run(account, "rows_owner", "create or replace table other as select 1 as id, 'us' as region")
    assert seen("other") == 1
    run(account, "rows_owner", "create or replace table fresh2 clone sales", "drop table fresh2")
    run(account, "rows_owner", "create table fresh2 as select 1 as id", "alter table fresh2 rename to fresh")
    assert seen("fresh") == 1


# -- policies together -----------------------------------------------------------------------------------


def test_a_column_is_an_argument_or_masked(account: Any, plain: str) -> None:
    """A9, M28: the reverse order, direct and as a condition; EXEMPT_OTHER_POLICIES lifts it."""
    text = "Column 'S' cannot be used as policy argument because it is masked by another policy."
    run(account, "rows_owner", f"alter table {plain} add row access policy everybody on (s)")
    refused(account, "rows_owner", f"alter table {plain} modify column s set masking policy mask", 1008, text)
    run(account, "rows_owner", "create or replace masking policy cond as (v float, c varchar) returns float -> v")
    using = f"alter table {plain} modify column f set masking policy cond using (f, s)"
    refused(account, "rows_owner", using, 1008, text)
    run(account, "rows_owner", f"alter table {plain} modify column s set masking policy mask_exempt")


def test_an_exempt_mask_belongs_below_the_row_policys_owner(account: Any, plain: str) -> None:
    """M31."""
    run(
        account,
        "rows_mapper",
        "create or replace masking policy far as (v varchar) returns varchar -> v exempt_other_policies = true",
    )
    run(account, "rows_owner", f"alter table {plain} add row access policy everybody on (s)")
    run(account, "securityadmin", f"grant apply on masking policy {DB}.s.far to role rows_owner")
    sql = f"alter table {plain} modify column s set masking policy far"
    refused(account, "rows_owner", sql, 1008, "below the owner")


def test_no_body_reads_a_protected_table(account: Any, plain: str) -> None:
    """A10, M29, M7: neither another row-protected or masked table, nor the table that it protects."""
    body = "exists (select 1 from {} m where m.{} = v)"
    for name, table, column in (("r1", "sales", "region"), ("r2", "plain", "masked"), ("r3", "plain", "s")):
        reads = body.format(table, column)
        run(
            account,
            "rows_owner",
            f"create or replace row access policy {name} as (v varchar) returns boolean -> {reads}",
        )
    add = f"alter table {plain} add row access policy"
    refused(account, "rows_owner", f"{add} r1 on (s)", 1008, "protected by a row access policy")
    refused(account, "rows_owner", f"{add} r2 on (s)", 1008, "cannot be attached")
    refused(account, "rows_owner", f"{add} r3 on (s)", 1008, "protected by the policy itself")
    mask = "create or replace masking policy m1 as (v varchar) returns varchar -> case when "
    run(account, "rows_owner", mask + body.format("sales", "region") + " then v end")
    set_ = f"alter table {plain} modify column s set masking policy m1"
    refused(account, "rows_owner", set_, 1008, "protected by a row access policy")
    run(account, "rows_owner", mask.replace("m1", "m2") + "true then v end")
    run(account, "rows_owner", f"alter table {plain} modify column s set masking policy m2")
    change = "alter masking policy m2 set body -> case when " + body.format("sales", "region") + " then v end"
    refused(account, "rows_owner", change, 1008, "protected by a row access policy")
