"""A city of thirty kerb zones under one tariff, whose drivers answer to prices in a known way, and a review that lets half of its moves wait by lot."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from parking.db.unit_of_work import Database
from parking.occupancy.hour_rows import HourRow, copy_hours
from parking.places.service import import_collection
from pricing.demand.load import occupancy_of
from pricing.proposals.policy import ReviewPolicy
from pricing.rates.legal_basis import document_of, under_document
from pricing.rates.limit_store import write_limits
from pricing.rates.publication import adopt
from pricing.rates.service import draft
from tests.pricing.kerb_city import APPROVAL, OPENING, feature, features
from tests.pricing.proposals.reviewed_city import LIMITS, NOW, UNNOTICED

ZONES: Final = tuple(f"K{number:02}" for number in range(30))
SPACES: Final = 40
RESPONSE: Final = -0.6
BY_LOT: Final = ReviewPolicy(stagger="halves", stagger_seed=5)
BAND_HOURS: Final = range(7, 19)
"""Local hours of the band that has a timed price."""
_COMMON: Final = [
    one for one in features() if one["properties"]["feature"] not in {"zone", "segment", "space", "concession"}
]


async def build(database: Database) -> None:
    places = [
        feature(
            "concession", "C1", operator="LZ", payee="临淄", zones=list(ZONES), valid_from="2025-01-01T00:00:00+08:00"
        ),
        *(feature("zone", name, district="370305", area_class="I", price_document="doc-1") for name in ZONES),
        *(feature("segment", f"{name}-N", zone=name) for name in ZONES),
        *(
            feature("space", f"{name}-1", zone=name, kind="kerb", segment=f"{name}-N", approval=APPROVAL)
            for name in ZONES
        ),
    ]
    async with database.transaction() as session:
        report = await import_collection(
            session, {"type": "FeatureCollection", "features": [*_COMMON, *places]}, at=OPENING
        )
        assert report.errors == ()
        version = await draft(
            session,
            under_document(UNNOTICED, await document_of(session, "doc-1")),
            price_document_id="doc-1",
            prepared_by="preparer",
            at=OPENING,
            zone_ids=ZONES,
        )
        name = (version.table.rate_table_id, version.table.version)
        await adopt(
            session, *name, effective_from=OPENING, approved_by="approver", signs_seen_by="inspector", at=OPENING
        )
        await write_limits(session, "doc-1", LIMITS, by="li", at=NOW)


def mood(seed: int) -> Callable[[str], float]:
    """Of each zone in one period, beside what its price does."""
    moods = dict(zip(ZONES, np.random.default_rng(seed).normal(0.0, 0.02, len(ZONES)), strict=True))
    return lambda zone: float(moods[zone])


async def pass_days(
    database: Database, start: datetime, days: int, prices: Mapping[str, int], moods: Callable[[str], float]
) -> None:
    """Whole days from an instant on, as full as the prices an hour make each zone; every third zone is sought after."""
    rows = []
    for number, zone in enumerate(ZONES):
        wanted = (1.15, 0.45, 0.95)[number % 3]
        load = np.array([wanted * (prices[zone] / 300) ** RESPONSE * np.exp(moods(zone))])
        share = float(occupancy_of(load, np.array([SPACES]))[0])
        known = SPACES * 3600
        rows += [
            HourRow(
                zone_id=zone,
                kind="kerb",
                hour=start.replace(hour=hour, minute=0) + timedelta(days=day),
                spaces=SPACES,
                known_s=known,
                occupied_s=round(known * share),
                full_s=0,
                stays=2,
            )
            for day in range(days)
            for hour in BAND_HOURS
        ]
    async with database.transaction() as session:
        await copy_hours(session, rows)
