"""Reading SHOW and DESCRIBE: every clause, and refusal of what is not there."""

import pytest

from snowmesh.account.objects import ObjectType as T
from snowmesh.local.errors import SnowflakeError
from snowmesh.local.show import parse
from snowmesh.local.show.statements import (
    Describe,
    Filters,
    Scope,
    ShowFutureGrants,
    ShowGrants,
    ShowObjects,
    ShowParameters,
)

PARSED = {
    # what dbt-snowflake sends
    "show objects in DB.SCH\n    limit 10000\n    ;": ShowObjects(
        "OBJECTS", scope=Scope("NAME", ("DB", "SCH")), filters=Filters(limit=10000)
    ),
    'show objects in "DB"."sch" limit 5 from \'LAST\'': ShowObjects(
        "OBJECTS", scope=Scope("NAME", ("DB", "sch")), filters=Filters(limit=5, after="LAST")
    ),
    "show objects in db.sch starts with 'T' limit 1": ShowObjects(
        "OBJECTS", scope=Scope("NAME", ("DB", "SCH")), filters=Filters(starts_with="T", limit=1)
    ),
    "show terse schemas in database db\n limit 10000": ShowObjects(
        "SCHEMAS", terse=True, scope=Scope("DATABASE", ("DB",)), filters=Filters(limit=10000)
    ),
    'show dynamic tables like \'DT\' in schema "DB"."SCH"': ShowObjects(
        "DYNAMIC TABLES", scope=Scope("SCHEMA", ("DB", "SCH")), filters=Filters(like="DT")
    ),
    "show tables like 'DT' in schema db.sch": ShowObjects(
        "TABLES", scope=Scope("SCHEMA", ("DB", "SCH")), filters=Filters(like="DT")
    ),
    "show parameters like 'query_tag' in session": ShowParameters("SESSION", Filters(like="query_tag")),
    "show grants on db.sch.t": ShowGrants("ON", None, ("DB", "SCH", "T")),
    'show grants on "db"."s.h"."T"': ShowGrants("ON", None, ("db", "s.h", "T")),
    "describe table DB.SCH.T": Describe(T.TABLE, ("DB", "SCH", "T")),
    # the rest of the grammar
    "show grants": ShowGrants("TO", T.USER),
    "SHOW GRANTS ON ACCOUNT": ShowGrants("ON", T.ACCOUNT),
    "show grants on account.sch.t": ShowGrants("ON", None, ("ACCOUNT", "SCH", "T")),
    "show grants on t": ShowGrants("ON", None, ("T",)),
    "show grants on identifier('db.sch.t')": ShowGrants("ON", None, ("DB", "SCH", "T")),
    "show grants on dynamic table d": ShowGrants("ON", T.DYNAMIC_TABLE, ("D",)),
    "show grants on masking policy a.b.c limit 3": ShowGrants("ON", T.MASKING_POLICY, ("A", "B", "C"), limit=3),
    'show grants on role "x"': ShowGrants("ON", T.ROLE, ("x",)),
    "show grants to role r include hierarchy": ShowGrants("TO", T.ROLE, ("R",), hierarchy=True),
    "show grants to user u": ShowGrants("TO", T.USER, ("U",)),
    "show grants of role r": ShowGrants("OF", T.ROLE, ("R",)),
    "show future grants in schema d.s": ShowFutureGrants(T.SCHEMA, ("D", "S")),
    "show future grants in database d": ShowFutureGrants(T.DATABASE, ("D",)),
    "show future grants to role r include hierarchy": ShowFutureGrants(T.ROLE, ("R",), hierarchy=True),
    "show objects in database starts with 'HT_'": ShowObjects(
        "OBJECTS", scope=Scope("DATABASE"), filters=Filters(starts_with="HT_")
    ),
    "show tables in schema limit 2": ShowObjects("TABLES", scope=Scope("SCHEMA"), filters=Filters(limit=2)),
    "show tables in schema.x": ShowObjects("TABLES", scope=Scope("NAME", ("SCHEMA", "X"))),
    "show schemas in d": ShowObjects("SCHEMAS", scope=Scope("DATABASE", ("D",))),
    "show tables history in account": ShowObjects("TABLES", history=True, scope=Scope("ACCOUNT")),
    "show columns in view a.b.c": ShowObjects("COLUMNS", scope=Scope("TABLE", ("A", "B", "C"))),
    "show primary keys in a.b.c": ShowObjects("PRIMARY KEYS", scope=Scope("NAME", ("A", "B", "C"))),
    "/* c */ show -- x\n tables": ShowObjects("TABLES"),
    "show tables like 'a\\\\_b'": ShowObjects("TABLES", filters=Filters(like="a\\_b")),
    "desc masking policy p": Describe(T.MASKING_POLICY, ("P",)),
    "desc table t type = columns": Describe(T.TABLE, ("T",)),
    "describe dynamic table t": Describe(T.DYNAMIC_TABLE, ("T",)),
}


@pytest.mark.parametrize("sql", PARSED)
def test_reads(sql: str) -> None:
    assert parse(sql) == PARSED[sql]


@pytest.mark.parametrize(
    "sql", ["select 1", "create table show (a int)", "use role describe", "", "grant select on t to role r"]
)
def test_other_statements_are_not_ours(sql: str) -> None:
    assert parse(sql) is None


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("show stages", "SHOW STAGES"),
        ("show network policies in account", "SHOW NETWORK POLICIES"),
        ("show terse roles", "SHOW TERSE ROLES"),
        ("show databases with privileges usage", "SHOW DATABASES WITH PRIVILEGES"),
        ("show grants on stage s", "SHOW GRANTS ON STAGE"),
        ("show grants to share s", "SHOW GRANTS TO SHARE"),
        ("show grants to share s", "SHOW GRANTS TO SHARE"),
        ("show grants of share s", "SHOW GRANTS OF SHARE"),
        ("show future grants to user u", "SHOW FUTURE GRANTS TO USER"),
        ("show parameters in warehouse w", "SHOW PARAMETERS IN WAREHOUSE"),
        ("describe stage s", "DESCRIBE STAGE"),
        ("describe result last_query_id()", "DESCRIBE RESULT"),
        ("desc table t type = stage", "DESCRIBE TABLE TYPE = STAGE"),
        ("show", "SHOW <nothing>"),
    ],
)
def test_refuses_by_name_what_is_not_implemented(sql: str, named: str) -> None:
    with pytest.raises(SnowflakeError, match=f"Unsupported feature '{named}") as caught:
        parse(sql)
    assert (caught.value.code, caught.value.sqlstate) == (2, "0A000")


@pytest.mark.parametrize(
    "sql",
    [
        "show tables limit 2 like 'x'",
        "show tables in",
        "show tables like x",
        "show tables in schema a.b extra",
        "show roles in account",
        "show future grants on x",
        "show tables limit x",
        "show tables limit 10001",
        "describe table",
        "show tables ->> select 1",
    ],
)
def test_wrong_grammar_is_an_error_not_a_guess(sql: str) -> None:
    with pytest.raises(SnowflakeError) as caught:
        parse(sql)
    assert caught.value.code in (1003, 1008)
