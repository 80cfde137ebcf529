"""Bad mesh files: every problem at once, each with file, line, column, what is allowed and the nearest word."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snowmesh.bootstrap import mesh_file, yaml_tree
from snowmesh.bootstrap.problems import BootstrapError, MeshError

ONE = "domains: {finance: {products: [p]}, sales: {}}\n"


def problems(text: str) -> list[str]:
    with pytest.raises(MeshError) as caught:
        mesh_file.loads(text)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        (
            "domain: {}",
            "1:1",
            "unknown key 'domain' in the mesh; allowed: domains, environments, grants, roles, tests, users; did you mean 'domains'?",
        ),
        ("roles: []", "1:1", "the mesh needs the key 'domains'"),
        ("domains: [a]", "1:10", "'domains' must be a mapping of keys to values, not a list"),
        ("domains:\n  finance: {onwer: x}", "2:13", "unknown key 'onwer' in domain 'finance'"),
        ("domains:\n  finance: {onwer: x}", "2:13", "did you mean 'owner'?"),
        ("domains: {f: {database: 1abc}}", "1:25", "'database' of domain 'f': '1abc' is not an identifier"),
        ("domains: {f: {database: [a]}}", "1:25", "'database' of domain 'f' must be a name, not a list"),
        ("domains: {f: {database: }}", "1:25", "'database' of domain 'f' must be a name, not nothing"),
        ("domains: {f: {database: a.b}}", "1:25", "'a.b' has 2 parts"),
        ("domains: {f: {schemas: prod}}", "1:24", "'schemas' of domain 'f' must be a list"),
        ("domains: {f: {warehouse: {size: xsmal}}}", "1:33", "'xsmal'; allowed: 2xlarge"),
        ("domains: {f: {warehouse: {size: xsmal}}}", "1:33", "did you mean 'xsmall'?"),
        ("domains: {f: {warehouse: {auto_suspend: -1}}}", "1:41", "must be a whole number from 0 to 604800"),
        ("domains: {f: {warehouse: {auto_suspend: '60'}}}", "1:41", "must be a whole number"),
        ("domains: {f: {warehouse: {auto_suspend: " + "9" * 5000 + "}}}", "1:41", "must be a whole number"),
        ("domains: {f: {creates: [tabel]}}", "1:25", "did you mean 'table'?"),
        ("domains: {f: {governance: {}}}", "1:27", "'governance' of domain 'f' needs the key 'schema'"),
        ("domains: {f: {comment: [x]}}", "1:24", "must be a text"),
        ('domains: {f: {comment: "a\\nb"}}', "1:24", "must be one line of at most 5000 characters"),
        ("domains: {f: {consumes: [orders]}}", "1:26", "must have the form domain.product, not 'orders'"),
        (
            "domains: {f: {consumes: [sale.p]}, sales: {products: [p]}}",
            "1:26",
            "unknown domain 'SALE'; allowed: f, sales",
        ),
        ("domains: {f: {consumes: [s.q]}, s: {products: [p]}}", "1:26", "domain 's' has no product Q; allowed: P"),
        ("domains: {f: {consumes: [f.p], products: [p]}}", "1:26", "consumes its own product"),
        ("domains: {f: {schemas: [a, b], products: [p]}}", "1:43", "product P must say where it lies"),
        ("domains: {f: {products: {p: {schema: x}}}}", "1:38", "lies in schema X, which domain 'f' does not have"),
        ("domains: {f: {imports: [f_db]}}", "1:25", "belongs to a domain of this mesh; use 'consumes'"),
        ("domains: {f: {owner: sysadmin}}", "1:22", "role SYSADMIN belongs to Snowflake"),
        ("domains: {f: {database: snowflake}}", "1:25", "database SNOWFLAKE belongs to Snowflake"),
        ("domains: {f: {schemas: [information_schema]}}", "1:25", "INFORMATION_SCHEMA belongs to Snowflake"),
        ("domains: {f: {owner: r}, g: {owner: R}}", "1:37", "role R is declared twice; first in line 1"),
        ("domains: {f: {database: d}, g: {database: d}}", "1:43", "database D is declared twice"),
        ("domains: {f: {readers: [f_role]}}", "1:25", "role F_ROLE is declared twice"),
        ("domains: {f: {governance: {schema: prod}}}", "1:36", "PROD is declared twice"),
        ("domains: {f: {}, F: {}}", "1:18", "domain 'F' is there twice"),
        ("domains: {1f: {}}", "1:11", "'1f' is not an identifier"),
        ("domains: {" + "f" * 201 + ": {}}", "1:11", "the name of a domain has at most 200 characters"),
        (ONE + "users: {u: {domain: sales}}", "2:12", "user 'u' needs the key 'type'"),
        (ONE + "users: {u: {type: robot, domain: sales}}", "2:19", "'robot'; allowed: person, service"),
        (ONE + "users: {u: {type: service}}", "2:12", "needs the key 'domain' or 'roles'"),
        (
            ONE + "users: {u: {type: service, domain: sale}}",
            "2:36",
            "unknown domain 'SALE'; allowed: finance, sales; did",
        ),
        (ONE + "users: {u: {type: service, roles: [nobody]}}", "2:36", "unknown role NOBODY; allowed: FINANCE_ROLE"),
        (
            ONE + "users: {u: {type: person, roles: [accountadmin]}}",
            "2:35",
            "ACCOUNTADMIN belongs to Snowflake; grant it",
        ),
        (ONE + "users: {u: {type: person, roles: [finance_rol]}}", "2:35", "did you mean 'FINANCE_ROLE'?"),
        (
            "domains: {f: {database: a, databases: {b: }}}",
            "1:25",
            "'database' and 'databases' of domain 'f' were given",
        ),
        ("domains: {f: {schemas: [a], databases: {b: }}}", "1:24", "put it under 'databases'"),
        ("domains: {f: {warehouse: a, warehouses: {b: }}}", "1:26", "put it under 'warehouses'"),
        ("domains: {f: {schemas: []}}", "1:24", "'schemas' of domain 'f' names none"),
        ("domains: {f: {databases: {}}}", "1:26", "'databases' of domain 'f' names none"),
        ("domains: {f: {managed_access: yes}}", "1:31", "must be true or false, not 'yes'"),
        ("domains: {f: {managed_access: 'true'}}", "1:31", "must be true or false"),
        ("domains: {f: {schemas: {a: {creates: [sprocket]}}}}", "1:39", "'sprocket'; allowed: aggregation policy"),
        ("domains: {f: {access: {r: {}}}}", "1:27", "access role 'r' needs the key 'read' or 'write'"),
        (
            "domains: {f: {access: {r: {read: [prd]}}}}",
            "1:35",
            "which domain 'f' does not have; allowed: PROD; did you",
        ),
        ("domains: {f: {readers: {r: {schemas: [x.prod]}}}}", "1:39", "allowed: F_DB.PROD"),
        ("domains: {f: {readers: {r: {schemas: [a.b.c]}}}}", "1:39", "must have the form schema or database.schema"),
        (
            "domains: {f: {databases: {a: , b: }, products: {p: {schema: prod}}}}",
            "1:61",
            "has more than one; write database.schema",
        ),
        ("domains: {f: {roles: {r: {holds: [nobody]}}}}", "1:35", "unknown role NOBODY; allowed: F_ROLE, R"),
        ("domains: {f: {roles: {r: {holds: [sysadmin]}}}}", "1:35", "SYSADMIN belongs to Snowflake; grant it by hand"),
        ("domains: {f: {roles: {r: {holds: [s]}, s: {holds: [r]}}}}", "1:35", "roles cannot hold each other"),
        ("domains: {f: {roles: {r: {holds: [r]}}}}", "1:35", "roles cannot hold each other"),
        ("domains: {f: {roles: {r: {warehouses: [f_w]}}}}", "1:40", "unknown warehouse F_W; allowed: F_WH; did you"),
        ("domains: {f: {warehouses: {w: {used_by: [x]}}}}", "1:42", "unknown role X; allowed: F_ROLE"),
        (
            "domains: {f: {governance: {schema: g, creates: [tag], masking_policies: [m]}}}",
            "1:74",
            "nobody could make M",
        ),
        ("domains: {f: {governed_by: [g]}}", "1:29", "unknown domain 'G'; allowed: f"),
        ("domains: {f: {governed_by: [g]}, g: }", "1:29", "domain 'g' lists no tags or policies for others"),
        ("domains: {f: {governed_by: [f]}}", "1:29", "is governed by itself"),
        (
            ONE + "users: {u: {type: person, roles: [finance_role], default_role: x}}",
            "2:64",
            "does not have its default",
        ),
        (ONE + "users: {u: {type: person, domain: sales, default_warehouse: x}}", "2:61", "unknown warehouse X"),
        (ONE + "grants: [{privilege: usge, on: database d, to: finance_role}]", "2:22", "did you mean 'usage'?"),
        (
            ONE + "grants: [{privilege: select, on: database d, to: finance_role}]",
            "2:22",
            "SELECT is no privilege of a dat",
        ),
        (
            ONE + "grants: [{privilege: ownership, on: database d, to: finance_role}]",
            "2:22",
            "OWNERSHIP is not granted",
        ),
        (ONE + "grants: [{privilege: usage, on: databse d, to: finance_role}]", "2:33", "did you mean 'database'?"),
        (ONE + "grants: [{privilege: usage, on: schema d, to: finance_role}]", "2:33", "has the form database.schema"),
        (ONE + "grants: [{privilege: select, on: all tables in schema d.s, to: finance_role}]", "2:34", "without all"),
        (
            ONE + "grants: [{privilege: select, on: future tables in schema d.s, to: sales_role}]",
            "2:34",
            "without future",
        ),
        (
            ONE + "grants: [{privilege: select, on: tables in d.s, to: sales_role}]",
            "2:34",
            "tables are in a schema or database",
        ),
        (
            ONE + "grants: [{privilege: usage, on: schemas in schema d.s, to: sales_role}]",
            "2:33",
            "schemas are in a database",
        ),
        (
            ONE + "grants: [{privilege: apply, on: tags in schema d.s, to: sales_role}]",
            "2:33",
            "starts with no kind of object",
        ),
        (ONE + "grants: [{privilege: usage, on: database d, to: sysadmin}]", "2:49", "SYSADMIN belongs to Snowflake"),
        (ONE + "grants: [{privilege: usage, on: database d, to: nobody}]", "2:49", "unknown role NOBODY"),
        (ONE + "grants: [{privilege: usage, on: database snowflake, to: sales_role}]", "2:33", "grant on it by hand"),
        (ONE + "grants: [{privilege: [], on: account, to: sales_role}]", "2:22", "is empty; name at least one"),
        (
            ONE + "grants: [{on: account, to: sales_role}]",
            "2:10",
            "needs the keys 'privilege' and 'on', or the key 'role'",
        ),
        (ONE + "grants: [{role: sales_role, on: account, to: finance_role}]", "2:10", "or the key 'role'"),
        (ONE + "grants: [{role: sales_role, to: public}]", "2:33", "PUBLIC belongs to Snowflake"),
        (ONE + "grants: [{role: sysadmin, to: sales_role}]", "2:17", "SYSADMIN belongs to Snowflake"),
        (ONE + "grants: [{role: sales_role, to: sales_role}]", "2:17", "roles cannot hold each other"),
        (ONE + "grants: [{role: sales_role, to: finance_role, grant_option: true}]", "2:61", "is for privileges"),
        (
            ONE + "grants: [{privilege: 'usage on database d to role public; --', on: account, to: x}]",
            "2:22",
            "no privilege",
        ),
        (ONE + "tests: [{role: finance_role, can: select}]", "2:9", "needs the key 'on'"),
        (ONE + "tests: [{can: select, on: finance.p}]", "2:9", "needs one of the keys 'role' and 'user'"),
        (
            ONE + "tests: [{role: a, user: b, can: select, on: finance.p}]",
            "2:9",
            "needs one of the keys 'role' and 'user'",
        ),
        (
            ONE + "tests: [{role: a, can: select, cannot: select, on: finance.p}]",
            "2:9",
            "one of the keys 'can' and 'cannot'",
        ),
        (ONE + "tests: [{role: nobody, can: select, on: finance.p}]", "2:16", "unknown role NOBODY"),
        (ONE + "tests: [{user: nobody, can: select, on: finance.p}]", "2:16", "unknown user NOBODY; none is declared"),
        (ONE + "tests: [{role: sales_role, can: select, on: finance.q}]", "2:45", "domain 'finance' has no product Q"),
        (ONE + "tests: [{role: sales_role, can: select, on: financ.p}]", "2:45", "did you mean 'finance'?"),
        (
            ONE + "tests: [{role: sales_role, can: operate, on: finance.p}]",
            "2:33",
            "OPERATE is no privilege of a table",
        ),
        (
            ONE + "tests: [{role: sales_role, can: select, on: tables in schema a.b}]",
            "2:45",
            "a test looks at one object",
        ),
        (
            ONE + "environments: {dev: {databases: {x_db: y}}}",
            "2:34",
            "unknown database X_DB; allowed: FINANCE_DB, SALES_DB",
        ),
        (ONE + "environments: {dev: {databases: {sales_db: finance_db}}}", "2:16", "and so is another one"),
        (ONE + "environments: {dev: {prefix: " + "p" * 250 + "}}", "2:16", "is longer than 255 characters"),
    ],
)
def test_each_problem_names_its_place_and_what_is_allowed(text: str, where: str, what: str) -> None:
    found = problems(text)
    assert any(line.startswith(f"mesh.yml:{where}: ") and what in line for line in found), found


def test_an_environment_does_not_make_a_service_user_of_a_person() -> None:
    text = ONE + "users: {dev_u: {type: person, domain: sales}, u: {type: service, domain: sales}}\n"
    assert "user U is called DEV_U, and so is another one" in problems(text + "environments: {dev: {prefix: dev_}}")[0]


def test_all_problems_of_a_file_come_at_once_in_file_order() -> None:
    text = "domains:\n  f: {onwer: x, schemas: prod}\n  g: {consumes: [h.p]}\nrolls: []\n"
    with pytest.raises(MeshError) as caught:
        mesh_file.loads(text, "some/mesh.yml")
    lines = str(caught.value).splitlines()
    assert lines[0] == "some/mesh.yml has 4 errors; nothing was changed."
    assert [line.split(": ")[0].strip() for line in lines[1:]] == [
        "some/mesh.yml:2:7",
        "some/mesh.yml:2:26",
        "some/mesh.yml:3:18",
        "some/mesh.yml:4:1",
    ]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("domains: &a {f: {}}", "anchors and aliases are not allowed"),
        ("a: &x [1]\nb: *x", "anchors and aliases are not allowed"),
        ("domains: !!python/object/apply:os.system ['true']", "the YAML tag tag:yaml.org,2002:python"),
        ("domains: !secret x", "the YAML tag !secret is not allowed"),
        ("domains: {f: {}}\ndomains: {g: {}}", "the key 'domains' is there twice; first in line 1"),
        ("domains: {f: {owner: a, owner: b}}", "the key 'owner' is there twice"),
        ("domains: {}\n---\ndomains: {}", "a second YAML document"),
        ("domains: {[a]: b}", "a key must be a single word"),
        ("[" * 50 + "]" * 50, "nested deeper than 12 levels"),
        ("domains: {f: [", "not YAML"),
        ("\x00", "not YAML"),
        ("", "the file is empty"),
        ("# only a comment\n", "the file is empty"),
        ("just words", "the mesh must be a mapping"),
    ],
)
def test_the_dangerous_and_the_broken_parts_of_yaml_are_refused(text: str, what: str) -> None:
    assert what in "\n".join(problems(text))


def test_a_bomb_of_aliases_is_refused_at_its_first_anchor() -> None:
    levels = [f"a{n}: &a{n} [" + ", ".join([f"*a{n - 1}"] * 9) + "]" for n in range(1, 10)]
    assert problems("\n".join(["a0: &a0 [x]", *levels]))[0].startswith("mesh.yml:1:5: YAML anchors")


def test_a_very_large_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "mesh.yml"
    with path.open("wb") as file:
        file.truncate(100_000_000)
    with pytest.raises(BootstrapError, match="100,000,000 bytes; a mesh file has at most 5,000,000"):
        mesh_file.load(path)


def test_a_file_of_nothing_but_errors_is_left_after_the_first_500() -> None:
    found = problems("domains: {}\n" + "".join(f"k{n}: x\n" for n in range(5_000)))
    assert len(found) == 501
    assert any("and more: only the first 500 errors are listed" in line for line in found)


def test_a_missing_file_and_a_file_that_is_no_text_say_so(tmp_path: Path) -> None:
    with pytest.raises(BootstrapError, match="cannot be read: No such file") as missing:
        mesh_file.load(tmp_path / "mesh.yml")
    assert "--file" in missing.value.next_step
    (tmp_path / "mesh.yml").write_bytes(b"domains: \xff\xfe")
    with pytest.raises(BootstrapError, match="is not UTF-8 text"):
        mesh_file.load(tmp_path / "mesh.yml")


def test_what_a_terminal_would_act_on_is_escaped_in_messages() -> None:
    assert "\\x1b[31mred" in problems('domains: {}\n"\\e[31mred": 1')[0]


@given(st.text())
def test_no_text_makes_anything_but_a_mesh_or_a_list_of_problems(text: str) -> None:
    try:
        mesh_file.loads(text)
    except MeshError as error:
        assert error.problems


WORDS = st.sampled_from(
    [
        "domains",
        "f",
        "g",
        "owner",
        "schemas",
        "consumes",
        "f.p",
        "users",
        "type",
        "service",
        "domain",
        "roles",
        "p",
        "1x",
        "",
    ]
)
TREES = st.recursive(
    WORDS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4), max_leaves=20
)


@given(TREES)
def test_no_tree_of_known_words_makes_anything_but_a_mesh_or_a_list_of_problems(tree: object) -> None:
    text = json.dumps({"domains": tree, "users": tree})  # JSON is YAML
    try:
        mesh_file.loads(text)
    except MeshError as error:
        assert error.problems


def test_the_places_of_a_tree_are_lines_columns_and_paths() -> None:
    root = yaml_tree.parse("a:\n  - b\n  - c: 1\n", "x.yml")
    assert isinstance(root, yaml_tree.Mapping)
    items = root.entries[0][1]
    assert isinstance(items, yaml_tree.Sequence)
    inner = items.items[1]
    assert isinstance(inner, yaml_tree.Mapping)
    place = inner.entries[0][1].place
    assert (str(place), place.path) == ("x.yml:3:8", "a[1].c")
