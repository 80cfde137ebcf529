"""Projection policies as objects: how they are made, put on columns, kept and dropped, and who may (A24-A27)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from snowmesh.local.errors import SnowflakeError
from snowmesh.local.login import LoginRequest
from snowmesh.local.server import open_account
from tests.functional.constraint_policies.ground import PROJECTION, ROLES, Run, World, scratch


@pytest.fixture(scope="module")
def world() -> World:
    return World(PROJECTION)


@pytest.fixture
def run(world: World) -> Iterator[Run]:
    yield from scratch(world)


class TestAttaching:
    """A25: one per column, inline, ALTER, FORCE; its life with the table's."""

    def test_ddl(self, run: Run) -> None:
        run("use schema d.t")
        run("create projection policy p as () returns projection_constraint -> projection_constraint(allow => false)")
        run(
            "create projection policy if not exists p as () returns projection_constraint -> projection_constraint(allow => true)"
        )
        run("alter projection policy p set body -> projection_constraint(allow => false, enforcement => 'nullify')")
        run("alter projection policy p set comment = 'c'")
        run("comment on projection policy p is 'd'")
        run("alter projection policy p rename to q")
        assert [(r[1], r[4], r[6]) for r in run("show projection policies in schema d.t")] == [
            ("Q", "PROJECTION_POLICY", "d")
        ]
        body = "projection_constraint(allow => false, enforcement => 'nullify')"
        assert run("describe projection policy q") == [("Q", "()", "PROJECTION_CONSTRAINT", body)]
        ddl = run("select get_ddl('policy', 'd.t.q')")[0][0]
        run("drop projection policy q")
        run(ddl)
        assert run("describe projection policy q")[0][3] == body
        run("drop projection policy if exists q")
        run("drop projection policy if exists q")

    @pytest.mark.parametrize(
        ("sql", "text"),
        [
            ("as (v varchar) returns projection_constraint -> projection_constraint(allow => true)", "must have exactly zero arguments, got 1 arguments"),
            ("as () returns boolean -> true", "return type 'BOOLEAN' is not PROJECTION_CONSTRAINT"),
            ("as () returns projection_constraint -> true", "Declared return type"),
            ("as () returns projection_constraint -> null", "must be a call of PROJECTION_CONSTRAINT"),
            ("as () returns projection_constraint -> projection_constraint(true)", "Please specify allow=>true"),
            ("as () returns projection_constraint -> projection_constraint(enforcement => 'FAIL')", "Please specify allow=>true"),
            ("as () returns projection_constraint -> projection_constraint(allow => true, enforcement => 'X')", "'FAIL', 'NULLIFY'"),
            ("as () returns projection_constraint -> projection_constraint(allow => true, allow => false)", "Please specify"),
            ("as () returns projection_constraint -> aggregation_constraint(min_group_size => 1)", "is no call of PROJECTION_CONSTRAINT"),
            ("as () returns projection_constraint -> iff(projection_constraint(allow => true) is null, projection_constraint(allow => true), null)", "must be a call"),
            ("as () returns projection_constraint -> projection_constraint(allow => nosuch)", "invalid identifier 'NOSUCH'"),
            ("as () returns projection_constraint -> case when exists (select 1 from nosuch) then projection_constraint(allow => true) end", "does not exist"),
        ],
    )  # fmt: skip
    def test_bad_bodies(self, world: World, run: Run, sql: str, text: str) -> None:
        """A24: what is no constraint is no policy; the reasons of a live account where they are known."""
        assert text in world.fails(f"create projection policy d.t.p {sql}", world.admin).message
        assert run("show projection policies in schema d.t") == []

    def test_one_policy_per_column(self, world: World, run: Run) -> None:
        run("create table d.t.t (a varchar, b varchar)")
        set_a = "alter table d.t.t modify column a set projection policy"
        run(f"{set_a} d.s.deny, column b set projection policy d.s.hide")
        run(f"{set_a} d.s.deny")  # the same again changes nothing
        assert (
            "already attached to another 'PROJECTION_POLICY'" in world.fails(f"{set_a} d.s.hide", world.admin).message
        )
        run(f"{set_a} d.s.hide force")
        assert run("select a, b from d.t.t") == []
        run("alter table d.t.t alter a unset projection policy, b unset projection policy")
        run("alter table d.t.t alter a unset projection policy")  # nothing to take is no error
        assert (
            "invalid identifier 'NOPE'"
            in world.fails("alter table d.t.t alter nope set projection policy d.s.deny", world.admin).message
        )
        assert (
            "Projection policy 'D.T.NOPE' does not exist"
            in world.fails("alter table d.t.t alter a set projection policy d.t.nope", world.admin).message
        )
        assert (
            "of type 'PROJECTION_POLICY', not specified type 'MASKING_POLICY'"
            in world.fails("alter table d.t.t alter a set masking policy d.s.deny", world.admin).message
        )

    def test_an_attached_policy_stays(self, world: World, run: Run) -> None:
        """M9, M12 for every kind."""
        for sql in (
            "drop projection policy d.s.deny",
            "create or replace projection policy d.s.deny as () returns projection_constraint -> projection_constraint(allow => true)",
        ):
            error = world.fails(sql, world.admin)
            assert (error.code, error.sqlstate) == (3531, "23001")
        run("create schema d.pol")
        run(
            "create projection policy d.pol.p as () returns projection_constraint -> projection_constraint(allow => false)"
        )
        run("create table d.t.t (a varchar with projection policy d.pol.p)")
        assert world.fails("drop schema d.pol", world.admin).code == 3531
        run("drop table d.t.t")
        run("drop schema d.pol")

    def test_it_goes_with_the_table(self, world: World, run: Run) -> None:
        """M56, M52, M53: RENAME, SWAP, RENAME COLUMN and CLONE keep it, CREATE OR REPLACE does not, LIKE does not."""
        run("create table d.t.t (a varchar with projection policy d.s.deny, b number)")
        for change in (
            "alter table d.t.t rename to d.t.t2",
            "alter table d.t.t2 rename column a to c",
            "create table d.t.t3 clone d.t.t2",
        ):
            run(change)
        for table in ("t2", "t3"):
            assert world.fails(f"select * from d.t.{table}", world.admin).message.endswith("\n C")
        run("create table d.t.t4 like d.t.t2")
        assert run("select * from d.t.t4") == []
        run("alter table d.t.t3 drop column c")
        assert run("select * from d.t.t3") == []
        run("create or replace table d.t.t2 (c varchar)")
        assert run("select * from d.t.t2") == []
        run("alter table d.t.t2 add column e varchar projection policy d.s.deny")
        assert world.fails("select * from d.t.t2", world.admin).message.endswith("\n E")

    def test_temporary_tables_and_views(self, world: World, run: Run) -> None:
        run("create temporary table d.t.tmp (a varchar with projection policy d.s.deny)")
        assert world.fails("select a from d.t.tmp", world.admin).code == 3549
        run("create view d.t.pv (x with projection policy d.s.deny, y) as select name, id from d.s.o")
        assert world.fails("select x from d.t.pv", world.admin).message.endswith("\n X")
        assert len(run("select y from d.t.pv")) == 2
        assert len(run("select name from d.s.o")) == 2  # the base column is free
        run("create view d.t.both as select y, x as z from d.t.pv")
        assert world.fails("select z from d.t.both", world.admin).message.endswith("\n Z")
        run("alter view d.t.pv modify column x unset projection policy")
        assert len(run("select z from d.t.both")) == 2

    def test_references_and_ddl_of_the_table(self, run: Run) -> None:
        """M63: POLICY_KIND PROJECTION_POLICY with the column; a mask on the same column has a row of its own."""
        run("create masking policy d.t.m as (v varchar) returns varchar -> '****'")
        run("create table d.t.t (a varchar with masking policy d.t.m with projection policy d.s.hide)")
        found = run(
            "select policy_kind, ref_column_name from table(d.information_schema.policy_references(ref_entity_name => 'd.t.t', ref_entity_domain => 'table'))"
        )
        assert found == [("MASKING_POLICY", "A"), ("PROJECTION_POLICY", "A")]
        assert (
            len(
                run(
                    "select 1 from table(d.information_schema.policy_references(policy_name => 'd.s.hide')) where ref_schema_name = 'T'"
                )
            )
            == 1
        )
        ddl = run("select get_ddl('table', 'd.t.t')")[0][0]
        assert "A VARCHAR(16777216) WITH MASKING POLICY D.T.M WITH PROJECTION POLICY D.S.HIDE" in ddl
        run("insert into d.t.t values ('SECRET')")
        assert run("select count(*) from d.t.t where a = '****'") == [(1,)]  # filters see the masked value (M44, A27)
        assert run("select a from d.t.t") == [(None,)]

    def test_what_stands_in_the_way(self, world: World, run: Run) -> None:
        """A9, A27, M28: no argument of another policy; a body reads nothing that is protected."""
        run("create table d.t.t (a varchar with projection policy d.s.deny, b varchar)")
        run("create row access policy d.t.r as (v varchar) returns boolean -> true")
        run("create masking policy d.t.m as (v varchar, c varchar) returns varchar -> iff(c = 'x', v, '*')")
        for sql in (
            "alter table d.t.t add row access policy d.t.r on (a)",
            "alter table d.t.t modify column b set masking policy d.t.m using (b, a)",
        ):
            assert "cannot be used as policy argument" in world.fails(sql, world.admin).message
        run("alter table d.t.t add row access policy d.t.r on (b)")
        assert (
            "argument of another policy"
            in world.fails("alter table d.t.t modify b set projection policy d.s.deny", world.admin).message
        )
        run(
            "create projection policy d.t.p as () returns projection_constraint -> case when exists (select 1 from d.t.t where b = 'x') then projection_constraint(allow => true) end"
        )
        run("create table d.t.t2 (a varchar)")
        assert (
            "row access policy"
            in world.fails("alter table d.t.t2 modify a set projection policy d.t.p", world.admin).message
        )
        run("create masking policy d.t.m2 as (v varchar) returns varchar -> (select max(name) from d.s.w)")
        assert (
            "projection policy"
            in world.fails("alter table d.t.t2 modify a set masking policy d.t.m2", world.admin).message
        )

    def test_a_mapping_table_that_is_constrained_later_closes(self, world: World, run: Run) -> None:
        run("create table d.t.map (name varchar)")
        run("insert into d.t.map values ('ACCOUNTADMIN')")
        run("create masking policy d.t.m as (v varchar) returns varchar -> (select max(name) from d.t.map)")
        run("create table d.t.t (a varchar with masking policy d.t.m)")
        run("insert into d.t.t values ('x')")
        assert run("select a from d.t.t") == [("ACCOUNTADMIN",)]
        run("alter table d.t.map modify name set projection policy d.s.deny")
        assert (
            "protected by a projection or aggregation policy" in world.fails("select a from d.t.t", world.admin).message
        )


class TestPrivileges:
    """APPLY PROJECTION POLICY on ACCOUNT, or APPLY on the policy and OWNERSHIP of the table."""

    def test_who_may(self, world: World, run: Run) -> None:
        create = "create projection policy d.t.p as () returns projection_constraint -> projection_constraint(allow => false)"
        run("grant usage on schema d.t to role low")
        assert "CREATE PROJECTION POLICY" in world.fails(create).message
        run("grant create projection policy, create table on schema d.t to role low")
        world.rows(world.low, create)
        run("create table d.t.theirs (a varchar)")
        run("grant select on table d.t.theirs to role low")
        attach = "alter table d.t.theirs modify a set projection policy d.t.p"
        assert "OWNERSHIP" in world.fails(attach).message
        world.rows(world.low, "create table d.t.mine (a varchar)")
        world.rows(world.low, "alter table d.t.mine modify a set projection policy d.t.p")
        assert (
            "Projection policy 'D.S.DENY' does not exist"
            in world.fails("alter table d.t.mine modify a set projection policy d.s.deny force").message
        )
        run("grant apply on projection policy d.s.deny to role low")
        world.rows(world.low, "alter table d.t.mine modify a set projection policy d.s.deny force")
        run("revoke apply on projection policy d.s.deny from role low")
        assert world.fails("alter table d.t.mine modify a unset projection policy").code == 3001
        run("grant apply projection policy on account to role low")
        world.rows(world.low, attach)
        world.rows(world.low, "alter table d.t.mine modify a unset projection policy")
        run("revoke apply projection policy on account from role low")
        assert world.fails(
            "alter projection policy d.s.deny set body -> projection_constraint(allow => true)"
        ).code in (2003, 3001)


def test_it_is_kept(tmp_path: Any) -> None:
    """--data: the policy and where it is set survive a restart."""
    for statements in ((ROLES + PROJECTION).splitlines(), []):
        gateway = open_account(tmp_path, 0, lambda text: None)
        connected = gateway.connect(LoginRequest(user="ADMIN", role="ACCOUNTADMIN", warehouse="COMPUTE_WH"), {})
        for statement in filter(None, statements):
            gateway.execute(connected, statement)
        if not statements:
            with pytest.raises(SnowflakeError, match="restricted by a Projection Policy"):
                gateway.execute(connected, "select name from d.s.w")
        gateway.disconnect(connected.token)
        gateway._engine.duck.close()
