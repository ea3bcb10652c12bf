"""`parking vision`: what a plain camera's picture says of its spaces, how good that is, and where its bays lie."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from api.cli.database import in_transaction
from devices.vision.outlines import Outline, read_outlines

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession


@click.group(help="Look through plain cameras.")
def command() -> None:
    """Hold the subcommands together."""


@command.command(
    help="Judge labelled spaces and print one JSON object: accuracy, balanced accuracy, area under the curve, confusion, "
    "milliseconds for a space on one core, error of calibration, share that was rejected as unclear. "
    "LABELS is a CSV file with the columns file, occupied and q0x to q3y, the corners as fractions of the picture.",
    epilog="Example: parking vision evaluate --labels labels.csv --images images",
)
@click.option("--labels", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True)
@click.option("--images", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True)
@click.option(
    "--left-out", is_flag=True, help="Only photographs of the training data that the network was not trained on."
)
def evaluate(labels: Path, images: Path, *, left_out: bool) -> None:
    from devices.vision.classifier import Classifier  # noqa: PLC0415 - heavy
    from devices.vision.evaluation import run, summary  # noqa: PLC0415 - as above
    from devices.vision.labels import among, read_labels  # noqa: PLC0415 - as above

    classifier = Classifier()
    rows = list(read_labels(labels))
    if left_out:
        rows = among(rows, classifier.card.left_out)
    with click.progressbar(length=len(rows), label="spaces", file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        outcome = run(classifier, rows, images, progress=bar.update)
    click.echo(msgspec.json.encode(summary(classifier, outcome)))


@command.command(
    help="Judge the outlined spaces of one picture: a JSON object a line for each bay. "
    "status null is 'the picture does not tell'.",
    epilog="Example: parking vision look --frame lot.jpg --outlines lot.json",
)
@click.option("--frame", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True)
@click.option("--outlines", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True)
def look(frame: Path, outlines: Path) -> None:
    from devices.vision.classifier import Classifier  # noqa: PLC0415 - heavy
    from devices.vision.frames import read_picture  # noqa: PLC0415 - as above

    bays = read_outlines(outlines)
    judged = Classifier().judge_frame(read_picture(frame), [bay.quad() for bay in bays])
    for bay, judgement in zip(bays, judged, strict=True):
        line = {"bay": bay.bay, "status": judgement.status, "occupied": round(judgement.occupied, 4)}
        click.echo(msgspec.json.encode(line))


@command.command(
    help="Write down where the bays of a registered camera lie in its picture. --frame is the picture on which they were drawn: "
    "later ones are compared with it; without it the next frame is taken. No picture is kept.",
    epilog='Example: parking vision outline cam-7 --outlines lot.json --frame lot.jpg --by "Li Wei"',
)
@click.argument("camera_id", metavar="CAMERA")
@click.option("--outlines", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True)
@click.option("--frame", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--by", required=True, help="Who drew them, for the record.")
def outline(camera_id: str, outlines: Path, frame: Path | None, by: str) -> None:
    from devices.vision.frames import read_picture  # noqa: PLC0415 - heavy
    from devices.vision.view import sight_of  # noqa: PLC0415 - as above

    bays = read_outlines(outlines)
    sight = None if frame is None else sight_of(read_picture(frame)).packed()
    unbound = in_transaction(lambda session: _write(session, camera_id, bays, sight, by))
    click.echo(f"{camera_id}: {len(bays)} bays outlined")
    for bay in unbound:
        click.echo(f"{bay} is bound to no space yet: 'parking cameras add {camera_id} --bay {bay}=SPACE'", err=True)


async def _write(
    session: "AsyncSession", camera_id: str, bays: list[Outline], sight: bytes | None, by: str
) -> list[str]:
    """The bays that no device is registered for."""
    from devices.cameras import repository as cameras  # noqa: PLC0415 - heavy, and `look` needs none of it
    from devices.cameras.model import bay_device  # noqa: PLC0415 - as above
    from devices.cameras.service import known  # noqa: PLC0415 - as above
    from devices.inventory import repository as inventory  # noqa: PLC0415 - as above
    from devices.vision import repository  # noqa: PLC0415 - as above
    from parking.domain.clock import utc_now  # noqa: PLC0415 - as above

    view = repository.StoredView(
        camera_id=camera_id, outlines=tuple(bays), sight=sight, drawn_at=utc_now(), drawn_by=by
    )
    await known(session, camera_id)
    await repository.put(session, view)
    await inventory.notify(session)
    bound = set(await cameras.bays(session, camera_id))
    return [one.bay for one in bays if bay_device(camera_id, one.bay) not in bound]
