"""Every way around a grant or a mask that we could think of: refused or masked, never clear (M44-M50, P17, P27).

Nothing that the restricted role gets back - rows, an error's text, or what it stores - may hold the secret.
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
create schema d.hidden
create role low
grant role low to role accountadmin
grant usage on database d to role low
grant usage on schema d.s to role low
grant create table, create view on schema d.s to role low
grant usage on warehouse compute_wh to role low
create masking policy d.s.mask as (v string) returns string -> case when is_role_in_session('ACCOUNTADMIN') then v else '****' end
create masking policy d.s.nmask as (v number) returns number -> case when is_role_in_session('ACCOUNTADMIN') then v else 0 end
create table d.s.w (id number, name varchar with masking policy d.s.mask, note varchar, amt number with masking policy d.s.nmask)
insert into d.s.w values (1, 'SECRET1', '', 987654), (2, 'SECRET2', '', 987655)
create table d.s.closed (name varchar)
insert into d.s.closed values ('SECRET3')
create table d.hidden.t (name varchar)
insert into d.hidden.t values ('SECRET4')
create table d.s.out (note varchar)
insert into d.s.out values ('x')
grant select, insert, update, delete on table d.s.w to role low
grant select, insert, update, delete on table d.s.out to role low
"""
SECRETS = ("SECRET", "98765")

REFUSED = """
select * from closed
select * from d.hidden.t
select * from "d"."s"."closed"
select * from identifier('d.s.closed')
select * from table('d.s.closed')
select * from (closed)
from closed
table closed
select (select max(name) from closed)
select * from w, lateral (select * from closed) c
select * from w asof join closed match_condition(w.name >= closed.name)
select * from w natural join closed
select * from w where name = any(select name from closed)
select * from w limit (select 1 from closed)
select * from w order by (select name from closed)
with closed as (select name from closed) select * from closed
with c as (select * from closed), closed as (select 1 as name) select * from c
with recursive r(n) as (select name from closed union all select n from r where false) select * from r
select * from values (1), ((select max(name) from closed))
select f.value from lateral flatten(input => (select array_agg(name) from closed)) f
select * from /* d.s.w */ d.s.closed -- w
select * from duckdb_tables()
select * from table(duckdb_tables())
select * from query_table('d.s.closed')
select * from table(query_table('d.s.closed'))
select * from query('select * from d.s.closed')
select * from read_csv('/etc/hosts')
select * from read_text('/etc/hosts')
select * from '/etc/hosts'
select * from "/etc/hosts"
select * from @stage
select * from sqlite_master
select * from pg_catalog.pg_class
select * from d.main.x
select * from temp.main.x
select * from system.information_schema.tables
select * from _fs_global._fs_information_schema._fs_columns
select * from _snowmesh.empty.x
select * from w at (offset => -60)
select * from w changes (information => default) at (timestamp => current_timestamp)
select * from w match_recognize (order by id measures a.name as n pattern (a) define a as true)
select * into x from w
explain select * from w
copy into @~/x from w
copy w to '/tmp/x.csv'
put file:///etc/hosts @~
get @~ file:///tmp
execute immediate 'select * from closed'
set x = (select max(name) from closed)
create function f() returns string as 'select max(name) from closed'
create macro f() as (select max(name) from d.s.closed)
create procedure p() returns string as 'begin return 1; end'
call pragma_version()
pragma table_info('closed')
attach '/tmp/x.db' as y
summarize closed
export database '/tmp/x'
insert all into out select name from w
create table z as select * from closed
create temp table z as select * from closed
create view z as select * from closed
create table z like closed
create table z clone closed
create table z (a varchar default (select max(name) from d.s.closed))
select current_query()
select current_setting('temp_directory')
select getvariable('x')
select pg_get_viewdef(1)
select has_table_privilege('d.s.closed', 'select')
select write_log('x')
update w set id = 1 returning name
delete from w returning name
insert into out select 'x' returning (select max(name) from w)
insert or replace into out select name from closed
delete from w where id = 1 order by name
merge into w using out on "name" = 'SECRET1' when matched then update set note = 'hit'
merge into w using out on true when matched then update set note = "w"."name"
merge into w p using out on true when matched then update set note = "p"."NAME"
merge into w using out on true when matched then update set note = (select name)
merge into w using out on true when matched then update set note = to_json(w)
merge into w using out on true when matched and exists (select 1 where name = 'SECRET1') then update set note = 'hit'
merge into w using closed on w.name = closed.name when matched then update set note = 'hit'
"""

MASKED = """
select * from w
select "name" from w
select W.name from w
select "w".name from w
select d.s.w.name from d.s.w
select s.w.name from w
select to_json(p) from w p
select object_construct(*) from w
select columns('NAME') from w
select error(name) from w
select cast(name as int) from w
select listagg(name) from w
select max(name) over (partition by id) from w
select * from w unpivot (v for k in (name))
select name from w sample (100)
select name from w qualify row_number() over (order by name) = 1
select * from table('d.s.w')
select * from (select * from w) natural join (select * from w)
with recursive r as (select name from w union all select name from r where false) select * from r
update w set note = name
update w p set note = p.name
update w set note = "name"
update w p set note = "p".name
update w as "p" set note = p.name
update w set note = "w".name
update w set note = (select name)
update w set note = (select w.name)
update w set note = to_json(w)
update w p set note = to_json(p)
update w set note = object_construct(*)
update w set note = columns('NAME')
update w set note = d.s.w.name
update w set note = name from out
update w set note = q.name from w q where q.id = w.id
update w set note = q.n from (select name as n from w) q
update w set amt = amt + 1, note = amt
update identifier('d.s.w') set note = name
insert into out select name from w
insert into out select "name" from w
insert into out with c as (select name from w) select * from c
insert overwrite into out select name from w
insert into out (note) values ((select max(name) from w))
merge into w using out on true when matched then update set note = name
merge into w using out on true when matched then update set note = w.name
merge into out using w on true when matched then update set note = w.name
merge into out using w on false when not matched then insert (note) values (w."name")
create or replace table z as select * from w
create or replace view z as select * from w
create or replace temp table z as select * from w
create or replace table z clone w
"""

# a statement that finds a row by its hidden value would tell it; nothing may match
GUESSES = """
update w set note = 'hit' where name = 'SECRET1'
update w set note = 'hit' where "name" = 'SECRET1'
update w set note = 'hit' where exists (select 1 where name = 'SECRET1')
update w set note = 'hit' where exists (select 1 from out where name = 'SECRET1')
update w set note = 'hit' where id in (select id from w where name = 'SECRET1')
update w set note = 'hit' where (name, id) in (select 'SECRET1', 1)
update w set note = 'hit' where amt > 900000
update w set note = o.note from out o where name = 'SECRET1'
delete from w where name = 'SECRET1'
delete from w where "name" = 'SECRET1'
delete from w where exists (select 1 where name = 'SECRET1')
delete from w using out where w.name = 'SECRET1'
delete from w p using out where "p".name = 'SECRET1'
merge into w using out on w.name = 'SECRET1' when matched then update set note = 'hit'
merge into w using out on true when matched and name = 'SECRET1' then update set note = 'hit'
"""


def lines(text: str) -> list[str]:
    return [line for line in text.strip().splitlines() if line]


Open = Callable[[str], Connected]


class Account:
    """A gateway in this process with the tables of SETUP."""

    def __init__(self) -> None:
        self.gateway: Gateway = open_account(None, 0, lambda text: None)
        self.admin = self.open("ACCOUNTADMIN", "")
        for statement in lines(SETUP):
            self.rows(self.admin, statement)
        self.low = self.open("LOW")

    def open(self, role: str, database: str = "D") -> Connected:
        request = LoginRequest(user="ADMIN", role=role, warehouse="COMPUTE_WH", database=database, schema="S")
        connected = self.gateway.connect(request, {})
        self.rows(connected, "use secondary roles none")
        return connected

    def rows(self, connected: Connected, sql: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.gateway.execute(connected, sql).rows.table.to_pylist()
        return found

    def told(self, connected: Connected, sql: str) -> str:
        """What the role gets back: rows, or the text of a refusal."""
        try:
            return str(self.rows(connected, sql))
        except SnowflakeError as error:
            return error.message

    def stored(self) -> str:
        """Everything that a role that is never exempt could have written, as it is stored."""
        notes = self.rows(self.admin, "select note from d.s.w")
        return str([*notes, *self.rows(self.admin, "select * from d.s.out")])


@pytest.fixture(scope="module")
def shared() -> Account:
    return Account()


@pytest.fixture
def account(shared: Account) -> Iterator[Account]:
    """What a test changes is put back."""
    yield shared
    for statement in ("rollback", "drop table if exists d.s.z", "drop view if exists d.s.z"):
        shared.told(shared.admin, statement)
    for statement in lines(SETUP)[11:13] + lines(SETUP)[17:]:
        shared.rows(shared.admin, statement.replace("create table", "create or replace table"))
    shared.gateway.disconnect(shared.low.token)
    shared.low = shared.open("LOW")


def clear_of_secrets(text: str) -> bool:
    return not any(secret in text for secret in SECRETS)


def test_the_secret_is_there(account: Account) -> None:
    """Else nothing below could fail."""
    assert not clear_of_secrets(str(account.rows(account.admin, "select * from d.s.w")))


@pytest.mark.parametrize("sql", lines(REFUSED))
def test_refused(account: Account, sql: str) -> None:
    with pytest.raises(SnowflakeError) as error:
        account.rows(account.low, sql)
    told = error.value.message.replace(sql, "")
    assert clear_of_secrets(told.replace("'SECRET1'", ""))
    assert "Internal error" not in told
    assert clear_of_secrets(account.stored()) and "hit" not in account.stored()


@pytest.mark.parametrize("sql", lines(MASKED))
def test_masked(account: Account, sql: str) -> None:
    assert clear_of_secrets(account.told(account.low, sql))
    assert clear_of_secrets(account.stored())
    assert clear_of_secrets(account.told(account.low, "select * from z"))


@pytest.mark.parametrize("sql", lines(GUESSES))
def test_no_row_is_found_by_its_hidden_value(account: Account, sql: str) -> None:
    """M44, M50: WHERE, ON and correlated sub-queries of DML see the mask."""
    account.told(account.low, sql)
    assert "hit" not in account.stored()
    assert account.rows(account.admin, "select count(*) as n from d.s.w") == [{"N": 2}]


def test_a_bind_is_a_value_and_nothing_else(account: Account) -> None:
    for bind in ("closed", "d.s.closed", "' or 1=1 --", "name"):
        answer = account.gateway.execute(
            account.low, "select ? as v, name from w where note = ? or id = 1", (bind, bind)
        )
        assert clear_of_secrets(str(answer.rows.table.to_pylist()))
    with pytest.raises(SnowflakeError):
        account.gateway.execute(account.low, "select * from identifier(?)", ("closed",))


def test_a_temporary_table_does_not_open_what_it_shadows(account: Account) -> None:
    """I19: the session sees its own table; dropping it shows the other one again, as closed as before."""
    account.rows(account.low, "create temporary table closed as select 'mine' as name")
    assert account.rows(account.low, "select * from closed") == [{"NAME": "mine"}]
    account.rows(account.low, "drop table closed")
    assert "does not exist" in account.told(account.low, "select * from closed")
    account.rows(account.low, "create temporary table w as select * from d.s.w")
    assert clear_of_secrets(str(account.rows(account.low, "select * from w")))


def test_a_temporary_table_is_named_in_its_own_update(account: Account) -> None:
    account.rows(account.low, "create temporary table mine as select 1 as n")
    account.rows(account.low, "update mine set n = mine.n + 1")
    assert account.rows(account.low, "select n from mine") == [{"N": 2}]


def test_an_open_transaction_does_not_read_old_rows_under_a_new_catalog(account: Account) -> None:
    """The table is replaced by one without a mask: its old rows, which the transaction sees, had one."""
    account.rows(account.low, "begin")
    assert clear_of_secrets(str(account.rows(account.low, "select * from w")))
    account.rows(account.admin, "create or replace table d.s.w (id number, name varchar, note varchar, amt number)")
    account.rows(account.admin, "grant select, update on table d.s.w to role low")
    for sql in ("select * from w", "update w set note = name", "insert into out select name from w"):
        told = account.told(account.low, sql)
        assert clear_of_secrets(told)
        assert "since this transaction began" in told
    account.rows(account.low, "rollback")
    assert account.rows(account.low, "select * from w") == []


def test_a_view_whose_owner_role_is_gone_or_lost_its_rights_is_closed(account: Account) -> None:
    """P19: a view reads with its owner's rights, and a role that is dropped has none."""
    security = account.open("SECURITYADMIN")
    account.rows(security, "create role author")
    for grant in (
        "usage on database d",
        "usage on schema d.s",
        "create view on schema d.s",
        "select on table d.s.closed",
    ):
        account.rows(account.admin, f"grant {grant} to role author")
    account.rows(account.admin, "grant role author to role accountadmin")
    author = account.open("AUTHOR")
    account.rows(author, "create view d.s.z as select * from d.s.closed")
    account.rows(author, "grant select on view d.s.z to role low")
    assert account.rows(account.low, "select * from z") == [{"NAME": "SECRET3"}]  # the author's decision
    account.rows(account.admin, "revoke select on table d.s.closed from role author")
    assert clear_of_secrets(account.told(account.low, "select * from z"))
    account.rows(account.admin, "grant select on table d.s.closed to role author")
    assert not clear_of_secrets(account.told(account.low, "select * from z"))
    account.rows(security, "drop role author")  # the view is now SECURITYADMIN's, who may not read the table
    assert clear_of_secrets(account.told(account.low, "select * from z"))


def test_views_in_a_circle_are_an_error(account: Account) -> None:
    account.rows(account.admin, "create table d.s.c1 as select 1 as n")
    account.rows(account.admin, "create view d.s.c2 as select * from d.s.c1")
    account.rows(account.admin, "drop table d.s.c1")
    account.told(account.admin, "create view d.s.c1 as select 1 as n union all select * from d.s.c2")
    with pytest.raises(SnowflakeError):
        account.rows(account.admin, "create or replace view d.s.c1 as select * from d.s.c2")
        account.rows(account.admin, "select * from d.s.c2")
    account.rows(account.admin, "drop view d.s.c2")


def test_a_result_is_the_session_s_own(account: Account) -> None:
    """RESULT_SCAN reads what this session was shown, and not what another was."""
    clear = account.gateway.execute(account.admin, "select * from d.s.w").query_id
    with pytest.raises(SnowflakeError):
        account.rows(account.low, f"select * from table(result_scan('{clear}'))")


def test_a_result_is_read_again_by_the_session_that_was_shown_it_only(account: Account) -> None:
    """R51: a result is its user's, whatever the role; another session learns nothing from its identifier."""
    session, other = account.open("ACCOUNTADMIN"), account.open("LOW")
    query = account.gateway.execute(session, "select * from d.s.w").query_id
    scan = f"select * from table(result_scan('{query}'))"
    account.rows(session, "use role low")
    assert not clear_of_secrets(account.told(session, scan))
    assert clear_of_secrets(account.told(other, scan))
