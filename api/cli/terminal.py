"""`parking terminal`: the reference payment machine, from the command line, with its state in a folder.

A manufacturer reads `api/terminals/reference`; docs/terminals.md goes through a shift with these commands.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final, TypeVar

import click
import httpx

from api.terminals.reference.program import ReferenceTerminal, checked
from api.terminals.reference.state import Identity, State
from parking.domain.clock import parse_instant, utc_now
from parking.domain.errors import InvalidInputError, UnavailableError
from parking.domain.money import Money

T = TypeVar("T")
TIMEOUT_S: Final = 10.0
_AMOUNT: Final = re.compile(r"(?P<whole>[0-9]{1,9})(\.(?P<fen>[0-9]{1,2}))?")
_state = click.option(
    "--state", "folder", type=click.Path(path_type=Path), required=True, help="The folder of this terminal."
)


@click.group(name="terminal", epilog="Example: parking terminal deliver --state T1")
def command() -> None:
    """Be a payment terminal: settle with and without a network, deliver, look after itself."""


@command.command(
    epilog="Example: parking terminal register --state T1 --server http://127.0.0.1:8000 --operator-key sp_... --id T1"
    " --operator LZ --district 370305 --zone Z1 --located 'Centre Road 12'"
)
@_state
@click.option("--server", required=True, help="Address of the platform.")
@click.option("--operator-key", required=True, envvar="PARKING_OPERATOR_KEY", help="A key of role operator.")
@click.option("--id", "terminal_id", required=True)
@click.option("--operator", required=True, help="Who runs it, as the inventory names it.")
@click.option("--district", required=True)
@click.option("--zone", "zones", multiple=True, required=True, help="Where it takes money; repeat.")
@click.option("--located", required=True, help="Where it stands, for people.")
def register(
    folder: Path,
    server: str,
    operator_key: str,
    terminal_id: str,
    operator: str,
    district: str,
    zones: tuple[str, ...],
    located: str,
) -> None:
    """Register the terminal and keep its first key."""
    wish = {
        "id": terminal_id,
        "operator": operator,
        "district": district,
        "zones": list(zones),
        "located": located,
    }
    try:
        answer = httpx.post(
            f"{server.rstrip('/')}/v1/operator/terminals",
            json=wish,
            headers={"Authorization": f"Bearer {operator_key}"},
            timeout=TIMEOUT_S,
        )
    except httpx.TransportError as error:
        raise UnavailableError(f"{server} does not answer: {type(error).__name__}", code="network_away") from error
    given = checked(answer).json()
    State(folder).keep_identity(
        Identity(server=server.rstrip("/"), terminal=terminal_id, key=given["key"], secret=given["secret"])
    )
    click.echo(f"registered {terminal_id} with key {given['key']}")


@command.command(epilog="Example: parking terminal sync --state T1")
@_state
def sync(folder: Path) -> None:
    """Fetch the signed package of rates."""
    package = _run(folder, ReferenceTerminal.sync)
    click.echo(
        f"{len(package.places)} spaces, {len(package.tables)} rate tables, until {package.expires_at.isoformat()}"
    )


@command.command(epilog="Example: parking terminal offline --state T1")
@_state
def offline(folder: Path) -> None:
    """Unplug the network."""
    _plug(folder, is_online=False)


@command.command(epilog="Example: parking terminal online --state T1")
@_state
def online(folder: Path) -> None:
    """Plug the network in again."""
    _plug(folder, is_online=True)


@command.command(
    epilog="Example: parking terminal pay --state T1 --space S1 --start 2026-03-02T11:00+08:00 --end 2026-03-02T12:10+08:00"
)
@_state
@click.option("--space", required=True)
@click.option("--plate", help="Without one the stay stays nobody's until somebody pays it.")
@click.option("--start", required=True, help="RFC 3339, with a zone.")
@click.option("--end", help="RFC 3339; now unless given.")
@click.option("--offers", help="What the driver pays, where it is not all of the fee: 1.50")
def pay(folder: Path, space: str, plate: str | None, start: str, end: str | None, offers: str | None) -> None:
    """Settle a stay in cash: by the platform when it answers, else by the package."""
    started_at, ended_at = _instant(start, "--start"), utc_now() if end is None else _instant(end, "--end")
    paid = None if offers is None else _money(offers, "--offers")
    slip = _run(
        folder,
        lambda terminal: terminal.settle(
            space=space, plate=plate, start=started_at, end=ended_at, method="cash", offers=paid
        ),
    )
    for line in slip.lines:
        click.echo(line)
    click.echo(f"{slip.item} {slip.amount} {'offline' if slip.is_offline else 'online'}")


@command.command(epilog="Example: parking terminal deliver --state T1")
@_state
@click.option("--limit", type=click.IntRange(1, 400), default=100, show_default=True, help="Items in one batch.")
def deliver(folder: Path, limit: int) -> None:
    """Deliver what nobody has answered yet, in order, until nothing waits."""

    async def all_of_it(terminal: ReferenceTerminal) -> None:
        while True:
            told = await terminal.deliver(limit)
            click.echo(f"{told.accepted} accepted, {told.duplicate} known already, {told.waiting} waiting")
            for bad in told.rejected:
                click.echo(f"refused {bad['id']}: {bad['detail']} [{bad['code']}]")
            if told.waiting == 0:
                return

    _run(folder, all_of_it)


@command.command(epilog="Example: parking terminal heartbeat --state T1 --stock paper=40 --fault printer_jam")
@_state
@click.option("--stock", "stocks", multiple=True, help="WHAT=PERCENT that is left; repeat.")
@click.option("--fault", "faults", multiple=True, help="A fault there is now; repeat.")
def heartbeat(folder: Path, stocks: tuple[str, ...], faults: tuple[str, ...]) -> None:
    """Say how the terminal is."""
    stock = dict(_stock(text) for text in stocks)
    told = _run(folder, lambda terminal: terminal.heartbeat(stock, list(faults)))
    click.echo(f"{told['health']}, our clock is {told['offset_s']} s ahead")


@command.command(epilog="Example: parking terminal close --state T1 --counted 26.50 --key day-1")
@_state
@click.option("--counted", required=True, help="The cash in the drawer: 26.50")
@click.option("--key", required=True, help="Names this close, so that it is done once.")
def close(folder: Path, counted: str, key: str) -> None:
    """Close the day against the ledger."""
    cash = _money(counted, "--counted")
    told = _run(folder, lambda terminal: terminal.close(cash, key))
    expected, difference = (Money(**told[name]) for name in ("expected", "difference"))
    click.echo(f"expected {expected}, counted {cash}, difference {difference}")


@command.command(name="change-key", epilog="Example: parking terminal change-key --state T1")
@_state
def change_key(folder: Path) -> None:
    """Take a new key; the old one goes on for a day."""
    click.echo(f"key {_run(folder, ReferenceTerminal.change_key)}")


@command.command(epilog="Example: parking terminal status --state T1")
@_state
def status(folder: Path) -> None:
    """Say what the folder holds, without a network."""
    state = State(folder)
    identity, waiting = state.identity(), len(state.items()) - state.delivered()
    line = "online" if identity.is_online else "offline"
    click.echo(f"{identity.terminal} at {identity.server}: {line}, key {identity.key}, {waiting} items waiting")


def _run(folder: Path, work: Callable[[ReferenceTerminal], Awaitable[T]]) -> T:
    state = State(folder)

    async def run() -> T:
        async with httpx.AsyncClient(base_url=state.identity().server, timeout=TIMEOUT_S) as client:
            return await work(ReferenceTerminal(state, client, utc_now))

    return asyncio.run(run())


def _plug(folder: Path, *, is_online: bool) -> None:
    state = State(folder)
    state.keep_identity(replace(state.identity(), is_online=is_online))
    click.echo("online" if is_online else "offline")


def _instant(text: str, option: str) -> datetime:
    try:
        return parse_instant(text)
    except ValueError as error:
        raise InvalidInputError(f"{option}: {text!r} is no instant with a zone", code="instant_invalid") from error


def _money(text: str, option: str) -> Money:
    match = _AMOUNT.fullmatch(text)
    if match is None:
        raise InvalidInputError(f"{option}: {text!r} is no amount like 26.50", code="amount_invalid")
    return Money(int(match["whole"]) * 100 + int((match["fen"] or "0").ljust(2, "0")))


def _stock(text: str) -> tuple[str, int]:
    what, _, left = text.partition("=")
    if not left.isdecimal():
        raise InvalidInputError(f"--stock: write {text!r} as paper=40", code="stock_invalid")
    return what, int(left)
