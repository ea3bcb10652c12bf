"""`parking rates`: rate tables as files, with no services running: check them, list the ready ones, write them out."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
import msgspec

import pricing.rates
from api.cli.rates_simulate import simulate
from parking.domain.errors import NotFoundError
from pricing.rates.policy_file import read_policy
from pricing.rates.policy_writer import write_policy
from pricing.reports.counted import counted

if TYPE_CHECKING:
    from api.cli.rates_findings import Checked

READY: Final = Path(pricing.rates.__file__).parent / "policies"
"""The policies that come with the installation."""
_INVALID: Final = 2
_UNSOUND: Final = 1


@click.group()
def command() -> None:
    """Check, list and write out rate tables in files; docs/tariffs.md says how one is written.

    Example: parking rates validate linzi.toml
    """


command.add_command(simulate)


@command.command()
@click.argument("files", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option("--json", "is_json", is_flag=True, help="Print one JSON list, an object for each file.")
@click.pass_context
def validate(ctx: click.Context, files: tuple[Path, ...], *, is_json: bool) -> None:
    """Say everything that is wrong in policy files: mistakes with line and key, then what probe stays show.

    Warnings are printed, errors go to stderr; exit 2 when a file is no rate table, else 1 when an error stands.

    Example: parking rates validate linzi.toml weifang.toml
    """
    # The validator brings the calculator, which listing and showing do without.
    from api.cli.rates_findings import as_json, check  # noqa: PLC0415

    checked = [check(file) for file in files]
    if is_json:
        click.echo(msgspec.json.format(msgspec.json.encode([as_json(one) for one in checked]), indent=2).decode())
    else:
        for one in checked:
            _say(one)
    if any(one.table is None for one in checked):
        ctx.exit(_INVALID)
    if any(one.has_errors for one in checked):
        ctx.exit(_UNSOUND)


@command.command()
def policies() -> None:
    """List the ready policies: name, title and source.

    Example: parking rates policies
    """
    tables = [(path.stem, read_policy(path)) for path in sorted(READY.glob("*.toml"))]
    width = max(len(name) for name, _ in tables)
    for name, table in tables:
        click.echo(f"{name:<{width}}  {table.title} / {table.title_en}  ({table.legal.source})")


@command.command()
@click.argument("policy")
def show(policy: str) -> None:
    """Write out a ready policy, or a file, with every switch said and nothing else: what is stored and exported.

    Example: parking rates show linzi > mine.toml
    """
    click.echo(write_policy(read_policy(policy_path(policy))), nl=False)


def policy_path(name: str) -> Path:
    """A file, or a ready policy by its name. Raises `NotFoundError` (`policy_unknown`)."""
    ready = {path.stem: path for path in READY.glob("*.toml")}
    if Path(name).is_file():
        return Path(name)
    if name not in ready:
        raise NotFoundError(f"{name!r} is neither a file nor one of {', '.join(sorted(ready))}", code="policy_unknown")
    return ready[name]


def _say(checked: "Checked") -> None:
    from api.cli.rates_findings import finding_said, mistakes_said  # noqa: PLC0415 - as above

    for line in mistakes_said(checked):
        click.echo(line, err=True)
    table = checked.table
    if table is None:
        return
    lines = sum(len(collection.lines) for collection in table.collections)
    click.echo(
        f"{checked.file}: {table.title_en}, version {table.version}: {counted(len(table.collections), 'collection', 'collections')}, {counted(lines, 'line', 'lines')}"
    )
    for number, finding in checked.findings:
        for text in finding_said(checked, number, finding):
            click.echo(text, err=finding.severity == "error")
