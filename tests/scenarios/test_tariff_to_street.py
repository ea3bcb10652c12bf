"""A rule text that nobody has priced before: written down, checked, quoted, simulated, decided, and charged on the street."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest
from click.testing import CliRunner

from api.cli import quote, rates
from parking.db.unit_of_work import Database
from tests.api.http_process import Json
from tests.api.kerb_people import Kerb, Person
from tests.api.tariff_city import DRAFTED, TABLES, TOML, opened_tariff_city
from tests.pricing.kerb_city import at, stay

pytestmark = pytest.mark.service
ONE: Final = f"{TABLES}/fengqiao/1"
FIRST_DAY: Final = at("00:00", days=8)
"""Five working days after Monday, 2 March 2026 end with Monday the 9th."""


@pytest.fixture
async def kerb(database: Database, database_url: str, redis_url: str) -> AsyncIterator[Kerb]:
    async with opened_tariff_city(database, database_url, redis_url) as opened:
        async with database.transaction() as session:
            for day in (-3, -4, -5):
                await stay(session, at("09:00", day), at("11:10", day), energy=None)
        yield opened


def checked_and_quoted(file: Path) -> None:
    """As whoever writes the tariff does it, with no service at hand: 130 minutes are 1 + 1 + 2 + 2 + 2 yuan."""
    answer = CliRunner().invoke(rates.command, ["validate", str(file)])
    assert answer.exit_code == 0, answer.output
    span = ["--start", "2026-03-10T09:00", "--end", "2026-03-10T11:10"]
    call = ["--policy", str(file), "--zone-class", "I", "--vehicle", "small", *span, "--json"]
    told = json.loads(CliRunner().invoke(quote.command, call, catch_exceptions=False).output)
    assert told["fee"] == {"amount": 800, "currency": "CNY"}


async def step(person: Person, name: str, body: Json | None = None) -> Json:
    answer = await person.post(f"{ONE}/{name}", body or {})
    assert answer.status_code == 200, answer.text
    document: Json = answer.json()
    return document


async def simulated(operator: Person) -> None:
    """Three stays of 130 minutes in the week before: 6.00 each under Linzi's tariff, 8.00 under the draft."""
    week = f"{ONE}/simulation?from=2026-02-23&to=2026-03-01"
    total = (await operator.get(week))["simulation"]["total"]
    assert (total["stays"], total["revenue_before"], total["revenue_after"]) == (3, 1800, 2400)
    page = await operator.client.get(week.replace("simulation?", "simulation.html?"))
    assert page.status_code == 200
    assert "<svg" in page.text


async def owed(kerb: Kerb, space: str) -> int:
    shown = (await kerb.process.get(f"/v1/spaces/{space}/bill"))["stay"]
    return int(shown["owed"]["amount"])


async def test_next_stay_is_charged_by_a_rule_that_two_persons_brought_to_the_street(
    kerb: Kerb, tmp_path: Path
) -> None:
    file = tmp_path / "fengqiao.toml"
    file.write_text(TOML, encoding="utf-8")
    checked_and_quoted(file)
    async with kerb.person("li.wei") as operator, kerb.person("zhao.min") as approver:
        drafted = await operator.post(TABLES, DRAFTED)
        assert drafted.status_code == 201, drafted.text
        await simulated(operator)
        assert (await step(operator, "submit"))["state"] == "in_review"
        await step(approver, "review", {"lawful": True, "opinion": "与文件一致"})
        notice = {"noticed_on": "2026-03-02", "reference": "区政府网站", "effective_from": FIRST_DAY.isoformat()}
        assert (await operator.get(f"{ONE}/earliest?noticed_on=2026-03-02"))["earliest"] == FIRST_DAY.isoformat()
        await step(operator, "notice", notice)
        await step(approver, "approve")
        published = await step(operator, "publish")
        assert (published["standing"], published["signs_waiting"]) == ("planned", 2)
        tasks = (await operator.get("/v1/operator/sign-tasks"))["sign_tasks"]
        north = next(task["id"] for task in tasks if task["place"] == "Z1-N")
        seen = await operator.post(f"/v1/operator/sign-tasks/{north}/confirm", {"photo_reference": "IMG-1"})
        assert seen.json()["confirmed_by"] == "account:li.wei", seen.text

    async with kerb.database.transaction() as session:
        for space in ("S1", "S4"):
            await stay(session, at("09:00", 8), None, space_id=space, energy=None, plate_token=None)
    kerb.time.now = at("11:10", 8)
    assert await owed(kerb, "S1") == 800
    assert await owed(kerb, "S4") == 600
    async with kerb.person("li.wei") as operator:
        audited = (await operator.get(f"{ONE}/audit"))["steps"]
        south = next(
            task["id"] for task in (await operator.get(f"{ONE}/signs"))["sign_tasks"] if task["confirmed_at"] is None
        )
        assert (await operator.post(f"/v1/operator/sign-tasks/{south}/confirm", {})).status_code == 200
    assert [(row["action"], row["actor"]) for row in reversed(audited)] == [
        ("rate.drafted", "account:li.wei"),
        ("rate.submitted", "account:li.wei"),
        ("rate.reviewed", "account:zhao.min"),
        ("rate.noticed", "account:li.wei"),
        ("rate.approved", "account:zhao.min"),
        ("rate.published", "account:li.wei"),
        ("sign.confirmed", "account:li.wei"),
    ]
    assert len({row["digest"] for row in audited}) == 1
    assert await owed(kerb, "S4") == 600, "a running stay keeps the prices of its entry"
