"""Whatever a name or comment holds, a change stays one statement of its kind; every other word is from a list."""

from __future__ import annotations

import json
from functools import cache

import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import tokens

from snowmesh.account import identifiers
from snowmesh.account.objects import ACCOUNT, ObjectRef, ObjectType, SecurableObject, database, role, user, warehouse
from snowmesh.account.state import frozen
from snowmesh.account.system import fresh_account
from snowmesh.bootstrap import mesh_file, mesh_text, render
from snowmesh.bootstrap.changes import AlterObject, CreateObject, GrantPrivileges, GrantRoles
from snowmesh.bootstrap.expand import expand
from snowmesh.bootstrap.plan import make_plan
from snowmesh.bootstrap.problems import MeshError
from snowmesh.bootstrap.statements import render as render_statement

# names that have hurt other tools, among arbitrary ones
NASTY = (
    'a" ; DROP DATABASE PROD; --',
    "a'; DROP ROLE x; --",
    "select",
    "rôle",
    "a.b",
    "$$",
    "/* */",
    "-- x",
    "\\",
    "\\'",
    ";",
    '"',
    "foo bar",
)
NAMES = st.one_of(
    st.sampled_from(NASTY),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60),
)


def statements_in(sql: str) -> list[str]:
    """The first words of each statement, as Snowflake's tokens part them."""
    found: list[list[str]] = [[]]
    for token in sqlglot.tokenize(sql, dialect="snowflake"):
        if token.token_type is tokens.TokenType.SEMICOLON:
            found.append([])
        else:
            found[-1].append(token.text.upper())
    return [words[0] for words in found if words]


def quoted(sql: str) -> list[str]:
    """The text of every quoted identifier."""
    stream = sqlglot.tokenize(sql, dialect="snowflake")
    return [t.text for t in stream if t.token_type is tokens.TokenType.IDENTIFIER]


@settings(deadline=None)  # a busy machine is no error
@given(NAMES, NAMES, st.text(max_size=80))
def test_no_name_and_no_comment_changes_the_number_or_the_kind_of_statements(one: str, two: str, comment: str) -> None:
    properties = frozen(
        {"COMMENT": comment, "DEFAULT_ROLE": two, "DEFAULT_NAMESPACE": identifiers.display_all((one, two))}
    )
    changes = {
        "CREATE": CreateObject(SecurableObject(ref=user(one), owner="USERADMIN", properties=properties)),
        "ALTER": AlterObject(database(one), (("COMMENT", "", comment),)),
        "GRANT": GrantPrivileges(("USAGE",), ObjectRef(ObjectType.SCHEMA, (one, two)), two),
    }
    for kind, change in changes.items():
        assert statements_in(render_statement(change)) == [kind]
    assert statements_in(render_statement(GrantRoles((one, two), role(two)))) == ["GRANT"]


@settings(deadline=None)  # a busy machine is no error
@given(NAMES, NAMES)
def test_names_come_through_a_statement_unchanged(one: str, two: str) -> None:
    sql = render_statement(GrantPrivileges(("USAGE",), ObjectRef(ObjectType.SCHEMA, (one, two)), two))
    assert quoted(sql) == [one, two, two]


@settings(deadline=None)  # a busy machine is no error
@given(st.dictionaries(st.sampled_from(["database", "owner"]), NAMES, min_size=2), st.text(max_size=40))
def test_no_mesh_file_makes_a_plan_with_other_statements(names: dict[str, str], comment: str) -> None:
    """From the file to the script: quoted names of any kind, and any comment."""
    domain = {key: identifiers.quote(name) for key, name in names.items()}
    text = json.dumps({"domains": {"a": {**domain, "comment": comment}}})
    try:
        mesh = mesh_file.loads(text)
    except MeshError:
        return
    plan = make_plan(expand(mesh), fresh_account())
    found = statements_in(render.as_sql(plan))
    assert [word for word in found if word != "USE"] == ["CREATE"] * 4 + ["GRANT"] * 4
    assert len(found) - 8 == 3


WIDE = """
domains:
  a:
    managed_access: true
    databases: {{ {D}: {{comment: {C}, schemas: {{ {S}: {{comment: {C}}} }}}} }}
    warehouses: {{ {W}: {{comment: {C}}} }}
    owner: {O}
    readers: {{ {R}: {{comment: {C}}} }}
    access: {{ {A}: {{write: [{S}]}} }}
    roles: {{ {F}: {{holds: [{A}], comment: {C}}} }}
    governance: {{schema: {G}, steward: {T}, tags: [{N}], row_access_policies: [{N}]}}
    products: [{N}]
    imports: [{I}]
users: {{ {U}: {{type: person, roles: [{F}], default_role: {F}, comment: {C}}} }}
grants:
  - {{privilege: select, on: {X}, to: {F}}}
  - {{privilege: select, on: {Y}, to: {F}, grant_option: true}}
"""
KEYS = "DSWORAFGTNIU"


def wide(names: dict[str, str], comment: str) -> list[tuple[str, str]]:
    """(kind of statement, words that are not names) of everything that a mesh of every word comes to."""
    quoted_names = {key: identifiers.quote(name) for key, name in names.items()}
    values = {key: mesh_text.scalar(name) for key, name in quoted_names.items()}
    path = f"{quoted_names['D']}.{quoted_names['S']}"
    targets = {
        "X": mesh_text.scalar(f"tables in schema {path}"),
        "Y": mesh_text.scalar(f"table {path}.{quoted_names['N']}"),
    }
    mesh = mesh_file.loads(WIDE.format(**values, **targets, C=mesh_text.scalar(comment)))
    steps = make_plan(expand(mesh), fresh_account()).steps
    found = []
    for text in (render_statement(step.change) for step in steps):
        (parsed,) = sqlglot.parse(text, dialect="snowflake")
        found.append((type(parsed).__name__, words(text)))
    return sorted(found)


@cache
def plainly(with_comment: bool) -> list[tuple[str, str]]:
    """The same with plain names."""
    return wide({key: f"N{key}" for key in KEYS}, "plain" if with_comment else "")


def words(sql: str) -> str:
    """A statement without its names and texts."""
    kept = (tokens.TokenType.IDENTIFIER, tokens.TokenType.STRING)
    stream = sqlglot.tokenize(sql, dialect="snowflake")
    return " ".join("_" if token.token_type in kept else token.text for token in stream)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(NAMES, min_size=len(KEYS), max_size=len(KEYS), unique=True),
    st.text(st.characters(exclude_categories=["Cs", "Cc"])),
)
def test_no_name_in_any_word_of_a_mesh_file_changes_the_statements_or_their_kind(
    found: list[str], comment: str
) -> None:
    """With any names the plan has the same statements, word by word, as with plain ones."""
    plain = plainly(bool(comment))
    assert wide({key: name + key for key, name in zip(KEYS, found, strict=True)}, comment) == plain


def test_a_statement_of_each_kind_as_it_is_sent() -> None:
    properties = frozen({"WAREHOUSE_SIZE": "XSMALL", "AUTO_SUSPEND": "60", "COMMENT": "it's \\ here"})
    wh = SecurableObject(ref=warehouse("W"), owner="SYSADMIN", properties=properties)
    assert render_statement(CreateObject(wh)) == (
        'CREATE WAREHOUSE IF NOT EXISTS "W" WAREHOUSE_SIZE = XSMALL AUTO_SUSPEND = 60 '
        "AUTO_RESUME = TRUE INITIALLY_SUSPENDED = TRUE COMMENT = 'it''s \\\\ here [mesh-bootstrap]'"
    )
    assert render_statement(GrantPrivileges(("APPLY MASKING POLICY",), ACCOUNT, "R")) == (
        'GRANT APPLY MASKING POLICY ON ACCOUNT TO ROLE "R"'
    )
    assert render_statement(GrantRoles(("R",), user("U"))) == 'GRANT ROLE "R" TO USER "U"'


@pytest.mark.parametrize(
    "change",
    [
        GrantPrivileges(("USAGE ON DATABASE D TO ROLE PUBLIC; --",), database("D"), "R"),
        GrantPrivileges(("SELECT",), database("D"), "R"),
        GrantRoles(("R",), database("D")),
        CreateObject(SecurableObject(ref=ObjectRef(ObjectType.TABLE, ("D", "S", "T")), owner="X")),
        AlterObject(warehouse("W"), (("WAREHOUSE_SIZE", "", "XSMALL; DROP WAREHOUSE W"),)),
        AlterObject(warehouse("W"), (("AUTO_SUSPEND", "", "60; DROP WAREHOUSE W"),)),
    ],
)
def test_a_word_that_is_not_on_the_list_is_refused(
    change: GrantPrivileges | GrantRoles | CreateObject | AlterObject,
) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        render_statement(change)


def test_a_property_that_is_not_known_is_refused() -> None:
    with pytest.raises(KeyError):
        render_statement(AlterObject(user("U"), (("PASSWORD", "", "x"),)))
