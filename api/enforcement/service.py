"""Answers checks and writes each one down before it is answered. Checks that wait together share one transaction.

Each check must be on disk before its answer leaves, and a disk flushes only so often: whoever comes first takes all that
wait along, so that the number of checks a second is not the number of commits.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.accounts.model import Caller
from api.auth.model import ForbiddenError
from api.enforcement import repository
from api.enforcement.model import CheckRules, Facts, Question, Verdict, verdict
from parking.db.unit_of_work import Database
from parking.domain.clock import Clock
from parking.domain.errors import InvalidInputError, NotFoundError, ParkingError
from parking.domain.plates import mask, normalise
from parking.privacy.vault import PlateVault

MOST_TOGETHER: Final = 64
CLOCK_SKEW: Final = timedelta(minutes=1)
"""So much the clock of an inspector's telephone may be ahead."""
VEHICLES_KEPT: Final = timedelta(days=30)
CHECKS_KEPT: Final = timedelta(days=180)


@dataclass(frozen=True, kw_only=True)
class Checked:
    """One answered check."""

    check_id: int
    question: Question
    facts: Facts
    verdict: Verdict
    masked: str | None
    """The plate as it may be shown."""


_Answer = tuple[int, Facts, Verdict]


class CheckDesk:
    """One for each process."""

    def __init__(self, database: Database, vault: PlateVault, clock: Clock, rules: CheckRules) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._rules = rules
        self._waiting: list[tuple[Question, asyncio.Future[_Answer]]] = []
        self._turn = asyncio.Lock()

    async def check(self, caller: Caller, *, plate: str | None, space_id: str | None, at: datetime | None) -> Checked:
        """Facts about a vehicle, a space, or a vehicle on a space, now or some minutes ago.

        Raises InvalidInputError (`check_empty`, `instant_out_of_reach`), `PlateInvalidError`, NotFoundError
        (`space_unknown`), ForbiddenError (`district_forbidden`), UnavailableError (`plate_key_missing`).
        """
        if plate is None and space_id is None:
            raise InvalidInputError("give a plate, a space or both", code="check_empty")
        now = self._clock()
        if at is not None and not now - self._rules.look_back <= at <= now + CLOCK_SKEW:
            minutes = self._rules.look_back // timedelta(minutes=1)
            raise InvalidInputError(f"a check reaches {minutes} minutes back", code="instant_out_of_reach")
        question = Question(
            tokens=() if plate is None else self._vault.tokens_of(plate),
            space_id=space_id,
            at=now if at is None else min(at, now),
            asked_now=now,
            actor=caller.actor,
            district_id=caller.district_id,
        )
        check_id, facts, said = await self._answered(question)
        masked = None if plate is None else mask(normalise(plate))
        return Checked(check_id=check_id, question=question, facts=facts, verdict=said, masked=masked)

    async def _answered(self, question: Question) -> _Answer:
        mine: asyncio.Future[_Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, mine))
        async with self._turn:
            if not mine.done():
                await self._answer_waiting(mine)
        return await mine

    async def _answer_waiting(self, mine: asyncio.Future[_Answer]) -> None:
        while not mine.done():
            taken = [one for one in self._waiting[:MOST_TOGETHER] if not one[1].cancelled()]
            self._waiting = self._waiting[MOST_TOGETHER:]
            try:
                await self._answer(taken)
            except Exception as error:  # noqa: BLE001 - each of them learns what stopped it
                _fail(taken, error)
            finally:
                # Who asked first may leave in the middle; the others then take their turn.
                self._waiting = [one for one in taken if not one[1].done()] + self._waiting

    async def _answer(self, taken: Sequence[tuple[Question, "asyncio.Future[_Answer]"]]) -> None:
        async with self._database.transaction() as session:
            answers = await answered(session, [question for question, _ in taken], self._rules)
        for (_, future), answer in zip(taken, answers, strict=True):
            if future.done():
                continue
            if isinstance(answer, ParkingError):
                future.set_exception(answer)
            else:
                future.set_result(answer)


async def answered(
    session: AsyncSession, questions: Sequence[Question], rules: CheckRules
) -> list[_Answer | ParkingError]:
    """In the caller's transaction, for each question its answer or its refusal; refused ones are not written down."""
    found = await repository.facts(session, questions, max(rules.grace, rules.just_ended))
    answers: list[_Answer | ParkingError] = []
    good = [number for number, asked in enumerate(questions) if _refusal(asked, found[number]) is None]
    said = {number: verdict(questions[number], found[number], rules) for number in good}
    ids = await repository.log(session, [(questions[number], said[number]) for number in good]) if good else []
    numbered = dict(zip(good, ids, strict=True))
    for number, asked in enumerate(questions):
        refusal = _refusal(asked, found[number])
        answers.append((numbered[number], found[number], said[number]) if refusal is None else refusal)
    return answers


async def forget(session: AsyncSession, now: datetime) -> None:
    """Forget vehicles after a month and checks after half a year."""
    await repository.forget(session, vehicles_before=now - VEHICLES_KEPT, rows_before=now - CHECKS_KEPT)


def _refusal(asked: Question, facts: Facts) -> ParkingError | None:
    if asked.space_id is None:
        return None
    if facts.place is None:
        return NotFoundError(f"there is no space {asked.space_id[:64]!r}", code="space_unknown")
    if asked.district_id is not None and asked.district_id != facts.place.district_id:
        return ForbiddenError(f"this is outside your district {asked.district_id}", code="district_forbidden")
    return None


def _fail(taken: Sequence[tuple[Question, "asyncio.Future[_Answer]"]], error: Exception) -> None:
    for _, future in taken:
        if not future.done():
            future.set_exception(error)
