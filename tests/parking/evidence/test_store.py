"""Evidence in the database: sealed, looked at in writing, held and erased."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from parking.bus.codec import decode, fact_of
from parking.bus.tables import OutboxRow
from parking.db.unit_of_work import Database
from parking.domain.errors import InvalidInputError, NotFoundError
from parking.events.evidence import EvidenceErased, EvidenceSealed
from parking.evidence import custody, repository, service
from parking.evidence.model import EvidenceItem, RetentionRules, Upload
from parking.evidence.service import EvidenceStore
from parking.evidence.tables import EvidenceContentRow
from tests.parking.evidence.pictures import shown, telephone_jpeg
from tests.parking.sessions.city import SPACE, VAULT, build
from tests.parking.sessions.evidence import NINE

pytestmark = pytest.mark.service
STORE = EvidenceStore(VAULT)
RULES = RetentionRules()
JPEG = telephone_jpeg()
LONG_AFTER = NINE + timedelta(days=31)


async def kept(database: Database, **more: object) -> EvidenceItem:
    facts = {"content": JPEG, "captured_at": NINE, "source": "attendant", "by": "account:wang", "space_id": SPACE}
    async with database.transaction() as session:
        district_id = await session.scalar(text("SELECT district_id FROM district LIMIT 1"))
        return await STORE.keep(session, Upload(**{"district_id": district_id} | facts | more), at=NINE)


async def erased(database: Database, **after: float) -> int:
    async with database.transaction() as session:
        return await service.erase_over(session, RULES, at=NINE + timedelta(**after))


async def test_picture_is_sealed_looked_at_in_writing_and_erased_when_its_time_is_over(database: Database) -> None:
    await build(database)
    item = await kept(database, session_id="a stay")
    async with database.transaction() as session:
        sealed = (await session.scalars(select(EvidenceContentRow.sealed))).one()
        assert item.sha256 not in sealed.hex()
        assert b"\xff\xda" not in sealed[:400]
        same, content = await STORE.look(session, item.evidence_id, actor="account:li", purpose="A-17", at=NINE)
    assert same == item
    assert shown(content) == shown(JPEG)
    assert await erased(database, days=30) == 0
    assert await erased(database, days=30, seconds=1) == 1
    async with database.transaction() as session:
        gone = await service.known(session, item.evidence_id)
        assert (gone.session_id, gone.space_id, gone.captured_at) == (None, None, None)
        assert gone.sha256 == item.sha256
        with pytest.raises(NotFoundError) as refused:
            await STORE.look(session, item.evidence_id, actor="account:li", purpose="A-17", at=NINE)
        assert refused.value.code == "evidence_erased"
        chain = await repository.chain(session, item.evidence_id)
        told = [fact_of(decode(event)) for event in await session.scalars(select(OutboxRow.event))]
    assert [entry.deed for entry in chain] == ["received", "looked", "erased"]
    assert custody.first_break([custody.told(entry) for entry in chain]) is None
    assert [type(fact) for fact in told if isinstance(fact, EvidenceSealed | EvidenceErased)] == [
        EvidenceSealed,
        EvidenceErased,
    ]


async def test_chain_refuses_every_change_when_the_database_is_asked(database: Database) -> None:
    await build(database)
    await kept(database)
    for statement in ("UPDATE evidence_custody SET actor = 'x'", "DELETE FROM evidence_custody"):
        with pytest.raises(DBAPIError, match="append only"):
            async with database.transaction() as session:
                await session.execute(text(statement))


async def test_piece_stays_while_a_case_or_the_whole_stay_is_held(database: Database) -> None:
    await build(database)
    by_case = await kept(database)
    by_stay = await kept(database, session_id="a stay")
    async with database.transaction() as session:
        for _ in range(2):
            await service.hold(session, "case:1", [by_case.evidence_id], actor="system", at=NINE)
        await service.hold_stay(session, "appeal:1", "a stay", at=NINE)
    assert await erased(database, days=31) == 0
    async with database.transaction() as session:
        await service.release(session, "case:1", actor="account:li", at=LONG_AFTER)
    assert await erased(database, days=31) == 1
    async with database.transaction() as session:
        chain = await repository.chain(session, by_case.evidence_id)
        assert [entry.deed for entry in chain] == ["received", "held", "released", "erased"]
        await service.release(session, "appeal:1", actor="account:li", at=LONG_AFTER)
    assert await erased(database, days=31) == 1
    async with database.transaction() as session:
        assert await session.scalar(select(func.count()).select_from(EvidenceContentRow)) == 0
        assert (await service.known(session, by_stay.evidence_id)).erased_at is not None
        with pytest.raises(NotFoundError):
            await service.hold(session, "case:2", [by_case.evidence_id], actor="system", at=LONG_AFTER)


@pytest.mark.parametrize(("minutes", "code"), [(3, "captured_in_future"), (-30 * 24 * 60 - 1, "captured_too_long_ago")])
async def test_piece_is_refused_when_its_time_cannot_be(database: Database, minutes: int, code: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        await kept(database, captured_at=NINE + timedelta(minutes=minutes), district_id="")
    assert refused.value.code == code
