"""`parking city`: the inventory in and out, and cities to try it with."""

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar

import click

from api.cli.database import with_database
from parking.domain.clock import utc_now
from parking.domain.errors import InvalidInputError

if TYPE_CHECKING:
    from parking.db.unit_of_work import Database
    from parking.places.model import ImportReport

T = TypeVar("T")
_out = click.option(
    "--out",
    type=click.File("wb", atomic=True),
    default="-",
    help="Where to write; standard output when left out.",
)


@click.group(help="Bring the inventory in and out, as GeoJSON that docs/inventory.md describes.")
def command() -> None:
    """Hold the commands together; each one documents itself."""


@command.command(
    name="import",
    help="Bring a file into the inventory. Refused features are printed one a line; the others are in.",
    epilog="Example: parking city import city.geojson --prune",
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--format",
    "format_",
    type=click.Choice(["geojson", "melbourne"]),
    default="geojson",
    help="melbourne: the city's list of bays, CSV or CSV compressed by gzip.",
)
@click.option("--prune", is_flag=True, help="Take spaces out of the file's zones that the file does not name.")
def import_(file: Path, format_: str, *, prune: bool) -> None:
    collection = _read_melbourne(file) if format_ == "melbourne" else _read_geojson(file)
    report = with_database(lambda database: _import(database, collection, prune=prune))
    for error in report.errors:
        name = "" if error.feature_id is None else f" ({error.feature_id})"
        click.echo(f"feature {error.index}{name}: {error.detail} [{error.code}]", err=True)
    for done, counts in (
        ("added", report.added),
        ("updated", report.updated),
        ("unchanged", report.unchanged),
        ("removed", report.removed),
    ):
        if counts:
            click.echo(f"{done}: " + ", ".join(f"{count} {kind}" for kind, count in counts.items()))
    click.echo(f"refused: {len(report.errors)}")
    if report.errors:
        raise SystemExit(1)


@command.command(
    help="Write the inventory in use; importing it again changes nothing.",
    epilog="Example: parking city export --out city.geojson",
)
@_out
def export(out: IO[bytes]) -> None:
    from parking.places.service import export_features  # noqa: PLC0415 - as above

    async def read(database: "Database") -> list[dict[str, Any]]:
        async with database.transaction() as session:
            return [feature async for feature in export_features(session)]

    _write(out, with_database(read))


@command.command(
    help="Write an invented city of any size, the same for the same seed.",
    epilog="Example: parking city generate --spaces 100000 --seed 1 --out big.geojson",
)
@click.option("--spaces", type=int, required=True, help="How many spaces the city has.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True)
@_out
def generate(spaces: int, seed: int, out: IO[bytes]) -> None:
    from parking.places.generator import generate_features  # noqa: PLC0415 - heavy, and not for --help

    features = generate_features(spaces, seed)
    with click.progressbar(length=spaces, label="spaces", file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        _write(out, _counted(features, bar.update))


@command.command(
    help="Write the demonstration city, which is shaped like Zibo.",
    epilog="Example: parking city demo --out zibo.geojson",
)
@_out
def demo(out: IO[bytes]) -> None:
    from parking.places.demonstration import demonstration_city  # noqa: PLC0415 - heavy, and not for --help

    _write(out, demonstration_city()["features"])


@command.command(
    help="Take a zone and all its spaces out of use.",
    epilog="Example: parking city remove ZD-16",
)
@click.argument("zone")
def remove(zone: str) -> None:
    from parking.places.service import remove_zone  # noqa: PLC0415 - heavy, and not for --help

    async def work(database: "Database") -> None:
        async with database.transaction() as session:
            await remove_zone(session, zone, at=utc_now())

    with_database(work)
    click.echo(f"{zone} removed")


def _read_geojson(file: Path) -> object:
    import msgspec  # noqa: PLC0415 - not for --help

    try:
        return msgspec.json.decode(file.read_bytes())
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidInputError(f"{file} is no JSON: {error}", code="json_invalid") from error
    except OSError as error:
        raise InvalidInputError(f"{file} cannot be read: {error}", code="file_unreadable") from error


def _read_melbourne(file: Path) -> object:
    from parking.places.melbourne import melbourne_city, read_rows  # noqa: PLC0415 - heavy, and not for --help

    return melbourne_city(read_rows(file))


async def _import(database: "Database", collection: object, *, prune: bool) -> "ImportReport":
    from parking.places.feature_reading import feature_list  # noqa: PLC0415 - heavy, and not for --help
    from parking.places.service import import_collection  # noqa: PLC0415 - as above

    length = len(feature_list(collection))
    with click.progressbar(length=length, label="features", file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        async with database.transaction() as session:
            return await import_collection(session, collection, at=utc_now(), prune=prune, progress=bar.update)


def _counted(features: Iterable[dict[str, Any]], progress: Callable[[int], None]) -> Iterable[dict[str, Any]]:
    for feature in features:
        if feature["properties"]["feature"] == "space":
            progress(1)
        yield feature


def _write(out: IO[bytes], features: Iterable[dict[str, Any]]) -> None:
    from parking.places.feature_writing import collection_chunks  # noqa: PLC0415 - heavy, and not for --help

    out.writelines(collection_chunks(features))
