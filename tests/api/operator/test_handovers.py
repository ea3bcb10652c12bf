"""Evidence goes to the police by two persons, signed, and can be verified where no service runs."""

import io
import json
import zipfile
from collections.abc import AsyncIterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from api.auth.accounts.model import AccountRole
from api.auth.accounts.service import create_account
from api.auth.model import CITY
from api.cli.evidence import command
from parking.bus.codec import decode, fact_of
from parking.bus.tables import OutboxRow
from parking.db.unit_of_work import Database
from parking.events.evidence import EvidenceHandedOver
from parking.evidence import service as evidence
from parking.evidence.model import RetentionRules
from parking.privacy.tables import PlateRevealRow
from tests.api.http_process import Json
from tests.api.kerb_people import PASSWORD, Kerb, Person, opened_kerb
from tests.parking.evidence.pictures import shown, telephone_jpeg
from tests.pricing import kerb_city

pytestmark = pytest.mark.service
JPEG = telephone_jpeg()
OTHERS: dict[str, AccountRole] = {"chen.bo": "approver", "sun.li": "enforcement"}
WISH = {
    "authority_kind": "traffic_police",
    "authority": "交警支队张店大队",
    "legal_basis": "道路交通安全法第九十三条",
    "case_number": "张公交[2026]17号",
    "reason": "调取违停证据",
}


@pytest.fixture
async def kerb(database: Database, database_url: str, redis_url: str) -> AsyncIterator[Kerb]:
    async with opened_kerb(database, database_url, redis_url, "12:10") as opened:
        async with database.transaction() as session:
            for name, role in OTHERS.items():
                await create_account(
                    session, name=name, password=PASSWORD, role=role, employer=CITY, now=kerb_city.OPENING
                )
        yield opened


async def brought(person: Person, path: str) -> str:
    headers = {"X-CSRF-Token": person.csrf, "Idempotency-Key": path, "Content-Type": "image/jpeg"}
    answer = await person.client.post(path, content=JPEG, headers=headers)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def gathered(kerb: Kerb) -> list[str]:
    """A picture of a stay with a plate, and one of a check."""
    stay = await kerb.stay("11:00")
    async with kerb.person("wang.fang") as attendant:
        named = await attendant.post(f"/v1/attendant/sessions/{stay}/plate", {"plate": "鲁C88123"})
        assert named.status_code == 200
        of_stay = await brought(attendant, f"/v1/attendant/sessions/{stay}/evidence")
    async with kerb.person("sun.li") as inspector:
        check = (await inspector.post("/v1/checks", {"space": "S1"})).json()["id"]
        return [of_stay, await brought(inspector, f"/v1/checks/{check}/evidence")]


def verify(tmp_path: Path, package: bytes, *more: str) -> tuple[int, str]:
    file = tmp_path / "package.zip"
    file.write_bytes(package)
    done = CliRunner().invoke(command, ["verify", str(file), *more])
    return done.exit_code, done.output


async def test_package_reaches_the_authority_by_two_persons_and_is_verified_offline(kerb: Kerb, tmp_path: Path) -> None:
    pieces = await gathered(kerb)
    async with kerb.person("zhao.min") as first:
        prepared = await first.post("/v1/operator/handovers", WISH | {"evidence": pieces}, key="h1")
        assert (prepared.status_code, prepared.json()["state"]) == (201, "prepared"), prepared.text
        again = await first.post("/v1/operator/handovers", WISH | {"evidence": pieces}, key="h1")
        assert again.content == prepared.content
        path = f"/v1/operator/handovers/{prepared.json()['id']}"
        own = await first.post(f"{path}/approve", {})
        assert (own.status_code, own.json()["code"]) == (409, "second_person_needed")
        early = await first.client.get(f"{path}/package")
        assert (early.status_code, early.json()["code"]) == (409, "handover_not_made")
        unknown = await first.post("/v1/operator/handovers", WISH | {"evidence": ["none"]}, key="h2")
        assert (unknown.status_code, unknown.json()["code"]) == (404, "evidence_unknown")
    async with kerb.person("li.wei") as operator:
        refused = await operator.post(f"{path}/approve", {})
        assert (refused.status_code, refused.json()["code"]) == (403, "role_missing")
    async with kerb.person("chen.bo") as second:
        made = await second.post(f"{path}/approve", {})
        assert (made.status_code, made.json()["state"]) == (200, "made"), made.text
        assert "88123" not in made.text
        twice = await second.post(f"{path}/approve", {})
        assert (twice.status_code, twice.json()["code"]) == (409, "handover_decided")
        package = (await second.client.get(f"{path}/package")).content
        keys = await second.get("/v1/evidence-keys")
    assert sha256(package).hexdigest() == made.json()["sha256"]
    assert [key["id"] for key in keys["keys"]] == [made.json()["key"]]
    pem = tmp_path / "installation.pem"
    pem.write_text(keys["keys"][0]["pem"])
    status, said = verify(tmp_path, package, "--key", str(pem))
    assert (status, "whole" in said, "2 pieces" in said) == (0, True, True), said
    at = package.index(b"\xff\xda") + 20
    status, said = verify(tmp_path, package[:at] + b"\x00\x01\x02" + package[at + 3 :])
    assert (status != 0, "whole:" in said) == (True, False)
    await _check_content(kerb, package, pieces)
    await _check_release(kerb, path, pieces)


async def _check_content(kerb: Kerb, package: bytes, pieces: list[str]) -> None:
    with zipfile.ZipFile(io.BytesIO(package)) as opened:
        facts: Json = json.loads(opened.read("facts.json"))
        custody: Json = json.loads(opened.read("custody.json"))
        assert shown(opened.read(f"evidence/{pieces[0]}.jpg")) == shown(JPEG)
    assert [stay["plate"] for stay in facts["stays"]] == ["鲁C88123"]
    assert [check["outcome"] for check in facts["checks"]] == ["covered"]
    assert [place["space"] for place in facts["places"]] == ["S1"]
    assert not {"amount", "fee", "owed", "debt", "bill"} & set(json.dumps(facts).split('"'))
    assert [entry["deed"] for entry in custody[pieces[0]]] == ["received", "held", "handed_over"]
    async with kerb.database.transaction() as session:
        looks = (await session.scalars(select(PlateRevealRow))).all()
        told = [fact_of(decode(event)) for event in await session.scalars(select(OutboxRow.event))]
    assert [(look.actor, "17号" in look.purpose) for look in looks] == [("account:chen.bo", True)]
    (fact,) = [fact for fact in told if isinstance(fact, EvidenceHandedOver)]
    assert (sorted(fact.evidence_ids), fact.sha256) == (sorted(pieces), sha256(package).hexdigest())


async def _check_release(kerb: Kerb, path: str, pieces: list[str]) -> None:
    """What was handed over stays until the authority is done."""
    after = kerb.time.now + timedelta(days=40)
    async with kerb.database.transaction() as session:
        assert await evidence.erase_over(session, RetentionRules(), at=after) == 0
    async with kerb.person("li.wei") as operator:
        assert (await operator.post(f"{path}/release", {})).json()["state"] == "released"
        gone = await operator.client.get(f"{path}/package")
        assert (gone.status_code, gone.json()["code"]) == (409, "handover_not_made")
        whole = await operator.get(f"/v1/operator/evidence/{pieces[0]}")
    assert [entry["deed"] for entry in whole["custody"]] == ["received", "held", "handed_over", "collected", "released"]
    assert whole["whole"] is True
    async with kerb.database.transaction() as session:
        assert await evidence.erase_over(session, RetentionRules(), at=after) == 2


async def test_refused_hand_over_lets_the_evidence_go(kerb: Kerb) -> None:
    pieces = await gathered(kerb)
    async with kerb.person("li.wei") as first:
        prepared = await first.post("/v1/operator/handovers", WISH | {"evidence": pieces}, key="h1")
    path = f"/v1/operator/handovers/{prepared.json()['id']}"
    async with kerb.person("zhao.min") as second:
        assert (await second.post(f"{path}/refuse", {})).json()["state"] == "refused"
        late = await second.post(f"{path}/approve", {})
        assert (late.status_code, late.json()["code"]) == (409, "handover_decided")
        assert [one["state"] for one in (await second.get("/v1/operator/handovers"))["handovers"]] == ["refused"]
    async with kerb.database.transaction() as session:
        after = kerb.time.now + timedelta(days=31)
        assert await evidence.erase_over(session, RetentionRules(), at=after) == 2
