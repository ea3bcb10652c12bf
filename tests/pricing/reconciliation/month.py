"""June 2026 of two concessions in one district: money, devices and their silence, written as the other rooms leave it."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from parking.db.unit_of_work import Database
from parking.domain.money import Money
from parking.occupancy.partitions import ensure_partitions
from parking.sessions.tables import SessionRow
from pricing.quotes.tables import FeeRow
from pricing.reconciliation import terms as contracts
from pricing.reconciliation.model import Terms
from pricing.settlement import service
from pricing.settlement.model import Payment, PaymentWish, RefundWish
from tests.api.small_city import build, feature, named, point

ZIBO = ZoneInfo("Asia/Shanghai")
JUNE = date(2026, 6, 1)
START = datetime(2026, 6, 1, tzinfo=ZIBO)
END = datetime(2026, 7, 1, tzinfo=ZIBO)
_FROM = "2026-01-01T00:00:00+08:00"
PLACES = [
    feature("district", "D", None, admin_code="370303", **named("张店区", "Zhangdian")),
    feature("operator", "OURS", None, **named("甲公司", "First")),
    feature("operator", "RIVAL", None, **named("乙公司", "Rival")),
    feature("zone", "Z", None, district="D", area_class="I", **named("中心路", "Centre Road")),
    feature("zone", "Y", None, district="D", area_class="I", **named("新村路", "Village Road")),
    feature("concession", "C1", None, operator="OURS", payee="甲", zones=["Z"], valid_from=_FROM),
    feature("concession", "C2", None, operator="RIVAL", payee="乙", zones=["Y"], valid_from=_FROM),
    feature("segment", "Z-N", None, zone="Z", **named("北侧", "North side")),
    feature("space", "S1", point(118.05, 36.81), zone="Z", kind="kerb", segment="Z-N"),
]


async def make_places(database: Database) -> None:
    await build(database, PLACES)
    async with database.transaction() as session:
        await ensure_partitions(session, [date(2026, 4, 1), date(2026, 5, 1), JUNE, date(2026, 7, 1)])


def terms(concession_id: str = "C1", **changed: object) -> Terms:
    values: dict[str, object] = {
        "concession_id": concession_id,
        "operator_id": "OURS" if concession_id == "C1" else "RIVAL",
        "valid_from": JUNE,
        "valid_to": None,
        "fee_share": 3500,
        "online_threshold": 9500,
        "deduction": 50_000,
        "currency": "CNY",
        "time_zone": "Asia/Shanghai",
    }
    return Terms(**(values | changed))  # type: ignore[arg-type] # a test names what it changes


async def set_terms(database: Database, *all_terms: Terms) -> None:
    async with database.transaction() as session:
        for one in all_terms:
            await contracts.set_terms(session, one, by="account:boss", at=START)


async def add_stay(
    session: AsyncSession, session_id: str, at: datetime, zone: str = "Z", plate: str | None = "token"
) -> None:
    session.add(
        SessionRow(
            session_id=session_id,
            space_id="S1",
            zone_id=zone,
            state="ended",
            started_at=at - timedelta(minutes=30),
            started_earliest=at - timedelta(minutes=30),
            ended_at=at,
            ended_earliest=at,
            ended_latest=at,
            start_source="terminal",
            end_source="terminal",
            vehicle_class="small",
            plate_token=plate,
            gaps=[],
            evidence=[],
        )
    )
    await session.flush()


async def add_bill(session: AsyncSession, session_id: str, amount: int, at: datetime, zone: str = "Z") -> None:
    await add_stay(session, session_id, at, zone)
    session.add(
        FeeRow(
            session_id=session_id,
            space_id="S1",
            zone_id=zone,
            amount=amount,
            currency="CNY",
            lines=[],
            is_attributed=True,
            issued_at=at,
        )
    )
    await session.flush()
    await service.open_bill(session, session_id)


async def pay(
    session: AsyncSession, session_id: str, amount: int, at: datetime, *, zone: str = "Z", provider: bool = False
) -> Payment:
    """A stay, its bill and its payment; through the test provider or into the drawer of T1."""
    await add_bill(session, session_id, amount, at, zone)
    wish = PaymentWish(
        session_id=session_id,
        amount=Money(amount),
        method="test" if provider else "cash",
        paid_at=at,
        taken_by="test",
        drawer_id=None if provider else "T1",
        provider_reference=f"P-{session_id}" if provider else None,
        is_collected=True,
    )
    return await service.pay(session, wish)


async def give_back(session: AsyncSession, payment: Payment, amount: int, at: datetime) -> str:
    wish = RefundWish(
        payment_id=payment.payment_id, amount=Money(amount), reason="wrong plate", refunded_at=at, given_by="test"
    )
    return (await service.refund(session, wish)).refund_id


async def equip(database: Database, count: int, *, heard: int, zone: str = "Z") -> None:
    """`count` spaces with a device since May; the first `heard` of them have spoken on 20 May."""
    values = {"count": count, "heard": heard, "zone": zone}
    async with database.transaction() as session:
        for statement in _EQUIP:
            await session.execute(text(statement), values)


async def silence(database: Database, first: int, last: int, start: datetime, hours: int, zone: str = "Z") -> None:
    """The devices `first` to `last` fall silent at `start` and speak again `hours` later."""
    spoken = start + timedelta(hours=hours)
    async with database.transaction() as session:
        for at, belief, reason in ((start, "unknown", "silent"), (spoken, "vacant", None)):
            values = {"first": first, "last": last, "zone": zone, "at": at, "belief": belief, "reason": reason}
            await session.execute(text(_CHANGE), values | {"change": f"{at.astimezone(UTC):%m%d%H}-{belief}"})


_EQUIP = (
    """
    INSERT INTO device (device_id, vendor, model, version, heartbeat_s)
    SELECT 'd-' || :zone || '-' || n, 'Generic', 'JSON', '1', 60
    FROM generate_series(1, CAST(:count AS int)) AS n WHERE :heard >= 0
    """,
    """
    INSERT INTO space (space_id, zone_id, kind, use, geometry, in_service)
    SELECT :zone || '-' || n, CAST(:zone AS text), 'kerb', 'ordinary', '{"type": "Point", "coordinates": [118, 36]}', true
    FROM generate_series(1, CAST(:count AS int)) AS n WHERE :heard >= 0
    """,
    """
    INSERT INTO device_binding (device_id, space_id, valid)
    SELECT 'd-' || :zone || '-' || n, :zone || '-' || n, tstzrange('2026-05-10T00:00:00Z', NULL)
    FROM generate_series(1, CAST(:count AS int)) AS n WHERE :heard >= 0
    """,
    """
    INSERT INTO space_state_change (at, shard, change_id, item, space_id, zone_id, status, previous_status, belief,
        since, evidence, device_id)
    SELECT '2026-05-20T00:00:00Z', 0, CAST(:zone AS text) || '-first', n, :zone || '-' || n, CAST(:zone AS text),
        'vacant', 'unknown', 'vacant', '2026-05-20T00:00:00Z', 'startup', 'd-' || :zone || '-' || n
    FROM generate_series(1, CAST(:heard AS int)) AS n WHERE :count > 0
    """,
)
_CHANGE = """
    INSERT INTO space_state_change (at, shard, change_id, item, space_id, zone_id, status, previous_status, belief,
        since, evidence, device_id, reason)
    SELECT CAST(:at AS timestamptz), 0, CAST(:change AS text), n, :zone || '-' || n, CAST(:zone AS text),
        CAST(:belief AS text), 'vacant', CAST(:belief AS text), CAST(:at AS timestamptz), 'telemetry',
        'd-' || :zone || '-' || n, CAST(:reason AS text)
    FROM generate_series(CAST(:first AS int), CAST(:last AS int)) AS n
"""
