"""Projection policies: a constrained column reaches no result, whatever is done with it (A24-A27, A9).

What is refused must be refused, and what the role gets back - rows, an error's text, what it stores - may never hold
the secret. https://docs.snowflake.com/en/user-guide/projection-policies
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from snowmesh.local.connected import Connected
from snowmesh.local.errors import SnowflakeError
from snowmesh.local.gateway import Gateway
from snowmesh.local.login import LoginRequest
from snowmesh.local.server import open_account

SETUP = """
create database d
create schema d.s
create role low
create role free
grant role low to role accountadmin
grant role free to role accountadmin
grant usage on database d to role low
grant usage on database d to role free
grant usage on schema d.s to role low
grant usage on schema d.s to role free
grant create table, create view on schema d.s to role low
grant usage on warehouse compute_wh to role low
grant usage on warehouse compute_wh to role free
create table d.s.allowed (name varchar)
insert into d.s.allowed values ('FREE')
create projection policy d.s.deny as () returns projection_constraint -> case when exists (select 1 from d.s.allowed where name = current_role()) then projection_constraint(allow => true) else projection_constraint(allow => false) end
create projection policy d.s.hide as () returns projection_constraint -> iff(current_role() = 'FREE', projection_constraint(allow => true), projection_constraint(allow => false, enforcement => 'NULLIFY'))
create projection policy d.s.undecided as () returns projection_constraint -> case when 1 = 2 then projection_constraint(allow => true) end
create table d.s.w (id number, name varchar with projection policy d.s.deny, hidden varchar projection policy d.s.hide, tags variant)
insert into d.s.w select 1, 'SECRET1', 'SECRET8', parse_json('{"a": [1, 2]}') union all select 2, 'SECRET2', 'SECRET9', null
create table d.s.o (id number, name varchar)
insert into d.s.o values (1, 'SECRET1'), (3, 'open')
create table d.s.sink (id number, name varchar)
create view d.s.v as select id, name as title, hidden from d.s.w
create view d.s.vv as select upper(title) as big, id, title || hidden as both_of from d.s.v
create secure view d.s.sv as select * from d.s.w
create table d.s.u (name varchar with projection policy d.s.undecided)
insert into d.s.u values ('SECRET7')
grant select, insert, update, delete on all tables in schema d.s to role low
grant select on all views in schema d.s to role low
grant select on all tables in schema d.s to role free
grant select on all views in schema d.s to role free
"""

REFUSED = """
select name from w
select name as x from w
select w.name from w
select d.s.w.name from d.s.w
select "NAME" from w
select upper(name) from w
select name || 'x' from w
select max(name) from w
select min(name) over () from w
select listagg(name, ',') from w
select array_agg(name) from w
select any_value(name) from w
select length(name) from w
select name = 'SECRET1' from w
select case when name like 'SECRET1%' then 1 else 0 end from w
select iff(name > 'SECRET1', 1, 0) from w
select count_if(name = 'SECRET1') from w
select sum(length(name)) from w
select hash(name) from w
select md5(name) from w
select row_number() over (order by name) from w
select rank() over (order by name desc) from w
select count(name) over (partition by name) from w
select lag(name) over (order by id) from w
select first_value(name) over (order by id) from w
select nvl(name, 'x') from w
select coalesce(null, name) from w
select decode(name, 'SECRET1', 1, 0) from w
select name::varchar from w
select cast(name as varchar) from w
select try_cast(name as varchar) from w
select [name] from w
select {'a': name} from w
select object_construct('a', name) from w
select object_construct(*) from w
select to_json(object_construct(*)) from w
select w from w
select * from w
select w.* from w
select * exclude (id) from w
select * exclude (hidden) from w
select * replace (upper(name) as id) from w
select * rename (name as id2) from w
select * ilike 'NA%' from w
select x.* from w x
select id, (select name) from w
select (select name from w where id = 1)
select (select max(w.name) from w)
select (select w2.name from w w2 where w2.id = w.id) from w
select array(select name from w)
select id, name as a, a || 'x' as b from w
select name as a, length(a) as b from w
select name as a, b from (select name, id as b from w)
select t.x from (select name as x from w) t
select x from (select name from w) t(x)
select * from (select * from (select name from w))
select t.* from (select id, name as n from w) t
with c as (select name from w) select * from c
with c(x) as (select name from w) select x from c
with c as (select name as x from w), e as (select x as y from c) select y from e
with recursive r as (select id, name from w where id = 1 union all select r.id + 1, r.name from r where r.id < 3) select name from r
with recursive r as (select 1 as n, name as x from w union all select n + 1, x from r where n < 2) select max(x) from r
select name from w union all select name from o
select name from o union all select name from w
select name from o union select name from w
select name from o intersect select name from w
select name from o except select name from w
select id, name from o union all select id, name from (select * from w)
(select name from w)
((select name from w) union all (select name from o))
select name from w limit 1
select top 1 name from w
select distinct name from w
select name from w group by name
select name, count(*) from w group by 1
select name from w group by all
select id from w group by id, name having max(name) > '' union all select length(name) from w
select w.name from o join w on o.id = w.id
select name from o join w using (name)
select name from o natural join w
select * from o join w using (name)
select o.id, w.name from o left join w on o.id = w.id
select o.id, n from o, lateral (select name as n from w where w.id = o.id)
select o.id, x.n from o, (select w.name as n from w where w.id = o.id) x
select f.value from w, lateral flatten(input => split(name, 'C')) f
select f.this from w, lateral flatten(input => array_construct(name)) f
select f.value from w, table(flatten(input => object_construct('a', name))) f
select value from w, table(split_to_table(name, 'C'))
select * from (select name, id from w) pivot (max(name) for id in (1, 2))
select * from w pivot (count(id) for name in ('SECRET1'))
select * from (select id, name from w) unpivot (x for k in (name))
select $2 from w
select column2 from (values ((select name from w), 1))
select * from values ((select max(name) from w))
select columns('na.*') from w
select * like 'na%' from w
select max_by(name, id) from w
select max_by(id, name) from w
select transform([1], x -> name) from w
select filter([1, 2], x -> x > length(name)) from w
select tags:a, name from w
select tags[name] from w
select title from v
select * from v
select big from vv
select both_of from vv
select v.title from v
select name from sv
select * from sv
select v.title from v join w on v.id = w.id
select name from u
select * from u
create table stolen as select name from w
create table stolen as select * from v
create table stolen as select hidden from w
create table stolen as select id, length(hidden) as l from w
create temporary table stolen as select name from w
create or replace table stolen (x varchar) as select name from w
create table stolen as with c as (select name from w) select * from c
insert into sink select id, name from w
insert into sink select id, hidden from w
insert into sink (name) select name from w
insert into sink with c as (select id, name from w) select * from c
insert into sink values (1, (select max(name) from w))
insert into sink select 1, (select max(name) from w)
insert overwrite into sink select id, name from w
update sink set name = (select max(name) from w)
update sink set name = w.name from w where sink.id = w.id
update sink set id = length(w.name) from w
update w set hidden = name
update w set id = length(name)
update w set name = name || 'x'
merge into sink using w on sink.id = w.id when matched then update set name = w.name
merge into sink using w on sink.id = w.id when not matched then insert (id, name) values (w.id, w.name)
merge into sink using w on sink.id = w.id when not matched then insert (name) values (hidden)
merge into sink using (select id, name as n from w) q on sink.id = q.id when not matched then insert (name) values (q.n)
merge into w using o on w.id = o.id when matched then update set hidden = w.name
"""

ALLOWED = {
    "select id from w where name = 'SECRET1'": [(1,)],
    "select id from w order by name desc": [(2,), (1,)],
    "select count(name) from w": [(2,)],
    "select count(distinct name) from w": [(2,)],
    "select approx_count_distinct(name) from w": [(2,)],
    "select count(*) from w": [(2,)],
    "select count(*) from w group by name": [(1,), (1,)],
    "select id from (select id, name from w)": [(1,), (2,)],
    "select id from (select * from w) where name = 'SECRET2'": [(2,)],
    "with c as (select * from w) select id from c where name = 'SECRET2'": [(2,)],
    "select w.id from w join o on w.name = o.name": [(1,)],
    "select o.id from o where o.name in (select name from w)": [(1,)],
    "select o.id from o where exists (select 1 from w where w.name = o.name)": [(1,)],
    "select exists(select 1 from w where name = 'SECRET1')": [(True,)],
    "select id from w qualify row_number() over (order by name desc) = 1": [(2,)],
    "select id from w group by id having max(name) = 'SECRET2'": [(2,)],
    "select id, tags:a[0]::number from w where id = 1": [(1, 1)],
    "select * exclude (name, hidden, tags) from w": [(1,), (2,)],
    "select o.* from o join w using (name)": [(1, "SECRET1")],  # its own column, as on Snowflake
    "select id from v where title = 'SECRET1'": [(1,)],
    "select id from vv": [(1,), (2,)],
    "select id from w union all select id from o": [(1,), (2,), (1,), (3,)],
    "select count(*) from u": [(1,)],
    # NULLIFY: whatever derives from the column is NULL
    "select hidden from w": [(None,), (None,)],
    "select id, hidden, coalesce(hidden, 'x'), length(hidden) from w order by hidden": [
        (1, None, None, None),
        (2, None, None, None),
    ],
    "select max(hidden) from w": [(None,)],
    "select id from w where hidden = 'SECRET8'": [(1,)],
    "select hidden from v": [(None,), (None,)],
    "select x from (select hidden as x from w)": [(None,), (None,)],
    "select name from o where id = 3 union all select hidden from w": [(None,), (None,), (None,)],
}


class World:
    """A gateway in this process with the tables of SETUP."""

    def __init__(self) -> None:
        self.gateway: Gateway = open_account(None, 0, lambda text: None)
        self.admin = self.open("ACCOUNTADMIN", "")
        for statement in filter(None, SETUP.splitlines()):
            self.rows(self.admin, statement)
        self.low = self.open("LOW")

    def open(self, role: str, database: str = "D") -> Connected:
        request = LoginRequest(user="ADMIN", role=role, warehouse="COMPUTE_WH", database=database, schema="S")
        connected = self.gateway.connect(request, {})
        self.rows(connected, "use secondary roles none")
        return connected

    def rows(self, connected: Connected, sql: str) -> list[tuple[Any, ...]]:
        return [tuple(row.values()) for row in self.gateway.execute(connected, sql).rows.table.to_pylist()]

    def fails(self, sql: str, connected: Connected | None = None) -> SnowflakeError:
        with pytest.raises(SnowflakeError) as error:
            self.rows(connected or self.low, sql)
        return error.value


Run = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def world() -> World:
    return World()


@pytest.fixture
def run(world: World) -> Iterator[Run]:
    """As the administrator; a schema D.T for what a test makes."""
    world.rows(world.admin, "use schema d.s")
    world.rows(world.admin, "create or replace schema d.t")
    yield lambda sql: world.rows(world.admin, sql)
    world.rows(world.admin, "drop schema if exists d.t")


@pytest.mark.parametrize("sql", [sql for sql in REFUSED.splitlines() if sql])
def test_a_constrained_column_is_never_in_a_result(world: World, sql: str) -> None:
    """A26: directly, derived, through views, queries in queries, set operations; nor is it stored."""
    error = world.fails(sql)
    assert error.code in (3549, 2, 904, 1003, 2140, 2141, 1044), error
    assert "SECRET" not in error.message.replace(sql, "").replace("'SECRET1", "")
    assert world.rows(world.admin, "select count(*) from d.s.sink") == [(0,)]
    assert world.rows(world.admin, "show tables like 'STOLEN' in schema d.s") == []


@pytest.mark.parametrize("sql", ALLOWED)
def test_it_may_be_used_where_its_value_reaches_no_result(world: World, sql: str) -> None:
    """A26: filters, joins, groups, orders, counts; NULLIFY shows NULL."""
    ordered = "order by" in sql and "over" not in sql
    found, expected = world.rows(world.low, sql), ALLOWED[sql]
    assert found == expected if ordered else sorted(found, key=str) == sorted(expected, key=str)


def test_the_policy_decides_for_each_role(world: World) -> None:
    """A24: a mapping table, read with the policy owner's rights; the role of the session decides."""
    free = world.open("FREE")
    assert sorted(world.rows(free, "select name, hidden from w")) == [("SECRET1", "SECRET8"), ("SECRET2", "SECRET9")]
    assert sorted(world.rows(free, "select big from vv")) == [("SECRET1",), ("SECRET2",)]
    assert "NAME" in world.fails("select name from w", world.admin).message  # the owner too
    assert "restricted" in world.fails("select name from u", free).message  # NULL allows nothing


def test_the_error_names_the_columns_as_they_are_written(world: World) -> None:
    """The text of a live account, quoted in public."""
    text = world.fails("select id, name, upper(name), name as x from w").message
    assert text == (
        "SQL compilation error:\nThe following columns are restricted by a Projection Policy. Please remove them from "
        "the list of projected columns:\n\n NAME\n UPPER(NAME)\n NAME"
    )
    assert world.fails("select * from v").message.endswith("columns:\n\n TITLE")
    nested = world.fails("select (select max(name) from w) as q").message
    assert nested.endswith("columns:\n\n Q")  # nothing of the policy's body or of the rewritten query


def test_errors_of_the_engine_tell_no_value(world: World) -> None:
    """M58: a filter that fails on a constrained value prints it."""
    for sql in ("select id from w where name::number > 1", "select id from w where to_date(name) is not null"):
        assert world.fails(sql).message == "Error in secure object"


def test_types_of_nullified_columns_stay(world: World) -> None:
    table = world.gateway.execute(world.low, "select hidden, length(hidden) as l, id from w").rows.table
    assert [str(field.type) for field in table.schema] == ["string", "int64", "int64"]
    assert table.schema.names == ["HIDDEN", "L", "ID"]


def test_statements_that_keep_the_values_inside_run(world: World, run: Run) -> None:
    """Writing into a constrained column, and filters of DML."""
    run("create table d.t.w (id number, name varchar with projection policy d.s.deny)")
    run("insert into d.t.w values (1, 'a'), (2, 'b')")
    run("insert into d.t.w select id, name from d.s.o")
    assert run("update d.t.w set id = 9 where name = 'a'")[0][0] == 1
    assert run("delete from d.t.w where name = 'b'")[0][0] == 1
    run("merge into d.t.w using d.s.o on w.id = o.id when matched then update set name = o.name")
    run("create table d.t.ids as select id from d.t.w where name is not null")
    assert run("select count(*) from d.t.ids") == [(3,)]


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
    for statements in (SETUP.splitlines(), []):
        gateway = open_account(tmp_path, 0, lambda text: None)
        connected = gateway.connect(LoginRequest(user="ADMIN", role="ACCOUNTADMIN", warehouse="COMPUTE_WH"), {})
        for statement in filter(None, statements):
            gateway.execute(connected, statement)
        if not statements:
            with pytest.raises(SnowflakeError, match="restricted by a Projection Policy"):
                gateway.execute(connected, "select name from d.s.w")
        gateway.disconnect(connected.token)
        gateway._engine.duck.close()
