"""`parking devices test`: a device is held against the truth before its word counts."""

from dataclasses import asdict
from datetime import datetime

import click
import msgspec

from api.cli.device_desk import DeviceDesk, at_desk
from api.cli.events import instant_of
from devices.commissioning import repository
from devices.commissioning.model import DeviceTest, Findings, Look, Verdict
from parking.domain.clock import utc_now
from parking.domain.errors import InvalidInputError


@click.group(
    name="test",
    help="Test a device against the truth, and say what came of it.",
    epilog="Example: parking devices test start zd-001-a",
)
def test() -> None:
    """Hold the commands together; each one documents itself."""


@test.command(epilog="Example: parking devices test start zd-001-a --against zd-001-camera")
@click.argument("device")
@click.option("--against", metavar="DEVICE", help="An accepted device on the same space; a person's looks without it.")
def start(device: str, against: str | None) -> None:
    """Begin to test an installed device; prints the id of the test."""
    begun = at_desk(lambda desk: desk.commissioning.start(desk.session, device, reference_device_id=against))
    click.echo(begun.test_id)


@test.command(name="list", epilog="Example: parking devices test list")
@click.option("--device", help="Only those of this device.")
def list_(device: str | None) -> None:
    """List the newest tests, one JSON object a line."""

    async def work(desk: DeviceDesk) -> list[DeviceTest]:
        return await repository.listed(
            desk.session, district_id=None, device_id=device, is_open=None, after=None, limit=1_000
        )

    for found in at_desk(work):
        click.echo(msgspec.json.encode(_line(found)))


@test.command(epilog="Example: parking devices test look 01K… occupied --watched")
@click.argument("test_id", metavar="TEST")
@click.argument("status", type=click.Choice(["occupied", "free"]))
@click.option("--at", metavar="INSTANT", help="An instant (RFC 3339) or an age (15m); now when left out.")
@click.option("--watched", is_flag=True, help="Nothing has happened unseen since the look before.")
def look(test_id: str, status: str, at: str | None, *, watched: bool) -> None:
    """Say what a person sees on the space."""
    seen_at: datetime = utc_now() if at is None else instant_of(at)
    seen = Look(at=seen_at, occupied=status == "occupied", watched=watched)
    refused = at_desk(lambda desk: desk.commissioning.look(desk.session, test_id, [seen]))
    if refused:
        raise InvalidInputError(refused[0].detail, code=refused[0].code)
    click.echo(f"{status} at {seen_at.isoformat(timespec='seconds')}")


@test.command(epilog="Example: parking devices test report 01K…")
@click.argument("test_id", metavar="TEST")
def report(test_id: str) -> None:
    """Show a test and what it has shown, as JSON."""
    _show(*at_desk(lambda desk: desk.commissioning.findings(desk.session, test_id)))


@test.command(epilog="Example: parking devices test verdict 01K… passed --reason 'a day without a miss'")
@click.argument("test_id", metavar="TEST")
@click.argument("verdict", type=click.Choice(["passed", "failed"]))
@click.option("--reason", required=True, help="Why; it stands in the life of the device.")
@click.option("--despite", is_flag=True, help="Pass it although a limit is not met.")
def verdict(test_id: str, verdict: Verdict, reason: str, *, despite: bool) -> None:
    """End a test: its device is accepted, or may be tested again."""
    _show(
        *at_desk(lambda desk: desk.commissioning.decide(desk.session, test_id, verdict, reason=reason, despite=despite))
    )


def _show(found: DeviceTest, findings: Findings) -> None:
    whole = {"test": _line(found), "findings": asdict(findings), "unmet": findings.unmet}
    click.echo(msgspec.json.format(msgspec.json.encode(whole), indent=2))


def _line(found: DeviceTest) -> dict[str, object]:
    return asdict(found)
