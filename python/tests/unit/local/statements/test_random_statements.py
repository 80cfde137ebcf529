"""Whatever is granted, revoked, created and dropped, and by whom: the account stays consistent (P31-P38, R15, P33, R39-R41)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from snowmesh.account.grants import Grant
from snowmesh.account.lifecycle import create, stamped
from snowmesh.account.objects import (
    ACCOUNT,
    EPOCH,
    ObjectRef,
    ObjectType,
    Relation,
    RoleName,
    role_name,
    role_ref,
    user,
)
from snowmesh.account.privileges import is_grantable
from snowmesh.account.roles import PUBLIC, children
from snowmesh.account.state import Account
from snowmesh.account.system import fresh_account
from snowmesh.local import storage
from snowmesh.local.errors import SnowflakeError
from snowmesh.local.statements import PartiallyExecuted, execute, parse
from snowmesh.local.statements.grantee import is_database_role
from tests.unit.local.statements.laboratory import COLUMNS, Lab

ROLES = ("A", "B", "C")
DATABASE_ROLES = ("d.x", "d.y")
OBJECTS = ("TABLE d.s.t", "VIEW d.s.v", "SCHEMA d.s", "DATABASE d", "TAG d.s.g", "MASKING POLICY d.s.p")
NEW_TABLE = "CREATE OR REPLACE TABLE d.s.t"  # no governance statement: the test makes the table
PRIVILEGES = ("SELECT", "INSERT", "USAGE", "CREATE TABLE", "MANAGE GRANTS", "APPLY", "OWNERSHIP", "ALL")

name = st.sampled_from(ROLES)
on = st.sampled_from((*OBJECTS, "ACCOUNT", "FUTURE TABLES IN SCHEMA d.s", "ALL TABLES IN DATABASE d", "ROLE a"))
privilege = st.sampled_from(PRIVILEGES)
option = st.sampled_from(("", " WITH GRANT OPTION", " COPY CURRENT GRANTS", " REVOKE CURRENT GRANTS"))
ending = st.sampled_from(("", " CASCADE"))
database_name = st.sampled_from(DATABASE_ROLES)
grantee = st.one_of(name.map("ROLE {}".format), st.just("USER admin"), st.just("ROLE sysadmin"))
holder = st.one_of(name.map("ROLE {}".format), database_name.map("DATABASE ROLE {}".format), st.just("USER admin"))

statement = st.one_of(
    st.builds("GRANT {} ON {} TO {}{}".format, privilege, on, holder, option),
    st.builds("REVOKE {} ON {} FROM {}{}".format, privilege, on, holder, ending),
    st.builds("REVOKE GRANT OPTION FOR {} ON {} FROM {}{}".format, privilege, on, holder, ending),
    st.builds("GRANT ROLE {} TO {}{}".format, name, grantee, st.sampled_from(("", " WITH GRANT OPTION"))),
    st.builds("REVOKE ROLE {} FROM {}{}".format, name, grantee, ending),
    st.builds("GRANT DATABASE ROLE {} TO {}".format, database_name, holder),
    st.builds("REVOKE DATABASE ROLE {} FROM {}{}".format, database_name, holder, ending),
    st.builds("{} DATABASE ROLE {}".format, st.sampled_from(("DROP", "CREATE OR REPLACE")), database_name),
    st.builds("ALTER DATABASE ROLE {} RENAME TO {}".format, database_name, database_name),
    st.builds("DROP ROLE {}".format, name),
    st.builds("CREATE OR REPLACE ROLE {}".format, name),
    st.builds("ALTER ROLE {} RENAME TO {}".format, name, name),
    st.sampled_from(
        (
            "CREATE OR REPLACE SCHEMA d.s",
            "DROP SCHEMA d.s",
            "ALTER SCHEMA d.s ENABLE MANAGED ACCESS",
            "ALTER TABLE d.s.t SET TAG d.s.g = 'x'",
            "ALTER TABLE d.s.t ALTER name SET MASKING POLICY d.s.p",
            "ALTER TAG d.s.g SET MASKING POLICY d.s.p",
            "DROP TAG d.s.g",
            "DROP MASKING POLICY d.s.p",
        )
    ),
)
moving = st.sampled_from(
    (
        "DROP SCHEMA d.s",
        "UNDROP SCHEMA d.s",
        "DROP DATABASE d",
        "UNDROP DATABASE d",
        "DROP TAG d.s.g",
        "UNDROP TAG d.s.g",
        "ALTER SCHEMA d.s RENAME TO d.z",
        "ALTER SCHEMA d.z RENAME TO e.s",
        "ALTER SCHEMA e.s RENAME TO d.s",
        "ALTER SCHEMA d.s SWAP WITH e.s",
        "ALTER DATABASE d SWAP WITH e",
        "ALTER DATABASE d RENAME TO f",
        "ALTER DATABASE f RENAME TO d",
        "CREATE OR REPLACE SCHEMA d.z CLONE d.s",
        "CREATE OR REPLACE SCHEMA e.s CLONE d.s",
        "CREATE OR REPLACE DATABASE e CLONE d",
        "CREATE OR REPLACE DATABASE e",
        "DROP MASKING POLICY d.s.p",
        "CREATE MASKING POLICY d.s.p AS (v STRING) RETURNS STRING -> '*'",
        "ALTER TABLE d.s.t ALTER name UNSET MASKING POLICY",
        "ALTER TAG d.s.g UNSET MASKING POLICY d.s.p",
        "ALTER TABLE d.s.t ALTER name SET MASKING POLICY d.s.p",
        "GRANT SELECT ON TABLE d.s.t TO ROLE a",
        "DROP ROLE a",
        "CREATE ROLE a",
        "CREATE SCHEMA d.s",
        NEW_TABLE,
    )
)
runner = st.sampled_from(("ACCOUNTADMIN", "SECURITYADMIN", "SYSADMIN", *ROLES))


def start() -> Lab:
    lab = Lab()
    lab.run_all(*(f"CREATE ROLE {name}" for name in ROLES), "GRANT ROLE a TO ROLE sysadmin")
    lab.run_all("CREATE DATABASE d", "CREATE SCHEMA d.s", role="SYSADMIN")
    lab.run_all("CREATE TAG d.s.g", *(f"CREATE DATABASE ROLE {name}" for name in DATABASE_ROLES), role="SYSADMIN")
    lab.run("CREATE MASKING POLICY d.s.p AS (v STRING) RETURNS STRING -> '*'", "SYSADMIN")
    lab.relation("D", "S", "T")
    lab.relation("D", "S", "V", type=ObjectType.VIEW)
    return lab


def attempt(lab: Lab, sql: str, as_role: str) -> None:
    """Run a statement; a refusal is fine, any other exception is not."""
    if not lab.account.role_exists(as_role):
        return
    parsed = None
    try:
        parsed = parse(sql)
        assert parsed is not None
        lab.account = execute(parsed, lab.account, replace(lab.session, role=as_role)).account
    except PartiallyExecuted as partial:
        lab.account = partial.outcome.account
    except SnowflakeError:
        pass


def make_table(lab: Lab) -> None:
    """CREATE OR REPLACE TABLE, where the schema is."""
    ref = ObjectRef(ObjectType.TABLE, ("D", "S", "T"))
    if ref.parents[1] in lab.account.objects:
        place = storage.place_for(lab.account, ref)
        lab.account = create(lab.account, Relation(ref=ref, owner="SYSADMIN", columns=COLUMNS, storage=place))


def check(account: Account) -> None:
    """Nothing hangs in the air, nothing is held twice, no role is above itself."""
    roles = account.of_type(ObjectType.ROLE, ObjectType.DATABASE_ROLE)
    names: set[RoleName] = {role_name(o.ref) for o in roles} | {""}
    assert {o.owner for o in account.objects.values()} <= names
    assert all(set(o.ref.parents) <= set(account.objects) for o in account.objects.values())
    for grant in account.grants:
        assert grant.on == ACCOUNT or grant.on in account.objects
        assert is_grantable(grant.on.type, grant.privilege)
        assert {grant.role, grant.granted_by} <= names | {user("ADMIN")}
        if is_database_role(grant.role) and isinstance(grant.role, ObjectRef):
            assert grant.role.parents[0] in (grant.on, *grant.on.parents)  # R39
    assert len({replace(g, grant_option=False) for g in account.grants}) == len(account.grants)
    for member in account.memberships:
        assert {role_ref(member.role), member.to} <= set(account.objects)
        assert member.granted_by in names
    for future in account.future_grants:
        assert future.container in account.objects and future.role in names
    for target, values in account.tag_values.items():
        assert target.object in account.objects and set(values) <= set(account.objects)
    for (relation, _), reference in account.masks.items():
        assert relation in account.objects
        assert reference.policy in account.objects or not reference.policy.name[0]  # M55: attached to nothing
    for item in roles:
        assert role_name(item.ref) not in _below(account, role_name(item.ref))
        if item.ref.type is ObjectType.DATABASE_ROLE:
            assert Grant("USAGE", item.ref.parents[0], item.ref) in account.grants  # R41
            assert not any(isinstance(below, str) for below in _below(account, item.ref))  # R40
    assert set(fresh_account().grants) <= account.grants  # P33


def _below(account: Account, top: RoleName) -> set[RoleName]:
    found: set[RoleName] = set()
    waiting = list(children(account, top))
    while waiting:
        current = waiting.pop()
        if current not in found and current != PUBLIC:
            found.add(current)
            waiting.extend(children(account, current))
    return found


@settings(max_examples=120, deadline=None, derandomize=True)
@given(st.lists(st.tuples(statement, runner), max_size=25))
def test_the_account_stays_consistent(steps: list[tuple[str, str]]) -> None:
    lab = start()
    for sql, as_role in steps:
        attempt(lab, sql, as_role)
        check(lab.account)


@settings(max_examples=120, deadline=None, derandomize=True)
@given(st.lists(moving, min_size=5, max_size=25))
def test_the_account_stays_consistent_when_containers_move(steps: list[str]) -> None:
    """Renamed, exchanged, cloned, dropped and restored; rows of two tables are never at one place."""
    lab = start()
    lab.run_all("CREATE DATABASE e", "CREATE SCHEMA e.s", role="SYSADMIN")
    lab.run_all("ALTER TABLE d.s.t ALTER name SET MASKING POLICY d.s.p", "ALTER TABLE d.s.t SET TAG d.s.g = 'x'")
    for number, sql in enumerate(steps):
        if sql == NEW_TABLE:
            make_table(lab)
        else:
            attempt(lab, sql, "ACCOUNTADMIN")
        lab.account = stamped(fresh_account(), lab.account, EPOCH + timedelta(seconds=number + 1))
        check(lab.account)
        places = list(storage.places(lab.account))
        assert len(places) == len(set(places))


@settings(max_examples=80, deadline=None, derandomize=True)
@given(st.lists(st.one_of(statement, moving.filter(lambda sql: sql != NEW_TABLE)), max_size=15))
def test_a_role_that_holds_nothing_changes_nothing(steps: list[str]) -> None:
    """R45, P22: without ownership, a grant option or MANAGE GRANTS no statement has an effect."""
    lab = start()
    lab.run("CREATE ROLE nobody")
    before = lab.account
    for sql in steps:
        attempt(lab, sql, "NOBODY")
    assert lab.account == before
