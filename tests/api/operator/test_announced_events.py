"""Events are announced for zones of one's district, listed, and withdrawn once."""

from collections.abc import AsyncIterator

import httpx
import pytest

from api.auth.accounts.service import create_account
from parking.db.unit_of_work import Database
from parking.places.service import import_collection
from tests.api.kerb_people import PASSWORD, Kerb
from tests.api.tariff_city import opened_tariff_city
from tests.pricing import kerb_city

pytestmark = pytest.mark.service
EVENTS = "/v1/operator/announced-events"
FAIR = {"name": " 灯会 ", "from": "2026-03-05", "until": "2026-03-08", "zones": ["Z1", "Z1"]}


@pytest.fixture
async def kerb(database: Database, database_url: str, redis_url: str) -> AsyncIterator[Kerb]:
    async with opened_tariff_city(database, database_url, redis_url) as opened:
        yield opened


def refused(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_event_stands_until_it_is_withdrawn_by_who_may(kerb: Kerb) -> None:
    async with kerb.database.transaction() as session:
        city = {"type": "FeatureCollection", "features": [kerb_city.feature("district", "370303")]}
        assert (await import_collection(session, city, at=kerb_city.OPENING)).errors == ()
        await create_account(
            session, name="chen", password=PASSWORD, role="operator", district_id="370303", now=kerb_city.OPENING
        )
    async with kerb.person("li.wei") as operator, kerb.person("chen") as elsewhere, kerb.person("admin") as admin:
        made = await operator.post(EVENTS, FAIR)
        assert made.status_code == 201, made.text
        (listed,) = (await admin.get(EVENTS))["events"]
        assert {name: listed[name] for name in ("id", "name", "from", "until", "zones")} == {
            "id": made.json()["id"],
            "name": "灯会",
            "from": "2026-03-05",
            "until": "2026-03-08",
            "zones": ["Z1"],
        }
        assert (await elsewhere.get(EVENTS))["events"] == []
        for body, code in (
            ({"until": "2026-03-05"}, (400, "event_days_invalid")),
            ({"until": "2026-06-05"}, (400, "event_days_invalid")),
            ({"zones": ["Z9"]}, (404, "zone_unknown")),
            ({"name": "  "}, (400, "request_invalid")),
        ):
            assert refused(await operator.post(EVENTS, FAIR | body)) == code
        assert refused(await elsewhere.post(EVENTS, FAIR | {"zones": None})) == (403, "district_forbidden")
        assert (await admin.post(EVENTS, FAIR)).status_code == 403
        path = f"{EVENTS}/{listed['id']}/withdraw"
        assert refused(await elsewhere.post(path, {})) == (403, "district_forbidden")
        assert (await operator.post(path, {})).status_code == 204
        assert refused(await operator.post(path, {})) == (404, "event_unknown")
        assert (await admin.get(EVENTS))["events"] == []
