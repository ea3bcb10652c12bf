"""The kerb city with a mall that bills for itself, lots that we bill, and the systems behind their gates."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

import pricing.rates
from api.auth.model import Employer
from api.auth.service import create_key
from parking.db.unit_of_work import Database
from parking.domain.clock import utc_now
from parking.places.service import import_collection
from pricing.rates.policy_file import read_policy
from tests.api.http_process import bearing
from tests.api.terminals.terminal import City
from tests.pricing import kerb_city
from tests.pricing.kerb_city import feature

Item = dict[str, Any]
LOTS = read_policy(Path(pricing.rates.__file__).parent / "policies" / "demo_city_lots.toml")
"""Three yuan an hour after half an hour that is free."""
THEIRS = {"valid_from": "2026-01-01T00:00:00+08:00"}


def places() -> list[dict[str, Any]]:
    """MALL has approved spaces with nothing to hinder a fee but that it bills for itself; GATE is billed by its gate."""
    mall = feature("facility", "MALL", zone="Z1", kind="garage", bills_itself=THEIRS)
    mall["geometry"] = {"type": "Point", "coordinates": [118.31, 36.81]}
    return [
        mall,
        feature("facility", "LOT", zone="Z1", kind="lot"),
        feature("facility", "GATE", zone="Z1", kind="lot", billed_at_gate=THEIRS),
        feature("space", "G1", zone="Z1", kind="lot", facility="GATE", approval=kerb_city.APPROVAL),
        feature("space", "M1", zone="Z1", kind="garage", facility="MALL", approval=kerb_city.APPROVAL),
        feature("space", "M2", zone="Z1", kind="garage", facility="MALL", approval=kerb_city.APPROVAL),
    ]


async def build(database: Database) -> None:
    await kerb_city.build(database)
    async with database.transaction() as session:
        collection = {"type": "FeatureCollection", "features": places()}
        report = await import_collection(session, collection, at=kerb_city.OPENING)
        assert report.errors == ()
        await kerb_city.put_in_force(session, LOTS, kerb_city.OPENING)


class Gate:
    """A facility's system, with a key that names the facilities it reports for."""

    def __init__(self, city: City, headers: dict[str, str]) -> None:
        self._city = city
        self._headers = headers

    async def post(self, facility: str, items: Sequence[object]) -> httpx.Response:
        path = f"/v1/facilities/{facility}/transactions"
        return await self._city.client.post(path, json={"items": items}, headers=self._headers)

    async def report(self, facility: str, *items: Item) -> dict[str, Any]:
        answer = await self.post(facility, items)
        assert answer.status_code == 200, answer.text
        document: dict[str, Any] = answer.json()
        return document


async def gate(city: City, *facilities: str, district: str | None = None, operator: str | None = None) -> Gate:
    async with city.database.transaction() as session:
        _, key = await create_key(
            session,
            utc_now,
            role="integrator",
            name="mall",
            district_id=district,
            facility_ids=facilities or None,
            employer=None if operator is None else Employer(operator),
        )
    await city.app.serving.keys.load(city.database)
    return Gate(city, bearing(key))


def passage(item_id: str, kind: str, at: datetime, **members: object) -> Item:
    return {"id": item_id, "kind": kind, "at": at.isoformat(), **members}


def fen(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "CNY"}
