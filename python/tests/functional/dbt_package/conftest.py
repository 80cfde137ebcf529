"""A copy of integration_tests/ that a test may build, change and break, and the account it is built in."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[4]
ROLES = ("IT_BUILDER", "IT_PII_READER", "IT_ANALYST", "IT_OUTSIDER")
DATABASE = "SNOWMESH_IT"
SETUP = f"""
create or replace database {DATABASE}
create schema {DATABASE}.governance
create schema {DATABASE}.people
grant usage on database {DATABASE} to role it_builder
grant usage on database {DATABASE} to role it_pii_reader
grant usage on database {DATABASE} to role it_analyst
grant usage on database {DATABASE} to role it_outsider
grant usage on schema {DATABASE}.governance to role it_builder
grant create tag on schema {DATABASE}.governance to role it_builder
grant create masking policy on schema {DATABASE}.governance to role it_builder
grant usage, create table, create view on schema {DATABASE}.people to role it_builder
grant usage on schema {DATABASE}.people to role it_pii_reader
grant usage on schema {DATABASE}.people to role it_analyst
grant usage on schema {DATABASE}.people to role it_outsider
grant apply tag on account to role it_builder
grant apply masking policy on account to role it_builder
""".strip().splitlines()
GOVERNANCE = ("ALTER", "CREATE TAG", "CREATE MASKING", "GRANT", "REVOKE")


@dataclass
class Run:
    """What one dbt command did."""

    success: bool
    statements: list[tuple[str, str]]
    output: str
    exception: BaseException | None = None
    results: dict[str, str] = field(default_factory=dict)

    @property
    def governance(self) -> list[str]:
        """The statements that change governance, in order, without dbt's comment."""
        return [sql for _, sql in self.statements if sql.upper().startswith(GOVERNANCE)]

    def of(self, node: str) -> list[str]:
        """Every statement of one node."""
        return [sql for name, sql in self.statements if name == node]

    @property
    def text(self) -> str:
        """Everything that dbt said."""
        return f"{self.output}\n{self.exception or ''}\n" + "\n".join(self.results.values())


@dataclass(frozen=True)
class Project:
    """A dbt project on disk, built with dbt's programmatic runner."""

    path: Path

    def dbt(self, *arguments: str) -> Run:
        """Run one dbt command; every statement that dbt sends is recorded."""
        from dbt.cli.main import dbtRunner
        from dbt.deprecations import reset_deprecations

        reset_deprecations()  # dbt counts them over all runs of a process
        run = Run(success=False, statements=[], output="")

        def record(event: Any) -> None:
            if event.info.name == "SQLQuery":
                sql = event.data.sql.split("\n/* {")[0].strip().rstrip(";").strip()
                run.statements.append((event.data.node_info.node_name, " ".join(sql.split())))
            elif event.info.name == "PrintEvent" or event.info.level in ("warn", "error"):
                run.output += event.info.msg + "\n"

        where = ("--project-dir", str(self.path), "--profiles-dir", str(self.path))
        found = dbtRunner(callbacks=[record]).invoke([*arguments, *where, "--no-use-colors", "--log-level", "none"])
        reset_deprecations()
        run.success, run.exception = found.success, found.exception
        for result in getattr(found.result, "results", None) or []:
            node = getattr(result, "node", None)
            run.results[node.name if node else result.unique_id] = str(result.message or "")
        return run

    def macros(self, *calls: tuple[str, dict[str, Any]]) -> list[Any]:
        """Call macros of the package and return their results."""
        arguments = {"calls": [{"macro": name, "arguments": given} for name, given in calls]}
        run = self.dbt("run-operation", "call_macros", "--args", json.dumps(arguments))
        assert run.success, run.text
        return [json.loads(line[7:]) for line in run.output.splitlines() if line.startswith("RESULT ")]

    def change(self, file: str, *changes: tuple[str, str]) -> None:
        """Replace texts in a file; each must be there."""
        path = self.path / file
        text = path.read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text, f"{old!r} is not in {file}"
            text = text.replace(old, new)
        path.write_text(text, encoding="utf-8")

    def write(self, file: str, text: str) -> None:
        """Write a file of the project."""
        (self.path / file).write_text(text, encoding="utf-8")

    def configure(self, **changes: Any) -> None:
        """Set top-level keys of dbt_project.yml; None removes one."""
        path = self.path / "dbt_project.yml"
        config = yaml.safe_load(path.read_text(encoding="utf-8"))
        for key, value in changes.items():
            config.pop(key.replace("_", "-") if key.startswith("on_") else key, None)
            if value is not None:
                config[key.replace("_", "-") if key.startswith("on_") else key] = value
        path.write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")

    def config(self) -> dict[str, Any]:
        """dbt_project.yml as it is now."""
        found: dict[str, Any] = yaml.safe_load((self.path / "dbt_project.yml").read_text(encoding="utf-8"))
        return found


def copy_project(target: Path) -> Project:
    """Copy integration_tests/, with the package installed as `dbt deps` installs `local: ../`: by a link.

    Without models/every, so that most tests build little; test_statement_streams builds it.
    """
    left_out = shutil.ignore_patterns("target", "logs", "dbt_packages", "*.lock", "every")
    shutil.copytree(ROOT / "integration_tests", target, ignore=left_out)
    (target / "dbt_packages").mkdir()
    (target / "dbt_packages" / "snowmesh").symlink_to(ROOT, target_is_directory=True)
    return Project(target)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """One copy for a whole module of tests that tell one story."""
    os.environ["DO_NOT_TRACK"] = "1"
    return copy_project(tmp_path_factory.mktemp("dbt") / "project")


def use_live_connection(project: Project, name: str) -> None:
    """Build in the account under test: the profile takes over the connection of connections.toml."""
    from snowflake.connector.config_manager import CONFIG_MANAGER

    profile = yaml.safe_load((project.path / "profiles.yml").read_text(encoding="utf-8"))
    outputs = profile["snowmesh_integration_tests"]["outputs"]
    kept = {key: outputs["local"][key] for key in ("type", "database", "schema", "warehouse", "threads")}
    outputs["local"] = {**dict(CONFIG_MANAGER["connections"][name]), **kept, "role": "it_builder"}
    project.write("profiles.yml", yaml.safe_dump(profile))


@pytest.fixture(scope="module")
def account(local_snowflake: Any, project: Project) -> Iterator[Any]:
    """An empty database with the roles of the integration project."""
    if local_snowflake.live:
        use_live_connection(project, local_snowflake.live)
    connection = local_snowflake.connect("ACCOUNTADMIN")
    cursor = connection.cursor()
    for role in ROLES:
        cursor.execute(f"create role if not exists {role}")
        cursor.execute(f"grant role {role} to role sysadmin")
    # dbt builds as a user who has nothing else: with ADMIN, secondary roles would lend it every privilege (R31)
    cursor.execute("create user if not exists it_user default_role = it_builder")
    cursor.execute("grant role it_builder to user it_user")
    cursor.execute("create warehouse if not exists it_wh")
    for role in ROLES:
        cursor.execute(f"grant usage on warehouse it_wh to role {role}")
    for statement in SETUP:
        cursor.execute(statement)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SNOWMESH_USER", "it_user")
        yield local_snowflake
    cursor.execute(f"drop database if exists {DATABASE}")
    connection.close()


@pytest.fixture(scope="module")
def read(account: Any) -> Any:
    """Read a relation of the project as a role: rows, or the error's text."""
    from snowflake.connector.errors import DatabaseError

    def reader(role: str, query: str) -> Any:
        try:
            return account.run(f"use schema {DATABASE}.people", "use warehouse it_wh", query, role=role)
        except DatabaseError as error:
            return str(error)

    return reader
