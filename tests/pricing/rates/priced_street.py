"""A street of forty segments under one price document, and its tariff: 1.50 for half an hour by day, 4.00 for a night."""

from datetime import UTC, date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from parking.db.prepared import Prepared
from parking.db.unit_of_work import Database
from parking.places.service import import_collection
from pricing.rates.in_force import EFFECTS, Effect, NoRate, effects_of, rate_of
from pricing.rates.lifecycle import approve, give_notice, publish, review, submit
from pricing.rates.limit_store import write_limits
from pricing.rates.model import (
    Eligibility,
    FreeAllowance,
    LegalBasis,
    RateLine,
    RateLineCollection,
    RateTable,
    VehicleRate,
)
from pricing.rates.price_limits import LimitMode, PriceLimit
from pricing.rates.publication import adopt
from pricing.rates.repository import RateInForce, RateVersion
from pricing.rates.service import draft
from pricing.validation.validator import refuse_unsound

ZONE: Final = "Z1"
SEGMENTS: Final = tuple(f"Z1-{number:02}" for number in range(1, 41))
ZIBO: Final = ZoneInfo("Asia/Shanghai")
OPENING: Final = datetime(2026, 1, 1, tzinfo=UTC)
NOTICED: Final = date(2026, 2, 11)
EFFECTIVE: Final = datetime(2026, 2, 28, tzinfo=ZIBO)
DOCUMENTS: Final = {"doc-1": "临发改1号", "doc-2": "临发改2号"}
AUTHORITY: Final = "临淄区发展和改革局"
_POINT: Final = {"type": "Point", "coordinates": [118.3, 36.8]}


_EFFECTS_AT: Final = Prepared(f"SELECT ({EFFECTS.format(zone_id='$1', kind='$2', place_id='$3', until='$4')})")


async def effects_at(session: AsyncSession, place_id: str, until: datetime) -> tuple[Effect, ...]:
    """What was published for a place at the kerb up to the instant."""
    return effects_of(await _EFFECTS_AT.value(session, ZONE, "kerb", place_id, until))


async def rate_at(session: AsyncSession, place_id: str, instant: datetime) -> RateInForce | NoRate:
    return await rate_of(session, await effects_at(session, place_id, instant), instant)


def zibo(wall: str) -> datetime:
    return datetime.fromisoformat(wall).replace(tzinfo=ZIBO)


def table(half_hour: int = 150, *, number: str = "临发改1号") -> RateTable:
    return RateTable(
        rate_table_id="street",
        version=1,
        title="街道",
        title_en="Street",
        currency="CNY",
        timezone="Asia/Shanghai",
        calendar="CN",
        price_moment="entry",
        legal=LegalBasis(
            document=number,
            authority=AUTHORITY,
            form="government_guided",
            source="a test",
            tick=50,
            notice_working_days=7,
            float_percent=20,
        ),
        collections=(
            RateLineCollection(
                collection_id="kerb-I",
                eligibility=Eligibility(
                    area_classes=frozenset({"I"}),
                    kinds=frozenset({"kerb"}),
                    vehicles=(VehicleRate(vehicle_class="small"),),
                ),
                lines=(
                    RateLine(
                        rule_id="day",
                        start=time(7),
                        end=time(19),
                        mode="per_unit",
                        unit_price=half_hour,
                        unit_s=1800,
                    ),
                    RateLine(rule_id="night", start=time(19), end=time(7), mode="per_use", unit_price=400),
                ),
                free=FreeAllowance(seconds=1800, when_exceeded="deducted"),
            ),
        ),
    )


def limit(mode: LimitMode, lowest: int, highest: int) -> PriceLimit:
    return PriceLimit(
        area_class="I",
        kind="kerb",
        vehicle_class="small",
        mode=mode,
        unit_s=1800 if mode == "per_unit" else None,
        lowest=lowest,
        highest=highest,
        tick=50,
    )


LIMITS: Final = {
    # 1.50 and a fifth more; the new document says 2.00.
    "doc-1": (limit("per_unit", 150, 180), limit("per_use", 400, 400)),
    "doc-2": (limit("per_unit", 200, 200), limit("per_use", 400, 400)),
}


def feature(what: str, key: str, **properties: object) -> dict[str, object]:
    names = {} if what in {"space", "price_document"} else {"name": key, "name_en": key}
    geometry = _POINT if what == "space" else None
    return {"type": "Feature", "id": key, "geometry": geometry, "properties": {"feature": what, **names, **properties}}


def features() -> list[dict[str, object]]:
    valid = {"valid_from": "2025-01-01T00:00:00+08:00"}
    return [
        feature("district", "370305"),
        *(
            feature("price_document", key, number=number, authority=AUTHORITY, form="government_guided", **valid)
            for key, number in DOCUMENTS.items()
        ),
        feature("zone", ZONE, district="370305", area_class="I", price_document="doc-1"),
        *(feature("segment", segment, zone=ZONE) for segment in SEGMENTS),
        *(feature("space", f"S-{segment}", zone=ZONE, kind="kerb", segment=segment) for segment in SEGMENTS),
    ]


async def build(database: Database, *, adopted: bool = True) -> None:
    """The street with its limits, and its first tariff taken over with the signs that stand."""
    async with database.transaction() as session:
        report = await import_collection(session, {"type": "FeatureCollection", "features": features()}, at=OPENING)
        assert report.errors == ()
        for document, allowed in LIMITS.items():
            await write_limits(session, document, allowed, by="li", at=OPENING)
        if adopted:
            first = await draft(session, table(), price_document_id="doc-1", prepared_by="li", at=OPENING)
            await adopt(
                session,
                "street",
                first.table.version,
                effective_from=OPENING,
                approved_by="wang",
                signs_seen_by="zhao",
                at=OPENING,
            )


async def dearer(session: AsyncSession, *, half_hour: int = 200, document: str = "doc-2") -> int:
    """A draft of the next version; its number."""
    kept = await draft(
        session,
        table(half_hour, number=DOCUMENTS[document]),
        price_document_id=document,
        prepared_by="li",
        at=zibo("2026-02-10T09:00"),
    )
    return kept.table.version


async def noticed(session: AsyncSession, version: int, *, effective_from: datetime = EFFECTIVE) -> RateVersion:
    """A draft, reviewed, and noticed on 11 February."""
    at = zibo("2026-02-11T09:00")
    await submit(session, "street", version, by="li", at=at, refuse_unsound=refuse_unsound)
    await review(session, "street", version, by="sun", at=at, opinion="符合文件", lawful=True)
    return await give_notice(
        session,
        "street",
        version,
        by="li",
        at=at,
        noticed_on=NOTICED,
        reference="区政府网站",
        effective_from=effective_from,
    )


async def published(session: AsyncSession, version: int, *, effective_from: datetime = EFFECTIVE) -> RateVersion:
    await noticed(session, version, effective_from=effective_from)
    at = zibo("2026-02-12T09:00")
    await approve(session, "street", version, by="wang", at=at)
    return await publish(session, "street", version, by="li", at=at)
