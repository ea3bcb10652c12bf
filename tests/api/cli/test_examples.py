"""The examples that the commands of pricing print run as they are written, in a folder that has the files which they name."""

import shlex
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from api.cli import root
from api.cli.rates import READY
from pricing.demand.waves import write_waves
from tests.api.cli.test_price import HISTORY, POLICY, ZONES
from tests.api.cli.test_rates_simulate import STAYS

COMMANDS = (
    ("price",), ("price", "propose"), ("price", "backtest"), ("price", "estimate"), ("price", "convert"),
    ("forecast", "evaluate"), ("forecast", "correct-payments"), ("rates", "simulate"),
)  # fmt: skip


def examples(words: tuple[str, ...]) -> Iterator[list[str]]:
    command: click.Command | None = root.cli
    for word in words:
        assert isinstance(command, click.Group)
        command = command.get_command(click.Context(command), word)
    assert command is not None
    for paragraph in f"{command.help}\n\n{command.epilog or ''}".split("\n\n"):
        _, is_one, line = paragraph.partition("Example: ")
        if is_one:
            yield shlex.split(line)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Small files by the names that the examples use."""
    found = tmp_path_factory.mktemp("examples")
    start = datetime.fromisoformat("2026-02-02")
    times = [(number, (start + timedelta(minutes=30 * number)).isoformat()) for number in range(5 * 336)]
    hours = [(zone, (start + timedelta(hours=hour)).isoformat(), hour) for zone in "ABCDEF" for hour in range(240)]
    files = {
        "h.csv": HISTORY, "z.csv": ZONES, "p.toml": POLICY, "stays.csv": STAYS,
        "draft.toml": (READY / "linzi.toml").read_text(), "linzi.toml": (READY / "linzi.toml").read_text(),
        "sfpark_adjustments_2011_07.csv": (
            "block,pilot_area,day_type,time_band,occ_jul,rate_before_jul,rate_new_jul,delta_jul\n"
            "A,Downtown,Weekday,Time Band 1,0.5645,3.5000,3.2500,-0.2500\n"
        ),
        "counts.csv": "facility_id,timestamp,capacity,occupied\n" + "".join(f"A,{at},100,{n % 48}\n" for n, at in times),
        "survey.csv": "zone_id,timestamp,paid,observed\n" + "".join(
            f"{zone},{at},{0.1 + hour % 7 / 10},{0.2 + hour % 7 / 10}\n" for zone, at, hour in hours
        ),
        "paid.csv": "zone_id,timestamp,paid\nA,2026-03-02T09:00:00,0.4\n",
    }  # fmt: skip
    for name, text in files.items():
        (found / name).write_text(text)
    write_waves(found / "lots.csv", ())
    return found


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_an_example_runs_as_it_is_written(
    words: tuple[str, ...], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    found = list(examples(words))
    assert found
    for program, *arguments in found:
        assert program == "parking"
        result = CliRunner().invoke(root.cli, arguments)
        assert result.exit_code == 0, (arguments, result.output, result.exception)
    if words == ("price", "convert"):
        # It writes over the files of one's own, as it says.
        (folder / "h.csv").write_text(HISTORY)
        (folder / "z.csv").write_text(ZONES)
