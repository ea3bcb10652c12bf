"""`parking occupancy`: what the engine makes of evidence, and the live store in which it keeps that."""

import csv
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, TextIO

import click

from api.cli.occupancy_check import check
from api.cli.occupancy_history import as_of, export
from api.cli.occupancy_rebuild import rebuild

SHOWN: Final = 20
"""Refused rows that are printed; all are counted."""


@click.group(help="Look at how evidence becomes the state of a space, and look after the live store.")
def command() -> None:
    """Hold the commands together; each one documents itself."""


command.add_command(check)
command.add_command(rebuild)


@command.command(epilog="Example: parking occupancy replay --evidence evidence.csv --out changes.csv")
@click.option(
    "--evidence",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="CSV in order of arrival.",
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="CSV to write.")
def replay(evidence: Path, out: Path) -> None:
    """Run recorded evidence of any length through the engine's own rules, with no services running.

    --evidence has the columns space_id, device_id, device_kind (geomagnetic, camera, gate, payment, attendant), kind (change,
    restate, startup), observed_at, received_at (RFC 3339), sequence (or empty), status (occupied, free) and score (a camera's
    probability of occupied, or empty).

    --out gets a row for each published change: space_id, at, status (occupied, free, unknown), confidence. Rows that cannot
    be read are told on standard error; the others are used, and the exit status is 1.
    """
    from parking.occupancy.fusion.evidence_file import (  # noqa: PLC0415 - numpy is heavy, and not for --help
        PUBLISHED_COLUMNS,
        published_row,
        read_evidence,
    )
    from parking.occupancy.fusion.replay import Replay  # noqa: PLC0415 - as above

    refused = 0

    def refuse(line: int, why: str) -> None:
        nonlocal refused
        refused += 1
        if refused <= SHOWN:
            click.echo(f"line {line}: {why} [row_invalid]", err=True)

    changes = 0
    with evidence.open(encoding="utf-8-sig", newline="") as lines, out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(PUBLISHED_COLUMNS)
        for change in Replay().feed(read_evidence(_watched(lines, evidence), refuse)):
            writer.writerow(published_row(change))
            changes += 1
    click.echo(f"{changes} changes written to {out}, {refused} rows refused", err=True)
    if refused:
        raise SystemExit(1)


command.add_command(as_of)
command.add_command(export)


def _watched(lines: TextIO, path: Path) -> Iterator[str]:
    """The lines, with a bar on a terminal that shows how much of the file has been read."""
    with click.progressbar(
        length=path.stat().st_size, label=path.name, file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:
        for line in lines:
            bar.update(len(line.encode()))
            yield line
