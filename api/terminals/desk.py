"""What a terminal may have done: stays, payments, refunds, closes. Every write is done once per key of its sender."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import msgspec
from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.accounts.model import Caller
from api.terminals import documents
from api.terminals.documents import Document
from api.terminals.late_grants import propose_the_rest
from api.terminals.schemas import DayClose, PaymentOrder, RefundOrder, SessionItem, SessionStart
from parking.db.idempotency import Answer, check_age, once
from parking.domain.clock import Clock
from parking.domain.errors import NotFoundError
from parking.places.tables import SpaceRow, ZoneRow
from parking.privacy.vault import PlateVault, SealedPlate
from parking.sessions import service as sessions
from parking.sessions.tables import SessionRow
from pricing.settlement import drawers, rules, service
from pricing.settlement.balances import balance_of
from pricing.settlement.model import PaymentWish, RefundWish

Work = Callable[[], Awaitable[Document]]


class TerminalDesk:
    """Use cases of terminals; each runs in the caller's transaction."""

    def __init__(self, plates: PlateVault, clock: Clock) -> None:
        self._plates = plates
        self._clock = clock

    async def start(self, session: AsyncSession, caller: Caller, key: str, order: SessionStart) -> Answer:
        """Raises what `sessions.start`, the plate vault and `once` raise."""

        async def work() -> Document:
            await _check_space(session, caller, order.space)
            begun = await sessions.start(
                session,
                space_id=order.space,
                started_at=order.started_at,
                source="terminal",
                now=self._clock(),
                plate=await self._sealed(session, order.plate),
                vehicle_class=order.vehicle.model_class,
                energy=order.vehicle.energy,
                by=caller.actor,
            )
            document = await documents.session_document(session, self._plates, begun.stay)
            return document | {"outcome": begun.outcome}

        return await self._once(session, caller, key, order, work)

    async def stop(self, session: AsyncSession, caller: Caller, session_id: str, ended_at: datetime) -> Document:
        """End a stay and issue its fee at once; one that has ended is answered as it is."""
        await check_stay(session, caller, session_id)
        now = self._clock()
        stay = await sessions.stop(session, session_id, ended_at=ended_at, source="terminal", now=now, by=caller.actor)
        await service.settle(session, session_id, at=now)
        return await documents.session_document(session, self._plates, stay)

    async def record(self, session: AsyncSession, caller: Caller, item: SessionItem) -> Answer:
        """A stay from an offline batch, with its fee when it is over."""

        async def work() -> Document:
            await _check_space(session, caller, item.space)
            begun = await self._recorded(session, caller, item)
            if begun.stay.state == "ended":
                await service.settle(session, begun.stay.session_id, at=self._clock(), granted=item.granted)
            document = await documents.session_document(session, self._plates, begun.stay)
            return document | {"outcome": begun.outcome}

        answer = await self._once(session, caller, item.id, item, work, done_at=item.at)
        known = msgspec.json.decode(answer.body)
        if answer.is_repeated and item.granted is not None and known.get("state") == "ended":
            await propose_the_rest(session, caller, known["id"], item.granted, self._clock())
        return answer

    async def pay(
        self, session: AsyncSession, caller: Caller, key: str, order: PaymentOrder, *, is_collected: bool = False
    ) -> Answer:
        """Raises what `settlement.service.pay` raises; with `is_collected` the money is there already."""
        balance = order.balance

        async def work() -> Document:
            await check_stay(session, caller, order.session)
            wish = PaymentWish(
                session_id=order.session,
                amount=order.amount.money(),
                method=order.method,
                paid_at=order.paid_at,
                taken_by=caller.actor,
                drawer_id=caller.name,
                account=None if balance is None else balance_of(balance),
                is_collected=is_collected,
            )
            bill, payment = await service.settle_and_pay(session, wish, at=self._clock())
            return documents.payment_document(payment, rules.paid_by(bill, payment))

        return await self._once(session, caller, key, order, work, done_at=order.paid_at)

    async def refund(self, session: AsyncSession, caller: Caller, key: str, order: RefundOrder) -> Answer:
        """Cash goes back out of the terminal's own drawer, or out of the one that took it when an operator decides."""

        async def work() -> Document:
            await check_stay(session, caller, await service.stay_of_payment(session, order.payment))
            wish = RefundWish(
                payment_id=order.payment,
                amount=order.amount.money(),
                reason=order.reason,
                refunded_at=order.refunded_at,
                given_by=caller.actor,
                drawer_id=caller.name if caller.role == "terminal" else None,
            )
            refund = await service.refund(session, wish)
            return documents.refund_document(refund, await service.bill_of(session, refund.session_id))

        return await self._once(session, caller, key, order, work, done_at=order.refunded_at)

    async def close(self, session: AsyncSession, caller: Caller, key: str, terminal_id: str, day: DayClose) -> Answer:
        async def work() -> Document:
            closed = await drawers.close_drawer(
                session,
                drawer_id=terminal_id,
                counted=day.counted.money(),
                closed_by=caller.actor,
                closed_at=self._clock(),
            )
            return documents.close_document(closed)

        return await self._once(session, caller, key, day, work)

    async def listed(
        self,
        session: AsyncSession,
        caller: Caller,
        *,
        space_id: str | None,
        plate: str | None,
        state: str | None,
        after: str | None,
        limit: int,
    ) -> tuple[list[Document], str | None]:
        """Stays in the caller's district, newest first, and where the next page begins."""
        found = await sessions.listed(
            session,
            zone_ids=await _zones_of(session, caller),
            space_id=space_id,
            plate_tokens=None if plate is None else self._plates.tokens_of(plate),
            state=state,
            after=after,
            limit=limit + 1,
        )
        page = found[:limit]
        shown = [await documents.session_document(session, self._plates, stay) for stay in page]
        return shown, page[-1].session_id if len(found) > limit else None

    async def _recorded(self, session: AsyncSession, caller: Caller, item: SessionItem) -> sessions.Begun:
        plate = await self._sealed(session, item.plate)
        members: dict[str, Any] = {
            "space_id": item.space,
            "started_at": item.started_at,
            "source": "terminal",
            "now": self._clock(),
            "plate": plate,
            "vehicle_class": item.vehicle.model_class,
            "energy": item.vehicle.energy,
            "by": caller.actor,
        }
        if item.ended_at is None:
            return await sessions.start(session, **members)
        return await sessions.record(session, ended_at=item.ended_at, **members)

    async def _sealed(self, session: AsyncSession, plate: str | None) -> SealedPlate | None:
        return None if plate is None else await self._plates.seal(session, plate, self._clock())

    async def _once(
        self,
        session: AsyncSession,
        caller: Caller,
        key: str,
        order: BaseModel,
        work: Work,
        *,
        done_at: datetime | None = None,
    ) -> Answer:
        """`done_at` is when the terminal did what it reports; raises InvalidInputError (`too_old`) as `check_age` says."""

        async def answer() -> Answer:
            if done_at is not None:
                check_age(done_at, self._clock())
            return Answer(201, msgspec.json.encode(await work()))

        # A terminal that got no answer grants free time meanwhile: its item is the same, and what came first counts.
        body = {"what": type(order).__name__} | order.model_dump(mode="json", exclude={"usage_before", "usage_after"})
        if body.get("plate"):
            # Plates are few enough to find one by trying all of them against a plain hash.
            body["plate"] = self._plates.tokens_of(body["plate"])[-1]
        return await once(session, scope=f"terminals:{caller.actor}", key=key, body=body, work=answer)


async def _check_space(session: AsyncSession, caller: Caller, space_id: str) -> None:
    statement = (
        select(ZoneRow.district_id)
        .join(SpaceRow, SpaceRow.zone_id == ZoneRow.zone_id)
        .where(SpaceRow.space_id == space_id)
    )
    district_id = await session.scalar(statement)
    if district_id is None:
        raise NotFoundError(f"there is no space {space_id!r}", code="space_unknown")
    caller.check_district(district_id)


async def check_stay(session: AsyncSession, caller: Caller, session_id: str) -> None:
    """Nothing to look up for who may do it in the whole city: what comes next knows whether there is such a stay."""
    if caller.district_id is None:
        return
    statement = (
        select(SessionRow.session_id, ZoneRow.district_id)
        .outerjoin(ZoneRow, ZoneRow.zone_id == SessionRow.zone_id)
        .where(SessionRow.session_id == session_id)
    )
    stay = (await session.execute(statement)).one_or_none()
    if stay is None:
        raise NotFoundError(f"there is no stay {session_id}", code="session_unknown")
    caller.check_district(stay.district_id or "")


async def _zones_of(session: AsyncSession, caller: Caller) -> list[str] | None:
    if caller.district_id is None:
        return None
    return list(await session.scalars(select(ZoneRow.zone_id).where(ZoneRow.district_id == caller.district_id)))
