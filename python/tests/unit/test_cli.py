"""The commands: quick to start, with examples, and documented."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from snowmesh.bootstrap.cli import main as mesh_bootstrap
from snowmesh.cli import main

REPOSITORY = Path(__file__).parents[3]
SOURCE = REPOSITORY / "python" / "snowmesh"
SLOW = ("snowflake.connector", "dbt", "duckdb", "fakesnow", "sqlglot", "pyarrow", "starlette", "uvicorn", "yaml")


def commands(group: click.Group, path: str) -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


COMMANDS = dict([*commands(main, "snowmesh"), *commands(mesh_bootstrap, "mesh-bootstrap")])


@pytest.mark.parametrize("module", ["snowmesh.cli", "snowmesh.bootstrap.cli"])
def test_help_imports_nothing_slow(module: str) -> None:
    """--help is to take less than half a second; benchmarks/run.py startup measures it."""
    code = f"import sys; from {module} import main; main(['--help'], standalone_mode=False); " + (
        f"print([m for m in {SLOW} if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


@pytest.mark.parametrize("name", COMMANDS)
def test_help_has_examples_of_the_command_itself(name: str) -> None:
    text = COMMANDS[name].help or ""
    assert "Example" in text
    assert f"      {name}" in text or f" {name} " in text


@pytest.mark.parametrize("name", COMMANDS)
def test_command_is_in_the_readme(name: str) -> None:
    table = (REPOSITORY / "README.md").read_text().partition("## The commands")[2]
    program, _, verb = name.partition(" ")
    *group, verb = verb.split()
    assert " ".join([program, *group]) in table
    assert f"`{verb}`" in table or f" {verb}" in table


def test_every_option_of_up_is_in_the_guide() -> None:
    guide = (REPOSITORY / "docs" / "local-snowflake.md").read_text()
    for option in COMMANDS["snowmesh local up"].params:
        assert f"`{option.opts[0]}" in guide, option.name


def test_readme_is_short() -> None:
    assert len((REPOSITORY / "README.md").read_text().splitlines()) < 200


def test_usage_errors_exit_2_without_a_traceback() -> None:
    for arguments in (["nothing"], ["local", "up", "--port", "x"], ["local", "sql"], ["proof", "--output", "xml"]):
        done = CliRunner().invoke(main, arguments)
        assert done.exit_code == 2
        assert "Error" in done.stderr


def raised_texts(path: Path) -> Iterator[str]:
    """The longest fixed part of the message of every error that a module makes."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ERRORS and node.args:
            parts = [
                n.value for n in ast.walk(node.args[0]) if isinstance(n, ast.Constant) and isinstance(n.value, str)
            ]
            if parts:
                yield max(parts, key=len).split(";")[0].split(":")[0].strip(" .'`()")


ERRORS = ("ProcessError", "SampleDataError", "ProofError", "ArtifactError", "ConnectError", "UserError")
MODULES = [
    *(SOURCE / "local" / f"{name}.py" for name in ("process", "sample_data", "connect")),
    *(SOURCE / "report" / f"{name}.py" for name in ("proof", "query")),
    *(SOURCE / "artifacts").glob("*.py"),
    *(SOURCE / "access").glob("*.py"),
    *(SOURCE / "migrate").glob("*.py"),
    *(SOURCE / "impact").glob("*.py"),
    *(SOURCE / "build").glob("*.py"),
]


@pytest.mark.parametrize("text", sorted({text for path in MODULES for text in raised_texts(path)}))
def test_every_message_has_an_entry_in_troubleshooting(text: str) -> None:
    page = " ".join((REPOSITORY / "docs" / "troubleshooting" / "local-snowflake.md").read_text().split())
    assert text in page
