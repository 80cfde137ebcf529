"""Rows as text, CSV and JSON."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal

from snowmesh.report.table import Table, as_csv, as_json, as_text

MIXED = Table(
    ("NAME", "AMOUNT", "OK"),
    (("Ada", Decimal("1.50"), True), (None, Decimal("-12.0000"), False), ("x,\"y'\n", None, None)),
)


def test_text_is_aligned_with_numbers_to_the_right_and_control_characters_shown() -> None:
    assert as_text(MIXED).splitlines() == [
        "NAME       AMOUNT  OK",
        "-------  --------  -----",
        "Ada          1.50  true",
        "NULL     -12.0000  false",
        "x,\"y'\\n      NULL  NULL",
        "(3 rows)",
    ]


def test_wide_characters_keep_the_columns_aligned() -> None:
    lines = as_text(Table(("A", "B"), (("日本", "x"), ("e\u0301", "y")))).splitlines()
    assert lines[2:4] == ["日本  x", "e\u0301     y"]


def test_escape_sequences_of_the_server_do_not_reach_the_terminal() -> None:
    assert "\x1b" not in as_text(Table(("\x1b[31mA",), (("\x1b]0;title\x07",), ("\u202e",))))


def test_csv_quotes_and_leaves_null_empty() -> None:
    assert as_csv(MIXED) == 'NAME,AMOUNT,OK\nAda,1.50,true\n,-12.0000,false\n"x,""y\'\n",,'


def test_json_is_one_document_with_exact_decimals() -> None:
    (row, *_) = json.loads(as_json([MIXED]))
    assert row == {"NAME": "Ada", "AMOUNT": "1.50", "OK": True}
    assert [len(rows) for rows in json.loads(as_json([MIXED, MIXED]))] == [3, 3]


def test_json_keeps_columns_of_one_name_apart() -> None:
    assert json.loads(as_json([Table(("A", "A", "A_2"), ((1, 2, 3),))])) == [{"A": 1, "A_2": 2, "A_2_2": 3}]


def test_dates_times_and_bytes_are_text() -> None:
    row = (date(2026, 1, 2), datetime(2026, 1, 2, 3, 4, 5), b"\x01\xff")
    assert as_csv(Table(("D", "T", "B"), (row,))).splitlines()[1] == "2026-01-02,2026-01-02 03:04:05,01FF"
