"""The rewrite of reads, as a pure function of an account and a session."""

from __future__ import annotations

import pytest
import sqlglot

from snowmesh.account import lifecycle
from snowmesh.account.grants import Grant
from snowmesh.account.objects import (
    Column,
    Database,
    MaskingPolicy,
    ObjectRef,
    ObjectType,
    Relation,
    Schema,
    SecurableObject,
    Tag,
    database,
    role,
    schema,
)
from snowmesh.account.state import Account, PolicyReference, TagTarget
from snowmesh.account.system import fresh_account
from snowmesh.local.errors import SnowflakeError
from snowmesh.local.functions import Context
from snowmesh.local.rewrite import Findings, Reader
from snowmesh.local.session import Session

TABLE = ObjectRef(ObjectType.TABLE, ("D", "S", "T"))
VIEW = ObjectRef(ObjectType.VIEW, ("D", "S", "V"))
MASK = ObjectRef(ObjectType.MASKING_POLICY, ("D", "S", "M"))
TAG = ObjectRef(ObjectType.TAG, ("D", "S", "PII"))
BODY = "case when is_role_in_session('CLEAR') then val else '****' end"


def an_account(body: str = BODY) -> Account:
    account = fresh_account()
    items: list[SecurableObject] = [
        SecurableObject(ref=role("OWNER"), owner="USERADMIN"),
        SecurableObject(ref=role("READER"), owner="USERADMIN"),
        SecurableObject(ref=role("CLEAR"), owner="USERADMIN"),
        Database(ref=database("D"), owner="OWNER"),
        Schema(ref=schema("D", "S"), owner="OWNER"),
        Relation(ref=TABLE, owner="OWNER", columns=(Column("ID", "NUMBER(38,0)"), Column("NAME", "VARCHAR(10)"))),
        Relation(
            ref=VIEW,
            owner="OWNER",
            kind="VIEW",
            columns=(Column("N", "VARCHAR(10)"),),
            query='SELECT "T".NAME FROM "D"."S"."T" AS "T"',
        ),
        MaskingPolicy(ref=MASK, owner="OWNER", signature=(("VAL", "VARCHAR"),), returns="VARCHAR", body=body),
        Tag(ref=TAG, owner="OWNER", masking_policies=(MASK,)),
    ]
    for item in items:
        account = lifecycle.create(account, item)
    usage = [Grant("USAGE", ref, "READER") for ref in (database("D"), schema("D", "S"))]
    return account.with_grants([*usage, Grant("SELECT", TABLE, "READER"), Grant("SELECT", VIEW, "READER")])


def masked(account: Account) -> Account:
    return account.with_mask(TABLE, "NAME", PolicyReference(MASK))


def rewritten(sql: str, account: Account, as_role: str = "READER") -> str:
    session = Session(user="ADMIN", role=as_role, secondary="NONE", database="D", schema="S")
    context = Context(account=account, session=session, database="D", schema="S", invoker=as_role)
    reader = Reader(context, session.authority(account), {}, Findings.none())
    return reader.query(sqlglot.parse_one(sql, read="snowflake")).sql(dialect="snowflake")


def test_a_table_without_mask_is_only_qualified() -> None:
    assert rewritten("select * from t", an_account()) == 'SELECT * FROM "D"."S"."T" AS "T"'


def test_a_masked_table_becomes_a_derived_table() -> None:
    """M44: the mask stands between the table and everything that refers to it."""
    sql = rewritten("select name from t where name = 'x'", masked(an_account()))
    assert sql.count("'****'") == 1
    assert sql.startswith('SELECT name FROM (SELECT "_T"."ID" AS "ID", ((CASE WHEN')
    assert sql.endswith("""AS "T" WHERE name = 'x'""")


def test_a_tag_brings_its_policy() -> None:
    """M33: the tag on the table is inherited by its columns (T29)."""
    for target in (TagTarget(TABLE, "NAME"), TagTarget(TABLE), TagTarget(schema("D", "S")), TagTarget(database("D"))):
        assert "'****'" in rewritten("select * from t", an_account().with_tag_value(target, TAG, "x"))


def test_a_direct_policy_silences_the_tag() -> None:
    """M34."""
    other = ObjectRef(ObjectType.MASKING_POLICY, ("D", "S", "OTHER"))
    policy = MaskingPolicy(
        ref=other, owner="OWNER", signature=(("VAL", "VARCHAR"),), returns="VARCHAR", body="'direct'"
    )
    account = an_account().with_object(policy).with_tag_value(TagTarget(TABLE, "NAME"), TAG, "x")
    sql = rewritten("select * from t", account.with_mask(TABLE, "NAME", PolicyReference(other)))
    assert "'direct'" in sql
    assert "'****'" not in sql


def test_two_tags_with_two_policies_fail_the_query() -> None:
    """M35: at query time, not when the tag is set."""
    other, tag = ObjectRef(ObjectType.MASKING_POLICY, ("D", "S", "M2")), ObjectRef(ObjectType.TAG, ("D", "S", "T2"))
    policy = MaskingPolicy(ref=other, owner="OWNER", signature=(("VAL", "VARCHAR"),), returns="VARCHAR", body="'2'")
    account = an_account().with_object(policy).with_object(Tag(ref=tag, owner="OWNER", masking_policies=(other,)))
    for found in (tag, TAG):
        account = account.with_tag_value(TagTarget(TABLE, "NAME"), found, "x")
    with pytest.raises(SnowflakeError, match="mapped to multiple masking policies"):
        rewritten("select id from t", account)


def test_a_conditional_policy_binds_its_other_columns() -> None:
    """M18: USING; M36: by name when it comes through a tag."""
    policy = MaskingPolicy(
        ref=MASK,
        owner="OWNER",
        signature=(("VAL", "VARCHAR"), ("ID", "NUMBER")),
        returns="VARCHAR",
        body="case when id = 1 then val else '****' end",
    )
    account = an_account().with_object(policy)
    direct = rewritten("select * from t", account.with_mask(TABLE, "NAME", PolicyReference(MASK, ("NAME", "ID"))))
    by_tag = rewritten("select * from t", account.with_tag_value(TagTarget(TABLE, "NAME"), TAG, "x"))
    assert 'CASE WHEN "_T"."ID" = 1 THEN "_T"."NAME"' in direct
    assert direct == by_tag


def test_role_functions_become_values_of_the_session() -> None:
    """R29, M46: also inside a view and a policy."""
    sql = rewritten("select current_role(), is_role_in_session('READER') from v", masked(an_account()))
    assert sql.startswith("SELECT 'READER' AS \"CURRENT_ROLE()\", (('READER') IN ('PUBLIC', 'READER')) AS")
    assert "('CLEAR') IN ('PUBLIC', 'READER')" in sql


def test_invoker_role_is_the_view_owner_inside_a_view() -> None:
    """R33, R34."""
    account = masked(an_account("case when invoker_role() = 'OWNER' then 'via view' else 'direct' end"))
    assert "'OWNER' = 'OWNER'" in rewritten("select * from v", account)
    assert "'READER' = 'OWNER'" in rewritten("select * from t", account)


def test_current_schema_in_a_policy_is_the_tables() -> None:
    """R37."""
    account = masked(an_account("current_schema() || val"))
    session = Session(user="ADMIN", role="READER", secondary="NONE", database="D", schema="ELSEWHERE")
    context = Context(account=account, session=session, database="D", schema="ELSEWHERE", invoker="READER")
    reader = Reader(context, session.authority(account), {}, Findings.none())
    sql = reader.query(sqlglot.parse_one("select name, current_schema() from d.s.t", read="snowflake")).sql("snowflake")
    assert '\'S\' || "_T"."NAME"' in sql
    assert sql.startswith("SELECT name, 'ELSEWHERE'")


def test_tag_value_inside_a_policy() -> None:
    """M37, T34."""
    account = an_account("case when system$get_tag_on_current_column('d.s.pii') = 'show' then val else '****' end")
    assert "'show' = 'show'" in rewritten(
        "select * from t", account.with_tag_value(TagTarget(TABLE, "NAME"), TAG, "show")
    )
    assert "'hide' = 'show'" in rewritten(
        "select * from t", account.with_tag_value(TagTarget(TABLE, "NAME"), TAG, "hide")
    )


def test_expressions_are_named_by_their_text() -> None:
    """As Snowflake names them; a masked column keeps its own name."""
    sql = rewritten("select count(*), sum(id + 1), max(name) as m, name from t group by 4", masked(an_account()))
    assert sql.startswith('SELECT COUNT(*) AS "COUNT(*)", SUM(id + 1) AS "SUM(ID + 1)", MAX(name) AS m, name FROM')


def test_a_common_table_expression_hides_a_table_only_after_it_is_defined() -> None:
    sql = rewritten("with t as (select name from t) select * from t", an_account())
    assert 'FROM "D"."S"."T" AS "T") SELECT * FROM t' in sql


@pytest.mark.parametrize(
    "sql",
    [
        "select * from t, (select * from nowhere)",
        "with a as (select * from nowhere) select 1 from t",
        "select (select max(x) from nowhere) from t",
        "select * from t where exists (select 1 from nowhere)",
        "select * from t join nowhere using (id)",
        "select 1 union select 1 from nowhere",
        "select * from t order by (select 1 from nowhere)",
    ],
)
def test_every_reference_is_found(sql: str) -> None:
    """P27: one that means nothing fails; none reaches the engine as a bare name."""
    with pytest.raises(SnowflakeError, match=r"D\.S\.NOWHERE"):
        rewritten(sql, an_account())


@pytest.mark.parametrize(
    "sql",
    [
        "select * from read_csv('x')",
        "select * from duckdb_tables()",
        "select * from table(no_such_function(1))",
        "select * from 'file.parquet'",
        "select * from @stage",
        "select * from t at (offset => -60)",
        "select is_database_role_active('x')",
        "select system$something()",
    ],
)
def test_what_is_not_understood_is_refused(sql: str) -> None:
    with pytest.raises(SnowflakeError) as error:
        rewritten(sql, an_account())
    assert error.value.code in (2, 2141)


def test_without_the_privilege_the_table_does_not_exist() -> None:
    """P17, P27."""
    account = an_account()
    with pytest.raises(SnowflakeError) as missing:
        rewritten("select * from t", account.without_grants(account.grants_on(TABLE)))
    with pytest.raises(SnowflakeError) as closed:
        rewritten("select * from t", account.without_grants(account.grants_on(schema("D", "S"))))
    assert missing.value.code == closed.value.code == 2003


def test_a_view_is_read_with_its_owners_rights() -> None:
    """P19: the reader needs nothing on the table."""
    account = an_account()
    assert "FROM (SELECT" in rewritten("select * from v", account.without_grants(account.grants_on(TABLE)))
