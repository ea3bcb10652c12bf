"""A kerb with two segments, Linzi's tariff on both signs, and the rule by which its town wants to charge from now on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from parking.db.unit_of_work import Database
from parking.places.service import import_collection
from pricing.rates import signs
from pricing.rates.limit_store import write_limits
from pricing.rates.price_limits import PriceLimit
from tests.api.kerb_people import Kerb, opened_kerb
from tests.pricing import kerb_city

RULE: Final = """枫桥路路内停车收费规定（枫发改〔2026〕3号）：
工作日 8:00–20:00 首小时每半小时 1 元，一小时后每半小时 2 元，不足半小时按半小时计；休息日和法定节假日同一时段每小时 1 元，
不足一小时按一小时计；20:00–次日 8:00 每次 3 元。停放 20 分钟以内免费，超过的自入位起计费。一个自然日最高 18 元。大型车加倍。
公示满五个工作日后施行。"""
TOML: Final = """
rate_table = "fengqiao"
version = 1
title = "枫桥路路内停车收费"
title_en = "Kerb of Fengqiao road"
currency = "CNY"
timezone = "Asia/Shanghai"
calendar = "CN"
price_moment = "entry"

[legal]
document = "枫发改〔2026〕3号"
authority = "枫桥区发展和改革局"
form = "government_set"
source = "a rule made up for this test"
tick = 50
notice_working_days = 5

[[collection]]
id = "kerb"
area_classes = ["I"]
kinds = ["kerb"]
vehicles = { small = 100, large = 200 }
crossing = "separately"

[collection.free]
time = "20min"
when_exceeded = "lost"

[[collection.line]]
rule = "working-day"
from = "08:00"
to = "20:00"
days = ["workday"]
mode = "steps"
steps = [{ price = 100, unit = "30min", units = 2 }, { price = 200, unit = "30min" }]
steps_from = "segment"
rounding = "up"

[[collection.line]]
rule = "rest-day"
from = "08:00"
to = "20:00"
days = ["restday", "holiday"]
mode = "per_unit"
price = 100
unit = "1h"
rounding = "up"

[[collection.line]]
rule = "night"
from = "20:00"
to = "08:00"
mode = "per_use"
price = 300
per = "segment"

[[collection.cap]]
id = "day"
scope = "local_day"
amount = 1800
times_vehicle = true
"""
DOCUMENT: Final = "doc-feng"
TABLES: Final = "/v1/operator/rate-tables"
DRAFTED: Final[dict[str, Any]] = {"toml": TOML, "price_document": DOCUMENT, "zones": ["Z1"]}


def _limit(vehicle: str, times: int, **kind: Any) -> PriceLimit:  # noqa: ANN401 - fields of a limit
    price = kind.pop("price") * times
    facts = {"area_class": "I", "kind": "kerb", "vehicle_class": vehicle, "unit_s": None, "tick": 50}
    return PriceLimit(**{**facts, "lowest": price, "highest": price, **kind})


def limits() -> tuple[PriceLimit, ...]:
    """What the act says, for each class of vehicles."""
    return tuple(
        _limit(vehicle, times, **kind)
        for vehicle, times in (("small", 1), ("large", 2))
        for kind in (
            {"mode": "steps", "unit_s": 1800, "step": 1, "price": 100},
            {"mode": "steps", "unit_s": 1800, "step": 2, "price": 200},
            {"mode": "per_unit", "unit_s": 3600, "price": 100},
            {"mode": "per_use", "price": 300},
        )
    )


@asynccontextmanager
async def opened_tariff_city(
    database: Database, database_url: str, redis_url: str, clock: str = "09:30"
) -> AsyncIterator[Kerb]:
    """S1 stands on the segment Z1-N, S4 on Z1-S; the new act is registered with its prices."""
    async with opened_kerb(database, database_url, redis_url, clock) as kerb:
        more = [
            kerb_city.feature(
                "price_document",
                DOCUMENT,
                number="枫发改〔2026〕3号",
                authority="枫桥区发展和改革局",
                form="government_set",
                valid_from="2026-01-01T00:00:00+08:00",
            ),
            kerb_city.feature("segment", "Z1-S", zone="Z1"),
            kerb_city.feature("space", "S4", zone="Z1", kind="kerb", segment="Z1-S", approval=kerb_city.APPROVAL),
        ]
        async with database.transaction() as session:
            city = {"type": "FeatureCollection", "features": more}
            assert (await import_collection(session, city, at=kerb_city.OPENING)).errors == ()
            await write_limits(session, DOCUMENT, limits(), by="li", at=kerb_city.OPENING)
            await signs.open_tasks(session, None, at=kerb_city.OPENING)
            for task in await signs.waiting_tasks(session, kerb_city.OPENING):
                await signs.confirm(session, task.task_id, by="inspector", at=kerb_city.OPENING)
        await kerb.process.until("/v1/spaces/S4/bill", lambda answer: "space" in answer)
        yield kerb
