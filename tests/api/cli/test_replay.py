"""`parking replay` of counts, as an operator types it."""

import asyncio
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from api.cli.replay import command

FILE = """SystemCodeNumber,Capacity,Occupancy,LastUpdated
A,100,120,2016-10-04 08:00:00
A,100,120,2016-10-04 08:00:00
A,100,60,2016-10-04 08:30:00
"""


async def replayed(file: Path, *options: str) -> Result:
    """In a thread, since the command runs a loop of its own."""
    return await asyncio.to_thread(CliRunner().invoke, command, [str(file), "--format", "birmingham", *options])


@pytest.mark.service
async def test_counts_are_added_once_when_a_file_is_played_twice(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARKING_DATABASE_URL", database_url)
    (tmp_path / "counts.csv").write_text(FILE)
    first = await replayed(tmp_path / "counts.csv")
    assert first.exit_code == 0, first.output
    assert "3 rows of 1 facilities: 2 added, 0 were in history" in first.output
    assert "dropped 1 copies and 0 contradictions; clipped 2 above capacity" in first.output
    assert "0 added, 2 were in history" in (await replayed(tmp_path / "counts.csv")).output


async def test_options_of_the_other_format_are_refused_when_they_are_given(tmp_path: Path) -> None:
    (tmp_path / "counts.csv").write_text(FILE)
    result = await replayed(tmp_path / "counts.csv", "--snapshot", "1")
    assert result.exit_code == 2
