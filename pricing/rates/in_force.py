"""Which version charges at one place and instant: a new one only where its sign stands (street.md).

A place is a segment at the kerb and a facility off the street. A version takes effect there at the later of the instant
for which it was published and the confirmation of its sign; until then the one before stays. Where a version follows
and none before it ever had a sign, nothing is charged.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final, Literal, NamedTuple

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from parking.db.prepared import Prepared
from parking.db.unchanging import unchanging
from parking.domain.time_span import TimeSpan
from pricing.rates.model import RateTable
from pricing.rates.repository import RateInForce, table_of

NoRate = Literal["rate_missing", "sign_missing"]
"""No version was ever published for the place, or none whose sign stands."""

EFFECTS: Final = """
    SELECT coalesce(json_agg(json_build_array(rate_table_id, version, begins, since, document_from, document_to)
                             ORDER BY since, begins), '[]')::text
    FROM (
        SELECT a.rate_table_id, a.version, lower(a.valid) AS begins,
            CASE WHEN NOT a.await_signs THEN lower(a.valid)
                WHEN s.confirmed_at IS NOT NULL THEN greatest(lower(a.valid), s.confirmed_at) END AS since,
            d.valid_from AS document_from, d.valid_to AS document_to
        FROM rate_assignment a
        JOIN rate_table r ON r.rate_table_id = a.rate_table_id AND r.version = a.version
        JOIN price_document d ON d.price_document_id = r.price_document_id
        LEFT JOIN sign_task s ON s.assignment_id = a.assignment_id AND s.place_id IS NOT DISTINCT FROM {place_id}
        WHERE a.zone_id = {zone_id} AND a.kind = {kind} AND a.cancelled_at IS NULL
          AND a.valid && tstzrange(NULL, {until}, '[]')
    ) AS effect
"""
"""JSON as text, to stand within the statement that finds the place; for `effects_of`."""
_BODY = Prepared("SELECT body FROM rate_table WHERE rate_table_id = $1 AND version = $2")


class Effect(NamedTuple):
    """A version that is published for the place, and its price document."""

    rate_table_id: str
    version: int
    begins: datetime
    since: datetime | None
    """From when on its sign stands; None while that is not confirmed."""
    document_from: datetime
    document_to: datetime | None


def effects_of(found: str) -> tuple[Effect, ...]:
    """Read the value of `EFFECTS`."""
    return msgspec.json.decode(found, type=tuple[Effect, ...])


async def rate_of(session: AsyncSession, effects: Iterable[Effect], instant: datetime) -> RateInForce | NoRate:
    """The table that prices a stay which begins there at the instant, or why there is none.

    `effects` is what was published up to the instant or later.
    """
    found = [effect for effect in effects if effect.begins <= instant]
    if not found:
        return "rate_missing"
    standing = _timeline(found, instant)
    return await _rate(session, standing[-1]) if standing else "sign_missing"


async def changes_of(
    session: AsyncSession, effects: Iterable[Effect], start: datetime, end: datetime
) -> list[tuple[datetime, RateInForce]]:
    """Versions that took effect after the start and before the end, with the instant of each.

    `effects` is what was published up to the end or later. For tables whose prices follow every change
    (`price_moment = "as_you_go"`).
    """
    return [
        (effect.since, await _rate(session, effect))
        for effect in _timeline(effects, end)
        if effect.since is not None and start < effect.since < end
    ]


def _timeline(found: Iterable[Effect], until: datetime) -> list[Effect]:
    """The versions that really took effect, in order: a sign that comes late does not bring an older one back."""
    standing: list[Effect] = []
    for effect in found:
        if effect.since is None or effect.since > until or (standing and effect.begins < standing[-1].begins):
            continue
        if standing and standing[-1].since == effect.since:
            standing.pop()
        standing.append(effect)
    return standing


async def _rate(session: AsyncSession, effect: Effect) -> RateInForce:
    return RateInForce(await _table(session, effect), TimeSpan(effect.document_from, effect.document_to))


async def _table(session: AsyncSession, effect: Effect) -> RateTable:
    """The text of a version never changes, whatever becomes of its state; the database refuses it."""
    memory = unchanging(session)
    key = ("rate_table", effect.rate_table_id, effect.version)
    table = memory.get(key)
    if not isinstance(table, RateTable):
        body = await _BODY.value(session, effect.rate_table_id, effect.version)
        table = memory[key] = table_of(body)
    return table
