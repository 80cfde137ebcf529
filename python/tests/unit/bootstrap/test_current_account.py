"""SHOW rows of real accounts -> the current account: old and new shapes, quoted names, caps, refusals."""

from __future__ import annotations

from pathlib import Path

import pytest

from snowmesh.account.grants import FutureGrant, Grant, Membership
from snowmesh.account.objects import (
    ACCOUNT,
    Database,
    ObjectRef,
    ObjectType,
    database,
    role,
    schema,
    user,
    warehouse,
)
from snowmesh.account.state import Account
from snowmesh.bootstrap import mesh_file, shown
from snowmesh.bootstrap.current import ROW_CAP, read_account
from snowmesh.bootstrap.expand import expand
from snowmesh.bootstrap.problems import BootstrapError
from tests.unit.bootstrap.recorded import (
    DATABASES,
    GRANTS_TO_USER,
    GRANTS_TO_USER_BEFORE,
    ROLES,
    SCHEMAS,
    USERS,
    WAREHOUSES,
    Recorded,
    grants,
    rows,
)

DECLARED = expand(mesh_file.load(Path(__file__).parents[4] / "projects" / "mesh.yml"))
HIERARCHY = 'SHOW GRANTS TO ROLE "SYSADMIN" INCLUDE HIERARCHY'
BESIDE = 'SHOW GRANTS TO ROLE "SECURITYADMIN" INCLUDE HIERARCHY'
PUBLIC = 'SHOW GRANTS TO ROLE "PUBLIC"'


def read(**changes: object) -> tuple[Account, Recorded]:
    session = Recorded(**changes)
    return read_account(session, DECLARED), session


def roles_named(*names: str) -> list[object]:
    return [*rows(ROLES, *(("t", name, "N", "N", "N", 0, 0, 0, "USERADMIN", "") for name in names))]


def test_objects_are_read_by_column_name() -> None:
    """S1, S11-S13, S20: names, owners and the properties that a mesh file manages."""
    wh = (
        "WH",
        "STARTED",
        "STANDARD",
        "2X-Large",
        1,
        1,
        1,
        0,
        0,
        "N",
        "N",
        600,
        "true",
        "",
        "",
        "",
        "",
        "t",
        "t",
        "t",
        "SYSADMIN",
        "c",
    )
    account, _ = read(
        answers={
            "SHOW ROLES": roles_named("FINANCE_ROLE"),
            "SHOW WAREHOUSES": rows(WAREHOUSES, wh),
            "SHOW DATABASES": rows(
                DATABASES,
                ("t", "FINANCE_DB", "N", "N", "", "SYSADMIN", "hello", "", "1", "STANDARD", "ROLE"),
                ("t", "SAMPLE", "N", "N", "SFSALES.SAMPLE", "ACCOUNTADMIN", "", "", "1", "IMPORTED DATABASE", "ROLE"),
            ),
            "SHOW SCHEMAS IN ACCOUNT": rows(
                SCHEMAS,
                ("t", "PROD", "N", "N", "FINANCE_DB", "SYSADMIN", "", "MANAGED ACCESS", "1", "ROLE"),
                ("t", "INFORMATION_SCHEMA", "N", "N", "FINANCE_DB", "", "", "", "1", ""),
            ),
            "SHOW USERS": rows(
                USERS, ("U", "t", "U", "", "false", "WH", '"FINANCE_DB"."prod"', '"r"', '["ALL"]', "USERADMIN", None)
            ),
        }
    )
    assert dict(account.objects[warehouse("WH")].properties) == {
        "WAREHOUSE_SIZE": "XXLARGE",
        "AUTO_SUSPEND": "600",
        "COMMENT": "c",
        "MARKED": "FALSE",
    }
    assert account.objects[database("FINANCE_DB")].properties["COMMENT"] == "hello"
    sample = account.objects[database("SAMPLE")]
    assert isinstance(sample, Database)
    assert sample.shared
    assert account.objects[schema("FINANCE_DB", "PROD")].owner == "SYSADMIN"
    assert dict(account.objects[user("U")].properties) == {
        "TYPE": "PERSON",
        "DEFAULT_ROLE": "r",
        "DEFAULT_WAREHOUSE": "WH",
        "DEFAULT_NAMESPACE": 'FINANCE_DB."prod"',
        "COMMENT": "",
        "MARKED": "FALSE",
    }
    managed = account.objects[schema("FINANCE_DB", "PROD")]
    assert managed.properties["MANAGED_ACCESS"] == "TRUE"
    assert role("FINANCE_ROLE") in account.objects


def test_grants_are_read_with_one_statement_for_all_roles_below_sysadmin() -> None:
    """S3, S10, R14: memberships are USAGE on ROLE; OWNERSHIP is no grant; kinds that a mesh does not grant on are left."""
    answer = grants(
        ("USAGE", "ROLE", "FINANCE_ROLE", "SYSADMIN"),
        ("USAGE", "DATABASE", "FINANCE_DB", "FINANCE_ROLE"),
        ("CREATE TABLE", "SCHEMA", 'FINANCE_DB."my.schema"', "FINANCE_ROLE"),
        ("APPLY MASKING POLICY", "ACCOUNT", "AB12345", "FINANCE_ROLE"),
        ("OWNERSHIP", "DATABASE", "FINANCE_DB", "FINANCE_ROLE"),
        ("SELECT", "TABLE", "A.B.C", "FINANCE_ROLE"),
        ("USAGE", "FILE_FORMAT", "A.B.C", "FINANCE_ROLE"),
        ("USAGE", "SOMETHING_NEW", "A", "FINANCE_ROLE"),
    )
    account, session = read(answers={"SHOW ROLES": roles_named("FINANCE_ROLE"), HIERARCHY: answer})
    assert account.grants == {
        Grant("USAGE", database("FINANCE_DB"), "FINANCE_ROLE", granted_by="X"),
        Grant("CREATE TABLE", schema("FINANCE_DB", "my.schema"), "FINANCE_ROLE", granted_by="X"),
        Grant("APPLY MASKING POLICY", ACCOUNT, "FINANCE_ROLE", granted_by="X"),
        Grant("SELECT", ObjectRef(ObjectType.TABLE, ("A", "B", "C")), "FINANCE_ROLE", granted_by="X"),
    }
    assert account.memberships == {Membership("FINANCE_ROLE", role("SYSADMIN"), granted_by="X")}
    assert [sql for sql in session.sent if "SHOW GRANTS" in sql] == [HIERARCHY, BESIDE, PUBLIC]


def test_future_grants_are_read_the_same_way() -> None:
    """S7: columns of their own; the container is what the placeholder stands in."""
    columns = "created_on, privilege, grant_on, name, grant_to, grantee_name, grant_option"
    answer = rows(
        columns,
        ("t", "SELECT", "TABLE", "FINANCE_DB.PROD.<TABLE>", "ROLE", "FINANCE_ROLE", "false"),
        ("t", "USAGE", "SCHEMA", 'FINANCE_DB."<SCHEMA>"', "ROLE", "FINANCE_ROLE", "true"),
        ("t", "USAGE", "NOVELTY", "FINANCE_DB.<NOVELTY>", "ROLE", "FINANCE_ROLE", "true"),
        ("t", "SELECT", "TABLE", "FINANCE_DB.<TABLE>", "DATABASE_ROLE", "R", "true"),
    )
    account, session = read(answers={HIERARCHY.replace("GRANTS", "FUTURE GRANTS"): answer})
    assert account.future_grants == {
        FutureGrant("SELECT", ObjectType.TABLE, schema("FINANCE_DB", "PROD"), "FINANCE_ROLE"),
        FutureGrant("USAGE", ObjectType.SCHEMA, database("FINANCE_DB"), "FINANCE_ROLE", grant_option=True),
    }
    assert len([sql for sql in session.sent if "FUTURE" in sql]) == 3


def test_a_declared_role_outside_the_hierarchy_is_asked_for_by_name() -> None:
    lonely = 'SHOW GRANTS TO ROLE "FINANCE_ROLE"'
    answer = grants(("USAGE", "WAREHOUSE", "FINANCE_WH", "FINANCE_ROLE"))
    account, session = read(answers={"SHOW ROLES": roles_named("FINANCE_ROLE"), lonely: answer})
    assert account.grants == {Grant("USAGE", warehouse("FINANCE_WH"), "FINANCE_ROLE", granted_by="X")}
    assert lonely in session.sent


@pytest.mark.parametrize("cut", [False, True])
def test_an_account_without_the_hierarchy_form_is_asked_role_by_role(cut: bool) -> None:
    """The form is recent; an answer of exactly the cap may be cut and is not believed either."""
    many = grants(*[("USAGE", "DATABASE", f"D{n}", "X") for n in range(ROW_CAP)])
    answers = {"SHOW ROLES": roles_named("FINANCE_ROLE", "OTHER"), HIERARCHY: many if cut else []}
    _, session = read(answers=answers, hierarchy=cut)
    sent = [sql for sql in session.sent if sql.startswith("SHOW GRANTS TO ROLE")]
    system = [f'SHOW GRANTS TO ROLE "{name}"' for name in ("SYSADMIN", "SECURITYADMIN", "USERADMIN", "PUBLIC")]
    assert sent == [HIERARCHY, *system, 'SHOW GRANTS TO ROLE "FINANCE_ROLE"']


@pytest.mark.parametrize("word", ["ROLE", "ACCOUNT ROLE", "ACCOUNT_ROLE"])
def test_the_words_for_a_role_differ_between_releases(word: str) -> None:
    answer = [{**row, "granted_on": word, "granted_to": word} for row in grants(("USAGE", "X", "A", "SYSADMIN"))]
    account, _ = read(answers={HIERARCHY: answer})
    assert account.memberships == {Membership("A", role("SYSADMIN"), granted_by="X")}


def test_database_roles_are_no_account_roles() -> None:
    """BCR-2371: granted_on says DATABASE_ROLE where it said ROLE; as grantee it comes without its database."""
    answer = [{**row, "granted_on": "DATABASE_ROLE"} for row in grants(("USAGE", "X", "D.R", "SYSADMIN"))]
    to_one = [{**row, "granted_to": "DATABASE_ROLE"} for row in grants(("USAGE", "DATABASE", "D", "R"))]
    account, _ = read(answers={HIERARCHY: [*answer, *to_one]})
    below = Membership(ObjectRef(ObjectType.DATABASE_ROLE, ("D", "R")), role("SYSADMIN"), granted_by="X")
    assert (account.memberships, account.grants) == ({below}, frozenset())


def test_imported_privileges_come_back_as_usage_on_the_shared_database_only() -> None:
    """Scenarios 15 and 17 of the peers."""
    databases = rows(
        DATABASES,
        ("t", "SHARED", "N", "N", "ORG.ACC.SHARE", "ACCOUNTADMIN", "", "", "1", "IMPORTED DATABASE", ""),
        ("t", "PLAIN", "N", "N", "", "SYSADMIN", "", "", "1", "STANDARD", ""),
    )
    answer = grants(("USAGE", "DATABASE", "SHARED", "R"), ("USAGE", "DATABASE", "PLAIN", "R"))
    account, _ = read(answers={"SHOW DATABASES": databases, HIERARCHY: answer})
    assert account.grants == {
        Grant("IMPORTED PRIVILEGES", database("SHARED"), "R", granted_by="X"),
        Grant("USAGE", database("PLAIN"), "R", granted_by="X"),
    }


@pytest.mark.parametrize(
    "answer",
    [
        rows(GRANTS_TO_USER, ("t", "USAGE", "ROLE", "R", "R", "USER", "FINANCE_DBT", "false", "X")),
        rows(GRANTS_TO_USER_BEFORE, ("t", "R", "USER", "FINANCE_DBT", "X")),
    ],
)
def test_the_roles_of_a_user_in_both_shapes(answer: list[object]) -> None:
    """S6: the newer shape also lists privileges of the user itself, with an empty role."""
    own = rows(GRANTS_TO_USER, ("t", "USAGE", "DATABASE", "D", None, "USER", "FINANCE_DBT", "false", "X"))
    users = rows(USERS, ("FINANCE_DBT", "t", "", "", "", "", "", "", "", "USERADMIN", "SERVICE"))
    account, session = read(answers={"SHOW USERS": users, 'SHOW GRANTS TO USER "FINANCE_DBT"': [*answer, *own]})
    assert account.memberships == {Membership("R", user("FINANCE_DBT"), granted_by="X")}
    assert account.grants == {Grant("USAGE", database("D"), user("FINANCE_DBT"), granted_by="X")}
    assert 'SHOW GRANTS TO USER "FOUNDATIONAL_DBT"' not in session.sent  # it does not exist


def test_a_list_that_may_be_cut_short_is_not_planned_from() -> None:
    with pytest.raises(BootstrapError, match="SHOW ROLES answered with 10,000 rows"):
        read(answers={"SHOW ROLES": roles_named(*(f"R{n}" for n in range(ROW_CAP)))})


def test_schemas_of_a_very_large_account_are_asked_for_database_by_database() -> None:
    row = ("t", "PROD", "N", "N", "FINANCE_DB", "SYSADMIN", "", "", "1", "ROLE")
    many = rows(SCHEMAS, row, *((*row[:1], f"S{n}", *row[2:]) for n in range(ROW_CAP - 1)))
    _, session = read(answers={"SHOW SCHEMAS IN ACCOUNT": many})
    assert 'SHOW SCHEMAS IN DATABASE "FINANCE_DB"' in session.sent


def test_a_read_that_is_refused_stops_everything() -> None:
    with pytest.raises(BootstrapError, match=r"the account cannot be read: refused with 3001\nStatement: SHOW ROLES"):
        read(answers={"SHOW ROLES": 3001})


def test_a_user_without_securityadmin_is_told_what_to_run() -> None:
    with pytest.raises(BootstrapError) as caught:
        read(held=("SYSADMIN",))
    assert caught.value.next_step == 'ACCOUNTADMIN runs: GRANT ROLE "SECURITYADMIN" TO USER "ME"'


def test_the_number_of_statements_does_not_grow_with_the_grants() -> None:
    _, session = read(answers={HIERARCHY: grants(*[("USAGE", "DATABASE", f"D{n}", "R") for n in range(5000)])})
    assert len(session.sent) == 12


def test_many_users_are_asked_role_by_role() -> None:
    """Of two ways the shorter: a mesh of 40 persons in 2 roles asks 2 questions."""
    people = ", ".join(f"u{n}: {{type: person, domain: a}}" for n in range(40))
    declared = expand(mesh_file.loads(f"domains: {{a: {{}}, b: {{}}}}\nusers: {{{people}}}"))
    users = rows(USERS, *((f"U{n}", "t", "", "", "", "", "", "", "", "USERADMIN", "PERSON") for n in range(40)))
    held = rows(ROLES, ("t", "A_ROLE", "N", "N", "N", 40, 0, 0, "USERADMIN", ""), *([]))
    holder = rows("created_on, role, granted_to, grantee_name, granted_by", ("t", "A_ROLE", "USER", "U7", "X"))
    session = Recorded(answers={"SHOW USERS": users, "SHOW ROLES": held, 'SHOW GRANTS OF ROLE "A_ROLE"': holder})
    account = read_account(session, declared)
    assert account.memberships == {Membership("A_ROLE", user("U7"), granted_by="X")}
    assert not any("TO USER" in sql for sql in session.sent)


def test_the_thorough_way_asks_every_role_and_both_ways() -> None:
    """What verify needs: roles that nobody declared, database roles, and who holds the declared ones."""
    names = rows(ROLES, *(("t", n, "N", "N", "N", 1, 0, 0, "USERADMIN", "") for n in ("FINANCE_ROLE", "STRANGER")))
    users = rows(USERS, ("FINANCE_DBT", "t", "", "", "", "", "", "", "", "USERADMIN", "SERVICE"))
    databases = rows(DATABASES, ("t", "FINANCE_DB", "N", "N", "", "SYSADMIN", "", "", "1", "STANDARD", "ROLE"))
    session = Recorded(answers={"SHOW ROLES": names, "SHOW USERS": users, "SHOW DATABASES": databases})
    read_account(session, DECLARED, thorough=True)
    for wanted in (
        'SHOW GRANTS TO ROLE "STRANGER"',
        'SHOW FUTURE GRANTS TO ROLE "STRANGER"',
        'SHOW GRANTS OF ROLE "FINANCE_ROLE"',
        'SHOW GRANTS TO USER "FINANCE_DBT"',
        'SHOW DATABASE ROLES IN DATABASE "FINANCE_DB"',
    ):
        assert wanted in session.sent


@pytest.mark.parametrize(
    ("printed", "stored"),
    [
        ("FOO", ("FOO",)),
        ('"foo"', ("foo",)),
        ("foo", ("foo",)),
        ("my-role", ("my-role",)),
        ('"a""b"', ('a"b',)),
        ("A.B", ("A", "B")),
        ('A."b.c".D', ("A", "b.c", "D")),
        ('"a"."b""."', ("a", 'b".')),
        (None, ("",)),
    ],
)
def test_names_as_show_prints_them(printed: str | None, stored: tuple[str, ...]) -> None:
    assert shown.parts(printed) == stored
