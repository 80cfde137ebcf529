"""docs/local-snowflake.md says what the code does: its generated part is fresh, and its lists are true."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from snowmesh.local import honesty, statements
from snowmesh.local.errors import SnowflakeError
from snowmesh.local.statements import registry

PAGE = Path(__file__).parents[4] / honesty.PAGE


def test_the_page_is_fresh() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == honesty.written(page), f"make it anew: python -m snowmesh.local.honesty {honesty.PAGE}"


def test_a_stale_page_is_noticed(tmp_path: Path) -> None:
    stale = PAGE.read_text(encoding="utf-8").replace("`ROLE`", "`ROLL`")
    assert stale != honesty.written(stale) == PAGE.read_text(encoding="utf-8")


def test_one_command_makes_it_anew(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{honesty.BEGIN}\nold\n{honesty.END}\nafter\n")
    run = [sys.executable, "-m", "snowmesh.local.honesty", str(page)]
    subprocess.run(run, check=True, cwd=PAGE.parents[1] / "python")
    text = page.read_text()
    assert text.startswith("before\n") and text.endswith("after\n") and "old" not in text and "### Refused" in text
    page.write_text("no markers")
    failed = subprocess.run(run, check=False, capture_output=True, text=True, cwd=PAGE.parents[1] / "python")
    assert (failed.returncode, failed.stderr.startswith("Error: "), "Traceback" in failed.stderr) == (2, True, False)


@pytest.mark.parametrize("verb", ["CREATE", "ALTER", "DROP", "UNDROP"])
@pytest.mark.parametrize("kind", registry.REFUSED_TYPES)
def test_what_is_said_to_be_refused_is_refused_by_name(verb: str, kind: str) -> None:
    with pytest.raises(SnowflakeError) as refused:
        statements.parse(f"{verb} {kind} x")
    assert (refused.value.code, refused.value.sqlstate) == (2, "0A000")
    assert f"'{verb} {kind}" in refused.value.message


def test_every_section_has_content() -> None:
    text = honesty.generated()
    for words in (
        "`ROW ACCESS POLICY`",
        "`GRANTS_TO_ROLES`",
        "`QUERY_TAG`",
        "`TIMEZONE` as",
        "`SHARE`",
        "`IS_ROLE_IN_SESSION`",
    ):
        assert words in text
