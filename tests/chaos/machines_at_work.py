"""The machines of the busy street: each sends until it is answered, and writes down what it was told."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

import httpx

from api.terminals.reference.program import NoNetworkError, ReferenceTerminal
from api.terminals.reference.state import State
from devices.transport.http import LATER
from parking.domain.clock import utc_now
from tests.chaos.busy_street import FEE, TELLERS, BusyStreet, Parked
from tests.pricing.providers.wechat_server import Notice

Json = dict[str, Any]
AGAIN_S: Final = 0.05
AHEAD: Final = 10
"""Settlements by which a machine may be before the tellers."""
BY_PROVIDER: Final = 6
"""Of so many stays at a teller one is paid by WeChat."""
DUE: Final = {"amount": FEE, "currency": "CNY"}


@dataclass
class Told:
    """What the machines were answered, and what became of their requests."""

    paid: dict[int, str] = field(default_factory=dict)
    """Number of the stay to the id of the payment in cash."""
    ordered: dict[int, str] = field(default_factory=dict)
    """Number of the stay to the order that its driver has paid at the provider."""
    alone: set[int] = field(default_factory=set)
    """Stays that a reference terminal has settled, with or without a network."""
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def done(self) -> int:
        return len(self.paid) + len(self.ordered) + len(self.alone)


class Teller:
    """Works online alone: starts a stay, stops it, and takes cash, or has the provider collect."""

    def __init__(self, street: BusyStreet, told: Told, number: int, chance: Random) -> None:
        self._street = street
        self._told = told
        self._client = street.client()
        self._stays = [stay for stay in street.stays if stay.worker == number]
        self._chance = chance

    async def work(self) -> None:
        for stay in self._stays:
            start = {"space": stay.space, "plate": stay.plate, "started_at": stay.start.isoformat()}
            begun = await self._sent("/v1/sessions", start, f"start-{stay.number}")
            over = await self._sent(f"/v1/sessions/{begun['id']}/stop", {"ended_at": stay.end.isoformat()})
            assert over["fee"]["amount"] == DUE, over
            if stay.number % BY_PROVIDER == 0:
                await self._by_provider(stay, begun["id"])
            else:
                order = {"session": begun["id"], "amount": DUE, "method": "cash", "paid_at": utc_now().isoformat()}
                key, times = f"pay-{stay.number}", self._chance.choice((1, 1, 1, 2))
                answers = await asyncio.gather(*(self._sent("/v1/payments", order, key) for _ in range(times)))
                assert answers[0] == answers[-1]
                self._told.paid[stay.number] = answers[0]["id"]

    async def _by_provider(self, stay: Parked, session: str) -> None:
        order = await self._sent("/v1/providers/wechat/orders", {"session": session, "channel": "native"})
        assert order["amount"] == DUE, order
        notice = self._street.wechat.pay(order["id"])
        for _ in range(self._chance.choice((1, 1, 2))):
            await self._noticed(notice)
        self._told.ordered[stay.number] = order["id"]

    async def _noticed(self, notice: Notice) -> None:
        """As a provider does: again until it is heard."""
        while True:
            with contextlib.suppress(httpx.TransportError):
                path = "/v1/providers/wechat/notices"
                answer = await self._client.post(path, content=notice.body, headers=notice.headers)
                if answer.is_success:
                    return
                assert answer.status_code in LATER, answer.text
            self._told.counts["notices sent again"] += 1
            await asyncio.sleep(AGAIN_S)

    async def _sent(self, path: str, body: Json, key: str | None = None) -> Json:
        headers = {"Authorization": f"Bearer {self._street.terminal_key}"}
        headers |= {} if key is None else {"Idempotency-Key": key}
        while True:
            with contextlib.suppress(httpx.TransportError):
                answer = await self._client.post(path, json=body, headers=headers)
                if answer.is_success:
                    document: Json = answer.json()
                    return document
                assert answer.status_code in LATER, f"{path}: {answer.status_code} {answer.text}"
                self._told.counts[f"answered {answer.status_code}"] += 1
            self._told.counts["requests sent again"] += 1
            await asyncio.sleep(AGAIN_S)


class Machine:
    """A reference terminal that dies now and then, and begins again with what is in its folder."""

    def __init__(self, street: BusyStreet, told: Told, number: int) -> None:
        self._told = told
        self._state = State(street.folder / f"machine-{number}")
        self._client = street.client()
        self._stays = [stay for stay in street.stays if stay.worker == TELLERS + number]
        self._state.keep_identity(street.identities[number])
        self._at_work: asyncio.Task[None] | None = None

    async def work(self) -> None:
        """Until every driver has a slip and every item an answer."""
        await self._again(self._synced)
        waiting = list(self._stays)
        while waiting:
            await self._driver_comes(waiting[0])
            self._at_work = asyncio.ensure_future(self._settled(waiting[0]))
            await asyncio.wait({self._at_work})
            if self._at_work.cancelled():
                self._told.counts["machines died"] += 1
                continue
            self._at_work.result()
            self._told.alone.add(waiting.pop(0).number)
        await self._again(self._delivered)

    async def _driver_comes(self, stay: Parked) -> None:
        """When the street has come so far: a machine without a network would serve them all in one outage."""
        while self._told.done < stay.number - AHEAD:
            await asyncio.sleep(AGAIN_S)

    def die(self) -> None:
        """At whatever it was doing."""
        if self._at_work is not None and not self._at_work.done():
            self._at_work.cancel()

    async def _settled(self, stay: Parked) -> None:
        """A driver who got no slip asks again; money that the machine has written down is not asked for twice."""
        if self._has_paid(stay):
            return
        slip = await self._terminal().settle(
            space=stay.space, plate=stay.plate, start=stay.start, end=stay.end, method="cash"
        )
        self._told.counts["settled offline" if slip.is_offline else "settled by a machine online"] += 1
        assert slip.amount.amount == FEE or self._has_paid(stay), slip

    def _has_paid(self, stay: Parked) -> bool:
        items = self._state.items()
        own = {item["id"] for item in items if item["kind"] == "session" and item["plate"] == stay.plate}
        return any(item["kind"] == "payment" and item["session_item"] in own for item in items)

    async def _synced(self) -> None:
        await self._terminal().sync()

    async def _delivered(self) -> None:
        delivered = await self._terminal().deliver()
        while delivered.waiting:
            delivered = await self._terminal().deliver()
        assert delivered.rejected == ()

    async def _again(self, work: Any) -> None:  # noqa: ANN401 - a method without arguments
        while True:
            with contextlib.suppress(NoNetworkError):
                await work()
                return
            self._told.counts["requests sent again"] += 1
            await asyncio.sleep(AGAIN_S)

    def _terminal(self) -> ReferenceTerminal:
        return ReferenceTerminal(self._state, self._client, utc_now)


def settled_by(street: BusyStreet, told: Told, chance: Random) -> tuple[Sequence[Teller], Sequence[Machine]]:
    tellers = [Teller(street, told, number, chance) for number in range(TELLERS)]
    machines = [Machine(street, told, number) for number in range(len(street.identities))]
    return tellers, machines
