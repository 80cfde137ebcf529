"""docs/local-snowflake-facts.md says of every fact where it is tested; the tests must agree."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
PAGE = TESTS.parents[1] / "docs" / "local-snowflake-facts.md"
STATES = ("tested", "refused", "not applicable", "open")
# how many facts there are of each letter; a letter behind the number is one more
NUMBERS = {"R": 51, "P": 55, "T": 51, "M": 67, "A": 28}
EXTRA = ("T51a", "T51b", "T51c", "T51d", "M4a", "M4b", "M25a")
_CITED = re.compile(r"(?<![A-Za-z0-9])([RPTMA])(\d+[a-d]?)(?:-([RPTMA])(\d+))?(?![A-Za-z0-9])")
_IN_NAME = re.compile(r"(?<=_)([rptma])(\d+[a-d]?)(?=_|\b)")


def rows() -> list[list[str]]:
    """The rows of the tables: fact, title, state, files, remark."""
    lines = [line for line in PAGE.read_text().splitlines() if re.match(r"\| [RPTMA]\d", line)]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def cited(text: str) -> set[str]:
    """The facts that a text names: `R21`, `R2-R4`, test_r21_..."""
    found = {letter.upper() + number for letter, number in _IN_NAME.findall(text)}
    for letter, number, _, last in _CITED.findall(text):
        found.add(letter + number)
        if last and number.isdigit():
            found.update(f"{letter}{n}" for n in range(int(number), int(last) + 1))
    return found


def cited_by(path: Path) -> set[str]:
    """The facts that a test file cites outside of its heading, which only says what the file is about."""
    source = path.read_text()
    heading = ast.get_docstring(ast.parse(source), clean=False) or ""
    return cited(source.replace(heading, "", 1))


def test_every_fact_has_one_row_in_order() -> None:
    listed = [row[0] for row in rows()]
    wanted = {f"{letter}{n}" for letter, last in NUMBERS.items() for n in range(1, last + 1)} | set(EXTRA)
    assert set(listed) == wanted
    assert len(listed) == len(wanted)


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_what_the_page_says_of_a_fact(row: list[str]) -> None:
    fact, title, state, files, remark = row
    assert title
    assert state in STATES
    named = re.findall(r"`([^`]+)`", files)
    assert named or state != "tested", f"{fact} is said to be tested; no file is named"
    assert remark or state not in ("not applicable", "open"), f"{fact} needs a reason"
    for name in named:
        assert fact in cited_by(TESTS / name), f"{name} does not cite {fact}"


def test_a_citation_is_found_in_names_comments_and_ranges() -> None:
    found = cited("def test_r21_m4a_x(): # P7; see T51b and R2-R4, not XR9 or R99x\n    'M12'")
    assert found == {"R21", "M4a", "P7", "T51b", "R2", "R3", "R4", "M12"}
