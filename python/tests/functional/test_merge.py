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
