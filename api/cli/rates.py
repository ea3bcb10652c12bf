"""`parking rates`: rate tables as files, with no services running: check them, list the ready ones, write them out."""

from pathlib import Path
from typing import Final

import click

import pricing.rates
from api.cli.rates_simulate import simulate
from parking.domain.errors import NotFoundError
from pricing.rates.policy_file import PolicyFileError, read_policy, sentence
from pricing.rates.policy_writer import write_policy

READY: Final = Path(pricing.rates.__file__).parent / "policies"
"""The policies that come with the installation."""
_INVALID: Final = 2


@click.group()
def command() -> None:
    """Check, list and write out rate tables in files; docs/tariffs.md says how one is written.

    Example: parking rates validate linzi.toml
    """


command.add_command(simulate)


@command.command()
@click.argument("files", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.pass_context
def validate(ctx: click.Context, files: tuple[Path, ...]) -> None:
    """Say everything that is wrong in policy files, a line each with file, line and key; exit 2 when anything is.

    Example: parking rates validate linzi.toml weifang.toml
    """
    wrong = [line for file in files for line in _check(file)]
    for line in wrong:
        click.echo(line, err=True)
    if wrong:
        ctx.exit(_INVALID)


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


def _check(file: Path) -> list[str]:
    try:
        table = read_policy(file)
    except PolicyFileError as error:
        return [sentence(str(file), mistake) for mistake in error.mistakes] or [error.detail]
    lines = sum(len(collection.lines) for collection in table.collections)
    click.echo(
        f"{file}: {table.title_en}, version {table.version}: {len(table.collections)} collections, {lines} lines"
    )
    return []
