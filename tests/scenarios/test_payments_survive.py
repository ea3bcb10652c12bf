"""Processes and the database are killed while people pay: what was answered is in the ledger once, and nothing twice."""

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from devices.transport.http import LATER
from parking.domain.clock import utc_now
from tests.pricing.kerb_city import at
from tests.scenarios.kerb_day import Json, Kerb, kerb
from tests.scenarios.platform import until

pytestmark = [pytest.mark.service, pytest.mark.chaos]
STAYS = 60
SPACES = ("S1", "S2", "S4", "S5")
"""One for each machine."""
KILLS = ("serve", "postgres", "work", "valkey", "serve")
LEDGER = {
    "fees twice": "SELECT count(*) FROM (SELECT session_id FROM fee GROUP BY 1 HAVING count(*) > 1) twice",
    "fees issued twice in the journal": (
        "SELECT count(*) FROM (SELECT session_id FROM journal_entry WHERE kind = 'fee_issued'"
        " GROUP BY 1 HAVING count(*) > 1) twice"
    ),
    "paid above the fee": (
        "SELECT count(*) FROM (SELECT p.session_id FROM payment p JOIN fee f USING (session_id)"
        " GROUP BY p.session_id, f.amount HAVING sum(p.amount) > f.amount) above"
    ),
    "entries out of balance": (
        "SELECT count(*) FROM (SELECT entry_id, currency FROM posting GROUP BY 1, 2 HAVING sum(amount) <> 0) uneven"
    ),
}


@pytest.fixture
async def street(open_folder: Path) -> AsyncIterator[Kerb]:
    async with kerb(open_folder) as opened:
        yield opened


@dataclass
class Tellers:
    """Machines that send every request until it is answered, each answer written down."""

    street: Kerb
    answered: dict[str, str] = field(default_factory=dict)
    """Idempotency key of a payment to the id in its 2xx answer."""
    lost: int = 0
    """Requests whose answer got lost on the way."""

    async def work(self, place: int) -> None:
        for number in range(place, STAYS, len(SPACES)):
            start = {"space": SPACES[place], "plate": f"鲁C{number:05d}", "started_at": _at("08:00")}
            begun = await self._send("/v1/sessions", start, f"start-{number}")
            stay = await self._send(f"/v1/sessions/{begun['id']}/stop", {"ended_at": _at("09:10")}, None)
            assert stay["fee"]["amount"]["amount"] == 300, stay
            order = {
                "session": begun["id"],
                "amount": {"amount": 300, "currency": "CNY"},
                "method": "cash",
                "paid_at": utc_now().isoformat(),
            }
            both = await asyncio.gather(*(self._send("/v1/payments", order, f"pay-{number}") for _ in range(2)))
            assert both[0] == both[1]
            self.answered[f"pay-{number}"] = both[0]["id"]

    async def _send(self, path: str, body: Json, key: str | None) -> Json:
        headers = {"Authorization": f"Bearer {self.street.terminal_key}"}
        if key is not None:
            headers["Idempotency-Key"] = key
        while True:
            try:
                answer = await self.street.client.post(path, json=body, headers=headers)
            except httpx.TransportError:
                self.lost += 1
                await asyncio.sleep(0.05)
                continue
            if answer.status_code not in LATER:
                assert answer.is_success, answer.text
                document: Json = answer.json()
                return document
            await asyncio.sleep(0.05)


async def test_every_answered_payment_is_in_the_ledger_once_when_processes_are_killed(street: Kerb) -> None:
    tellers = Tellers(street)
    chance = random.Random(20)  # noqa: S311 - a test repeats its luck
    working = asyncio.gather(*(tellers.work(place) for place in range(len(SPACES))))
    killing = asyncio.ensure_future(_kill(street, chance))
    await working
    await killing
    assert len(tellers.answered) == STAYS
    print(f"{tellers.lost} answers were lost on the way")
    await until(lambda: _all_published(street), "the outbox is not empty")
    async with street.database.transaction() as session:
        kept = {row[0] for row in await session.execute(text("SELECT payment_id FROM payment"))}
        assert kept == set(tellers.answered.values())
        assert await session.scalar(text("SELECT sum(amount) FROM payment")) == 300 * STAYS
        assert await session.scalar(text("SELECT count(*) FROM fee")) == STAYS
        for what, query in LEDGER.items():
            assert await session.scalar(text(query)) == 0, what


async def _kill(street: Kerb, chance: random.Random) -> None:
    for name in KILLS:
        await asyncio.sleep(chance.uniform(0.2, 0.8))
        await street.platform.kill(name)
        if name in street.platform.processes:
            street.platform.start(name)
        await street.platform.until_ready()


async def _all_published(street: Kerb) -> bool:
    async with street.database.transaction() as session:
        return bool(await session.scalar(text("SELECT count(*) = 0 FROM outbox")))


def _at(clock: str) -> str:
    return at(clock).isoformat()
