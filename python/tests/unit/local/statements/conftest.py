"""The fixtures of the statement tests; the laboratory itself is in `laboratory`."""

from __future__ import annotations

from tests.unit.local.statements.laboratory import empty, lab

__all__ = ["empty", "lab"]
