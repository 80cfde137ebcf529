"""Aggregation policies as objects: how they are made, put on tables and views, kept and dropped, and who may (A21-A23)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from snowmesh.local.errors import SnowflakeError
from snowmesh.local.login import LoginRequest
from snowmesh.local.server import open_account
from tests.functional.constraint_policies.ground import AGGREGATION, ROLES, Run, World, scratch


@pytest.fixture(scope="module")
def world() -> World:
    return World(AGGREGATION)


@pytest.fixture
def run(world: World) -> Iterator[Run]:
    yield from scratch(world)


class TestAttaching:
    """A22: one policy, entity keys, FORCE; its life with the table's."""

    def test_ddl(self, run: Run) -> None:
        run("use schema d.t")
        run(
            "create aggregation policy p as () returns aggregation_constraint -> aggregation_constraint(min_group_size => 5) comment = 'c'"
        )
        run("alter aggregation policy p set body -> no_aggregation_constraint()")
        run("alter aggregation policy if exists p set comment = 'd'")
        run("alter aggregation policy p rename to q")
        assert [(r[1], r[4], r[6]) for r in run("show aggregation policies in schema d.t")] == [
            ("Q", "AGGREGATION_POLICY", "d")
        ]
        assert run("desc aggregation policy q") == [
            ("Q", "()", "AGGREGATION_CONSTRAINT", "no_aggregation_constraint()")
        ]
        ddl = run("select get_ddl('policy', 'd.t.q')")[0][0]
        run("drop aggregation policy q")
        run(ddl)
        run("drop aggregation policy q")

    @pytest.mark.parametrize(
        ("sql", "text"),
        [
            ("as (v varchar) returns aggregation_constraint -> no_aggregation_constraint()", "must have exactly zero arguments, got 1 arguments"),
            ("as () returns boolean -> true", "return type 'BOOLEAN' is not AGGREGATION_CONSTRAINT"),
            ("as () returns aggregation_constraint -> 5", "Declared return type"),
            ("as () returns aggregation_constraint -> aggregation_constraint(5)", "min_group_size=>n"),
            ("as () returns aggregation_constraint -> aggregation_constraint(min_row_count => 5, min_entity_count => 2)", "min_group_size=>n"),
            ("as () returns aggregation_constraint -> no_aggregation_constraint(1)", "It takes no argument"),
            ("as () returns aggregation_constraint -> case when exists (select 1 from d.s.o) then no_aggregation_constraint() end", "cannot refer to a table or view"),
            ("as () returns aggregation_constraint -> aggregation_constraint(min_group_size => (select 1))", "cannot refer to a table or view"),
        ],
    )  # fmt: skip
    def test_bad_bodies(self, world: World, run: Run, sql: str, text: str) -> None:
        """A21; the reasons of a live account where they are known."""
        assert text in world.fails(f"create aggregation policy d.t.p {sql}", world.admin).message

    def test_one_policy(self, world: World, run: Run) -> None:
        run("create table d.t.t (a number, b number, c number)")
        change = "alter table d.t.t"
        unset = world.fails(f"{change} unset aggregation policy", world.admin).message
        assert "Any policy of kind AGGREGATION_POLICY is not attached to TABLE T." in unset
        run(f"{change} set aggregation policy d.s.two")
        run(f"{change} set aggregation policy d.s.two")
        error = world.fails(f"{change} set aggregation policy d.s.one", world.admin)
        assert (
            "Object T already has a AGGREGATION_POLICY. Only one AGGREGATION_POLICY is allowed at a time."
            in error.message
        )
        assert (error.code, error.sqlstate) == (3549, "23505")
        run(f"{change} set aggregation policy d.s.one force")
        assert (
            "Aggregation policy 'D.T.NOPE' does not exist"
            in world.fails(f"{change} set aggregation policy d.t.nope", world.admin).message
        )
        assert world.fails("drop aggregation policy d.s.one", world.admin).code == 3531
        run(f"{change} set aggregation policy d.s.two entity key (a) entity key (b, c) force")
        ddl = run("select get_ddl('table', 'd.t.t')")[0][0]
        assert "WITH AGGREGATION POLICY D.S.TWO ENTITY KEY (A) ENTITY KEY (B, C)" in ddl
        run("drop table d.t.t")
        run(ddl.replace("TABLE T", "TABLE d.t.t"))
        run(f"{change} drop aggregation policy d.s.two entity key (a)")
        run(f"{change} add aggregation policy d.s.two entity key (c)")
        sql = "select ref_arg_column_names, ref_column_name, policy_kind from table(d.information_schema.policy_references(ref_entity_name => 'd.t.t', ref_entity_domain => 'table'))"
        assert run(sql) == [('[ "B", "C" ]', None, "AGGREGATION_POLICY"), ('[ "C" ]', None, "AGGREGATION_POLICY")]
        assert "entity key" in world.fails(f"{change} drop column b", world.admin).message
        run(f"{change} rename column b to bb")
        assert run(sql)[0][0] == '[ "BB", "C" ]'
        run(f"{change} drop aggregation policy d.s.two")
        assert run(sql) == []
        assert (
            "invalid identifier 'NOPE'"
            in world.fails(f"{change} set aggregation policy d.s.two entity key (nope)", world.admin).message
        )

    def test_it_goes_with_the_table(self, world: World, run: Run) -> None:
        """M52, M53, M56."""
        run("create table d.t.t (a number) with aggregation policy d.s.two")
        run("alter table d.t.t rename to d.t.t2")
        run("create table d.t.t3 clone d.t.t2")
        for table in ("t2", "t3"):
            assert world.fails(f"select * from d.t.{table}", world.admin).code == 3549
        run("create table d.t.t4 like d.t.t2")
        run("create or replace table d.t.t2 (a number)")
        for table in ("t2", "t4"):
            assert run(f"select * from d.t.{table}") == []
        run("create temporary table d.t.tmp (a number) with aggregation policy d.s.two")
        assert world.fails("select * from d.t.tmp", world.admin).code == 3549
        run("create table d.t.ctas with aggregation policy d.s.two as select id from d.s.o")
        assert world.fails("select * from d.t.ctas", world.admin).code == 3549
        run("create view d.t.v comment = 'x' with aggregation policy d.s.two as select id from d.s.o")
        assert world.fails("select * from d.t.v", world.admin).code == 3549
        run("alter view d.t.v unset aggregation policy")
        assert len(run("select * from d.t.v")) == 4

    @pytest.mark.parametrize(
        "sql",
        [
            "create table d.t.x (a number) with aggregation policy d.s.two with aggregation policy d.s.two",
            "create table d.t.x (a number) with aggregation policy d.s.two entity key ()",
            "create table d.t.x (a number) with aggregation policy d.s.two entity key (a, a)",
            "create table d.t.x (a number) with aggregation policy d.s.two entity key (b)",
            "create table d.t.x clone d.s.o with aggregation policy d.s.two",
            "create schema d.t2 with aggregation policy d.s.two",
            "alter table d.s.o set aggregation policy d.s.two entity key",
            "alter table d.s.o set aggregation policy d.s.two allowed join keys (id)",
        ],
    )
    def test_bad_clauses(self, world: World, run: Run, sql: str) -> None:
        assert world.fails(sql, world.admin).code in (2, 904, 1003, 1008, 1420)
        assert run("show tables like 'X' in schema d.t") == []
        assert len(run("select * from d.s.o")) == 4

    def test_who_may(self, world: World, run: Run) -> None:
        """APPLY AGGREGATION POLICY on ACCOUNT, or APPLY on the policy and OWNERSHIP of the table."""
        create = "create aggregation policy d.t.p as () returns aggregation_constraint -> no_aggregation_constraint()"
        run("grant usage on schema d.t to role low")
        assert "CREATE AGGREGATION POLICY" in world.fails(create).message
        run("grant create aggregation policy, create table on schema d.t to role low")
        world.rows(world.low, create)
        world.rows(world.low, "create table d.t.mine (a number)")
        world.rows(world.low, "alter table d.t.mine set aggregation policy d.t.p")
        assert "OWNERSHIP" in world.fails("alter table d.s.o set aggregation policy d.t.p").message
        assert "does not exist" in world.fails("alter table d.t.mine set aggregation policy d.s.two force").message
        assert world.fails("alter table d.s.p unset aggregation policy").code == 3001
        run("grant apply aggregation policy on account to role low")
        world.rows(world.low, "alter table d.t.mine set aggregation policy d.s.two force")
        run("revoke apply aggregation policy on account from role low")
        assert world.fails("alter table d.t.mine unset aggregation policy").code == 3001


# -- compared with groups that are folded by hand -------------------------------------------------------------


def test_it_is_kept(tmp_path: Any) -> None:
    """--data: the policy, where it is set and its entity keys survive a restart."""
    for statements in ((ROLES + AGGREGATION).splitlines(), []):
        gateway = open_account(tmp_path, 0, lambda text: None)
        connected = gateway.connect(LoginRequest(user="ADMIN", role="ACCOUNTADMIN", warehouse="COMPUTE_WH"), {})
        for statement in filter(None, statements):
            gateway.execute(connected, statement)
        if not statements:
            assert gateway.execute(
                connected, "select count(*) from d.s.log where house = 1"
            ).rows.table.to_pylist() == [{"COUNT(*)": None}]
            with pytest.raises(SnowflakeError, match="aggregation required"):
                gateway.execute(connected, "select * from d.s.p")
        gateway.disconnect(connected.token)
        gateway._engine.duck.close()


def test_a_view_with_a_policy_is_as_a_secure_one(world: World, run: Run) -> None:
    """Its text is its owner's, and so are errors inside it."""
    run("create view d.t.av with aggregation policy d.s.one as select id, 1 / (id - 3) as x from d.s.o")
    run("grant usage on schema d.t to role low")
    run("grant select on view d.t.av to role low")
    assert world.fails("select get_ddl('view', 'd.t.av')").code == 3001
    assert [row[7] for row in world.rows(world.low, "show views like 'AV' in schema d.t")] == [""]
    assert run("show views like 'AV' in schema d.t")[0][7] != ""


def test_a_policy_that_is_gone_closes(world: World, run: Run) -> None:
    """M55 for every kind: what comes back by UNDROP without its policy cannot be read."""
    run("use schema d.t")
    run("create aggregation policy p as () returns aggregation_constraint -> no_aggregation_constraint()")
    run("create projection policy q as () returns projection_constraint -> projection_constraint(allow => true)")
    run("create table t1 (a number) with aggregation policy p")
    run("create table t2 (a number with projection policy q, b number)")
    for statement in ("drop table t1", "drop table t2", "drop aggregation policy p", "drop projection policy q"):
        run(statement)
    run("undrop table t1")
    run("undrop table t2")
    assert (
        "has an aggregation policy that does not exist"
        in world.fails("select count(*) from d.t.t1", world.admin).message
    )
    assert "has a projection policy that does not exist" in world.fails("select b from d.t.t2", world.admin).message
    run("alter table t2 modify column a unset projection policy")
    assert run("select b from t2") == []
