"""Sample data: what is refused before anything is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from snowmesh.local import sample_data


@pytest.mark.parametrize("scale", [0.0, -1.0, 101.0, float("nan"), float("inf")])
def test_scale_out_of_range_is_refused_and_names_what_is_allowed(scale: float) -> None:
    with pytest.raises(sample_data.SampleDataError, match=r"(?s)above 0 and at most 100.*--scale 0.01"):
        sample_data.check_scale(scale)


def test_disk_without_room_is_refused_before_generating(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample_data, "_BYTES_PER_SCALE", 10**18)
    with pytest.raises(sample_data.SampleDataError, match=r"(?s)needs about .* GB .*SNOWMESH_CACHE_DIR"):
        sample_data.generate(1.0, tmp_path, lambda _: None)
    assert list(tmp_path.iterdir()) == []


def test_cache_that_is_a_file_is_one_clear_message(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(sample_data.SampleDataError, match="cannot be written to"):
        sample_data.generate(0.001, blocked / "cache", lambda _: None)


def test_generator_failure_shows_its_last_line(tmp_path: Path) -> None:
    command = [str(sample_data._binary()), "parquet", "-s", "0.001", "-o", "/dev/null/x", "--quiet"]
    with pytest.raises(sample_data.SampleDataError, match=r"exit code 1: .*os error 20"):
        sample_data._run(command, lambda: None)


def test_missing_generator_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sample_data.sysconfig, "get_path", lambda _: str(tmp_path))
    with pytest.raises(sample_data.SampleDataError, match=r"pip install 'snowmesh\[local\]'"):
        sample_data._binary()


def test_cache_folder_can_be_named_in_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNOWMESH_CACHE_DIR", str(tmp_path))
    assert sample_data.default_cache() == tmp_path
