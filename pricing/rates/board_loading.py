"""Reads the price board from the database, with the places whose sign waits now or will when a version begins."""

from collections import Counter
from collections.abc import Collection
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from parking.db.city_calendar import calendars_of
from pricing.rates.board import Board
from pricing.rates.model import Posting
from pricing.rates.repository import postings_after
from pricing.rates.signs import SignException, exceptions, tasks_of


async def load_board(session: AsyncSession, now: datetime) -> Board:
    """What is in force at the instant and what comes later, so that the board switches by itself."""
    postings = await postings_after(session, now)
    waiting: dict[tuple[object, ...], SignException] = {}
    for instant in sorted({now, *(posting.start for posting in postings if posting.start > now)}):
        waiting |= {one[:3] + one[5:7]: one for one in await exceptions(session, instant)}
    unsigned = await _unsigned(session, postings, waiting.values())
    return Board(postings, waiting.values(), unsigned, calendars_of(session))


async def _unsigned(
    session: AsyncSession, postings: list[Posting], waiting: Collection[SignException]
) -> list[Posting]:
    """The postings all of whose signs wait."""
    asked = Counter((one.zone_id, one.kind, one.rate_table_id, one.version) for one in waiting)
    signs: Counter[tuple[str, str, str, int]] = Counter()
    for rate_table_id, version in {(name[2], name[3]) for name in asked}:
        for task in await tasks_of(session, rate_table_id, version):
            signs[task.zone_id, task.kind, rate_table_id, version] += 1
    bare = {name for name, count in asked.items() if count >= signs[name]}
    return [
        posting
        for posting in postings
        if (posting.zone_id, posting.kind, posting.table.rate_table_id, posting.table.version) in bare
    ]
