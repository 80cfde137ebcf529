"""Row access policies: who sees which rows, in every position, and what errors tell."""

from __future__ import annotations

from typing import Any

import pytest
from snowflake.connector.errors import DatabaseError

from tests.functional.row_access.ground import DB, policies_of, refused, run

# -- reading ---------------------------------------------------------------------------------------------


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


# -- nothing leaks through errors ------------------------------------------------------------------------


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
