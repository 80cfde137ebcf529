"""explain: from a role, a grant or a statement to the line of the mesh file, and from a line to what it causes."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from snowmesh.account import identifiers
from snowmesh.account.objects import role
from snowmesh.account.system import fresh_account
from snowmesh.bootstrap import changes, explanation, mesh_file, statements
from snowmesh.bootstrap.cli import main
from snowmesh.bootstrap.declared import Declared
from snowmesh.bootstrap.expand import expand
from snowmesh.bootstrap.plan import make_plan
from snowmesh.bootstrap.problems import BootstrapError
from snowmesh.bootstrap.words import words

EXAMPLE = Path(__file__).parents[4] / "projects" / "mesh.yml"
TEXT = """
domains:
  sales:
    products: [orders]
    readers: ['"odd ""role"" x"']
  money: {consumes: [sales.orders]}
grants:
  - {privilege: [select, insert], on: tables in schema sales_db.prod, to: money_role}
users: {bot: {type: service, domain: money}}
"""


def mesh() -> Declared:
    return expand(mesh_file.loads(TEXT))


def said(question: str) -> list[tuple[str, int]]:
    return [(item.text, item.cause.place.line) for item in explanation.explain(mesh(), question).items]


def test_every_statement_of_a_plan_is_explained_by_the_lines_that_cause_it() -> None:
    """Merged, one by one, and in lower case without quotes."""
    declared = expand(mesh_file.load(EXAMPLE))
    for source in (declared, mesh()):
        for step in make_plan(source, fresh_account()).steps:
            whole = explanation.explain(source, statements.render(step.change))
            assert step.cause in {item.cause for item in whole.items}
            assert len(whole.items) == len(changes.singles(step.change))
            for single in changes.singles(step.change):
                (item,) = explanation.explain(source, statements.render(single) + ";").items
                assert item.cause.place in {other.cause.place for other in whole.items}


def test_every_line_that_causes_something_says_what() -> None:
    declared = expand(mesh_file.load(EXAMPLE))
    found = [
        item.item
        for line in sorted({cause.place.line for cause in declared.causes.values()})
        for item in explanation.explain(declared, f"mesh.yml:{line}").items
    ]
    assert sorted(map(str, found)) == sorted(map(str, declared.causes))
    place = declared.causes[role("MARKETING_ROLE")].place
    with_column = explanation.explain(declared, str(place))
    assert with_column.items == explanation.explain(declared, f"{EXAMPLE}:{place.line}").items


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("usage on schema sales_db.prod to role money_role", [("USAGE on schema SALES_DB.PROD to role MONEY_ROLE", 6)]),
        ('grant role "MONEY_ROLE" to user bot', [("role MONEY_ROLE to user BOT", 9)]),
        ("create database if not exists money_db", [("database MONEY_DB", 6)]),
        ("alter warehouse sales_wh set comment = 'x;y'", [("warehouse SALES_WH", 3)]),
        ("grant ownership on schema money_db.prod to role sysadmin copy current grants", [("schema MONEY_DB.PROD", 6)]),
        ("drop role if exists money_role", [("role MONEY_ROLE", 6)]),
        (
            "GRANT SELECT ON ALL TABLES IN SCHEMA SALES_DB.PROD TO ROLE MONEY_ROLE",
            [("SELECT on future tables in schema SALES_DB.PROD to role MONEY_ROLE", 8)],
        ),
        (
            "revoke usage on warehouse money_wh from role money_role",
            [("USAGE on warehouse MONEY_WH to role MONEY_ROLE", 6)],
        ),
    ],
)
def test_a_grant_is_written_as_people_write_it(question: str, expected: list[tuple[str, int]]) -> None:
    assert said(question) == expected


def test_a_name_may_be_quoted_and_may_leave_its_database_out() -> None:
    assert ('role "odd ""role"" x" to role SALES_ROLE', 5) in said('"odd ""role"" x"')
    assert next(text for text, _ in said("sales_db.prod")) == "schema SALES_DB.PROD"
    assert len([text for text, _ in said("prod") if text.startswith("schema ")]) == 2


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ("revoke usage on database sales_db from role stranger", "that is why a plan takes it away"),
        ("stranger", "the mesh file does not declare: stranger"),
        ("mesh.yml:1", "mesh.yml:1 causes nothing by itself.\nNext: the nearest that do: 3."),
        ("other.yml:3", "other.yml is no file of this mesh."),
        ('role "x', 'role "x has a " that does not end.'),
        ("", "there is nothing to explain."),
        ("grant", "the mesh file does not declare"),
        ("grant ownership on", "the mesh file does not declare"),
        ("grant ownership to", "the mesh file does not declare"),
        ("revoke x", "the mesh file does not declare"),
        ("create", "the mesh file does not declare"),
        ("mesh.yml:99999999999999", "the mesh file does not declare"),
    ],
)
def test_what_cannot_be_explained_is_said(question: str, message: str) -> None:
    with pytest.raises(BootstrapError) as caught:
        explanation.explain(mesh(), question)
    assert message in f"{caught.value}"


@settings(deadline=None)  # a busy machine is no error
@given(st.text(max_size=60))
def test_no_question_ends_in_anything_but_an_answer_or_an_error(question: str) -> None:
    with suppress(BootstrapError):
        explanation.explain(mesh(), question)


@settings(deadline=None)  # a busy machine is no error
@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20), st.text(max_size=20))
def test_words_of_names_and_comments_come_through(name: str, comment: str) -> None:
    sql = f"CREATE ROLE {identifiers.quote(name)} COMMENT = {identifiers.literal(comment)}"
    assert words(sql) == ("CREATE", "ROLE", name, "COMMENT", "=", comment)


def test_the_command_prints_text_and_json() -> None:
    arguments = [
        "explain",
        "--file",
        str(EXAMPLE),
        "usage",
        "on",
        "database",
        "finance_db",
        "to",
        "role",
        "finance_role",
    ]
    text = CliRunner().invoke(main, arguments)
    assert text.exit_code == 0
    assert "declared at" in text.stdout
    (item,) = json.loads(CliRunner().invoke(main, [*arguments, "--output", "json"]).stdout)["items"]
    assert item["declared_by"] == "domains.finance.database"
    assert item["statement"] == 'GRANT USAGE ON DATABASE "FINANCE_DB" TO ROLE "FINANCE_ROLE"'
