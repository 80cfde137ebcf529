"""What is built: one small dbt project with a relation of every materialization, the same for every system."""

from __future__ import annotations

from dataclasses import dataclass, field

SECRET, NUMBER = "ada@example.com", 7331
ROW = f"select %d as id, '{SECRET}' as name, {NUMBER} as n, to_timestamp_ntz('2024-01-0%d') as at"
ROWS = " union all ".join(ROW % (day, day) for day in (1, 2))
SEED = f"id,name,n,at\n1,{SECRET},{NUMBER},2024-01-01 00:00:00\n"
COLUMNS = {"id": "number(38,0)", "name": "varchar", "n": "number(38,0)", "at": "timestamp_ntz"}


@dataclass(frozen=True)
class Materialization:
    """One row of the table: what it is called, the relation that is watched, how dbt is asked to build it.

    `config` is the model's configuration; without one the project has a file of its own for it. `first` and `second`
    are the dbt commands of the two runs, `kind` the word for it in DROP.
    """

    name: str
    relation: str
    config: str = ""
    kind: str = "table"
    command: tuple[str, ...] = ("build", "--select")
    selects: str = ""
    again: tuple[str, ...] = ()
    before: tuple[str, ...] = field(default=())

    def first(self) -> tuple[str, ...]:
        """The arguments of the first run."""
        return (*self.command, self.selects or self.relation)

    def second(self) -> tuple[str, ...]:
        """The arguments of the second run."""
        return (*self.first(), *self.again)


def _incremental(strategy: str, options: str = "unique_key='id'") -> Materialization:
    config = f"materialized='incremental', incremental_strategy='{strategy}', {options}"
    return Materialization(f"incremental_{strategy.replace('+', '_')}", f"an_{strategy.replace('+', '_')}", config)


MATERIALIZATIONS = (
    Materialization("table", "a_table", "materialized='table'"),
    Materialization("view", "a_view", "materialized='view'", "view"),
    _incremental("append", "on_schema_change='ignore'"),
    _incremental("merge"),
    _incremental("delete+insert"),
    _incremental("insert_overwrite", "on_schema_change='ignore'"),
    Materialization(
        "microbatch",
        "a_microbatch",
        "materialized='incremental', incremental_strategy='microbatch', event_time='at', begin='2024-01-01',"
        " batch_size='day'",
        command=("build", "--event-time-start", "2024-01-01", "--event-time-end", "2024-01-03", "--select"),
    ),
    Materialization("snapshot", "a_snapshot", selects="a_snapshot", before=("build", "--select", "a_seed")),
    Materialization("seed", "a_seed"),
    Materialization(
        "dynamic_table",
        "a_dynamic_table",
        "materialized='dynamic_table', target_lag='1 hour', snowflake_warehouse='LEAKS_WH'",
        "dynamic table",
    ),
    Materialization("clone", "a_table", command=("clone", "--state", "state", "--select"), again=("--full-refresh",)),
    Materialization(
        "store_failures",
        "a_unique_name",
        command=("test", "--select"),
        before=("build", "--select", "a_table", "--exclude-resource-type", "test"),
    ),
)
MODELS = {m.relation: m.config for m in MATERIALIZATIONS if m.config}
