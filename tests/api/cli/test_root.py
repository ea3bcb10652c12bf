"""Every command documents itself, and what goes wrong is one line."""

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from api.cli.root import COMMANDS
from api.embedded.folder import free_port

WITHIN_S = 60


def parking(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "api.cli", *arguments],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )


def test_commands_are_listed_when_asked_for_help() -> None:
    done = parking("--help")
    assert done.returncode == 0
    assert [name for name in COMMANDS if f"  {name} " not in done.stdout] == []


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_command_shows_an_example_when_asked_for_help(name: str) -> None:
    command: click.Command = import_module(COMMANDS[name].module).command
    inner = command.commands.values() if isinstance(command, click.Group) else [command]
    silent = [one.name for one in inner if "Example" not in CliRunner().invoke(one, ["--help"]).output]
    assert silent == []


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (("migrate",), 2, "setting_missing"),
        (("work", "--roles", "nonsense"), 2, "parking work --help"),
        (("fly",), 2, "No such command 'fly'"),
        (("up", "--port", "70000"), 2, "--port"),
    ],
)
def test_refusal_is_one_line_when_the_command_cannot_run(
    tmp_path: Path, arguments: tuple[str, ...], status: int, says: str
) -> None:
    done = parking(*arguments, PARKING_DATA=str(tmp_path))
    assert (done.returncode, done.stdout) == (status, "")
    assert len(done.stderr.splitlines()) == 1
    assert says in done.stderr


def test_outage_is_one_line_when_the_database_is_away(tmp_path: Path) -> None:
    url = f"postgresql://parking@127.0.0.1:{free_port()}/parking"
    done = parking("migrate", PARKING_DATA=str(tmp_path), PARKING_DATABASE_URL=url)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "database_unreachable" in done.stderr


def test_refusal_names_the_file_that_cannot_be_written(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("block,day_type,time_band,occ_jul,rate_before_jul,rate_new_jul\nA,Weekday,1,0.5,2.0,1.75\n")
    files = ("--history", f"{tmp_path}/none/h.csv", "--zones", f"{tmp_path}/z.csv")
    done = parking("price", "convert", str(table), "--format", "sfpark", *files)
    said = f"parking: {tmp_path}/none/h.csv: No such file or directory [file_unusable]\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", said)
