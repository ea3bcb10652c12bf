"""Takes the items of a facility's batch, each in a transaction of its own and once under its own id."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Annotated, Any, Final

import msgspec
from pydantic import Field, TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession

from api.attempts import in_transaction
from api.auth.model import ApiKey, ForbiddenError
from api.gates.schemas import CountItem, EntryItem, ExitItem, Item, PaymentItem, TariffItem
from api.item_batch import RawItem, take_items
from parking.db.idempotency import KEPT, Answer, once
from parking.db.unit_of_work import Database
from parking.domain.clock import Clock
from parking.domain.errors import InvalidInputError
from parking.gates import service, stays
from parking.gates.model import FacilityCount, Passage, ReportedPayment
from parking.gates.repository import ReportingPlace, operators_at
from parking.privacy.vault import PlateVault
from pricing.settlement import service as settlement

_ITEM: Final[TypeAdapter[Item]] = TypeAdapter(Annotated[Item, Field(discriminator="kind")])
Document = dict[str, Any]


class GateDesk:
    """Use cases of gates and facilities; `take` opens its own transactions."""

    def __init__(self, database: Database, plates: PlateVault, clock: Clock) -> None:
        self._database = database
        self._plates = plates
        self._clock = clock

    async def take(self, key: ApiKey, facility_id: str, items: list[RawItem]) -> Document:
        """The answer is shaped as `schemas.TransactionReport`.

        Raises what `place_of` and `take_items` raise, and `ForbiddenError` (`facility_forbidden`).
        """
        place = await in_transaction(self._database, partial(self._place, key=key, facility_id=facility_id))
        by = f"key:{key.key_id}"

        async def take(raw: RawItem) -> tuple[str, Answer]:
            item = _ITEM.validate_python(raw)
            return item.id, await in_transaction(self._database, partial(self._taken, place=place, item=item, by=by))

        return await take_items(items, take)

    async def read(self, session: AsyncSession, facility_id: str, item: EntryItem | ExitItem, *, by: str) -> None:
        """Take what a camera of ours read at a gate, in the caller's transaction; once per id of the item.

        Raises `FacilityUnknownError`, and what the item itself is refused with.
        """
        await self._taken(session, await service.place_of(session, facility_id), item, by)

    async def _place(self, session: AsyncSession, key: ApiKey, facility_id: str) -> ReportingPlace:
        place = await service.place_of(session, facility_id)
        operators = await operators_at(session, place.zone_id, self._clock())
        if not key.reports_for(facility_id, place.district_id, operators):
            raise ForbiddenError(f"this key does not report for {facility_id!r}", code="facility_forbidden")
        return place

    async def _taken(self, session: AsyncSession, place: ReportingPlace, item: Item, by: str) -> Answer:
        if item.at < self._clock() - KEPT:
            raise InvalidInputError(f"this happened more than {KEPT.days} days ago", code="too_old")
        if isinstance(item, CountItem):
            # A count is the newest or nothing, so it needs no memory of its own: one comes every half minute.
            return await self._count(session, place, item)
        works: Callable[[], Awaitable[Document]]
        if isinstance(item, PaymentItem):
            works = partial(self._payment, session, place, item, by)
        elif isinstance(item, TariffItem):
            works = partial(self._tariff, session, place, item, by)
        else:
            works = partial(self._passage, session, place, item, by)

        async def work() -> Answer:
            return Answer(201, msgspec.json.encode(await works()))

        body = item.model_dump(mode="json")
        if body.get("plate"):
            # Plates are few enough to find one by trying all of them against a plain hash.
            body["plate"] = self._plates.tokens_of(body["plate"])[-1]
        answer = await once(session, scope=f"facilities:{place.facility_id}", key=item.id, body=body, work=work)
        return await self._with_fee(session, answer) if isinstance(item, ExitItem) else answer

    async def _with_fee(self, session: AsyncSession, answer: Answer) -> Answer:
        """What an exit owes now: the same question comes again until the driver has paid."""
        told: Document = msgspec.json.decode(answer.body)
        if "outcome" not in told:
            return answer
        if told["session"] is None:
            # Nobody knows of a stay, so nobody knows of a fee that could hold the car back.
            return replace(answer, body=msgspec.json.encode(told | {"fee": None, "left": None, "may_leave": True}))
        bill = await settlement.bill_of(session, told["session"])
        owed = {
            "fee": {"amount": bill.amount, "currency": bill.currency},
            "left": {"amount": bill.left, "currency": bill.currency},
            "may_leave": bill.left == 0,
        }
        return replace(answer, body=msgspec.json.encode(told | owed))

    async def _passage(
        self, session: AsyncSession, place: ReportingPlace, item: EntryItem | ExitItem, by: str
    ) -> Document:
        now = self._clock()
        plate = None if item.plate is None else await self._plates.seal(session, item.plate, now)
        passage = Passage(
            facility_id=place.facility_id,
            item_id=item.id,
            direction=item.kind,
            at=item.at,
            visit_id=item.visit,
            plate_token=None if plate is None else plate.token,
            lane=item.lane,
            fee=item.fee.money() if isinstance(item, ExitItem) and item.fee is not None else None,
        )
        await service.keep_passage(session, passage, now=now, by=by)
        at_gate = place.is_billed_at_gate(item.at)
        # A car that came in while we billed at the gate leaves as it came, whatever holds by then.
        if not at_gate and (place.billed_at_gate is None or isinstance(item, EntryItem)):
            return {"kind": item.kind}
        if isinstance(item, EntryItem):
            outcome, stay = await stays.follow_entry(
                session,
                place,
                passage,
                plate,
                now=now,
                by=by,
                vehicle_class=item.vehicle.model_class,
                energy=item.vehicle.energy,
            )
        else:
            outcome, stay = await stays.follow_exit(session, place, passage, plate, now=now, by=by)
        if stay is None and not at_gate:
            return {"kind": item.kind}
        if stay is not None and stay.state == "ended":
            await settlement.settle(session, stay.session_id, at=now)
        return {"kind": item.kind, "outcome": outcome, "session": None if stay is None else stay.session_id}

    async def _payment(self, session: AsyncSession, place: ReportingPlace, item: PaymentItem, by: str) -> Document:
        payment = ReportedPayment(
            facility_id=place.facility_id,
            item_id=item.id,
            at=item.at,
            visit_id=item.visit,
            plate_token=await self._token(session, item.plate),
            amount=item.amount.money(),
            method=item.method,
        )
        await service.keep_payment(session, place, payment, now=self._clock(), by=by)
        return {"kind": item.kind}

    async def _tariff(self, session: AsyncSession, place: ReportingPlace, item: TariffItem, by: str) -> Document:
        now = self._clock()
        await service.keep_tariff(session, place, item.id, item.tariff(), stated_at=item.at, now=now, by=by)
        return {"kind": item.kind}

    async def _count(self, session: AsyncSession, place: ReportingPlace, item: CountItem) -> Answer:
        count = FacilityCount(
            facility_id=place.facility_id,
            item_id=item.id,
            observed_at=item.at,
            capacity=item.capacity,
            vacant=item.vacant,
        )
        outcome = await service.keep_count(session, count, now=self._clock())
        answer = {"kind": item.kind, "outcome": outcome}
        return Answer(200, msgspec.json.encode(answer), is_repeated=outcome == "repeated")

    async def _token(self, session: AsyncSession, plate: str | None) -> str | None:
        return None if plate is None else (await self._plates.seal(session, plate, self._clock())).token
