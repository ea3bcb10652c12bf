"""Prices over HTTP: on every zone, on the board, and as signed quotes, by a real process on a real database."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest

from api.app import create_app
from api.public import price_schemas, schemas
from api.public.proofs import StayProofs
from api.settings import Settings
from parking.db.unit_of_work import Database
from parking.domain.clock import utc_now
from parking.places.tables import DistrictRow
from parking.privacy.keys import keys_of
from pricing.fees.model import Usage
from pricing.quotes.repository import keep_usage
from pricing.quotes.usage_json import read_usage
from tests.api.city_in_memory import client_of
from tests.api.http_process import Process, bearing, http_process, make_key
from tests.pricing import kerb_city
from tests.pricing.kerb_city import LINZI, at

SECRET = "a secret that only the tests know and is long enough"
NEV = "鲁CD12345"


class Held:
    """A clock that stands still at a wall time of the day of the stays."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Held:
    return Held(at("08:00"))


@pytest.fixture
async def client(database: Database, database_url: str, clock: Held) -> AsyncIterator[httpx.AsyncClient]:
    """The application on Linzi's kerb with its clock held; the live store is not needed for prices."""
    await kerb_city.build(database)
    app = create_app(settings(database_url), clock)
    await app.serving._refresh()
    async with client_of(app) as opened:
        yield opened
    await app.serving._database.close()


def settings(database_url: str) -> Settings:
    return Settings(
        database_url=database_url,
        redis_url="redis://127.0.0.1:1/0",
        mqtt_url=None,
        data_dir=Path("unused"),
        host="127.0.0.1",
        port=0,
        secret_key=SECRET,
        plate_key=SECRET,
    )


async def quoted(
    client: httpx.AsyncClient, body: dict[str, object], headers: dict[str, str] | None = None
) -> httpx.Response:
    return await client.post("/v1/quotes", json={"space": "S1", **body}, headers=headers)


@pytest.mark.service
async def test_zone_and_board_say_the_price_and_switch_by_themselves(client: httpx.AsyncClient, clock: Held) -> None:
    zone = schemas.ZoneDetail.model_validate_json((await client.get("/v1/zones/Z1")).content)
    assert zone.tariff is not None
    assert zone.price_now is not None
    assert (zone.tariff.id, zone.tariff.document, zone.tariff.free_s) == ("linzi-kerb", "临发改1号", 1800)
    assert (zone.price_now.amount, zone.price_now.unit_s, zone.price_now.until) == (150, 1800, at("19:00"))
    clock.now = at("19:00")
    zone = schemas.ZoneDetail.model_validate_json((await client.get("/v1/zones/Z1")).content)
    assert zone.price_now is not None
    assert (zone.price_now.amount, zone.price_now.mode, zone.price_now.until) == (400, "per_use", at("07:00", 1))
    board = price_schemas.TariffPage.model_validate_json((await client.get("/v1/tariffs?zone=Z1")).content)
    (place,) = board.tariffs[0].places
    assert [line.amount for line in place.lines] == [150, 400]
    assert place.says == (
        "小型车；前 30 分钟免费；07:00-19:00 每 30 分钟 1.50 元，不足一个计费单位的按一个计；"
        "19:00-07:00 每次 4.00 元，每个时段计一次。新能源车每日免费 2 小时，起始免费时长内离开的不占用"
    )
    assert place.says_en.startswith("small vehicles; the first 30 min are free; 07:00-19:00: ¥1.50 per 30 min")
    (collection,) = place.collections
    assert (collection.collection_id, collection.lines) == ("kerb-I", list(LINZI.collections[0].lines))
    assert place.rules.quotas == list(LINZI.quotas)
    assert (await client.get("/v1/tariffs?zone=Z9")).status_code == 404


@pytest.mark.service
async def test_quote_tells_the_fee_line_by_line(client: httpx.AsyncClient, clock: Held) -> None:
    answer = await quoted(client, {"start": "2026-03-02T08:00:00+08:00", "end": "2026-03-02T10:00:00+08:00"})
    assert answer.status_code == 200, answer.text
    quote = price_schemas.Quote.model_validate_json(answer.content)
    assert (quote.fee.amount, quote.fee.currency, quote.reason) == (450, "CNY", None)
    assert [(line.rule, line.quantity, line.amount) for line in quote.lines] == [
        ("free_allowance", 1800, 0),
        ("day-I", 3, 450),
    ]
    assert quote.valid_until == at("08:05")
    known = price_schemas.QuotedTerms.model_validate_json((await client.get(f"/v1/quotes/{quote.id}")).content)
    assert (known.fee.amount, known.place, known.version) == (450, "S1", 1)
    clock.now = at("08:05")
    assert (await client.get(f"/v1/quotes/{quote.id}")).json()["code"] == "quote_expired"
    altered = quote.id[:-2] + ("AA" if quote.id[-2:] != "AA" else "BB")
    assert (await client.get(f"/v1/quotes/{altered}")).json()["code"] == "quote_invalid"


@pytest.mark.service
async def test_quote_is_of_now_when_no_start_is_given(client: httpx.AsyncClient) -> None:
    assert (await quoted(client, {"for": "PT31M"})).json()["fee"]["amount"] == 150
    answer = await client.post("/v1/quotes", json={"zone": "Z1", "for": "PT31M"})
    assert answer.json()["fee"]["amount"] == 150
    answer = await client.post("/v1/quotes", json={"space": "S3", "for": "PT5H"})
    assert (answer.json()["fee"]["amount"], answer.json()["reason"]) == (0, "space_not_approved")


@pytest.mark.service
async def test_quota_counts_only_for_those_who_may_know_it(client: httpx.AsyncClient, database: Database) -> None:
    async with database.transaction() as session:
        token = keys_of(SECRET)[0].token(NEV)
        usage = Usage(granted={"nev": ((at("03:00"), at("05:00")),), "another table": ((at("03:00"), at("05:00")),)})
        await keep_usage(session, token, usage, dict.fromkeys(usage.granted, at("00:00", 9)))
    anonymous = (await quoted(client, {"plate": NEV, "for": "PT2H"})).json()
    assert (anonymous["fee"]["amount"], anonymous["usage_known"]) == (0, False)
    assert read_usage(anonymous["usage_after"]) == Usage(granted={"nev": ((at("08:00"), at("10:00")),)})
    # The key was made after the process had loaded the others: it is loaded as the registry watch would.
    terminal = bearing(await make_key(database, "terminal"))
    await client._transport.app.serving.keys.load(database)  # type: ignore[attr-defined]
    known = (await quoted(client, {"plate": NEV, "for": "PT2H"}, terminal)).json()
    assert (known["fee"]["amount"], known["usage_known"]) == (450, True)
    assert read_usage(known["usage_after"]) == Usage(granted={"nev": usage.granted["nev"]})
    sensor = bearing(await make_key(database, "sensor"))
    await client._transport.app.serving.keys.load(database)  # type: ignore[attr-defined]
    assert (await quoted(client, {"for": "PT2H"}, sensor)).status_code == 403
    assert (await quoted(client, {"for": "PT2H"})).json()["usage_known"] is True


@pytest.mark.service
async def test_running_stay_is_quoted_to_its_payer_and_to_staff_only(
    client: httpx.AsyncClient, database: Database, clock: Held
) -> None:
    async with database.transaction() as session:
        stay = await kerb_city.stay(session, at("08:00"), None)
        nobodys = await kerb_city.stay(session, at("08:00"), None, space_id="S2", plate_token=None)
        over = await kerb_city.stay(session, at("06:00"), at("07:00"), space_id="S2")
        session.add(DistrictRow(district_id="370303", name="张店", name_en="Zhangdian"))
    clock.now = at("09:10")
    terminal = bearing(await make_key(database, "terminal"))
    stranger = bearing(await make_key(database, "terminal", district="370303"))
    await client._transport.app.serving.keys.load(database)  # type: ignore[attr-defined]
    proof = {"X-Stay-Proof": StayProofs(SECRET).give(stay)}
    for headers in (terminal, proof):
        answer = await client.post("/v1/quotes", json={"session": stay}, headers=headers)
        assert answer.status_code == 200, answer.text
        quote = price_schemas.Quote.model_validate_json(answer.content)
        assert (quote.session, quote.fee.amount, quote.reason) == (stay, 300, None)
        assert [(rise.at, rise.fee.amount) for rise in quote.rises] == [
            (at("09:30"), 450),
            (at("10:00"), 600),
            (at("10:30"), 750),
        ]
    open_to_all = await client.post("/v1/quotes", json={"session": nobodys})
    assert (open_to_all.status_code, open_to_all.json()["fee"]["amount"]) == (200, 300)
    later = await client.post("/v1/quotes", json={"session": stay, "for": "PT1H"}, headers=proof)
    assert later.json()["fee"]["amount"] == 600
    for body, headers, status, code in (
        ({"session": stay}, {}, 401, "stay_proof_missing"),
        ({"session": stay}, {"X-Stay-Proof": "0" * 64}, 401, "stay_proof_missing"),
        ({"session": stay}, stranger, 403, "district_forbidden"),
        ({"session": "none"}, terminal, 404, "session_unknown"),
        ({"session": over}, terminal, 409, "session_ended"),
        ({"session": stay, "zone": "Z1"}, terminal, 400, "quote_place_invalid"),
        ({"session": stay, "end": at("09:00").isoformat()}, terminal, 400, "quote_span_invalid"),
    ):
        refused = await client.post("/v1/quotes", json=body, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (status, code)


@pytest.mark.service
@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "quote_span_invalid"),
        ({"for": "PT1H", "end": "2026-03-02T10:00:00+08:00"}, "quote_span_invalid"),
        ({"end": "2026-03-02T07:00:00+08:00"}, "quote_span_invalid"),
        ({"for": "P40D"}, "quote_span_invalid"),
        ({"for": "PT1H", "zone": "Z1"}, "quote_place_invalid"),
        ({"for": "PT1H", "use": "charging"}, "quote_place_invalid"),
        ({"for": "PT1H", "space": None, "zone": "Z1", "kind": "garage"}, "zone_unpriced"),
        ({"for": "PT1H", "space": "none"}, "space_unknown"),
        ({"for": "PT1H", "space": None, "zone": "none"}, "zone_unpriced"),
        ({"for": "PT1H", "plate": "?"}, "plate_invalid"),
        ({"for": "PT1H", "colour": "red"}, "request_invalid"),
        ({"end": "2026-03-02T10:00:00"}, "request_invalid"),
    ],
)
async def test_quote_is_refused_by_name(client: httpx.AsyncClient, body: dict[str, object], code: str) -> None:
    answer = await quoted(client, body)
    assert (answer.json()["code"], answer.status_code in {400, 404}) == (code, True)


async def test_quote_is_refused_when_no_secret_is_set() -> None:
    without = replace(settings("postgresql://nobody@127.0.0.1:1/none"), secret_key=None)
    async with client_of(create_app(without)) as client:
        answer = await client.get("/v1/quotes/x")
    assert (answer.status_code, answer.json()["code"]) == (503, "secret_key_missing")


@pytest.mark.service
async def test_every_process_and_open_stream_changes_at_the_instant(
    database: Database, database_url: str, redis_url: str
) -> None:
    await kerb_city.build(database)
    async with http_process(database_url, redis_url) as one, http_process(database_url, redis_url) as two:
        for process in (one, two):
            await process.until("/v1/zones/Z1", lambda zone: zone.get("tariff") is not None)
        effective_from = utc_now() + timedelta(seconds=4)
        await _publish(database, effective_from)
        seen = await asyncio.gather(*(_switched(process) for process in (one, two)), _told(one))
        assert all(effective_from <= instant < effective_from + timedelta(seconds=3) for instant in seen)


async def _publish(database: Database, effective_from: datetime) -> None:
    async with database.transaction() as session:
        await kerb_city.put_in_force(session, replace(LINZI, title="新"), effective_from)


async def _switched(process: Process) -> datetime:
    zone = await process.until("/v1/zones/Z1", lambda zone: zone["tariff"]["next"] is not None)
    assert zone["tariff"]["version"] == 1
    await process.until("/v1/zones/Z1", lambda zone: zone["tariff"]["version"] == 2)
    return utc_now()


async def _told(process: Process) -> datetime:
    async with asyncio.timeout(60), process.client.stream("GET", "/v1/stream?zones=Z1") as stream:
        async for line in stream.aiter_lines():
            if '"version":2,"title"' in line:
                return utc_now()
    raise AssertionError("the stream ended")
