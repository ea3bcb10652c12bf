"""What a terminal did offline, sent once, twice, and in overlapping parts; and its day closed against the ledger."""

import asyncio
from datetime import timedelta

import pytest

from api.terminals.schemas import BatchReport, CloseAnswer
from tests.api.terminals.terminal import City, Json, Terminal, fen
from tests.api.terminals.test_stays_and_money import balances
from tests.pricing.kerb_city import at

pytestmark = pytest.mark.service
PATH = "/v1/terminals/test/batches"


def stay_item(number: int, *, hours: int = 0) -> Json:
    """A stay of 70 minutes, 3.00, in a day of its own."""
    start = at("11:00") - timedelta(days=number, hours=hours)
    return {
        "id": f"stay-{number}",
        "kind": "session",
        "at": start.isoformat(),
        "space": "S1",
        "plate": f"鲁C1234{number % 10}",
        "started_at": start.isoformat(),
        "ended_at": (start + timedelta(minutes=70)).isoformat(),
    }


def cash_item(number: int, amount: int = 300, **change: object) -> Json:
    item = {
        "id": f"cash-{number}",
        "kind": "payment",
        "at": at("12:10").isoformat(),
        "session_item": f"stay-{number}",
        "amount": fen(amount),
        "method": "cash",
    }
    return item | change


async def send(terminal: Terminal, *items: Json) -> Json:
    answer = await terminal.post(PATH, {"items": list(items)})
    assert answer.status_code == 200, answer.text
    BatchReport.model_validate(answer.json())
    report: Json = answer.json()
    return report


async def test_good_items_stay_when_bad_ones_are_refused(city: City, terminal: Terminal) -> None:
    report = await send(
        terminal,
        stay_item(1),
        {"id": "odd", "kind": "song"},
        cash_item(1),
        cash_item(2),
        stay_item(3) | {"plate": "?", "id": "p"},
        cash_item(4, session_item=None),
    )
    assert (report["accepted"], report["duplicate"]) == (2, 0)
    assert [(bad["index"], bad["code"]) for bad in report["rejected"]] == [
        (1, "item_invalid"),
        (3, "session_item_unknown"),
        (4, "plate_invalid"),
        (5, "item_invalid"),
    ]
    assert report["results"][1]["answer"]["state"] == "paid"
    assert await balances(city) == {"cash/test": 300, "revenue/LZ": -300}


async def test_items_settle_once_when_batches_overlap_and_arrive_together(city: City, terminal: Terminal) -> None:
    items = [item for number in range(1, 5) for item in (stay_item(number), cash_item(number))]
    reports = await asyncio.gather(send(terminal, *items[:6]), send(terminal, *items[2:]), send(terminal, *items))
    assert sum(report["accepted"] for report in reports) == len(items)
    assert all(report["rejected"] == [] for report in reports)
    assert await balances(city) == {"cash/test": 1200, "revenue/LZ": -1200}
    other = await send(terminal, cash_item(1, 100))
    assert other["rejected"][0]["code"] == "idempotency_key_reused"


async def test_item_counts_once_when_it_was_sent_online_before(city: City, terminal: Terminal) -> None:
    stay = await terminal.parked("11:00", "12:10")
    first = await terminal.paid(stay["id"], 300, key="cash-9")
    item = cash_item(9, session_item=None, session=stay["id"], at=city.now.isoformat())
    report = await send(terminal, {name: value for name, value in item.items() if value is not None})
    assert (report["accepted"], report["duplicate"]) == (0, 1)
    assert report["results"][0]["answer"] == first.json()


async def test_money_taken_twice_is_owed_back_when_the_second_was_collected_offline(
    city: City, terminal: Terminal
) -> None:
    """Scenario C: nine in cash, one of them paid otherwise as well; drawer short by 0.50, trial balance zero."""
    stays = [result["answer"]["id"] for result in (await send(terminal, *map(stay_item, range(1, 10))))["results"]]
    assert (await terminal.paid(stays[4], 300, method="test")).json()["state"] == "paid"
    report = await send(terminal, *map(cash_item, range(1, 10)))
    (double,) = [one["answer"] for one in report["results"] if one["answer"]["applied"] == fen(0)]
    assert double["session"] == stays[4]
    assert (await balances(city))["suspense"] == -300
    order = {"payment": double["id"], "amount": fen(300), "reason": "paid twice", "refunded_at": city.now.isoformat()}
    assert (await terminal.post("/v1/refunds", order)).json()["state"] == "paid"
    closed = await terminal.post("/v1/terminals/test/close", {"counted": fen(2350)}, key="day-1")
    CloseAnswer.model_validate(closed.json())
    assert (closed.json()["expected"], closed.json()["difference"]) == (fen(2400), fen(-50))
    cash, test = closed.json()["totals"]
    assert (cash["payments"], cash["paid"], cash["refunds"], cash["refunded"]) == (9, fen(2700), 1, fen(300))
    assert (test["method"], test["payments"], test["paid"]) == ("test", 1, fen(300))
    again = await terminal.post("/v1/terminals/test/close", {"counted": fen(2350)}, key="day-1")
    assert again.content == closed.content
    assert await balances(city) == {"over_short/test": 50, "provider/test": 300, "revenue/LZ": -2700, "safe/test": 2350}
    other = await terminal.post("/v1/terminals/other/close", {"counted": fen(0)})
    assert (other.status_code, other.json()["code"]) == (403, "terminal_other")
