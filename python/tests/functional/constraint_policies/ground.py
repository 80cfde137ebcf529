"""An account of two roles, LOW and FREE, with tables that projection and aggregation policies constrain."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from snowmesh.local.connected import Connected
from snowmesh.local.errors import SnowflakeError
from snowmesh.local.gateway import Gateway
from snowmesh.local.login import LoginRequest
from snowmesh.local.server import open_account

ROLES = """
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
"""
PROJECTION = """
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
AGGREGATION = """
create aggregation policy d.s.three as () returns aggregation_constraint -> case when current_role() = 'FREE' then no_aggregation_constraint() else aggregation_constraint(min_group_size => 3) end
create aggregation policy d.s.two as () returns aggregation_constraint -> aggregation_constraint(min_group_size => 1 + 1)
create aggregation policy d.s.one as () returns aggregation_constraint -> aggregation_constraint(min_group_size => 1)
create aggregation policy d.s.zero as () returns aggregation_constraint -> aggregation_constraint(min_group_size => 0)
create aggregation policy d.s.undecided as () returns aggregation_constraint -> case when 1 = 2 then no_aggregation_constraint() end
create aggregation policy d.s.negative as () returns aggregation_constraint -> aggregation_constraint(min_group_size => -1)
create table d.s.p (dept varchar, sal number, eid number, note varchar) with aggregation policy d.s.three
insert into d.s.p values ('a', 10, 1, 'SECRET1'), ('a', 20, 2, 'SECRET2'), ('a', 30, 3, 'SECRET3'), ('a', 40, 4, 'SECRET4'), ('b', 50, 5, 'SECRET5'), ('b', 60, 6, 'SECRET6'), ('c', 70, 7, 'SECRET7'), ('c', 80, 8, 'SECRET8')
create table d.s.few (dept varchar, sal number) with aggregation policy d.s.three
insert into d.s.few values ('a', 1), ('b', 987654)
create table d.s.q (c number) with aggregation policy d.s.two
insert into d.s.q values (1), (2), (2)
create table d.s.peaks (peak varchar, state varchar, elevation number) with aggregation policy d.s.three
insert into d.s.peaks values ('washington', 'NH', 6288), ('cannon', 'NH', 4080), ('kearsarge', 'NH', 2937), ('mansfield', 'VT', 4395), ('killington', 'VT', 4229), ('wachusett', 'MA', 2006)
create table d.s.log (who varchar, house number, minutes number) aggregation policy d.s.two entity key (house)
insert into d.s.log values ('dave', 1, 29), ('mary', 2, 30), ('dave', 1, 18), ('joe', 3, 25), ('junior', 1, 30)
create table d.s.o (id number, c number, dept varchar)
insert into d.s.o values (1, 1, 'a'), (2, 1, 'b'), (3, 1, 'c'), (7, 2, 'zz')
create table d.s.sink (n number, t varchar)
create view d.s.v as select dept as department, sal, upper(note) as big, sal * 2 as twice from d.s.p where eid > 0
create secure view d.s.sv as select * from d.s.p
create view d.s.pv with aggregation policy d.s.two as select id, dept from d.s.o
create view d.s.nested with aggregation policy d.s.two as select dept, case when eid = 7 then sal else 0 end as one_salary, sal from d.s.p
create table d.s.open_answer (n number) with aggregation policy d.s.undecided
create table d.s.minus (n number) with aggregation policy d.s.negative
grant select, insert, update, delete on all tables in schema d.s to role low
grant select on all views in schema d.s to role low
grant select on all tables in schema d.s to role free
"""


class World:
    """A gateway in this process with the roles above and the tables of a setup."""

    def __init__(self, setup: str) -> None:
        self.gateway: Gateway = open_account(None, 0, lambda text: None)
        self.admin = self.open("ACCOUNTADMIN", "")
        for statement in filter(None, (ROLES + setup).splitlines()):
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


def scratch(world: World) -> Iterator[Run]:
    """As the administrator; a schema D.T for what a test makes."""
    world.rows(world.admin, "use schema d.s")
    world.rows(world.admin, "create or replace schema d.t")
    yield lambda sql: world.rows(world.admin, sql)
    world.rows(world.admin, "drop schema if exists d.t")
