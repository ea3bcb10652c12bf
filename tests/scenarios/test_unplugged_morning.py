"""A terminal is cut off in the middle of a morning, goes on settling, is plugged in again, and its day closes at zero."""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

import httpx
import pytest

from api.terminals.reference.program import ReferenceTerminal, Slip
from api.terminals.reference.state import Identity, State
from parking.db.unit_of_work import Database
from parking.domain.money import Money
from parking.places.service import import_collection
from tests.api.http_process import NO_TLS, PATIENCE_S
from tests.api.kerb_people import Kerb, Person, opened_kerb
from tests.chaos.cutting import Line
from tests.pricing.kerb_city import APPROVAL, DAY, OPENING, at, feature

pytestmark = pytest.mark.service
SPACES: Final = tuple(f"P{number}" for number in range(12))
ELECTRIC: Final = "鲁CD12345"
RESIDENT: Final = "鲁C00001"
PLACE: Final = {"id": "T1", "operator": "LZ", "district": "370305", "zones": ["Z1"], "located": "中心路 12 号"}
TERMS: Final = {"valid_from": "2026-03-01", "fee_share": 3500, "online_threshold": 0, "deduction": 0}
BOOKS: Final = "/v1/operator/reconciliation"


@dataclass
class Morning:
    """The machine behind a line that can be pulled out of the wall."""

    kerb: Kerb
    line: Line
    state: State
    terminal: ReferenceTerminal

    async def parked(self, space: str, start: str, minutes: int, plate: str | None = None) -> Slip:
        """Somebody comes back to the car and pays in cash."""
        begun = at(start)
        self.kerb.time.now = begun + timedelta(minutes=minutes)
        own = f"鲁C1{space.removeprefix('P').zfill(4)}"
        return await self.terminal.settle(
            space=space, plate=plate or own, start=begun, end=self.kerb.time.now, method="cash"
        )

    def taken(self) -> Counter[str]:
        """The machine's own books: payments and their sum."""
        payments = [item for item in self.state.items() if item["kind"] == "payment"]
        return Counter(payments=len(payments), paid=sum(item["amount"]["amount"] for item in payments))


@pytest.fixture
async def morning(database: Database, database_url: str, redis_url: str, tmp_path: Path) -> AsyncIterator[Morning]:
    async with opened_kerb(database, database_url, redis_url, "07:00") as kerb:
        spaces = [feature("space", name, zone="Z1", kind="kerb", segment="Z1-N", approval=APPROVAL) for name in SPACES]
        async with database.transaction() as session:
            report = await import_collection(session, {"type": "FeatureCollection", "features": spaces}, at=OPENING)
            assert report.errors == ()
        async with kerb.person("li.wei") as operator:
            given = await _made(operator, "/v1/operator/terminals", PLACE)
            span = {"valid_from": at("00:00").isoformat(), "valid_to": at("00:00", 30).isoformat()}
            permit = {"id": "R1", "kind": "resident", "plate": RESIDENT, "zones": ["Z1"], **span}
            await _made(operator, "/v1/operator/permits", permit)
        line = Line(kerb.process.port, None, Random(0))  # noqa: S311 - it is never asked
        async with (
            line.open(),
            httpx.AsyncClient(
                base_url=f"http://127.0.0.1:{line.port}", timeout=PATIENCE_S, verify=NO_TLS, trust_env=False
            ) as client,
        ):
            state = State(tmp_path / "T1")
            state.keep_identity(Identity(server="the line", terminal="T1", key=given["key"], secret=given["secret"]))
            yield Morning(kerb, line, state, ReferenceTerminal(state, client, kerb.time))


async def _made(person: Person, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await person.post(path, body)
    assert answer.is_success, answer.text
    document: dict[str, Any] = answer.json()
    return document


async def test_day_closes_at_zero_when_the_terminal_was_unplugged_for_half_the_morning(morning: Morning) -> None:
    await morning.terminal.sync()
    slips = [await morning.parked("P0", "08:00", 70), await morning.parked("P1", "08:20", 60, ELECTRIC)]
    assert [(slip.amount.amount, slip.is_offline) for slip in slips] == [(300, False), (0, False)]

    morning.line.unplug()
    alone = [await morning.parked(f"P{number}", f"08:{30 + number}", 70) for number in range(2, 9)]
    alone.append(await morning.parked("P9", "08:45", 75, RESIDENT))
    alone.append(await morning.parked("P10", "09:25", 90, ELECTRIC))
    alone.append(await morning.parked("P2", "10:05", 20))
    assert all(slip.is_offline for slip in alone)
    assert [slip.amount.amount for slip in alone] == [300] * 7 + [0, 0, 0]

    morning.line.plug()
    again = await morning.parked("P11", "10:00", 130)
    assert (again.amount.amount, again.is_offline) == (600, False)
    electric = await morning.parked("P1", "11:30", 120, ELECTRIC)
    assert (electric.amount.amount, electric.is_offline) == (450, False)
    told = await morning.terminal.deliver()
    assert (told.accepted, told.rejected, told.waiting) == (0, (), 0)
    taken = morning.taken()
    assert taken == Counter(payments=1 + 7 + 2, paid=300 + 7 * 300 + 600 + 450)
    morning.kerb.time.now = at("18:00")
    closed = await morning.terminal.close(Money(taken["paid"]), "day")
    assert closed["difference"] == {"amount": 0, "currency": "CNY"}
    await _reconciled(morning, taken)


async def _reconciled(morning: Morning, taken: Counter[str]) -> None:
    """The next morning: the machine's totals, its drawer and every stay against the books, and the company's share."""
    day = {"day": DAY.isoformat()}
    morning.kerb.time.now = at("08:00", days=1)
    async with morning.kerb.person("zhao.min") as approver:
        await _made(approver, "/v1/operator/concessions/C1/terms", TERMS)
    async with morning.kerb.person("li.wei") as operator:
        totals = [{"terminal": "T1", "method": "cash", **taken}]
        compared = await _made(operator, f"{BOOKS}/terminal-totals", {**day, "totals": totals})
        checked = await _made(operator, f"{BOOKS}/days", day)
        assert (compared["differing"], checked["differing"], checked["leaked_stays"]) == (0, 0, 0)
        assert (await operator.get("/v1/operator/differences"))["differences"] == []
        assert (await operator.get("/v1/operator/refund-proposals"))["proposals"] == []
        made = await _made(operator, "/v1/operator/concessions/C1/batches", {"until": DAY.isoformat()})
        assert sum(one["gross"] for one in made["batches"]) == taken["paid"]
        books = await operator.get("/v1/operator/trial-balance")
    balances = {one["account"]: one["balance"] for one in books["accounts"] if one["balance"]}
    assert balances == {"safe/T1": taken["paid"], "revenue/LZ": -taken["paid"]}
