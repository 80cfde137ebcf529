"""SHOW rows of real accounts -> the current account: old and new shapes, quoted names, caps, refusals."""

from __future__ import annotations

from pathlib import Path

import pytest

from snowmesh.account.grants import Grant, Membership
from snowmesh.account.objects import ACCOUNT, Database, database, role, schema, user, warehouse
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
    }
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
        Grant("USAGE", database("FINANCE_DB"), "FINANCE_ROLE"),
        Grant("CREATE TABLE", schema("FINANCE_DB", "my.schema"), "FINANCE_ROLE"),
        Grant("APPLY MASKING POLICY", ACCOUNT, "FINANCE_ROLE"),
    }
    assert account.memberships == {Membership("FINANCE_ROLE", role("SYSADMIN"))}
    assert [sql for sql in session.sent if "GRANTS" in sql] == [HIERARCHY]


def test_a_declared_role_outside_the_hierarchy_is_asked_for_by_name() -> None:
    lonely = 'SHOW GRANTS TO ROLE "FINANCE_ROLE"'
    answer = grants(("USAGE", "WAREHOUSE", "FINANCE_WH", "FINANCE_ROLE"))
    account, session = read(answers={"SHOW ROLES": roles_named("FINANCE_ROLE"), lonely: answer})
    assert account.grants == {Grant("USAGE", warehouse("FINANCE_WH"), "FINANCE_ROLE")}
    assert lonely in session.sent


@pytest.mark.parametrize("cut", [False, True])
def test_an_account_without_the_hierarchy_form_is_asked_role_by_role(cut: bool) -> None:
    """The form is recent; an answer of exactly the cap may be cut and is not believed either."""
    many = grants(*[("USAGE", "DATABASE", f"D{n}", "X") for n in range(ROW_CAP)])
    answers = {"SHOW ROLES": roles_named("FINANCE_ROLE", "OTHER"), HIERARCHY: many if cut else []}
    _, session = read(answers=answers, hierarchy=cut)
    assert [sql for sql in session.sent if "GRANTS TO ROLE" in sql] == [
        HIERARCHY,
        'SHOW GRANTS TO ROLE "SYSADMIN"',
        'SHOW GRANTS TO ROLE "FINANCE_ROLE"',
    ]


@pytest.mark.parametrize("word", ["ROLE", "ACCOUNT ROLE", "ACCOUNT_ROLE"])
def test_the_words_for_a_role_differ_between_releases(word: str) -> None:
    answer = [{**row, "granted_on": word, "granted_to": word} for row in grants(("USAGE", "X", "A", "SYSADMIN"))]
    account, _ = read(answers={HIERARCHY: answer})
    assert account.memberships == {Membership("A", role("SYSADMIN"))}


def test_database_roles_are_no_account_roles() -> None:
    """BCR-2371: granted_on says DATABASE_ROLE where it said ROLE."""
    answer = [{**row, "granted_on": "DATABASE_ROLE"} for row in grants(("USAGE", "X", "D.R", "SYSADMIN"))]
    to_one = [{**row, "granted_to": "DATABASE_ROLE"} for row in grants(("USAGE", "DATABASE", "D", "R"))]
    account, _ = read(answers={HIERARCHY: [*answer, *to_one]})
    assert (account.memberships, account.grants) == (frozenset(), frozenset())


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
        Grant("IMPORTED PRIVILEGES", database("SHARED"), "R"),
        Grant("USAGE", database("PLAIN"), "R"),
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
    assert account.memberships == {Membership("R", user("FINANCE_DBT"))}
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
    assert len(session.sent) == 7


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
