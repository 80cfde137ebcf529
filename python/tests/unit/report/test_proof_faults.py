"""What counts as a fault of one cell."""

from __future__ import annotations

import pytest

from snowmesh.access.declared import Cell, Sight
from snowmesh.artifacts.definitions import Mask
from snowmesh.report.proof import fault

MASK = Mask("M", "string", masked="'****'")
CLEAR, GOVERNED = Cell(Sight.CLEAR, ""), Cell(Sight.CLEAR, "", MASK, ("NAME",))
MASKED, REFUSED = Cell(Sight.MASKED, "", MASK, ("NAME",)), Cell(Sight.REFUSED, "")


@pytest.mark.parametrize(
    ("declared", "read", "clear", "masked", "is_fault"),
    [
        (CLEAR, "7", "7", None, False),
        (CLEAR, "8", "7", None, True),
        (GOVERNED, "Ada", "Ada", "****", False),
        (GOVERNED, "****", "****", "****", True),  # everybody sees the mask
        (MASKED, "****", "Ada", "****", False),
        (MASKED, "Ada", "Ada", "****", True),
        (MASKED, "A***", "Ada", "****", True),
        (MASKED, "Ada", "Ada", None, True),
        (REFUSED, "7", "7", None, True),
        (REFUSED, "****", "Ada", "****", True),  # even a mask is more than a refusal
    ],
)
def test_cell(declared: Cell, read: str, clear: str, masked: str | None, is_fault: bool) -> None:
    assert bool(fault(declared, read, clear, masked)) is is_fault
