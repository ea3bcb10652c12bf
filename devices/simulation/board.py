"""What drivers know of prices: they read the public price board, as anyone may, and go by it from then on."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from devices.simulation.counter import Json
from devices.simulation.demand import local_hour
from devices.simulation.turnout import DayPrices, Place, Price, Turnout, price_of, turnout_at
from parking.domain.errors import ParkingError

LOOK_EVERY_S: Final = 60.0
_PATH: Final = "/v1/tariffs?limit=1000"


class BoardReader:
    """`get` asks the platform, `first` are the prices that drivers were used to, `now` gives seconds since 1970 UTC."""

    def __init__(self, get: Callable[[str], Awaitable[Json]], first: DayPrices, *, now: Callable[[], float]) -> None:
        self._get = get
        self._first = first
        self._now = now

    async def look(self) -> Turnout:
        """What the prices of this moment change. Raises `UnavailableError` (`server_unavailable`) when no answer comes."""
        posted = await self._posted()
        hour = local_hour(self._now())
        found = {place: turnout_at(prices[hour], posted.get(place)) for place, prices in self._first.items()}
        return {place: turnout for place, turnout in found.items() if turnout != 1.0}

    async def run(self, mind: Callable[[Turnout, float], None]) -> None:
        """Until cancelled. While the board cannot be read drivers go by what they knew."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            with suppress(ParkingError):
                mind(await self.look(), self._now())

    async def _posted(self) -> dict[Place, Price]:
        found: dict[Place, Price] = {}
        cursor = ""
        while True:
            page = await self._get(_PATH + cursor)
            found |= {
                (zone["zone"], place["kind"]): _price(place["price_now"])
                for zone in page["tariffs"]
                for place in zone["places"]
                if place["price_now"] is not None
            }
            if page["next"] is None:
                return found
            cursor = f"&cursor={page['next']}"


def _price(posted: Json) -> Price:
    return price_of(posted["mode"], posted["amount"], posted["unit_s"])
