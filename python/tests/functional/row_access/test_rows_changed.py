"""Row access policies: who changes which rows (A11)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.functional.row_access.ground import everything, refused, run


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
