"""Drivers who pay: at a machine when they come and go, on the page behind the space's code, or to an attendant.

They speak to the platform as the public does, from outside and over HTTP. What is refused is counted and told once for
each reason; the city goes on.
"""

import asyncio
import heapq
import logging
from collections import Counter as Tally
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import count
from typing import Final
from weakref import WeakValueDictionary

from devices.simulation.counter import Counter, Json, RefusedError
from devices.simulation.fleet import Site
from devices.simulation.visits import Visit, earlier_visit, visit_of
from parking.domain.errors import ParkingError

TICK_S: Final = 0.5
HANDS: Final = 4
"""Requests that all drivers together make at once."""
WAITING: Final = 200
"""Drivers who wait for one of the hands; who comes later drives off."""
BEFORE_LEAVING_S: Final = 15.0
LOOKS: Final = 3
"""How often a driver reads the bill again because the next half hour has begun."""
_CHANGED: Final = frozenset({"amount_changed", "amount_conflict"})

Step = Callable[[], Awaitable[None]]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Counters:
    """Whom the drivers speak to; the attendant has opened a shift."""

    machine: Counter
    page: Counter
    attendant: Counter


class Payers:
    """`now` gives seconds since 1970 UTC and is the clock of the city."""

    def __init__(self, counters: Counters, *, seed: int, now: Callable[[], float]) -> None:
        self._counters = counters
        self._seed = seed
        self._now = now
        self._order = count()
        self._due: list[tuple[float, int, str, Step]] = []
        self._ready: asyncio.Queue[tuple[str, Step]] = asyncio.Queue(WAITING)
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        """What happens on one space happens in its order."""
        self._started: dict[str, str] = {}
        """Space to the stay that its driver declared at a machine."""
        self.paid: Tally[str] = Tally()
        """By way of paying."""
        self.refused: Tally[str] = Tally()

    def arrived(self, site: Site, at: float, leaves_at: float) -> None:
        """A car has come."""
        visit = visit_of(site, seed=self._seed, arrived_at=at, leaves_at=leaves_at)
        if visit.acts:
            if visit.way == "terminal":
                self._plan(visit, at, partial(self._declare, visit, visit.plate))
            self._plan(visit, leaves_at - BEFORE_LEAVING_S, partial(self._pay, visit))

    def found(self, parked: Sequence[tuple[Site, float]]) -> None:
        """Cars that stood there before the simulation began, some of them noted on an attendant's round."""
        now = self._now()
        for site, leaves_at in parked:
            visit = earlier_visit(site, seed=self._seed, now=now, leaves_at=leaves_at)
            if visit is not None and leaves_at > now + BEFORE_LEAVING_S:
                plate = visit.plate if visit.way == "terminal" else None
                self._plan(visit, now, partial(self._declare, visit, plate))
                if visit.way != "none":
                    self._plan(visit, leaves_at - BEFORE_LEAVING_S, partial(self._pay, visit))

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as group:
            for _ in range(HANDS):
                group.create_task(self._serve())
            while True:
                await self._let_go()
                await asyncio.sleep(TICK_S)

    async def _let_go(self) -> None:
        while self._due and self._due[0][0] <= self._now():
            step = heapq.heappop(self._due)[2:]
            if self._ready.full():
                self.refused["nobody_free"] += 1
            else:
                self._ready.put_nowait(step)

    def _plan(self, visit: Visit, at: float, step: Step) -> None:
        heapq.heappush(self._due, (at, next(self._order), visit.space_id, step))

    async def _serve(self) -> None:
        while True:
            space_id, step = await self._ready.get()
            turn = self._turns.setdefault(space_id, asyncio.Lock())
            try:
                async with turn:
                    await step()
            except ParkingError as refusal:
                if not self.refused[refusal.code]:
                    _log.warning("a driver was refused: %s (%s)", refusal.detail, refusal.code)
                self.refused[refusal.code] += 1
            finally:
                self._ready.task_done()

    async def _declare(self, visit: Visit, plate: str | None) -> None:
        body = {"space": visit.space_id, "plate": plate, "started_at": _instant(visit.arrived_at)}
        begun = await self._counters.machine.post("/v1/sessions", body, key=_key(visit, "start"))
        self._started[visit.space_id] = begun["id"]

    async def _pay(self, visit: Visit) -> None:
        ways = {"terminal": self._at_machine, "app": self._on_page, "attendant": self._to_attendant}
        await ways[visit.way](visit)

    async def _at_machine(self, visit: Visit) -> None:
        stay_id = self._started.pop(visit.space_id, None)
        if stay_id is None:
            return
        machine, now = self._counters.machine, _instant(self._now())
        stay = await machine.post(f"/v1/sessions/{stay_id}/stop", {"ended_at": now})
        left = stay["bill"]["left"]
        if left["amount"] > 0:
            body = {"session": stay_id, "amount": left, "method": "cash", "paid_at": now}
            await self._tap(visit, partial(machine.post, "/v1/payments", body, key=_key(visit, "pay")))

    async def _on_page(self, visit: Visit) -> None:
        page = self._counters.page
        for look in range(LOOKS):
            stay = (await page.get(f"/v1/spaces/{visit.space_id}/bill"))["stay"]
            if stay is None or stay["owed"]["amount"] == 0:
                return
            body, key = {"session": stay["session"], "amount": stay["owed"]}, _key(visit, f"pay{look}")
            send = partial(page.post, f"/v1/spaces/{visit.space_id}/payments", body, key=key)
            if await self._same_amount(visit, send):
                return

    async def _to_attendant(self, visit: Visit) -> None:
        attendant = self._counters.attendant
        shown = (await self._counters.page.get(f"/v1/spaces/{visit.space_id}/bill"))["stay"]
        if shown is None:
            return
        stay = f"/v1/attendant/sessions/{shown['session']}"
        if not shown["attributed"]:
            await attendant.post(f"{stay}/plate", {"plate": visit.plate})
        for look in range(LOOKS):
            owed = (await attendant.get(stay))["owed"]
            if owed["amount"] == 0:
                return
            key = _key(visit, f"cash{look}")
            send = partial(attendant.post, f"{stay}/cash", {"amount": owed}, key=key)
            if await self._same_amount(visit, send):
                return

    async def _same_amount(self, visit: Visit, send: Callable[[], Awaitable[Json]]) -> bool:
        """Whether the payment went through; False when more was owed by then than was shown."""
        try:
            await self._tap(visit, send)
        except RefusedError as refusal:
            if refusal.code not in _CHANGED:
                raise
            return False
        return True

    async def _tap(self, visit: Visit, send: Callable[[], Awaitable[Json]]) -> None:
        """The impatient tap twice; both taps are one payment."""
        taps = 2 if visit.is_impatient else 1
        results = await asyncio.gather(*(send() for _ in range(taps)), return_exceptions=True)
        failures = [result for result in results if isinstance(result, BaseException)]
        if len(failures) == taps:
            raise failures[0]
        self.paid[visit.way] += 1


async def begin_shift(attendant: Counter, district_id: str) -> None:
    """Open a shift with an empty drawer, unless one is open since before."""
    try:
        await attendant.post("/v1/shifts", {"district": district_id, "float": {"amount": 0, "currency": "CNY"}})
    except RefusedError as refusal:
        if refusal.code != "shift_open":
            raise


def _key(visit: Visit, step: str) -> str:
    return f"{visit.space_id}:{visit.arrived_at:.3f}:{step}"


def _instant(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()
