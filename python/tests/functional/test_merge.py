"""MERGE as dbt sends it: in a transaction, with bare names in the INSERT list."""

from __future__ import annotations

from typing import Any


def test_merge_as_dbt_sends_it(local_snowflake: Any) -> None:
    """Bare names after WHEN NOT MATCHED are the source's, though the target has them too."""
    connection = local_snowflake.connect("ACCOUNTADMIN")
    cursor = connection.cursor()
    for statement in (
        "create or replace database merge_db",
        "create table merge_db.public.target (id int, name text) as select * from values (1, 'old')",
        "create table merge_db.public.source (id int, name text) as select * from values (1, 'new'), (2, 'two')",
        "begin",
        "merge into merge_db.public.target as t using merge_db.public.source as s on t.id = s.id"
        " when matched then update set name = s.name when not matched then insert (id, name) values (id, name)",
        "commit",
    ):
        cursor.execute(statement)
    rows = cursor.execute("select id, name from merge_db.public.target order by id").fetchall()
    cursor.execute("drop database merge_db")
    connection.close()
    assert rows == [(1, "new"), (2, "two")]


def test_a_condition_of_when_holds_for_its_row_alone(local_snowflake: Any) -> None:
    """Two rows of the target have the key; the one that the condition does not hold for stays as it is."""
    rows = local_snowflake.run(
        "create or replace database merge_db",
        "create table merge_db.public.target (id int, n int) as select * from values (1, 10), (1, 11), (2, 12)",
        "merge into merge_db.public.target t using (select 1 as id) s on t.id = s.id"
        " when matched and t.n > 10 then delete when matched then update set t.n = t.n + 5",
        "select id, n from merge_db.public.target order by id",
        role="ACCOUNTADMIN",
        warehouse="compute_wh",
    )
    assert rows == [(1, 15), (2, 12)]


def test_counts_of_what_was_done(local_snowflake: Any) -> None:
    """One column for each kind of action in the statement, and their sum as the row count."""
    with local_snowflake.connect("ACCOUNTADMIN", warehouse="compute_wh") as connection:
        cursor = connection.cursor()
        cursor.execute("create or replace database merge_db")
        cursor.execute("create table merge_db.public.target (id int, n int) as select * from values (1, 10), (2, 12)")
        cursor.execute(
            "merge into merge_db.public.target t using (values (1), (3), (4)) s (id) on t.id = s.id"
            " when matched then update set n = 0 when not matched and s.id < 4 then insert (id) values (s.id)"
        )
        assert [column.name for column in cursor.description] == ["number of rows inserted", "number of rows updated"]
        assert cursor.fetchall() == [(1, 1)]
        assert cursor.rowcount == 2
        cursor.execute("drop database merge_db")
