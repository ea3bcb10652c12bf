"""What a mall reports counts once, however its batches repeat, overlap or come late; and only its own key may report."""

import asyncio
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import text

from api.gates.schemas import TransactionReport
from api.public.schemas import FacilityDetail, FacilityPage
from tests.api.gates.malls import Item, fen, gate, passage
from tests.api.http_process import PATIENCE_S
from tests.api.terminals.terminal import City
from tests.pricing.kerb_city import at

pytestmark = pytest.mark.service
PLATE = "鲁C12345"
TARIFF = {
    "valid_from": at("00:00").isoformat(),
    "text": "半小时内免费，每小时3元",
    "text_en": "half an hour free, 3 yuan an hour",
    "steps": [
        {"from_minutes": 0, "to_minutes": 30, "amount": 0},
        {"from_minutes": 30, "amount": 300, "per_minutes": 60},
    ],
}


def visit() -> list[Item]:
    """One visit by ticket, one by plate, as the mall's own machines saw them."""
    return [
        passage("m-1", "entry", at("08:00"), visit="T-88", plate=PLATE, lane="E1"),
        passage("m-2", "payment", at("09:09"), visit="T-88", amount=fen(300), method="wechat"),
        passage("m-3", "exit", at("09:10"), visit="T-88", fee=fen(300)),
        passage("m-4", "entry", at("10:00"), plate="鲁C54321"),
        passage("m-5", "payment", at("10:50"), plate="鲁C54321", amount=fen(300)),
        passage("m-6", "exit", at("10:55"), plate="鲁C54321", fee=fen(300)),
    ]


async def books(city: City) -> tuple[Any, ...]:
    """All that was kept, without when and by whom."""
    async with city.database.transaction() as session:
        passages = await session.execute(
            text("SELECT item_id, direction, at, visit_id, plate_token, fee FROM reported_passage ORDER BY 1")
        )
        payments = await session.execute(
            text("SELECT item_id, at, visit_id, plate_token, amount FROM reported_payment ORDER BY 1")
        )
        return passages.all(), payments.all()


async def test_batches_have_one_effect_when_they_repeat_overlap_and_come_out_of_order(city: City) -> None:
    mall = await gate(city, "MALL")
    first = await mall.report("MALL", *visit()[3:], *visit()[:2])
    assert (first["accepted"], first["duplicate"], first["rejected"]) == (5, 0, [])
    TransactionReport.model_validate(first, strict=False)
    both = await asyncio.gather(*(mall.report("MALL", *visit()) for _ in range(2)))
    assert sorted((one["accepted"], one["duplicate"]) for one in both) == [(0, 6), (1, 5)]
    kept = await books(city)
    assert [len(part) for part in kept] == [4, 2]
    assert "12345" not in str(kept)
    for order in list(permutations(visit()))[::199]:
        again = await mall.report("MALL", *order)
        assert (again["accepted"], again["duplicate"]) == (0, 6)
    assert await books(city) == kept


async def test_bad_items_are_told_by_index_and_code_when_good_ones_pass(city: City) -> None:
    mall = await gate(city, "MALL")
    late = at("12:10") - timedelta(days=91)
    report = await mall.report(
        "MALL",
        *visit()[:1],
        passage("b-1", "entry", at("12:13"), plate=PLATE),
        passage("b-2", "exit", late, visit="T-1"),
        passage("b-3", "payment", at("09:00"), visit="T-88", amount={"amount": -300, "currency": "CNY"}),
        passage("b-4", "entry", at("09:00")),
        passage("b-5", "entry", at("09:00"), plate="no plate at all"),
        passage("b-6", "entry", at("09:00"), visit="T-88"),
        passage("b-7", "count", at("12:09"), capacity=10, vacant=11),
        passage("b-8", "tariff", at("12:00"), **{**TARIFF, "steps": [*reversed(TARIFF["steps"])]}),
        passage("b-9", "departure", at("09:00"), plate=PLATE),
        passage("m-1", "entry", at("08:01"), visit="T-88", plate=PLATE, lane="E1"),
        {"id": 7},
        passage("m-3", "exit", at("09:10"), visit="T-88"),
    )
    assert report["accepted"] == 2
    assert [(bad["index"], bad["id"], bad["code"]) for bad in report["rejected"]] == [
        (1, "b-1", "in_future"),
        (2, "b-2", "too_old"),
        (3, "b-3", "item_invalid"),
        (4, "b-4", "item_invalid"),
        (5, "b-5", "plate_invalid"),
        (6, "b-6", "visit_passed_twice"),
        (7, "b-7", "item_invalid"),
        (8, "b-8", "tariff_invalid"),
        (9, "b-9", "item_invalid"),
        (10, "m-1", "idempotency_key_reused"),
        (11, None, "item_invalid"),
    ]
    assert "12345" not in str(report)
    assert "no plate" not in str(report)


async def test_key_reports_for_its_own_facilities_and_for_no_other(city: City) -> None:
    items = visit()[:1]
    expected = {"MALL": 200, "LOT": 403, "NOWHERE": 404}
    mall = await gate(city, "MALL")
    assert {name: (await mall.post(name, items)).status_code for name in expected} == expected
    assert (await mall.post("LOT", items)).json()["code"] == "facility_forbidden"
    reach = [
        (await gate(city), 403),
        (await gate(city, "*", district="370305"), 200),
        (await gate(city, "*", operator="LZ"), 200),
        (await gate(city, "LOT", operator="LZ"), 403),
    ]
    for sender, status in reach:
        assert (await sender.post("MALL", items)).status_code == status
    terminal = await city.terminal()
    answer = await terminal.post("/v1/facilities/MALL/transactions", {"items": items})
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
    assert (await city.client.post("/v1/facilities/MALL/transactions", json={"items": items})).status_code == 401


async def test_money_and_prices_are_refused_when_the_city_bills_there(city: City) -> None:
    lot = await gate(city, "LOT")
    report = await lot.report(
        "LOT",
        passage("l-1", "payment", at("09:00"), visit="T-1", amount=fen(300)),
        passage("l-2", "tariff", at("09:00"), **TARIFF),
    )
    assert [bad["code"] for bad in report["rejected"]] == ["facility_billed_by_city"] * 2


async def shown(city: City, facility: str) -> dict[str, Any]:
    """As citizens see it, after the process has read what is new."""
    await city.app.serving.reports.refresh()
    answer = await city.client.get(f"/v1/facilities/{facility}")
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    FacilityDetail.model_validate_json(answer.content)
    page = await city.client.get("/v1/facilities")
    (listed,) = [one for one in FacilityPage.model_validate_json(page.content).facilities if one.id == facility]
    assert listed.vacant == document["vacant"]
    return document


def counts(document: dict[str, Any]) -> tuple[object, ...]:
    return tuple(document[name] for name in ("counted_by", "capacity", "vacant", "occupied", "unknown", "stale"))


async def test_facility_shows_its_own_counts_and_prices_while_they_are_fresh(city: City) -> None:
    await city.app.serving._inventory.refresh()
    nothing = ("spaces", 2, 0, 0, 2, True)
    assert counts(await shown(city, "MALL")) == nothing
    mall, lot = await gate(city, "MALL"), await gate(city, "LOT")
    newest = passage("c-2", "count", at("12:05"), capacity=400, vacant=0)
    older = passage("c-1", "count", at("12:04"), capacity=400, vacant=9)
    report = await mall.report("MALL", *visit(), newest, older, newest, passage("t-1", "tariff", at("12:00"), **TARIFF))
    assert [one["answer"].get("outcome") for one in report["results"]][6:9] == ["current", "superseded", "repeated"]
    assert report["duplicate"] == 1
    document = await shown(city, "MALL")
    assert counts(document) == ("facility", 400, 0, 400, 0, False)
    assert (document["age_s"], document["bills_itself"]) == (300, True)
    assert document["tariff_reported"]["text"] == TARIFF["text"]
    assert (document["entries_24h"], document["turnover_24h"]) == (2, 0.01)
    await lot.report("LOT", passage("c-1", "count", at("12:05"), capacity=50, vacant=20))
    assert counts(await shown(city, "LOT")) == ("facility", 50, 20, 30, 0, False)
    city.now = at("12:16")
    # MALL's gates are reckoned on top of its count for as long as it can be told from a dead line; LOT has none.
    document = await shown(city, "MALL")
    assert (document["counted_by"], document["capacity"], document["vacant"], document["stale"]) == (
        "gates",
        400,
        0,
        False,
    )
    assert counts(await shown(city, "LOT")) == ("facility", 50, 0, 0, 50, True)
    city.now = at("12:40")
    assert counts(await shown(city, "MALL")) == ("gates", 400, 0, 0, 400, True)
    assert (await city.client.get("/v1/facilities/NOWHERE")).status_code == 404


async def test_count_is_heard_of_when_a_process_watches(city: City) -> None:
    await city.app.serving._inventory.refresh()
    lot = await gate(city, "LOT")
    watching = asyncio.create_task(city.app.serving._watch_reports())
    try:
        await lot.report("LOT", passage("c-1", "count", at("12:09"), capacity=50, vacant=20))
        async with asyncio.timeout(PATIENCE_S):
            while (await city.client.get("/v1/facilities/LOT")).json()["vacant"] != 20:
                await asyncio.sleep(0.05)
    finally:
        watching.cancel()
        await asyncio.wait([watching])
