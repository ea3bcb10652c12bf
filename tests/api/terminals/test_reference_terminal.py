"""The reference terminal through HTTP: scenario C of street.md, and what it does when things go wrong."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from api.terminals.reference.program import NoNetworkError, RefusedByPlatformError
from api.terminals.reference.state import State, TerminalStateError
from parking.domain.errors import ConflictError
from parking.domain.money import Money
from parking.places.service import import_collection
from pricing.quotes.package import PackageExpiredError
from pricing.settlement import service
from pricing.settlement.notices import provider_key, sign
from tests.api.terminals.bench import Bench
from tests.api.terminals.machine import operator_of
from tests.api.terminals.terminal import SECRET, City, fen
from tests.api.terminals.test_refund_proposals import PATH, person
from tests.api.terminals.test_stays_and_money import balances
from tests.pricing.kerb_city import APPROVAL, OPENING, at, feature

pytestmark = pytest.mark.service


async def pays_online(city: City, session_id: str) -> None:
    """By the driver's phone, told to us by the provider."""
    async with city.database.transaction() as session:
        order = await service.order_payment(session, session_id)
    told = {"order": order.order_id, "reference": "P-1", "amount": fen(300), "paid_at": city.now.isoformat()}
    body = json.dumps(told).encode()
    headers = {"Content-Type": "application/json", "Signature": sign(provider_key(SECRET, "test"), body).decode()}
    answer = await city.client.post("/v1/providers/test/notices", content=body, headers=headers)
    assert answer.status_code == 200, answer.text


async def test_offline_shift_is_explained_to_the_fen_when_the_network_returns(city: City, bench: Bench) -> None:
    """Scenario C: 14 stays offline, nine in cash at 3.00, one paid online as well; the drawer is short by 0.50."""
    spaces = [feature("space", f"P{n}", zone="Z1", kind="kerb", segment="Z1-N", approval=APPROVAL) for n in range(14)]
    async with city.database.transaction() as session:
        report = await import_collection(session, {"type": "FeatureCollection", "features": spaces}, at=OPENING)
        assert report.errors == ()
    await bench.program.sync()
    bench.plug(is_online=False)
    paid = [await bench.parked(f"P{n}", f"{8 + (35 + 10 * n) // 60:02}:{(35 + 10 * n) % 60:02}", 70) for n in range(9)]
    free = [await bench.parked(f"P{n}", "10:40", 25) for n in range(9, 14)]
    assert [(slip.amount.amount, slip.is_offline) for slip in paid] == [(300, True)] * 9
    assert [(slip.amount.amount, slip.is_offline) for slip in free] == [(0, True)] * 5
    city.now = at("11:10")
    bench.plug(is_online=True)
    cut = await bench.program.deliver(limit=9)
    assert (cut.accepted, cut.waiting) == (9, 14)
    await pays_online(city, cut.answers[paid[4].item]["id"])
    rest = await bench.program.deliver()
    assert (rest.accepted, rest.duplicate, rest.rejected, rest.waiting) == (14, 2, (), 0)
    bench.state.keep_delivered(0)
    again = await bench.program.deliver()
    assert (again.accepted, again.duplicate) == (0, 23)

    (proposal,) = (await (await operator_of(city)).get(PATH))["proposals"]
    assert (proposal["amount"], proposal["currency"]) == (300, "CNY")
    assert sorted(proof["method"] for proof in proposal["proofs"]) == ["cash", "test"]
    closed = await bench.program.close(Money(2650), "day-1")
    assert (closed["expected"], closed["difference"]) == (fen(2700), fen(-50))
    assert await balances(city) == {
        "over_short/T1": 50,
        "provider/test": 300,
        "revenue/LZ": -2700,
        "safe/T1": 2650,
        "suspense": -300,
    }
    wang, zhao = await person(city, "wang.fang", "operator"), await person(city, "zhao.min", "approver")
    await wang.post(f"{PATH}/{proposal['payment']}/endorse")
    given = await zhao.post(f"{PATH}/{proposal['payment']}/refund", {"drawer": "desk-1"})
    assert given.json()["state"] == "refunded"
    assert "suspense" not in await balances(city)


async def test_fee_is_the_same_when_it_is_asked_online_and_offline(bench: Bench) -> None:
    online = await bench.parked("S1", "08:00", 80)
    bench.plug(is_online=False)
    offline = await bench.parked("S2", "08:00", 80, plate="鲁C88123")
    assert (online.is_offline, offline.is_offline) == (False, True)
    assert online.amount == offline.amount == Money(300)
    assert (await bench.parked("S3", "08:00", 80)).amount == Money(0)
    with pytest.raises(NoNetworkError):
        await bench.program.deliver()
    bench.plug(is_online=True)
    assert (await bench.program.deliver()).rejected == ()
    assert await balances(bench.city) == {"cash/T1": 600, "revenue/LZ": -600}


async def test_terminal_takes_no_money_when_its_package_is_old_or_was_touched(bench: Bench) -> None:
    bench.plug(is_online=False)
    bench.city.now += timedelta(hours=80)
    with pytest.raises(PackageExpiredError):
        await bench.program.settle(
            space="S1", plate=None, start=bench.city.now - timedelta(hours=1), end=bench.city.now, method="cash"
        )
    document, signature = bench.state.package()
    bench.state.keep_package(document.replace(b"150", b"001"), signature)
    with pytest.raises(ConflictError) as refused:
        bench.program.package()
    assert refused.value.code == "package_damaged"


async def test_terminal_looks_after_itself_when_it_is_told_to(bench: Bench) -> None:
    told = await bench.program.heartbeat({"paper": 5}, [])
    assert (told["health"], told["offset_s"]) == ("attention", 0)
    before = bench.state.identity().key
    assert await bench.program.change_key() != before
    assert (await bench.parked("S1", "09:10", 25)).amount == Money(0)
    assert bench.program.package().terminal == "T1"
    with pytest.raises(RefusedByPlatformError) as refused:
        await bench.parked("nowhere", "09:40", 25)
    assert refused.value.code == "space_unknown"


def test_folder_is_refused_when_it_holds_no_terminal(tmp_path: Path) -> None:
    with pytest.raises(TerminalStateError):
        State(tmp_path).identity()
    assert State(tmp_path).items() == []


def test_item_counts_only_when_its_line_is_whole(tmp_path: Path) -> None:
    state = State(tmp_path)
    state.add({"id": "1"})
    with (tmp_path / "items.jsonl").open("ab") as journal:
        journal.write(b'{"id": "2"')
    assert state.items() == [{"id": "1"}]
    state.add({"id": "3"})
    assert state.items() == [{"id": "1"}, {"id": "3"}]
