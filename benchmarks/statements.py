"""How many statements governance costs in a run, for projects of governed incremental models.

Each project is built twice in a local Snowflake of this process: fresh (nothing is there) and converged (everything is
there and governed). Every statement that reaches the account is counted; what the same project sends without governance
is taken off. `statements` are statements that governance adds, `alters` those of them that begin with ALTER,
`round_trips` the requests of the connector that they take.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from peers import HOOKS, PLAIN, Peer, peers

from snowmesh.local import health, in_thread
from snowmesh.local.watch import Watcher, watching

COLUMNS = ("system", "run", "models", "columns", "statements", "alters", "round_trips")
Row = tuple[str, str, int, int, int, int, int]
DATABASE = "snowmesh_bench"
THREADS = 4


@dataclass
class Counter(Watcher):
    """Every statement of every session."""

    sent: list[str] = field(default_factory=list)

    def after(self, gateway: Any, connected: Any, sql: str) -> None:
        """Keep the statement without dbt's comment."""
        del gateway, connected
        self.sent.append(sql.strip())

    @property
    def alters(self) -> int:
        """How many begin with ALTER."""
        return sum(sql[:5].upper() == "ALTER" for sql in self.sent)


def statements(
    models: Iterable[int], columns: Iterable[int], dbt_tags: Path | None, dbt_snow_mask: Path | None
) -> list[Row]:
    """One row for each system, run and size; what is missing is said on stderr."""
    found, missing = peers(dbt_tags, dbt_snow_mask)
    for name in missing:
        print(f"{name}: no checkout given (--{name} PATH), left out", file=sys.stderr)
    rows: list[Row] = []
    with in_thread.started(0.001, None) as port:
        os.environ["SNOWMESH_LOCAL_PORT"] = str(port)
        for count in models:
            for width in columns:
                base = measured(Peer(PLAIN), count, width, port)
                for peer in found:
                    runs = measured(peer, count, width, port)
                    for run, own, plain in zip(("fresh", "converged"), runs, base, strict=True):
                        added = len(own.sent) - len(plain.sent)
                        rows.append((peer.name, run, count, width, added, own.alters - plain.alters, added))
    return rows


def measured(peer: Peer, count: int, width: int, port: int) -> tuple[Counter, Counter]:
    """Build a new project twice. Raises RuntimeError with dbt's words when a build fails."""
    print(f"{peer.name}: {count} models with {width} governed columns", file=sys.stderr)
    run_sql(
        port,
        f"create or replace database {DATABASE}",
        f"create schema {DATABASE}.governance",
        "create warehouse if not exists bench_wh",
    )
    run_sql(port, *peer.setup(DATABASE))
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "project"
        write(project, peer, count, width, port)
        with in_folder(project):
            return built(), built()


def built() -> Counter:
    """The statements of one `dbt run`."""
    from dbt.cli.main import dbtRunner

    counter = Counter()
    with watching(counter):
        result = dbtRunner().invoke(["--quiet", "--log-level-file", "none", "run"])
    if not result.success:
        failed = [str(r.message) for r in getattr(result.result, "results", None) or [] if r.status != "success"]
        raise RuntimeError(f"dbt run failed: {result.exception or failed[:1]}")
    return counter


def write(project: Path, peer: Peer, count: int, width: int, port: int) -> None:
    """The project: incremental models of `width` governed columns and an id."""
    columns = [f"c{number}" for number in range(width)]
    (project / "models").mkdir(parents=True)
    config: dict[str, Any] = {"name": "bench", "version": "1.0.0", "config-version": 2, "profile": "bench"}
    config["flags"] = {"send_anonymous_usage_stats": False}
    own = peer.config(DATABASE)
    config.update(own)
    config["models"] = {**own.get("models", {}), "+materialized": "incremental"}
    (project / "dbt_project.yml").write_text(yaml.safe_dump(config))
    (project / "profiles.yml").write_text(
        json.dumps({"bench": {"target": "local", "outputs": {"local": profile(port)}}})
    )
    listed = ", ".join(f"'x' as {name}" for name in columns)
    query = f"select 1 as id, {listed}\n{{% if is_incremental() %}} where false {{% endif %}}\n"
    hooks = peer.post_hooks(DATABASE, columns)
    header = f"{{{{ config(post_hook={json.dumps(hooks)}) }}}}\n" if peer.name == HOOKS else ""
    entries = []
    for number in range(count):
        (project / "models" / f"m{number}.sql").write_text(header.replace("{{ this }}", "{{ this }}") + query)
        entries.append({"name": f"m{number}", "columns": [peer.column(name) for name in columns]})
    (project / "models" / "models.yml").write_text(yaml.safe_dump({"models": entries}))
    peer.install(project)


def profile(port: int) -> dict[str, Any]:
    """The target of the local Snowflake."""
    return {
        "type": "snowflake", "account": "local", "host": health.HOST, "port": port, "protocol": "http", "user": "ADMIN",
        "password": "any", "role": "ACCOUNTADMIN", "database": DATABASE, "schema": "bench", "warehouse": "bench_wh",
        "threads": THREADS,
    }  # fmt: skip


def run_sql(port: int, *sql: str) -> None:
    """Run statements as ACCOUNTADMIN."""
    import snowflake.connector

    with snowflake.connector.connect(
        account="local", host=health.HOST, port=port, protocol="http", user="ADMIN", password="any",  # noqa: S106 - any will do
        role="ACCOUNTADMIN", platform_detection_timeout_seconds=0,
    ) as connection:  # fmt: skip
        for statement in sql:
            connection.cursor().execute(statement)


@contextmanager
def in_folder(project: Path) -> Iterator[None]:
    """dbt keeps its logs and its target where it stands."""
    before = Path.cwd()
    os.chdir(project)
    try:
        yield
    finally:
        os.chdir(before)
