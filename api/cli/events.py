"""`parking events`: watch the bus, look at dead letters, deliver again."""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime, timedelta

import click
import msgspec

from api.settings import find_settings
from parking.domain.clock import format_instant, parse_instant, to_micros, utc_now
from parking.domain.errors import InvalidInputError

_AGES = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def instant_of(text: str, now: Callable[[], datetime] = utc_now) -> datetime:
    """Read an RFC 3339 instant, or an age such as `90s`, `15m`, `2h` or `1d`.

    Raises `InvalidInputError` (code `instant_invalid`).
    """
    try:
        if text[-1:] in _AGES:
            return now() - timedelta(**{_AGES[text[-1]]: float(text[:-1])})
        return parse_instant(text)
    except (ValueError, OverflowError) as error:
        raise InvalidInputError(
            f"{text!r} is neither an instant with a zone nor an age such as 15m", code="instant_invalid"
        ) from error


@click.group(name="events", epilog="Example: parking events tail --since 15m")
def command() -> None:
    """Look at the event bus and its dead letters."""


@command.command(epilog="Example: parking events tail --type parking.zone.counts_changed --since 15m")
@click.option("--type", "types", multiple=True, help="Only events of this type; repeat for more. All unless given.")
@click.option("--since", default="0s", show_default=True, help="An instant (RFC 3339) or an age (15m).")
@click.option("--count", type=click.IntRange(min=1), help="Stop after so many events; else Ctrl-C.")
def tail(types: tuple[str, ...], since: str, count: int | None) -> None:
    """Print events as they come, one CloudEvent in JSON a line."""
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_tail(frozenset(types) or None, instant_of(since), count))


@command.command(epilog="Example: parking events dead --consumer occupancy-inventory")
@click.option("--consumer", help="Only those of this consumer.")
@click.argument("what", type=click.Choice(["list"]), default="list")
def dead(what: str, consumer: str | None) -> None:  # noqa: ARG001 - `dead list` and `dead` are the same
    """List what consumers could not handle: letter, time, attempts, type, subject, reason; tabs between."""
    asyncio.run(_dead(consumer))


@command.command(epilog="Example: parking events replay --consumer occupancy-inventory --since 2h")
@click.argument("letter", required=False)
@click.option("--consumer", help="Deliver everything since --since to this consumer again.")
@click.option("--since", help="An instant (RFC 3339) or an age (15m).")
def replay(letter: str | None, consumer: str | None, since: str | None) -> None:
    """Deliver a dead LETTER to its consumer again, or to a consumer everything since an instant."""
    if letter is not None and consumer is None and since is None:
        asyncio.run(_replay(letter))
        click.echo(f"replayed {letter}")
    elif letter is None and consumer is not None and since is not None:
        instant = instant_of(since)
        asyncio.run(_replay_from(consumer, instant))
        click.echo(f"{consumer} starts again at {format_instant(to_micros(instant))}")
    else:
        raise click.UsageError("give a LETTER, or --consumer with --since")


async def _tail(types: frozenset[str] | None, since: datetime, count: int | None) -> None:
    from api.bootstrap.events import open_bus  # noqa: PLC0415 - heavy, and not for --help

    async with open_bus(find_settings()) as bus, contextlib.aclosing(bus.tail(types, since)) as events:
        printed = 0
        async for event in events:
            # Not the codec of publishers: an event of a type that is new to us is shown as well.
            click.echo(msgspec.json.encode(event).decode())
            printed += 1
            if printed == count:
                return


async def _dead(consumer: str | None) -> None:
    from api.bootstrap.events import open_bus  # noqa: PLC0415 - heavy, and not for --help

    async with open_bus(find_settings()) as bus:
        for letter in await bus.dead_letters(consumer):
            at = format_instant(to_micros(letter.failed_at))
            reason = " ".join(letter.reason.split())
            click.echo("\t".join((letter.letter_id, at, str(letter.attempts), letter.type, letter.subject, reason)))


async def _replay(letter: str) -> None:
    from api.bootstrap.events import open_bus  # noqa: PLC0415 - heavy, and not for --help

    async with open_bus(find_settings()) as bus:
        await bus.replay(letter)


async def _replay_from(consumer: str, instant: datetime) -> None:
    from api.bootstrap.events import open_bus  # noqa: PLC0415 - heavy, and not for --help

    async with open_bus(find_settings()) as bus:
        await bus.replay_from(consumer, instant)
