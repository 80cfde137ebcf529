"""The account that the tests of row access policies share, and how they use it."""

from __future__ import annotations

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


def run(account: Any, role: str, *statements: str) -> list[tuple[Any, ...]]:
    return account.run(*statements, role=role, warehouse="rows_wh", database=DB, schema="s")


def refused(account: Any, role: str, sql: str, errno: int, text: str = "") -> str:
    with pytest.raises(DatabaseError) as error:
        run(account, role, sql)
    assert error.value.errno == errno, error.value
    assert text in str(error.value)
    return str(error.value)


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
