"""The row filter as a pure function, what stands behind it in the engine, and how the account keeps it."""

from __future__ import annotations

import json
from dataclasses import replace

import duckdb
import pytest

from snowmesh.account.objects import ObjectRef, ObjectType, RowAccessPolicy
from snowmesh.account.renaming import renamed
from snowmesh.account.state import Account, RowPolicyReference
from snowmesh.local.codec import decode, encode
from snowmesh.local.errors import SnowflakeError
from tests.unit.local.test_rewrite import TABLE, VIEW, an_account, masked, rewritten

POLICY = ObjectRef(ObjectType.ROW_ACCESS_POLICY, ("D", "S", "P"))


def protected(body: str = "n > 1", on: ObjectRef = TABLE, column: str = "ID") -> Account:
    policy = RowAccessPolicy(ref=POLICY, owner="OWNER", signature=(("N", "NUMBER(38,0)"),), body=body)
    return an_account().with_object(policy).with_row_policy(on, RowPolicyReference(POLICY, (column,)))


def test_the_filter_stands_below_the_mask() -> None:
    """A13, M45: the policy reads the column, the mask what the filter left."""
    sql = rewritten("select name from t", masked(protected()))
    assert sql.index("'****'") < sql.index('"_T"."ID" > 1')
    assert f"LIMIT {2**63 - 1}" in sql


def test_table_before_view() -> None:
    """M45: a policy on the view filters what the view's query gives."""
    account = protected("n like 'A%'", VIEW, "N")
    signature = (("N", "VARCHAR(134217728)"),)
    account = account.with_object(replace(account.policy(POLICY), signature=signature))
    sql = rewritten("select * from v", account)
    assert sql.index('"D"."S"."T"') < sql.index("LIKE 'A%'")


@pytest.mark.parametrize("body", ["n > 1", "exists (select 1 from d.s.m mm where mm.k = n)"])
def test_the_engine_moves_no_filter_through_the_barrier(body: str) -> None:
    """A11, E17: without the LIMIT the engine reads rows that both conditions select; with it, the policy's only."""
    engine = duckdb.connect()
    engine.execute("attach ':memory:' as d; create schema d.s; create table d.s.t (id int, name text)")
    engine.execute("create table d.s.m as select range as k from range(5)")
    engine.execute("insert into d.s.t select range, 'n' || range from range(100)")
    account = protected(body)
    account = account.with_object(replace(account.objects[TABLE], ref=replace(TABLE, name=("D", "S", "M")), columns=()))
    sql = rewritten("select id from t where name = 'secret'", account)

    def plan(query: str) -> str:
        return str(engine.execute(f"explain {query}").fetchall()[0][1])

    def below_the_barrier(query: str) -> bool:
        text = plan(query)
        return text.index("secret") > text.index("LIMIT") if "LIMIT" in text else True

    assert not below_the_barrier(sql)
    assert below_the_barrier(sql.replace(f"LIMIT {2**63 - 1}", ""))


def test_a_policy_that_comes_to_read_its_own_table_is_refused() -> None:
    """A10: fail closed, and end."""
    with pytest.raises(SnowflakeError, match=r"reads D\.S\.T itself"):
        rewritten("select * from t", protected("exists (select 1 from t x where x.id = n)"))


def test_a_missing_policy_lets_nobody_read() -> None:
    """E10 for row access policies."""
    account = protected()
    without = replace(account, objects={r: o for r, o in account.objects.items() if r != POLICY})
    with pytest.raises(SnowflakeError, match="does not exist"):
        rewritten("select * from t", without)


def test_a_table_of_the_body_cannot_take_the_protected_ones_place() -> None:
    with pytest.raises(SnowflakeError, match="another alias"):
        rewritten("select * from t", protected('exists (select 1 from d.s.v as "_T" where n = 1)'))


def test_the_attachment_is_kept_renamed_and_dropped() -> None:
    """Table 3.6, M56; and through the catalog's file."""
    account = protected()
    assert decode(json.loads(json.dumps(encode(account)))) == account
    other = replace(TABLE, name=("D", "S", "OTHER"))
    assert renamed(account, TABLE, other).row_policies == {other: RowPolicyReference(POLICY, ("ID",))}
    new = replace(POLICY, name=("D", "S", "Q"))
    assert renamed(account, POLICY, new).row_policies[TABLE].policy == new
    assert account.without_object(TABLE).row_policies == {}
    assert account.without_row_policy(TABLE).row_policies == {}


def test_a_catalog_without_row_policies_is_read() -> None:
    found = encode(an_account())
    del found["row_policies"]
    assert decode(found) == an_account()
