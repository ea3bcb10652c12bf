"""Finds the command that was typed, loads its file, and turns every refusal into one line and a non-zero exit.

Loading only what was typed keeps `parking --help` and `parking decode` quick.
"""

import importlib
import logging
import sys
from pathlib import Path
from typing import Final, NamedTuple, NoReturn

import click

from api.collector import spare_batches
from parking.domain.errors import ParkingError

INTERRUPTED: Final = 130
"""The exit status by which shells know Ctrl-C."""


class Entry(NamedTuple):
    """Where a command lives: `module` has a click command or group named `command`."""

    module: str
    help: str


COMMANDS: Final[dict[str, Entry]] = {
    "demo": Entry("api.cli.demo", "Run the demonstration city on this machine"),
    "up": Entry("api.cli.up", "Run an empty installation on this machine"),
    "serve": Entry("api.cli.serve", "Run the HTTP process"),
    "work": Entry("api.cli.work", "Run the worker process"),
    "migrate": Entry("api.cli.migrate", "Bring the database schema to the present version"),
    "doctor": Entry("api.cli.doctor", "Check every dependency and setting"),
    "keys": Entry("api.cli.keys", "Create, list and revoke API keys"),
    "accounts": Entry("api.cli.accounts", "Open, list and close the accounts of people"),
    "city": Entry("api.cli.city", "Import, export and generate inventory"),
    "devices": Entry("api.cli.devices", "Register devices, test them and bind them to spaces"),
    "retrofit": Entry("api.cli.retrofit", "Hold the retrofit of spaces against its plan"),
    "cameras": Entry("api.cli.cameras", "Register cameras and their bays, and try them"),
    "profiles": Entry("api.cli.profiles", "List the device profiles"),
    "decode": Entry("api.cli.decode", "Decode one device message"),
    "envelope": Entry("api.cli.envelope", "Read one message of a network server or IoT platform"),
    "encode": Entry("api.cli.encode", "Encode one command for a device"),
    "price": Entry("api.cli.price", "Propose the next tariffs from history"),
    "forecast": Entry("api.cli.forecast", "Hold forecasts of occupancy against what came"),
    "rates": Entry("api.cli.rates", "Check, list and write out rate tables in files"),
    "quote": Entry("api.cli.quote", "Price a stay under a policy file, line by line"),
    "simulate": Entry("api.cli.simulate", "Play the sensors of the demonstration city (used by demo)"),
    "replay": Entry("api.cli.replay", "Play a public data set through the running system"),
    "occupancy": Entry("api.cli.occupancy", "Run recorded evidence through the engine's rules"),
    "modules": Entry("api.cli.modules", "List, switch and check the city modules"),
    "raw": Entry("api.cli.raw", "Look at what devices sent word for word, take it in again"),
    "events": Entry("api.cli.events", "Look at the event bus and its dead letters"),
    "terminal": Entry("api.cli.terminal", "Be a payment terminal: the reference for manufacturers"),
    "vision": Entry("api.cli.vision", "Look through plain cameras, and say how good that is"),
    "evidence": Entry("api.cli.evidence", "Verify packages of evidence"),
    "bench": Entry("api.cli.bench", "Measure this machine beside its raw limits"),
}


class LazyGroup(click.Group):
    """A click group that imports a command's file when it is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the signature is click's
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        command: click.Command = importlib.import_module(entry.module).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as above
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in COMMANDS.items()])


@click.group(cls=LazyGroup, help="Smart Parking: the platform with which a city runs its parking.")
@click.version_option(package_name="smart-parking")
def cli() -> None:
    """Hold the commands together; each one documents itself."""


def main() -> None:
    """Entry point of the installed script: what goes wrong is one line and a non-zero exit."""
    # Before a command loads its file: the collector would look through every module that comes in, again and again.
    spare_batches()
    try:
        result = cli(prog_name="parking", standalone_mode=False)
    except ParkingError as error:
        _refuse(f"{error.detail} [{error.code}]", status=2)
    except click.UsageError as error:
        asked = error.ctx.command_path if error.ctx is not None else "parking"
        _refuse(f"{error.format_message()} See '{asked} --help'.", status=error.exit_code)
    except click.ClickException as error:
        _refuse(error.format_message(), status=error.exit_code)
    except click.Abort:
        _refuse("interrupted", status=INTERRUPTED)
    except Exception as error:
        if logging.getLogger().handlers:
            logging.getLogger(__name__).critical("the process ends", exc_info=error)
            sys.exit(1)
        if isinstance(error, OSError) and isinstance(error.filename, str | Path):
            _refuse(f"{error.filename}: {error.strerror} [file_unusable]", status=2)
        reason = " ".join(str(error).split()) or "no reason given"
        _refuse(f"{type(error).__name__}: {reason} [internal_error]", status=1)
    # Click hands a command's own exit status back as a number.
    sys.exit(result if isinstance(result, int) else 0)


def _refuse(sentence: str, *, status: int) -> NoReturn:
    print(f"parking: {sentence}", file=sys.stderr)
    sys.exit(status)
