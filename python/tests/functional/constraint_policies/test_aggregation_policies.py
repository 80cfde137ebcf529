"""Aggregation policies: rows leave in groups of the minimum size only (A21-A23).

What is refused must be refused; what runs is compared with groups that are folded by hand.
https://docs.snowflake.com/en/user-guide/aggregation-policies
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snowmesh.local.errors import SnowflakeError
from tests.functional.constraint_policies.ground import AGGREGATION, Run, World, scratch

REFUSED = """
select * from p
select dept from p
select note from p limit 1
select 1 from p
select note from p order by sal
select distinct note, row_number() over (order by note) from p
select count(*) over () from p
select count(*) over (partition by note) from p
select sum(sal) over (order by eid) from p
select note from p qualify row_number() over (order by sal) = 1
select dept, count(*) from p group by dept qualify count(*) > 0
select min(sal) from p
select max(note) from p
select any_value(note) from p
select median(sal) from p
select mode(note) from p
select variance(sal) from p
select stddev(sal) from p
select listagg(note) from p
select array_agg(note) from p
select object_agg(note, sal::variant) from p
select max_by(note, sal) from p
select approx_percentile(sal, 0.5) from p
select approx_top_k(note) from p
select count_if(note = 'SECRET7') from p
select corr(sal, eid) from p
select kurtosis(sal) from p
select bitor_agg(sal) from p
select boolor_agg(sal > 70) from p
select hash_agg(*) from p
select percentile_cont(0.5) within group (order by sal) from p
select first_value(note) over (order by sal) from p
select count(*), min(sal) from p
select dept, max(note) from p group by dept
select dept, count(*) from p group by dept having max(sal) > 70
select dept, count(*) from p group by dept order by max(sal)
select sum(case when eid = 7 then sal else 0 end) from p
select sum(iff(eid = 7, sal, 0)) from p
select sum(sal * (eid = 7)::int) from p
select sum(sal * 1) from p
select sum(-sal) from p
select count(case when note = 'SECRET7' then 1 end) from p
select count(nullif(note, 'SECRET7')) from p
select avg(greatest(sal, 75)) from p
select count(distinct substr(note, 1, 7)) from p
select count(note = 'SECRET7' or null) from p
select sum(sal::number) from p
select sum(cast(sal as number)) from p
select sum(sal) filter (where eid = 7) from p
select sum(x) from (select case when eid = 7 then sal else 0 end as x from p)
select sum(x) from (select iff(eid = 7, sal, 0) from p) t(x)
with c as (select case when eid = 7 then sal end as x from p) select sum(x) from c
with c(x) as (select sal * 2 from p) select avg(x) from c
select sum(x) from (select sal * 2 as x from p union all select sal from p)
select sum(twice) from v
select count(distinct big) from v
select sum(one_salary) from nested
select dept, note, count(*) from p group by dept
select note, count(*) from p group by dept
select dept, (select note) from p group by dept
select count(*), note from p
select upper(note), count(*) from p group by dept
select count(*) from p group by rollup(dept)
select count(*) from p group by cube(dept, note)
select count(*) from p group by grouping sets ((dept), (note))
select dept, count(*) from p group by dept, rollup(note)
select distinct dept, count(*) from p group by dept
select distinct on (dept) note from p
select dept::varchar, count(*) from p group by 1
select to_number(note), count(*) from p group by 1 having cast(count(*) as varchar) > ''
select count(*) from (select * from p limit 1)
select count(*) from (select * from p order by sal desc limit 3)
select count(*) from (select top 1 * from p)
select count(*) from (select p.*, row_number() over (order by sal) as r from p) where r = 8
select count(*) from (select note from p qualify row_number() over (order by note) = 1)
select count(*) from p sample (50)
select count(*) from p tablesample bernoulli (10)
select * from p pivot (sum(sal) for dept in ('a', 'b'))
select * from (select dept, sal from p) pivot (sum(sal) for dept in ('a'))
select count(*) from p unpivot (x for k in (dept, note))
select dept from p union all select dept from o
select dept from p union select dept from o
select dept, sal from p intersect select dept, id from o
select dept from o except select dept from p
select count(*) from (select dept from p union select dept from o)
select count(*) from (select dept from p except select dept from o)
select count(*) from ((select dept from p) union all (select dept from o) limit 1)
select * from o where id in (select eid from p)
select * from o where id = (select eid from p where note = 'SECRET7')
select * from o where exists (select 1 from p where p.eid = o.id)
select * from o where exists (select 1 from p)
select * from o where id > any (select eid from p)
select o.id from o where dept = (select count(*) from p where p.dept = o.dept)
select id, (select sum(sal) from p where eid = id) from o
select id, (select sum(sal) from p where p.eid = o.id) from o
select id, (select count(*) from p where p.dept = o.dept having count(*) > 0) from o
select sum((select count(*) from o where o.id = p.eid)) from p
select count(*) from p where eid in (select o.id from o where o.id = p.eid)
select count(*) from p where exists (select 1 from o where o.dept = p.dept and o.id = p.eid)
select o.id, x.n from o, lateral (select count(*) as n from p where p.eid = o.id) x
select o.id, x.n from o, (select count(*) as n from p where p.eid = o.id) x
select o.id, x.n from o left join lateral (select sum(sal) n from p where eid = o.id) x on true
select count(*) from p, lateral (select p.note as n) x
select count(*) from p, lateral flatten(input => array_construct(p.note)) f
select count(f.value) from p, table(flatten(input => array_construct(p.note))) f
with recursive r as (select note, 1 as n from p union all select note, n + 1 from r where n < 2) select count(*) from r
with recursive r as (select 1 as n union all select n + 1 from r, p where n < 2) select count(*) from r
with c as (select * from p) select * from c
with c as (select * from p) select c1.note from c c1 join c c2 on c1.eid = c2.eid
select p from p
select count(p) from p
select count(p.*) from p
select p, count(*) from p group by p
select object_construct(*), count(*) from p group by 1
select columns('.*') from p
select count(columns('.*')) from p
select $1 from p
select count($1) from p
select "_AGG_1", count(*) from p group by 1
select sum("_AGG_1") from p
select max("_AGG_1") from (select * from p)
select rowid, count(*) from p group by 1
select * from v
select big from v
select department, big from v
select * from sv
select note from sv
select dept from pv
select * from nested
select n from open_answer
select count(*) from open_answer
select count(*) from minus
select * from log
select who, minutes from log
create table stolen as select * from p
create table stolen as select note from p
create temporary table stolen as select dept, sal from p
create or replace table stolen as with c as (select * from p) select note from c
insert into sink select sal, note from p
insert into sink (t) select note from p
insert into sink values (1, (select note from p where eid = 7))
insert into sink select id, (select note from p where p.eid = o.id) from o
insert overwrite into sink select sal, note from p
update sink set t = note from p where n = eid
update p set note = note
update p set sal = 0 where note = 'SECRET7'
update sink set n = (select sum(sal) from p)
delete from p where note = 'SECRET7'
delete from sink using p where n = eid
delete from sink where n in (select eid from p)
merge into sink using p on n = eid when matched then update set t = note
merge into sink using p on n = eid when not matched then insert (n) values (1)
merge into p using o on eid = id when matched then delete
merge into p using o on eid = id and note = 'SECRET7' when matched then update set sal = 1
"""

ALLOWED: dict[str, list[tuple[Any, ...]]] = {
    "select count(*) from p": [(8,)],
    "select sum(sal), avg(sal), count(note), count(distinct dept), hll(dept) from p": [(360, 45, 8, 3, 3)],
    "select count(distinct dept, eid) from p": [(8,)],
    "select dept, count(*) from p group by dept": [("a", 4), (None, 4)],
    "select p.dept, sum(p.sal) from d.s.p group by d.s.p.dept": [("a", 100), (None, 260)],
    "select dept, sum(sal) as s from p group by 1 order by s desc": [(None, 260), ("a", 100)],
    "select distinct dept from p": [("a",), (None,)],
    "select distinct dept, sal from p": [(None, None)],
    "select dept from p group by dept": [("a",), (None,)],
    "select upper(dept) as d, count(*) from p group by d": [("A", 4), (None, 4)],
    "select upper(dept) as x, count(*) as n, n + 1 from p group by dept": [("A", 4, 5), (None, 4, 5)],
    "select iff(dept is null, 'others', dept), count(*) from p group by dept": [("a", 4), ("others", 4)],
    "select dept, count(*) from p group by all": [("a", 4), (None, 4)],
    "select * exclude (sal, eid, note), count(*) from p group by all": [("a", 4), (None, 4)],
    "select dept, count(*) from p where eid < 4 group by dept": [("a", 3)],
    "select count(*) from p where note = 'SECRET7'": [(None,)],
    "select sum(sal), 'constant' from p where eid in (7, 8)": [(None, None)],
    "select dept, sum(sal) from p where eid > 6 group by dept": [(None, None)],
    "select dept, sum(sal) from few group by dept": [(None, None)],
    "select sum(sal) from few": [(None,)],
    "select dept, sum(sal) from few group by dept having sum(sal) > 0": [],
    "select dept, sum(sal) from few group by dept order by sum(sal) limit 1": [(None, None)],
    "select dept, count(*) from p group by dept having count(*) > 3 and sum(sal) > 200": [(None, 4)],
    "select dept, count(*) from p group by dept order by sum(sal) desc limit 1": [(None, 4)],
    "select count(*) from (select * from p)": [(8,)],
    "select count(*) from (select dept as x, note from p where sal > 10) q where q.note <> 'SECRET8'": [(6,)],
    "with c as (select dept, sal from p) select dept, sum(sal) from c group by dept": [("a", 100), (None, 260)],
    "with c(x, y) as (select dept, sal from p) select x, sum(y) from c group by x": [("a", 100), (None, 260)],
    "select x, sum(y) from (select dept, sal from p) t(x, y) group by x": [("a", 100), (None, 260)],
    "select max(n) from (select dept, count(*) as n from p group by dept)": [(4,)],
    "select id from o where id > (select avg(sal) from p)": [],
    "select count(*) from p where eid in (select id from o)": [(4,)],
    "select count(*) from p where eid in (select o.id from o where o.dept <> 'zz')": [(3,)],
    "select id, (select count(*) from p) from o where id = 1": [(1, 8)],
    "select o.dept, count(*) from p join o on p.dept = o.dept group by o.dept": [("a", 4), (None, 4)],
    "select p.dept, count(*) from p join o using (dept) group by p.dept": [("a", 4), (None, 4)],
    "select x.dept, count(*) from p x join p y on x.dept = y.dept group by x.dept": [("a", 16), (None, 8)],
    "select count(*) from p left join o on p.eid = o.id": [(8,)],
    "select o.id, count(*) from o left join p on p.eid = o.id group by o.id": [(None, 4)],
    "select o.id, count(*) from o left join p on p.eid = o.id and false group by o.id": [(None, None)],
    # one row of q with three of o: what counts is rows of q; a remainder of one row shows nothing
    "select q.c, count(*) from q, o where q.c = o.c group by q.c": [(2, 2), (None, None)],
    "select state, round(avg(elevation)) from peaks group by state": [("NH", 4435), (None, 3543)],
    "select k, count(*) from (select dept as k from p union all select dept from o) group by k": [("a", 5), (None, 7)],
    "select k, count(*) from (select dept as k from p union all select dept from few) group by k": [(None, None)],
    "select department, sum(sal) from v group by 1": [("a", 100), (None, 260)],
    "select big, count(*) from v group by big": [(None, 8)],
    "select count(*) from sv": [(8,)],
    "select dept, count(*) from pv group by dept": [(None, 4)],
    "select dept, sum(sal) from nested group by dept": [("a", 100), (None, 260)],
    "select try_cast(note as number), count(*) from p group by 1": [(None, 8)],
    "select sum(try_cast(note as number)) from p": [(None,)],
    # entities, not rows: two houses at least, whoever watches
    "select count(*) from log": [(5,)],
    "select who, count(*) from log group by who": [(None, 5)],
    "select count(*) from log where house = 1": [(None,)],
    "select minutes, count(*) from log group by minutes": [(30, 2), (None, 3)],
}


@pytest.fixture(scope="module")
def world() -> World:
    return World(AGGREGATION)


@pytest.fixture
def run(world: World) -> Iterator[Run]:
    yield from scratch(world)


@pytest.mark.parametrize("sql", [sql for sql in REFUSED.splitlines() if sql])
def test_rows_do_not_leave(world: World, sql: str) -> None:
    """A23: everything that is not known to aggregate is refused, and tells nothing."""
    error = world.fails(sql)
    assert error.code in (3549, 2, 904, 1003, 2140, 2141), error
    assert "SECRET" not in error.message.replace("SECRET7", "")
    assert world.rows(world.admin, "select count(*) from d.s.sink") == [(0,)]
    assert world.rows(world.admin, "show tables like 'STOLEN' in schema d.s") == []


@pytest.mark.parametrize("sql", ALLOWED)
def test_groups_of_the_minimum_size_leave(world: World, sql: str) -> None:
    """A23: smaller ones are one remainder group with NULL keys; too few rows for that are NULL."""
    assert sorted(world.rows(world.low, sql), key=str) == sorted(ALLOWED[sql], key=str)


def test_the_policy_decides_for_each_role(world: World) -> None:
    free = world.open("FREE")
    assert len(world.rows(free, "select * from p")) == 8
    assert world.rows(free, "select min(sal) from p") == [(10,)]
    assert world.fails("select * from p", world.admin).code == 3549  # its owner


def test_the_texts_of_a_live_account(world: World) -> None:
    assert world.fails("select * from p").message == (
        "SQL compilation error: Aggregation policy violation: aggregation required."
    )
    assert (
        world.fails("select min(sal) from p").message == "SQL compilation error: MIN(SAL) violated Aggregation Policy."
    )


def test_names_and_types_stay(world: World) -> None:
    sql = 'select dept, count(*), sum(sal) as "Total", avg(sal) from p group by dept'
    free = world.gateway.execute(world.open("FREE"), sql).rows
    low = world.gateway.execute(world.low, sql).rows
    assert [(c["name"], c["type"]) for c in low.rowtype] == [(c["name"], c["type"]) for c in free.rowtype]


def test_errors_of_the_engine_tell_no_value(world: World) -> None:
    """M58: a filter that fails on a row prints its value."""
    for sql in ("select count(*) from p where note::number > 1", "select count(*) from p where 1 / (sal - 70) > 0"):
        try:
            assert "SECRET" not in str(world.rows(world.low, sql))
        except SnowflakeError as error:
            assert error.message == "Error in secure object"


def test_what_aggregates_may_be_stored(world: World, run: Run) -> None:
    run("create table d.t.sums as select dept, sum(sal) as s from d.s.p group by dept")
    assert sorted(run("select * from d.t.sums"), key=str) == [("a", 100), (None, 260)]
    run("insert into d.t.sums select dept, count(*) from d.s.p group by dept")
    assert run("select count(*) from d.t.sums") == [(4,)]
    run("insert into d.s.few values ('c', 1)")  # writing reads nothing
    run(
        "create or replace dynamic table d.t.dt target_lag = '1 hour' warehouse = compute_wh as select dept, count(*) as n from d.s.p group by dept"
    )
    assert sorted(run("select * from d.t.dt"), key=str) == [("a", 4), (None, 4)]
    assert (
        "aggregation required"
        in world.fails(
            "create dynamic table d.t.dt2 target_lag = '1 hour' warehouse = compute_wh as select note from d.s.p",
            world.admin,
        ).message
    )
    run("create or replace table d.s.few (dept varchar, sal number) with aggregation policy d.s.three")
    run("insert into d.s.few values ('a', 1), ('b', 987654)")
    run("grant select on table d.s.few to role low")


def test_zero_and_one(world: World, run: Run) -> None:
    """A23: with 0 a group may consist of rows of the other table alone, with 1 it may not; both must aggregate."""
    run("create table d.t.a0 (id number) with aggregation policy d.s.zero")
    run("create table d.t.a1 (id number) with aggregation policy d.s.one")
    for table in ("a0", "a1"):
        run(f"insert into d.t.{table} values (1)")
        assert world.fails(f"select id from d.t.{table}", world.admin).code == 3549
    join = "select o.id, count(*) from d.s.o left join d.t.{0} a on a.id = o.id group by o.id"
    assert sorted(run(join.format("a0")), key=str) == [(1, 1), (2, 1), (3, 1), (7, 1)]
    assert sorted(run(join.format("a1")), key=str) == [(1, 1), (None, None)]


def test_with_the_other_policies(world: World, run: Run) -> None:
    """Hidden rows count for nothing, masked values are grouped as masked, projection still binds the result."""
    run("create table d.t.t (dept varchar, sal number, mail varchar) with aggregation policy d.s.two")
    run("insert into d.t.t values ('a', 1, 'm1'), ('a', 2, 'm2'), ('b', 3, 'm3'), ('b', 4, 'm4')")
    run("create row access policy d.t.r as (s number) returns boolean -> s <> 4")
    run("alter table d.t.t add row access policy d.t.r on (sal)")
    assert sorted(run("select dept, count(*) from d.t.t group by dept"), key=str) == [("a", 2), (None, None)]
    run("create masking policy d.t.m as (v varchar) returns varchar -> 'x'")
    run("alter table d.t.t modify column dept set masking policy d.t.m")
    assert run("select dept, count(*) from d.t.t group by dept") == [("x", 3)]
    run("create projection policy d.t.p as () returns projection_constraint -> projection_constraint(allow => false)")
    run("alter table d.t.t modify column mail set projection policy d.t.p")
    assert (
        "restricted by a Projection Policy"
        in world.fails("select mail, count(*) from d.t.t group by mail", world.admin).message
    )
    assert "argument of a function" in world.fails("select count(mail) from d.t.t", world.admin).message
    assert run("select count(*) from d.t.t where mail <> 'm1'") == [(2,)]
    run("alter projection policy d.t.p set body -> projection_constraint(allow => false, enforcement => 'NULLIFY')")
    assert run("select mail, count(*) from d.t.t group by mail") == [(None, 3)]


def test_a_policy_body_may_not_read_it(world: World, run: Run) -> None:
    run("create masking policy d.t.m as (v varchar) returns varchar -> (select max(note) from d.s.p)")
    run("create table d.t.t (a varchar)")
    assert (
        "aggregation policy" in world.fails("alter table d.t.t modify a set masking policy d.t.m", world.admin).message
    )
    run("create table d.t.map (note varchar)")
    run("create masking policy d.t.m2 as (v varchar) returns varchar -> (select max(note) from d.t.map)")
    run("alter table d.t.t modify a set masking policy d.t.m2")
    run("insert into d.t.t values ('x')")
    run("alter table d.t.map set aggregation policy d.s.two")
    assert "protected by a projection or aggregation policy" in world.fails("select a from d.t.t", world.admin).message


ROWS = st.lists(
    st.tuples(st.sampled_from(["a", "b", "c", None]), st.sampled_from(["x", "y"]), st.integers(0, 9)), max_size=14
)


@settings(max_examples=40, deadline=None)
@given(rows=ROWS, minimum=st.integers(0, 4), keys=st.sampled_from([("k",), ("k", "l"), ("l",), ()]))
def test_folding_by_hand(world: World, rows: list[tuple[Any, Any, int]], minimum: int, keys: tuple[str, ...]) -> None:
    """A23 against an independent computation: group, fold what is too small, drop a remainder that is too small."""
    admin = world.admin
    for sql in (
        "create or replace schema d.h",
        f"create aggregation policy d.h.p as () returns aggregation_constraint -> aggregation_constraint(min_group_size => {minimum})",
        "create table d.h.t (k varchar, l varchar, n number) with aggregation policy d.h.p",
    ):
        world.rows(admin, sql)
    if rows:
        values = ", ".join(f"({'null' if k is None else repr(k)}, '{x}', {n})" for k, x, n in rows)
        world.rows(admin, f"insert into d.h.t values {values}")
    select = ", ".join([*keys, "count(*)", "sum(n)", "count(distinct n)"])
    group = f" group by {', '.join(keys)}" if keys else ""
    found = world.rows(admin, f"select {select} from d.h.t{group}")
    assert sorted(found, key=str) == sorted(_folded(rows, minimum, keys), key=str)


def _folded(rows: list[tuple[Any, Any, int]], minimum: int, keys: tuple[str, ...]) -> list[tuple[Any, ...]]:
    groups: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for k, x, n in rows:
        groups[tuple({"k": k, "l": x}[key] for key in keys)].append(n)
    if not keys:
        groups.setdefault((), [])
    rest = [n for values in groups.values() if len(values) < minimum for n in values]
    small = any(len(values) < minimum for values in groups.values())
    found = [(*key, *_values(values)) for key, values in groups.items() if len(values) >= minimum]
    if small:
        nothing = (None,) * (len(keys) + 3)
        found.append((*[None] * len(keys), *_values(rest)) if keys and len(rest) >= minimum else nothing)
    return found


def _values(values: list[int]) -> tuple[Any, ...]:
    return len(values), sum(values) if values else None, len(set(values))
