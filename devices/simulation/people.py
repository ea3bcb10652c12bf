"""Everybody in the demonstration who speaks to the platform over HTTP: drivers, an attendant, the cleaning crew."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from devices.simulation.counter import Counter
from devices.simulation.payers import Counters, Payers, begin_shift
from devices.simulation.rounds import CleaningRounds


@dataclass(frozen=True, kw_only=True)
class Identities:
    """What they prove themselves with."""

    terminal_key: str
    operator_key: str
    attendant: tuple[str, str]
    """Login name and password."""
    attendant_district: str
    cleaned_zone: str
    """Where the crew comes, a street a day."""


@dataclass(frozen=True, kw_only=True)
class People:
    """`payers` hears of every car from the city."""

    payers: Payers
    rounds: CleaningRounds

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.payers.run())
            group.create_task(self.rounds.run())


@asynccontextmanager
async def people(api_url: str, identities: Identities, *, seed: int, now: Callable[[], float]) -> AsyncIterator[People]:
    """The attendant has logged in and opened a shift when the block begins.

    Raises what the platform answers to a wrong key or password.
    """
    async with (
        Counter(api_url, key=identities.terminal_key) as machine,
        Counter(api_url, key=identities.operator_key) as operator,
        Counter(api_url) as page,
        Counter(api_url, login=identities.attendant) as attendant,
    ):
        await attendant.log_in()
        await begin_shift(attendant, identities.attendant_district)
        found = (await page.get(f"/v1/zones/{identities.cleaned_zone}/spaces"))["spaces"]
        segments = sorted({space["segment"] for space in found if space["segment"] is not None})
        counters = Counters(machine=machine, page=page, attendant=attendant)
        yield People(payers=Payers(counters, seed=seed, now=now), rounds=CleaningRounds(operator, segments, now=now))
