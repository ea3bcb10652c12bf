"""Every command that needs the database says in one line that it is away."""

from importlib import import_module

import click
import pytest
from click.testing import CliRunner

from parking.domain.errors import UnavailableError


@pytest.mark.parametrize(
    ("module", "words"),
    [
        ("city", ["export"]),
        ("devices", ["list"]),
        ("devices", ["health"]),
        ("devices", ["health", "--device", "d1"]),
        ("cameras", ["list"]),
        ("raw", ["list"]),
        ("raw", ["replay", "1h"]),
        ("retrofit", ["plan", "report"]),
    ],
)
def test_one_line_says_so_when_the_database_is_away(
    module: str, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARKING_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    monkeypatch.setenv("PARKING_REDIS_URL", "redis://127.0.0.1:1")
    command: click.Command = import_module(f"api.cli.{module}").command
    error = CliRunner().invoke(command, words).exception
    assert isinstance(error, UnavailableError)
    assert error.code == "database_unavailable"
    assert "\n" not in error.detail
