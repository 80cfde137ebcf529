"""docs/scenarios.md names every case, 1 to 52, and tests that are there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[4]
ROW = re.compile(r"^\| (\d+) \| (.+) \| (`(\w+\.py)::(\w+)`|not applicable: .+) \|$", re.MULTILINE)


def rows() -> list[re.Match[str]]:
    return list(ROW.finditer((ROOT / "docs" / "scenarios.md").read_text(encoding="utf-8")))


def test_every_number_stands_there_once() -> None:
    assert [int(row[1]) for row in rows()] == list(range(1, 53))


def test_every_test_that_is_named_is_there() -> None:
    for row in rows():
        if row[4]:
            file = Path(__file__).with_name(row[4])
            assert file.exists(), row[0]
            assert f"\ndef {row[5]}(" in file.read_text(encoding="utf-8"), row[0]


def test_little_is_left_out() -> None:
    assert [row[1] for row in rows() if not row[4]] == ["12"]
