"""The documents keep up with the code: each error has an entry, each key and option is described."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import yaml

from snowmesh.bootstrap import cli, mesh_file, plan_warnings, reference, sources
from snowmesh.local import health

ROOT = Path(__file__).parents[4]
PACKAGE = Path(cli.__file__).parent
REFERENCE = (ROOT / "docs" / "mesh-bootstrap.md").read_text()
TROUBLESHOOTING = " ".join((ROOT / "docs" / "troubleshooting" / "mesh-bootstrap.md").read_text().split())
RAISED = ("BootstrapError", "_progress")


def messages() -> Iterator[tuple[str, str]]:
    """Where an error or warning is made, and the longest part of its text that is fixed."""
    for path in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text())
        calls = [n.args[0] for n in ast.walk(tree) if isinstance(n, ast.Call) and n.args and _name(n) in RAISED]
        yields = [
            n.value
            for n in ast.walk(tree)
            if isinstance(n, ast.Yield) and path.name == Path(plan_warnings.__file__).name
        ]
        for node in [*calls, *(y for y in yields if y is not None)]:
            parts = [n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
            fixed = max((part.split("\n")[0].strip(" :;,.'(") for part in parts), key=len, default="")
            if len(fixed) > 8:
                yield f"{path.name}:{node.lineno}", fixed


def _name(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


@pytest.mark.parametrize(("where", "text"), [pytest.param(w, t, id=w) for w, t in messages()])
def test_every_message_has_an_entry(where: str, text: str) -> None:
    assert text in TROUBLESHOOTING, (where, text)


def test_there_are_messages_to_look_for() -> None:
    assert len(list(messages())) > 20


def test_the_published_schema_and_the_reference_of_the_language_are_those_of_the_code() -> None:
    """`python -m snowmesh.bootstrap.reference docs/reference` writes them."""
    folder = ROOT / "docs" / "reference"
    assert (folder / reference.PAGE_FILE).read_text() == reference.page()
    assert (folder / reference.SCHEMA_FILE).read_text() == reference.schema_text()


def commands() -> list[click.Command]:
    context = click.Context(cli.main)
    return [cli.main.get_command(context, name) for name in cli.main.list_commands(context)]


def test_every_option_is_in_the_reference() -> None:
    options = {o for c in commands() for p in c.params if isinstance(p, click.Option) for o in p.opts}
    for option in options:
        if option.startswith("--") and option != "--connection":
            assert f"`{option}" in REFERENCE, option
    for variable in sources.VARIABLES:
        if variable not in ("SNOWFLAKE_PRIVATE_KEY_PATH", "SNOWFLAKE_PRIVATE_KEY_PASSPHRASE"):  # other names
            assert f"`{variable.removeprefix('SNOWFLAKE')}`" in REFERENCE or f"`{variable}`" in REFERENCE, variable


def test_the_example_of_the_reference_is_a_valid_mesh() -> None:
    text = REFERENCE.split("```yaml\n")[1].split("```")[0]
    assert set(mesh_file.loads(text).domains) == {"FOUNDATIONAL", "FINANCE"}
    assert "domains" in yaml.safe_load(text)


def test_the_default_port_is_the_local_snowflakes() -> None:
    """Two layers that do not import each other hold the same number."""
    assert sources.LOCAL_PORT == health.DEFAULT_PORT
