"""Row access policies, through the real connector: who sees and who changes which rows.

Each test names the facts it checks.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from snowflake.connector.errors import DatabaseError

DB = "ROWS_DB"
ROLES = ("rows_owner", "rows_eu", "rows_us", "rows_steward", "rows_mapper")
SETUP = f"""
use role useradmin
{"".join(f"create role {r};grant role {r} to role sysadmin;" for r in ROLES).replace(";", chr(10))}
use role sysadmin
create warehouse rows_wh
create database {DB}
create schema {DB}.s
create schema {DB}.work
use role securityadmin
{"".join(f"grant usage on warehouse rows_wh to role {r};grant usage on database {DB} to role {r};" for r in ROLES).replace(";", chr(10))}
{"".join(f"grant usage on schema {DB}.s to role {r};" for r in ROLES).replace(";", chr(10))}
{"".join(f"grant all on schema {DB}.work to role {r};" for r in ROLES).replace(";", chr(10))}
grant all on schema {DB}.s to role rows_owner
grant create row access policy on schema {DB}.s to role rows_mapper
grant create masking policy on schema {DB}.s to role rows_mapper
grant create table on schema {DB}.s to role rows_mapper
grant apply row access policy on account to role rows_steward
grant apply masking policy on account to role rows_owner
use role rows_mapper
use warehouse rows_wh
use schema {DB}.s
create table regions (role_name varchar, region varchar) as select * from values ('ROWS_EU', 'eu'), ('ROWS_US', 'us')
create row access policy by_map as (r varchar) returns boolean -> exists (select 1 from regions m where m.role_name = current_role() and m.region = r)
grant apply on row access policy by_map to role rows_owner
use role rows_owner
create row access policy by_role as (r varchar) returns boolean -> case when is_role_in_session('ROWS_EU') then r = 'eu' when is_role_in_session('ROWS_US') then r = 'us' end
create row access policy everybody as (r varchar) returns boolean -> true comment = 'all rows'
create row access policy two as (a number, b varchar) returns boolean -> a > 0 and b is not null
create masking policy mask as (val varchar) returns varchar -> case when is_role_in_session('ROWS_OWNER') then val else '****' end
create masking policy mask_exempt as (val varchar) returns varchar -> '****' exempt_other_policies = true
create table sales (id number(38,0), region varchar, secret varchar, amount number(12,2)) as select * from values (1, 'eu', 'one', 10), (2, 'eu', '2', 20), (3, 'us', 'three', 30), (4, null, 'four', 40)
alter table sales add row access policy by_role on (region)
create table mapped (id number(38,0), region varchar, secret varchar) as select * from values (1, 'eu', 'one'), (2, 'eu', '2'), (3, 'us', 'three')
alter table mapped add row access policy by_map on (region)
create view sales_v as select id, region, secret from sales
create secure view sales_sv as select count(*) as n from sales
grant select, insert, update, delete on table sales to role rows_eu
grant select, insert, update, delete on table sales to role rows_us
grant select, insert, update, delete on table mapped to role rows_eu
grant select on view sales_v to role rows_eu
grant select on view sales_sv to role rows_eu
"""


@pytest.fixture(scope="module")
def account(local_snowflake: Any) -> Iterator[Any]:
    connection = local_snowflake.connect("ACCOUNTADMIN")
    for statement in SETUP.strip().splitlines():
        if statement:
            connection.cursor().execute(statement)
    yield local_snowflake
    local_snowflake.run(f"drop database {DB}", "drop warehouse rows_wh", role="SYSADMIN")


def run(account: Any, role: str, *statements: str) -> list[tuple[Any, ...]]:
    return account.run(*statements, role=role, warehouse="rows_wh", database=DB, schema="s")


def refused(account: Any, role: str, sql: str, errno: int, text: str = "") -> str:
    with pytest.raises(DatabaseError) as error:
        run(account, role, sql)
    assert error.value.errno == errno, error.value
    assert text in str(error.value)
    return str(error.value)


@pytest.fixture
def fresh(account: Any) -> Iterator[str]:
    """A table of the owner's that a test may change, under by_role."""
    run(account, "rows_owner", "create or replace table fresh clone sales")
    for role in ("rows_eu", "rows_us"):
        run(account, "rows_owner", f"grant select, insert, update, delete on table fresh to role {role}")
    yield "fresh"
    run(account, "rows_owner", "drop table fresh")


def everything(account: Any, table: str, columns: str = "*") -> list[tuple[Any, ...]]:
    """All rows of a table, read while its policy is off."""
    copy = f"create or replace table everything clone {table}"
    return run(
        account,
        "rows_owner",
        copy,
        "alter table everything drop all row access policies",
        f"select {columns} from everything order by id, region",
    )


# -- reading -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "ids"),
    [("rows_eu", [1, 2]), ("rows_us", [3]), ("rows_owner", []), ("sysadmin", [1, 2])],
)
def test_rows_for_which_the_body_is_true_stay(account: Any, role: str, ids: list[int]) -> None:
    """A11 (FALSE and NULL go), A14 (the owner is filtered too): SYSADMIN inherits both roles, EU comes first."""
    run(account, "securityadmin", f"grant select on table {DB}.s.sales to role sysadmin")
    run(account, "securityadmin", "grant usage on warehouse rows_wh to role sysadmin")
    assert [row[0] for row in run(account, role, "select id from sales order by id")] == ids


POSITIONS = {
    "count": ("select count(*) from sales", [(2,)]),
    "where": ("select id from sales where region = 'us'", []),
    "join": ("select count(*) from sales a join sales b on true", [(4,)]),
    "outer join": (
        "select count(*) from (select 3 as id) x left join sales s on s.id = x.id where s.id is null",
        [(1,)],
    ),
    "subquery": ("select count(*) from (select 1) x where 3 in (select id from sales)", [(0,)]),
    "scalar subquery": ("select (select max(id) from sales)", [(2,)]),
    "correlated": (
        "select count(*) from (values (1), (3)) x(i) where exists (select 1 from sales s where s.id = x.i)",
        [(1,)],
    ),
    "cte": ("with s as (select * from sales) select sum(id) from s", [(3,)]),
    "union": ("select id from sales union select id from sales order by 1", [(1,), (2,)]),
    "window": ("select max(count(*)) over () from sales", [(2,)]),
    "view": ("select id from sales_v order by 1", [(1,), (2,)]),
    "secure view": ("select n from sales_sv", [(2,)]),
    "other columns": ("select secret from sales where id = 1", [("one",)]),
}


@pytest.mark.parametrize("position", POSITIONS)
def test_only_visible_rows_are_seen_in_every_position(account: Any, position: str) -> None:
    """A14, and through views of the table's owner, who sees none (M46)."""
    sql, expected = POSITIONS[position]
    assert run(account, "rows_eu", sql) == expected


def test_a_mapping_table_is_read_with_the_policy_owners_rights(account: Any) -> None:
    """A12, M6: the querying role has no privilege on it; CURRENT_ROLE is the querying session's."""
    refused(account, "rows_eu", "select * from regions", 2003)
    assert run(account, "rows_eu", "select id from mapped order by id") == [(1,), (2,)]


def test_no_mapping_table_is_left_to_who_cannot_read_it(account: Any) -> None:
    """A policy whose owner may not read the mapping table is not created (M3)."""
    body = "exists (select 1 from regions m where m.region = r)"
    sql = f"create row access policy {DB}.work.blind as (r varchar) returns boolean -> {body.replace('regions', DB + '.s.regions')}"
    refused(account, "rows_us", sql, 2003)


def test_copies_hold_visible_rows_only(account: Any) -> None:
    """A15, M48: CTAS and INSERT SELECT; the new table has no policy."""
    ctas = f"create or replace table {DB}.work.copied as select * from sales"
    insert = f"insert into {DB}.work.copied select * from sales"
    count = f"select count(*), max(region) from {DB}.work.copied"
    assert run(account, "rows_eu", ctas, insert, count) == [(4, "eu")]
    assert policies_of(account, "rows_eu", f"{DB}.work.copied") == []


def test_a_clone_carries_the_policy_and_like_does_not(account: Any, fresh: str) -> None:
    """A15, table 3.6: `fresh` is a clone."""
    assert run(account, "rows_eu", f"select count(*) from {fresh}") == [(2,)]
    run(account, "rows_owner", "create or replace table likewise like sales")
    assert policies_of(account, "rows_owner", f"{DB}.s.likewise") == []


def test_the_policy_sees_clear_values_and_the_mask_comes_after(account: Any) -> None:
    """A13, M45, M28: the argument column is masked by an exempt policy, and still selects rows by its clear value."""
    create = (
        "create or replace table both (id number(38,0), region varchar) as select * from values (1, 'eu'), (2, 'us')"
    )
    mask = "alter table both modify column region set masking policy mask_exempt"
    add = "alter table both add row access policy by_role on (region)"
    grant = "grant select on table both to role rows_eu"
    run(account, "rows_owner", create, mask, add, grant)
    assert run(account, "rows_eu", "select id, region from both") == [(1, "****")]
    assert run(account, "rows_eu", "select id from both where region = 'eu'") == []


def test_table_before_view(account: Any) -> None:
    """M45, A13: the policy of a view filters what the policy of its table left."""
    create = "create or replace view layered as select id, region, upper(secret) as s from sales"
    policy = "create or replace row access policy odd as (n number) returns boolean -> n % 2 = 1"
    add = "alter view layered add row access policy odd on (id)"
    grant = "grant select on view layered to role rows_eu"
    run(account, "rows_owner", create, policy, add, grant)
    assert run(account, "rows_eu", "select id, s from layered") == [(1, "ONE")]
    assert run(account, "rows_owner", "drop view layered", "drop row access policy odd") is not None


def test_the_inside_of_a_view_has_another_invoker(account: Any) -> None:
    """R33, M46: INVOKER_ROLE in a policy is the view's owner."""
    policy = (
        "create or replace row access policy invoked as (r varchar) returns boolean -> invoker_role() = 'ROWS_OWNER'"
    )
    table = "create or replace table inv (r varchar) with row access policy invoked on (r) as select 'x'"
    view = "create or replace view inv_v as select * from inv"
    grants = ["grant select on table inv to role rows_eu", "grant select on view inv_v to role rows_eu"]
    run(account, "rows_owner", policy, table, view, *grants)
    assert run(account, "rows_eu", "select count(*) from inv") == [(0,)]
    assert run(account, "rows_eu", "select count(*) from inv_v") == [(1,)]


# -- nothing leaks through errors ----------------------------------------------------------------------


@pytest.mark.parametrize("query", ["sales", "mapped", "sales_v"])
def test_no_predicate_meets_a_hidden_row(account: Any, query: str) -> None:
    """A11, A13: 'three' is not to be cast for a role that does not see it, nor printed by an error."""
    number = "case when id < 3 then id else cast(secret as int) end"
    assert run(account, "rows_eu", f"select count(*) from {query} where {number} > 0") == [(2,)]
    assert run(account, "rows_eu", f"select max({number}) from {query} having max({number}) > 0") == [(2,)]
    division = f"select count(*) from {query} a join (select 1 as i) b on 1 / (a.id - 3) <> b.i"
    assert run(account, "rows_eu", division) == [(2,)]


def test_an_error_over_visible_rows_does_not_print_them_either(account: Any) -> None:
    """E17, M58."""
    text = refused(account, "rows_eu", "select cast(secret as int) from sales", 100035, "Error in secure object")
    assert "one" not in text.replace("none", "")
    refused(account, "rows_eu", "select nosuch from sales", 904, "invalid identifier")


def test_errors_of_unprotected_tables_say_what_is_wrong(account: Any) -> None:
    """E17 is about secure objects only."""
    with pytest.raises(DatabaseError) as error:
        run(account, "rows_owner", "select cast('abc' as int)")
    assert "secure object" not in str(error.value)


# -- changing rows -----------------------------------------------------------------------------------


def test_update_touches_visible_rows_only(account: Any, fresh: str) -> None:
    """A11."""
    assert run(account, "rows_eu", f"update {fresh} set amount = 0")[0][0] == 2
    amounts = [(int(i), float(a)) for i, a in everything(account, fresh, "id, amount")]
    assert amounts == [(1, 0.0), (2, 0.0), (3, 30.0), (4, 40.0)]


def test_update_can_move_a_row_out_of_sight(account: Any, fresh: str) -> None:
    """A11: the new value is not checked."""
    run(account, "rows_eu", f"update {fresh} as f set region = 'us' where f.id = 2")
    assert run(account, "rows_eu", f"select id from {fresh}") == [(1,)]
    assert run(account, "rows_us", f"select id from {fresh} order by 1") == [(2,), (3,)]


@pytest.mark.parametrize("value", ["_row_id", "fresh._ROW_ID", "rowid", "fresh", '"Fresh"'])
def test_a_change_cannot_read_where_a_row_stands(account: Any, fresh: str, value: str) -> None:
    """A14: the numbers of rows tell how many are hidden."""
    refused(account, "rows_eu", f"update {fresh} set secret = cast({value} as varchar)", 904, "invalid identifier")


def test_update_from_another_table(account: Any, fresh: str) -> None:
    """A11, with a source, a subquery and the old values."""
    new = "(select 1 as id, 5 as plus union all select 3, 7) n"
    sql = f"update {fresh} set amount = {fresh}.amount + n.plus, secret = (select max(secret) from {fresh}) from {new}"
    run(account, "rows_eu", f"{sql} where {fresh}.id = n.id")
    rows = [(int(i), s, float(a)) for i, s, a in everything(account, fresh, "id, secret, amount")]
    assert rows == [(1, "one", 15.0), (2, "2", 20.0), (3, "three", 30.0), (4, "four", 40.0)]


def test_delete_touches_visible_rows_only(account: Any, fresh: str) -> None:
    """A11."""
    assert run(account, "rows_eu", f"delete from {fresh} where id in (2, 3)")[0][0] == 1
    assert [int(i) for (i,) in everything(account, fresh, "id")] == [1, 3, 4]
    run(account, "rows_us", f"delete from {fresh} using (select 1 as i union all select 3) x where id = x.i")
    assert [int(i) for (i,) in everything(account, fresh, "id")] == [1, 4]
    run(account, "rows_eu", f"delete from {fresh}")
    assert [int(i) for (i,) in everything(account, fresh, "id")] == [4]


@pytest.mark.parametrize("verb", ["update fresh set amount = 1 where", "delete from fresh where"])
def test_no_predicate_of_a_change_meets_a_hidden_row(account: Any, fresh: str, verb: str) -> None:
    """A11, E17."""
    run(account, "rows_eu", f"{verb} case when id < 3 then 1 else cast(secret as int) end = 1")
    refused(account, "rows_us", f"{verb} cast(secret as int) = 1", 100035, "Error in secure object")


def test_merge_matches_visible_rows_only(account: Any, fresh: str) -> None:
    """A11: a row of the source that equals a hidden row is not matched."""
    merge = (
        f"merge into {fresh} t using (select 2 as id, 'new' as secret union all select 3, 'new') s on t.id = s.id "
        "when matched then update set secret = s.secret "
        "when not matched then insert (id, region, secret) values (s.id, 'eu', s.secret)"
    )
    run(account, "rows_eu", merge)
    rows = [(int(i), r, s) for i, r, s in everything(account, fresh, "id, region, secret")]
    assert rows == [(1, "eu", "one"), (2, "eu", "new"), (3, "eu", "new"), (3, "us", "three"), (4, None, "four")]


def test_merge_deletes_visible_rows_only(account: Any, fresh: str) -> None:
    """A11, with a condition on the target."""
    source = "(select 1 as id union all select 2 union all select 3)"
    run(
        account,
        "rows_eu",
        f"merge into {fresh} t using {source} s on (t.id = s.id) when matched and t.amount > 15 then delete",
    )
    assert [int(i) for (i,) in everything(account, fresh, "id")] == [1, 3, 4]


def test_merge_with_a_mapping_table(account: Any) -> None:
    """A11, A12."""
    run(account, "rows_owner", "create or replace table m2 clone mapped", "grant all on table m2 to role rows_eu")
    source = "(select 2 as id union all select 3)"
    merge = f"merge into m2 using {source} s on m2.id = s.id when matched then update set secret = 'x'"
    run(account, "rows_eu", merge)
    assert everything(account, "m2", "id, secret") == [(1, "one"), (2, "x"), (3, "three")]
    run(account, "rows_eu", "update m2 set secret = 'y'", "delete from m2 where secret = 'y' and id = 1")
    assert everything(account, "m2", "id, secret") == [(2, "y"), (3, "three")]


@pytest.mark.parametrize("condition", ["true", "t.id > s.id", "t.secret is null", "t.id = s.id or t.id is null"])
def test_a_merge_that_hidden_rows_could_meet_is_refused(account: Any, fresh: str, condition: str) -> None:
    """A11: fail closed."""
    sql = f"merge into {fresh} t using (select 1 as id) s on {condition} when matched then delete"
    refused(account, "rows_eu", sql, 2, "MERGE into a table with a row access policy")


def test_insert_is_not_restricted(account: Any, fresh: str) -> None:
    """A11: a role may insert what it does not see."""
    run(account, "rows_eu", f"insert into {fresh} values (9, 'us', 'nine', 9)")
    assert run(account, "rows_eu", f"select count(*) from {fresh}") == [(2,)]
    assert run(account, "rows_us", f"select id from {fresh} order by 1") == [(3,), (9,)]


# -- creating, changing and dropping policies ---------------------------------------------------------------


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


# -- attaching -----------------------------------------------------------------------------------------


def policies_of(account: Any, role: str, table: str, domain: str = "table") -> list[tuple[Any, ...]]:
    columns = "policy_name, policy_kind, ref_entity_domain, ref_column_name, ref_arg_column_names"
    function = f"policy_references(ref_entity_name => '{table}', ref_entity_domain => '{domain}')"
    sql = f"select {columns} from table({DB}.information_schema.{function}) where policy_kind like 'ROW%' order by 1"
    run(account, "securityadmin", f"grant apply row access policy on account to role {role}")
    try:
        return run(account, role, sql)
    finally:
        if role != "rows_steward":
            run(account, "securityadmin", f"revoke apply row access policy on account from role {role}")


@pytest.fixture
def plain(account: Any) -> Iterator[str]:
    """A table without a policy, with a masked column."""
    columns = "id number(38,0), s varchar, f float, masked varchar with masking policy mask"
    run(account, "rows_owner", f"create or replace table plain ({columns})")
    yield "plain"
    run(account, "rows_owner", "drop table plain")


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


# -- policies together ------------------------------------------------------------------------------------


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


# -- what is shown --------------------------------------------------------------------------------------


def test_show_and_describe(account: Any) -> None:
    """S15, S16."""
    connection = account.connect("rows_owner", warehouse="rows_wh", database=DB, schema="s")
    cursor = connection.cursor().execute("show row access policies like 'everybody'")
    names = [c.name for c in cursor.description]
    assert names == [
        *(
            "created_on",
            "name",
            "database_name",
            "schema_name",
            "kind",
            "owner",
            "comment",
            "owner_role_type",
            "options",
        )
    ]
    assert cursor.fetchone()[1:] == ("EVERYBODY", DB, "S", "ROW_ACCESS_POLICY", "ROWS_OWNER", "all rows", "ROLE", "")
    cursor = connection.cursor().execute("describe row access policy two")
    assert [c.name for c in cursor.description] == ["name", "signature", "return_type", "body"]
    assert cursor.fetchall() == [("TWO", "(A NUMBER, B VARCHAR)", "BOOLEAN", "a > 0 and b is not null")]
    refused(account, "rows_us", "describe row access policy by_role", 2003)
    assert run(account, "rows_us", "show row access policies in database") == []
    assert len(run(account, "rows_steward", "show row access policies like 'by_%' in database")) == 2


def test_policy_references(account: Any) -> None:
    """M61-M63, M65."""
    columns = "ref_entity_name, ref_entity_domain, ref_column_name, ref_arg_column_names, policy_kind, policy_status"
    function = f"policy_references(policy_name => '{DB}.s.by_map')"
    sql = f"select {columns} from table({DB}.information_schema.{function}) where policy_kind like 'ROW%' order by 1"
    found = run(account, "rows_steward", sql)
    assert ("MAPPED", "TABLE", None, '[ "REGION" ]', "ROW_ACCESS_POLICY", "ACTIVE") in found
    assert "MAPPED" in [row[0] for row in run(account, "rows_owner", sql)]
    refused(account, "rows_us", sql, 2003)


def test_get_ddl(account: Any) -> None:
    """S28, S28a, S28b."""
    found = run(account, "rows_mapper", "select get_ddl('policy', 'by_map')")[0][0]
    assert found.startswith("create or replace row access policy BY_MAP as\n(R VARCHAR)\nreturns BOOLEAN ->\nexists")
    table = run(account, "rows_steward", "select get_ddl('table', 'mapped')")[0][0]
    assert f"WITH ROW ACCESS POLICY {DB}.S.BY_MAP ON (REGION)" in table
    table = run(account, "rows_eu", "select get_ddl('table', 'mapped')")[0][0]
    assert "WITH ROW ACCESS POLICY #UNKNOWN_POLICY" in table


def test_grants_on_row_access_policies(account: Any) -> None:
    """P14, S10: APPLY and OWNERSHIP."""
    rows = run(account, "rows_mapper", "show grants on row access policy by_map")
    assert [(r[1], r[2], r[3], r[5]) for r in rows if r[1] == "APPLY"] == [
        ("APPLY", "ROW_ACCESS_POLICY", f"{DB}.S.BY_MAP", "ROWS_OWNER")
    ]
    refused(account, "rows_mapper", "grant select on row access policy by_map to role rows_us", 1008)


# -- how policies would answer another role --------------------------------------------------------------


def simulate(values: str, query: str = "select id from sales order by id") -> str:
    return f"execute using policy_context({values}) as {query}"


def test_policy_context_answers_for_another_role(account: Any) -> None:
    """M66: the owner of the table, with APPLY on the policy, sees what others see."""
    assert run(account, "rows_owner", "select id from sales") == []
    assert run(account, "rows_owner", simulate("current_role => 'ROWS_EU'")) == [(1,), (2,)]
    assert run(account, "rows_owner", simulate("current_role => 'ROWS_US'")) == [(3,)]
    mapped = "select id from mapped order by id"
    assert run(account, "rows_owner", simulate("current_role => 'ROWS_EU'", mapped)) == [(1,), (2,)]
    assert run(account, "rows_owner", simulate("current_role => 'ROWS_US'", "select n from sales_sv")) == [(1,)]
    told = "select current_role(), current_user(), current_available_roles()"
    values = """current_user => 'ANN', current_available_roles => "['A', 'B']", current_role => 'PUBLIC'"""
    assert run(account, "rows_owner", simulate(values, told)) == [("PUBLIC", "ANN", '[ "A", "B" ]')]


def test_policy_context_gives_no_rights(account: Any) -> None:
    """M66: OWNERSHIP of the table and APPLY on the policy; no catalog of another role's."""
    refused(account, "rows_us", simulate("current_role => 'ROWS_EU'"), 3001, "OWNERSHIP")
    refused(account, "rows_us", simulate("current_role => 'ROWS_OWNER'", "select id from sales_v"), 2003)
    refused(account, "rows_eu", simulate("current_role => 'ROWS_US'", "select id from sales_v"), 3001, "OWNERSHIP")
    refused(account, "rows_us", simulate("current_role => 'ROWS_MAPPER'", "select * from regions"), 2003)
    refused(account, "rows_owner", simulate("current_role => 'NO_SUCH_ROLE'"), 2003)
    refused(account, "rows_owner", simulate("current_available_roles => 'A'"), 1008, "list of role names")
    ddl = "select get_ddl('policy', 'by_role')"
    refused(account, "rows_us", simulate("current_role => 'ACCOUNTADMIN'", ddl), 2003)
    catalog = f"select count(*) from {DB}.information_schema.tables where table_name = 'REGIONS'"
    assert run(account, "rows_us", simulate("current_role => 'ROWS_MAPPER'", catalog)) == [(0,)]


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
