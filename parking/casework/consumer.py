"""Listens to what a person must look at and opens cases: once per event, once per contradiction."""

from collections.abc import Sequence
from itertools import groupby
from typing import Final, cast, get_args

from sqlalchemy.ext.asyncio import AsyncSession

from parking.bus import inbox
from parking.bus.codec import fact_of
from parking.bus.ports import Subscription
from parking.casework import service
from parking.casework.model import ContradictionKind, Finding
from parking.db.unit_of_work import Database
from parking.domain.clock import Clock
from parking.events.arrears import AppealDecided, AppealFiled
from parking.events.envelope import CloudEvent
from parking.events.fact import Fact
from parking.events.session import SessionContradicted, SessionEnded
from parking.events.vehicle import VehicleOverstaySuspected
from parking.evidence import service as evidence

CONSUMER: Final = "casework"
_KNOWN: Final = frozenset(get_args(ContradictionKind))
_HEARD: Final = (SessionContradicted, VehicleOverstaySuspected, SessionEnded, AppealFiled, AppealDecided)
_TYPES: Final = frozenset(fact.TYPE for fact in _HEARD)


class CaseOpener:
    """The consumer `casework`; what it does for events is one transaction with the note that it was done."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @property
    def subscription(self) -> Subscription:
        return Subscription(consumer=CONSUMER, types=_TYPES, handler=self.handle, together=self.handle_together)

    async def handle(self, event: CloudEvent) -> None:
        """Raises what the database raises; then nothing has happened and the bus delivers again."""
        await self.handle_together([event])

    async def handle_together(self, events: Sequence[CloudEvent]) -> None:
        """Ends that follow each other are looked up at once: of nearly all of them there is no case."""
        async with self._database.transaction() as session:
            facts = [fact_of(event) for event in await inbox.first_times(session, CONSUMER, events)]
            for are_ends, run in groupby(facts, key=lambda fact: isinstance(fact, SessionEnded)):
                if are_ends:
                    ended = {fact.session_id for fact in run if isinstance(fact, SessionEnded)}
                    await service.resolve(session, ended, at=self._clock())
                    continue
                for fact in run:
                    await self._take(session, fact)

    async def _take(self, session: AsyncSession, fact: Fact) -> None:
        now = self._clock()
        match fact:
            case SessionContradicted():
                await service.file(session, _contradiction(fact), at=now)
            case VehicleOverstaySuspected():
                await service.file(session, _overstay(fact), at=now)
            case AppealFiled():
                # Until a person has decided, what the stay shows may be what the objection is about.
                await evidence.hold_stay(session, f"appeal:{fact.appeal_id}", fact.session_id, at=now)
            case AppealDecided():
                await evidence.release(session, f"appeal:{fact.appeal_id}", actor=service.PLATFORM, at=now)
            case _:
                return


def _contradiction(fact: SessionContradicted) -> Finding:
    is_known = fact.reason in _KNOWN
    return Finding(
        kind=cast("ContradictionKind", fact.reason) if is_known else "contradicted",
        zone_id=fact.zone_id,
        seen_at=fact.observed_at,
        by=service.PLATFORM,
        space_id=fact.space_id,
        session_id=fact.session_id,
        words=None if is_known else fact.reason,
    )


def _overstay(fact: VehicleOverstaySuspected) -> Finding:
    return Finding(
        kind="overstay",
        zone_id=fact.zone_id,
        seen_at=fact.suspected_at,
        by=service.PLATFORM,
        space_id=fact.space_id,
        session_id=fact.session_id,
    )
