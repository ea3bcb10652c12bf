"""Writes that a client may repeat: the first answer is kept in the transaction that caused it, and given again.

A repetition that comes while the first call still runs waits for it: the row's key is unique, so its insert waits until
the first transaction has ended. A refusal rolls back and keeps nothing, so the same key may be used to try again.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from parking.db.prepared import Prepared
from parking.db.tables import IdempotencyRow
from parking.domain.errors import ConflictError, InvalidInputError

KEY_LIMIT: Final = 128
KEPT: Final = timedelta(days=90)
"""How long a write may be repeated. Who takes money refuses what was taken longer ago than this and has no answer here:
it may have been booked under an answer that is forgotten."""
_CLAIM: Final = Prepared(
    "INSERT INTO idempotency (scope, key, body_hash) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING true"
)
_KEEP: Final = Prepared("UPDATE idempotency SET status = $3, answer = $4 WHERE scope = $1 AND key = $2")
_encode = msgspec.json.Encoder(order="deterministic").encode


class KeyReusedError(ConflictError):
    """The key came before with another body."""

    code = "idempotency_key_reused"


class KeyInvalidError(InvalidInputError):
    """There is no key, or not one of 1 to 128 printable ASCII characters."""

    code = "idempotency_key_invalid"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the client gets, byte for byte the same at every repetition."""

    status: int
    body: bytes
    is_repeated: bool = False


def checked_key(key: str | None) -> str:
    """Raise `KeyInvalidError` for a missing or unusable key."""
    if key is None or not 1 <= len(key) <= KEY_LIMIT or not (key.isascii() and key.isprintable()):
        raise KeyInvalidError(f"send an Idempotency-Key of 1 to {KEY_LIMIT} printable ASCII characters")
    return key


def check_age(done_at: datetime, now: datetime) -> None:
    """Raise InvalidInputError (`too_old`) for what was done so long ago that its first answer may be forgotten."""
    if done_at < now - KEPT:
        raise InvalidInputError(f"this was done more than {KEPT.days} days ago; an operator decides", code="too_old")


async def first_answer(session: AsyncSession, *, scope: str, key: str) -> Answer | None:
    """What a key was answered; None for one that never came."""
    row = await session.get(IdempotencyRow, (scope, key))
    return (
        None
        if row is None or row.status is None or row.answer is None
        else Answer(row.status, row.answer, is_repeated=True)
    )


async def once(
    session: AsyncSession, *, scope: str, key: str, body: object, work: Callable[[], Awaitable[Answer]]
) -> Answer:
    """Do `work` for the first call of `key` within `scope`, give every later call the first answer.

    `scope` names who may repeat what (`payments:<key id>`), `body` is the decoded request: anything msgspec can write as
    JSON, so that spaces and the order of members do not make another body. Only its SHA-256 is kept. Runs in the
    caller's transaction. Raises `KeyReusedError` for another body, and whatever `work` raises.
    """
    digest = sha256(_encode(body)).digest()
    if await _CLAIM.row(session, scope, key, digest) is None:
        here = (IdempotencyRow.scope == scope, IdempotencyRow.key == key)
        first = (await session.execute(select(IdempotencyRow).where(*here))).scalar_one()
        if first.body_hash != digest or first.status is None or first.answer is None:
            raise KeyReusedError(f"the key {key!r} was used before for another request")
        return Answer(first.status, first.answer, is_repeated=True)
    answer = await work()
    await _KEEP.rows(session, scope, key, answer.status, answer.body)
    return answer


async def forget(session: AsyncSession, before: datetime) -> None:
    """Delete the answers given before that instant; a key that comes again later is a new one."""
    await session.execute(delete(IdempotencyRow).where(IdempotencyRow.created_at < before))
