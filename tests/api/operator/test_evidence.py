"""Pictures from the kerb to those who decide: brought once, tied to the stay, looked at in writing."""

from collections.abc import AsyncIterator

import httpx
import pytest

from api.auth.accounts.service import create_account
from api.auth.model import CITY
from api.uploads import EvidenceOut
from parking.db.unit_of_work import Database
from parking.evidence.model import LARGEST
from parking.sessions import service as sessions
from tests.api.http_process import Json
from tests.api.kerb_people import PASSWORD, Kerb, Person, opened_kerb
from tests.parking.evidence.pictures import POSITION, shown, telephone_jpeg
from tests.pricing import kerb_city

pytestmark = pytest.mark.service
JPEG = telephone_jpeg()
PDF = b"%PDF-1.7\n%%EOF\n"
TAKEN = "captured_at=2026-03-02T12:05:00%2B08:00"


@pytest.fixture
async def kerb(database: Database, database_url: str, redis_url: str) -> AsyncIterator[Kerb]:
    async with opened_kerb(database, database_url, redis_url, "12:10") as opened:
        async with opened.database.transaction() as session:
            await create_account(
                session, name="sun.li", password=PASSWORD, role="enforcement", employer=CITY, now=kerb_city.OPENING
            )
        yield opened


async def brought(person: Person, path: str, content: bytes = JPEG, key: str = "k1") -> httpx.Response:
    headers = {"X-CSRF-Token": person.csrf, "Idempotency-Key": key, "Content-Type": "image/jpeg"}
    return await person.client.post(path, content=content, headers=headers)


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_picture_of_a_stay_is_kept_once_and_every_look_at_it_is_written_down(kerb: Kerb) -> None:
    stay = await kerb.stay("11:00")
    path = f"/v1/attendant/sessions/{stay}/evidence"
    async with kerb.person("wang.fang") as attendant:
        first = await brought(attendant, f"{path}?{TAKEN}")
        again = await brought(attendant, f"{path}?{TAKEN}")
        assert (first.status_code, again.content) == (201, first.content), first.text
        item: Json = first.json()
        EvidenceOut.model_validate(item)
        assert (item["session"], item["space"], item["source"]) == (stay, "S1", "attendant")
        assert item["captured_at"] == "2026-03-02T04:05:00Z"
        assert refusal(await brought(attendant, f"{path}?{TAKEN}", telephone_jpeg(tone=9))) == (
            409,
            "idempotency_key_reused",
        )
        assert refusal(await brought(attendant, path, b"GIF89a", "k2")) == (400, "evidence_unreadable")
        assert refusal(await brought(attendant, path, PDF, "k2")) == (400, "evidence_unreadable")
        assert refusal(await brought(attendant, path, JPEG + bytes(LARGEST), "k2")) == (413, "body_too_large")
        as_json = await attendant.post(path, {"picture": "none"}, key="k2")
        assert refusal(as_json) == (415, "media_type_unsupported")
        late = f"{path}?captured_at=2026-03-02T12:13:00%2B08:00"
        assert refusal(await brought(attendant, late, key="k2")) == (400, "captured_in_future")
        assert refusal(await brought(attendant, path.replace(stay, "nobody"), key="k2")) == (404, "session_unknown")
        assert [one["id"] for one in (await attendant.get(path))["evidence"]] == [item["id"]]
        looked = await attendant.client.get(f"/v1/operator/evidence/{item['id']}/content?purpose=curious")
        assert refusal(looked) == (403, "role_missing")
    async with kerb.database.transaction() as session:
        proofs = (await sessions.get(session, stay)).evidence
    assert [(one.what, one.evidence_id) for one in proofs[-1:]] == [("pictured", item["id"])]
    async with kerb.person("li.wei") as operator:
        assert [one["id"] for one in (await operator.get(f"/v1/operator/evidence?session={stay}"))["evidence"]] == [
            item["id"]
        ]
        content = await operator.client.get(f"/v1/operator/evidence/{item['id']}/content?purpose=objection+A-17")
        assert (content.status_code, content.headers["cache-control"]) == (200, "no-store")
        assert shown(content.content) == shown(JPEG)
        assert POSITION.encode() not in content.content
        one = await operator.get(f"/v1/operator/evidence/{item['id']}")
    assert one["whole"] is True
    assert [(entry["deed"], entry["actor"], entry["details"].get("purpose")) for entry in one["custody"]] == [
        ("received", "account:wang.fang", None),
        ("looked", "account:li.wei", "objection A-17"),
    ]


async def test_evidence_of_a_space_a_check_and_an_order_is_kept_by_those_who_may(kerb: Kerb) -> None:
    async with kerb.person("wang.fang") as attendant:
        free = await brought(attendant, "/v1/attendant/evidence?space=S2")
        assert (free.status_code, free.json()["session"], free.json()["space"]) == (201, None, "S2")
        assert refusal(await brought(attendant, "/v1/attendant/evidence?space=S99", key="k2")) == (404, "space_unknown")
    async with kerb.person("sun.li") as inspector:
        check = (await inspector.post("/v1/checks", {"space": "S2"})).json()["id"]
        of_check = await brought(inspector, f"/v1/checks/{check}/evidence")
        assert (of_check.status_code, of_check.json()["check"]) == (201, check)
        assert refusal(await brought(inspector, f"/v1/checks/{check + 1}/evidence", key="k2")) == (404, "check_unknown")
    async with kerb.person("li.wei") as operator:
        order = await brought(operator, "/v1/operator/evidence?space=S2", PDF)
        assert (order.status_code, order.json()["media_type"]) == (201, "application/pdf")
        assert refusal(await brought(operator, "/v1/operator/evidence", PDF, "k2")) == (400, "evidence_about_nothing")
        page = await operator.get("/v1/operator/evidence?space=S2&limit=2")
        rest = await operator.get(f"/v1/operator/evidence?space=S2&limit=2&cursor={page['next']}")
    sources = [one["source"] for one in (*page["evidence"], *rest["evidence"])]
    assert (sorted(sources), rest["next"]) == (["attendant", "enforcement", "operator"], None)
