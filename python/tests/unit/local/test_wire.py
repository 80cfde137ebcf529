"""Values keep their meaning on the wire."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pyarrow as pa
import pytest

from snowmesh.local import wire

MOMENTS = [
    datetime(2020, 1, 1, 10, 0, 0, 123456),
    datetime(1969, 12, 31, 23, 59, 59, 999999),
    datetime(1582, 10, 15),
    datetime(2262, 1, 1),
    None,
]


@pytest.mark.parametrize("zone", [None, "UTC"])
def test_timestamps_are_seconds_and_nanoseconds_and_null_stays_null(zone: str | None) -> None:
    at = timezone.utc if zone else None
    moments: list[Any] = [m.replace(tzinfo=at) if m else None for m in MOMENTS]
    found = wire._timestamps(pa.array(moments, type=pa.timestamp("us", tz=zone))).to_pylist()
    for moment, value in zip(moments, found, strict=True):
        if moment is None:
            assert value is None
        else:
            exact = moment.replace(tzinfo=timezone.utc) - datetime(1970, 1, 1, tzinfo=timezone.utc)
            micros = exact.days * 86_400_000_000 + exact.seconds * 1_000_000 + exact.microseconds
            assert value["epoch"] * 1_000_000 + value["fraction"] // 1000 == micros
            assert 0 <= value["fraction"] < 1_000_000_000
