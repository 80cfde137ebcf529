"""Row access policies: how they are shown, and what they would answer another role."""

from __future__ import annotations

from typing import Any

from tests.functional.row_access.ground import DB, refused, run

# -- what is shown ---------------------------------------------------------------------------------------


def test_show_and_describe(account: Any) -> None:
    """S15, S16."""
    connection = account.connect("rows_owner", warehouse="rows_wh", database=DB, schema="s")
    cursor = connection.cursor().execute("show row access policies like 'everybody'")
    names = [c.name for c in cursor.description]
    assert names == [
        *(
            "created_on",
            "name",
            "database_name",
            "schema_name",
            "kind",
            "owner",
            "comment",
            "owner_role_type",
            "options",
        )
    ]
    assert cursor.fetchone()[1:] == ("EVERYBODY", DB, "S", "ROW_ACCESS_POLICY", "ROWS_OWNER", "all rows", "ROLE", "")
    cursor = connection.cursor().execute("describe row access policy two")
    assert [c.name for c in cursor.description] == ["name", "signature", "return_type", "body"]
    assert cursor.fetchall() == [("TWO", "(A NUMBER, B VARCHAR)", "BOOLEAN", "a > 0 and b is not null")]
    refused(account, "rows_us", "describe row access policy by_role", 2003)
    assert run(account, "rows_us", "show row access policies in database") == []
    assert len(run(account, "rows_steward", "show row access policies like 'by_%' in database")) == 2


def test_policy_references(account: Any) -> None:
    """M61-M63, M65."""
    columns = "ref_entity_name, ref_entity_domain, ref_column_name, ref_arg_column_names, policy_kind, policy_status"
    function = f"policy_references(policy_name => '{DB}.s.by_map')"
    sql = f"select {columns} from table({DB}.information_schema.{function}) where policy_kind like 'ROW%' order by 1"
    found = run(account, "rows_steward", sql)
    assert ("MAPPED", "TABLE", None, '[ "REGION" ]', "ROW_ACCESS_POLICY", "ACTIVE") in found
    assert "MAPPED" in [row[0] for row in run(account, "rows_owner", sql)]
    refused(account, "rows_us", sql, 2003)


def test_get_ddl(account: Any) -> None:
    """S28, S28a, S28b."""
    found = run(account, "rows_mapper", "select get_ddl('policy', 'by_map')")[0][0]
    assert found.startswith("create or replace row access policy BY_MAP as\n(R VARCHAR)\nreturns BOOLEAN ->\nexists")
    table = run(account, "rows_steward", "select get_ddl('table', 'mapped')")[0][0]
    assert f"WITH ROW ACCESS POLICY {DB}.S.BY_MAP ON (REGION)" in table
    table = run(account, "rows_eu", "select get_ddl('table', 'mapped')")[0][0]
    assert "WITH ROW ACCESS POLICY #UNKNOWN_POLICY" in table


def test_grants_on_row_access_policies(account: Any) -> None:
    """P14, S10: APPLY and OWNERSHIP."""
    rows = run(account, "rows_mapper", "show grants on row access policy by_map")
    assert [(r[1], r[2], r[3], r[5]) for r in rows if r[1] == "APPLY"] == [
        ("APPLY", "ROW_ACCESS_POLICY", f"{DB}.S.BY_MAP", "ROWS_OWNER")
    ]
    refused(account, "rows_mapper", "grant select on row access policy by_map to role rows_us", 1008)


# -- how policies would answer another role --------------------------------------------------------------


def simulate(values: str, query: str = "select id from sales order by id") -> str:
    return f"execute using policy_context({values}) as {query}"


def test_policy_context_answers_for_another_role(account: Any) -> None:
    """M66: the owner of the table, with APPLY on the policy, sees what others see."""
    assert run(account, "rows_owner", "select id from sales") == []
    assert run(account, "rows_owner", simulate("current_role => 'ROWS_EU'")) == [(1,), (2,)]
    assert run(account, "rows_owner", simulate("current_role => 'ROWS_US'")) == [(3,)]
    mapped = "select id from mapped order by id"
    assert run(account, "rows_owner", simulate("current_role => 'ROWS_EU'", mapped)) == [(1,), (2,)]
    assert run(account, "rows_owner", simulate("current_role => 'ROWS_US'", "select n from sales_sv")) == [(1,)]
    told = "select current_role(), current_user(), current_available_roles()"
    values = """current_user => 'ANN', current_available_roles => "['A', 'B']", current_role => 'PUBLIC'"""
    assert run(account, "rows_owner", simulate(values, told)) == [("PUBLIC", "ANN", '[ "A", "B" ]')]


def test_policy_context_gives_no_rights(account: Any) -> None:
    """M66: OWNERSHIP of the table and APPLY on the policy; no catalog of another role's."""
    refused(account, "rows_us", simulate("current_role => 'ROWS_EU'"), 3001, "OWNERSHIP")
    refused(account, "rows_us", simulate("current_role => 'ROWS_OWNER'", "select id from sales_v"), 2003)
    refused(account, "rows_eu", simulate("current_role => 'ROWS_US'", "select id from sales_v"), 3001, "OWNERSHIP")
    refused(account, "rows_us", simulate("current_role => 'ROWS_MAPPER'", "select * from regions"), 2003)
    refused(account, "rows_owner", simulate("current_role => 'NO_SUCH_ROLE'"), 2003)
    refused(account, "rows_owner", simulate("current_available_roles => 'A'"), 1008, "list of role names")
    ddl = "select get_ddl('policy', 'by_role')"
    refused(account, "rows_us", simulate("current_role => 'ACCOUNTADMIN'", ddl), 2003)
    catalog = f"select count(*) from {DB}.information_schema.tables where table_name = 'REGIONS'"
    assert run(account, "rows_us", simulate("current_role => 'ROWS_MAPPER'", catalog)) == [(0,)]
