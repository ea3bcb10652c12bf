"""`parking raw`: what devices, network servers and cameras sent word for word, and taking it in again."""

import asyncio
import base64
from datetime import datetime
from typing import Final, get_args

import click
import msgspec

from api.cli.database import in_transaction, outages_told
from api.cli.events import instant_of
from api.settings import find_settings
from devices.ingest.replay import Tally
from parking.domain.clock import format_instant, to_micros, utc_now
from parking.raw import service
from parking.raw.model import Outcome, OutcomeKind, RawMessage
from parking.raw.repository import Listed, Wanted, note_access

ACTOR: Final = "command-line"
OUTCOMES: Final = get_args(OutcomeKind)


@click.group(help="Look at what arrived word for word, and take it in again.")
def command() -> None:
    """Hold the commands together; each one documents itself."""


@command.command(name="list", epilog="Example: parking raw list --since 2h --outcome undecodable")
@click.option("--since", default="1h", show_default=True, help="An instant (RFC 3339) or an age (15m).")
@click.option("--until", default="0s", show_default=True, help="An instant or an age; before it.")
@click.option("--device", help="Only what speaks of this device.")
@click.option("--source", help="Only what came from this platform or camera adapter.")
@click.option("--outcome", type=click.Choice(OUTCOMES), help="Only where this became of a message.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True, help="At most so many.")
def list_(
    since: str, until: str, device: str | None, source: str | None, outcome: OutcomeKind | None, limit: int
) -> None:
    """List messages and what became of them, newest first, one JSON object a line; the bodies are not shown."""
    wanted = Wanted(since=instant_of(since), until=instant_of(until), device_id=device, source=source, kind=outcome)
    for listed in in_transaction(lambda session: service.listed(session, wanted, limit=limit)):
        click.echo(msgspec.json.encode(_line(listed)))


@command.command(epilog="Example: parking raw show 1795900000000000-1795900000001-0-0")
@click.argument("message")
def show(message: str) -> None:
    """Show one MESSAGE with its body. That it was shown is written down."""
    found = in_transaction(lambda session: service.look(session, message, actor=ACTOR, at=utc_now()))
    click.echo(msgspec.json.format(msgspec.json.encode(_whole(message, found)), indent=2))


@command.command(
    epilog="Example: parking raw replay 2026-11-22T08:00:00Z 2026-11-22T12:00:00Z --device 0004a30b001c0530"
)
@click.argument("since", metavar="FROM")
@click.argument("until", metavar="[TO]", default="0s")
@click.option("--device", help="Only what speaks of this device.")
@click.option("--source", help="Only what came from this platform or camera adapter.")
def replay(since: str, until: str, device: str | None, source: str | None) -> None:
    """Take in again what arrived from FROM until before TO, as the adapters and the registry read it today.

    Every message keeps the time at which it came. What the platform has already changes nothing, so a replay may be repeated. It
    rebuilds the states of spaces after the live store was lost, and tells of frames that were not understood before
    or whose device was not registered yet. That it was done is written down.
    """
    wanted = Wanted(since=instant_of(since), until=instant_of(until), device_id=device, source=source)
    with outages_told():
        asyncio.run(_replay(wanted))


async def _replay(wanted: Wanted) -> None:
    from api.bootstrap.replaying import open_replay  # noqa: PLC0415 - heavy, and not for --help

    async with open_replay(find_settings()) as (parts, database):
        async with database.transaction() as session:
            await note_access(session, actor=ACTOR, deed="replayed", what=_named(wanted), at=utc_now())
        begin, tally = to_micros(wanted.since), Tally()
        with click.progressbar(length=to_micros(wanted.until) - begin, label="replay") as bar:
            async for reached, so_far in parts.run(wanted):
                tally = so_far
                bar.update(reached - begin - bar.pos)
    click.echo(
        f"{tally.messages} arrivals taken in again: {tally.readings} readings, {tally.refused} refused,"
        f" {tally.unread} that nothing here reads"
    )


def _named(wanted: Wanted) -> str:
    """Which messages, for the record."""
    device, source = wanted.device_id or "every device", wanted.source or "every source"
    return f"{_instant(wanted.since)} to {_instant(wanted.until)}, {device}, {source}"


def _instant(instant: datetime) -> str:
    return format_instant(to_micros(instant))


def _line(listed: Listed) -> dict[str, object]:
    return {
        "id": str(listed.ref),
        "received_at": format_instant(listed.ref.received_at),
        "door": listed.door,
        "source": listed.source,
        "event": listed.event,
        "speaker": listed.speaker,
        "bytes": listed.size,
        "outcomes": [_said(outcome) for outcome in listed.outcomes],
    }


def _whole(raw_id: str, message: RawMessage) -> dict[str, object]:
    try:
        body: dict[str, object] = {"body": message.body.decode()}
    except UnicodeDecodeError:
        body = {"body_base64": base64.b64encode(message.body).decode()}
    head: dict[str, object] = {
        "id": raw_id,
        "received_at": format_instant(message.received_at),
        "door": message.door,
        "source": message.source,
        "event": message.event,
        "speaker": message.speaker,
        "topic": message.topic,
        "media_type": message.media_type,
        "outcomes": [_said(outcome) for outcome in message.outcomes],
    }
    return head | body


def _said(outcome: Outcome) -> dict[str, object]:
    """What is known of it; what is not is left out."""
    said = msgspec.structs.asdict(outcome)
    return {name: value for name, value in said.items() if value not in {None, ""}}
