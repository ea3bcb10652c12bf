"""Which version charges at one place and instant: a new one only where its sign stands (street.md).

A place is a segment at the kerb and a facility off the street. A version takes effect there at the later of the instant
for which it was published and the confirmation of its sign; until then the one before stays. Where a version follows
and none before it ever had a sign, nothing is charged.
"""

from datetime import datetime
from typing import Literal, NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from parking.domain.time_span import TimeSpan
from pricing.rates.repository import RateInForce, table_of

NoRate = Literal["rate_missing", "sign_missing"]
"""No version was ever published for the place, or none whose sign stands."""

_TIMELINE = text("""
    SELECT a.rate_table_id, a.version, lower(a.valid) AS begins,
        CASE WHEN NOT a.await_signs THEN lower(a.valid)
            WHEN s.confirmed_at IS NOT NULL THEN greatest(lower(a.valid), s.confirmed_at) END AS since
    FROM rate_assignment a
    LEFT JOIN sign_task s ON s.assignment_id = a.assignment_id AND s.place_id IS NOT DISTINCT FROM :place_id
    WHERE a.zone_id = :zone_id AND a.kind = :kind AND a.cancelled_at IS NULL
      AND a.valid && tstzrange(NULL, :until, '[]')
    ORDER BY since, begins
""")
_BODY = text("""
    SELECT r.body, d.valid_from, d.valid_to
    FROM rate_table r JOIN price_document d ON d.price_document_id = r.price_document_id
    WHERE r.rate_table_id = :rate_table_id AND r.version = :version
""")


class _Effect(NamedTuple):
    rate_table_id: str
    version: int
    begins: datetime
    since: datetime | None
    """None while its sign is not confirmed."""


async def rate_at(
    session: AsyncSession, zone_id: str, kind: str, place_id: str | None, instant: datetime
) -> RateInForce | NoRate:
    """The table that prices a stay which begins there at the instant, or why there is none."""
    found = await _effects(session, zone_id, kind, place_id, instant)
    if not found:
        return "rate_missing"
    standing = _timeline(found, instant)
    return await _rate(session, standing[-1]) if standing else "sign_missing"


async def changes_within(
    session: AsyncSession, zone_id: str, kind: str, place_id: str | None, span: TimeSpan
) -> list[tuple[datetime, RateInForce]]:
    """Versions that took effect there within the span, after its start, with the instant of each; `end` is set.

    For tables whose prices follow every change (`price_moment = "as_you_go"`).
    """
    if span.end is None:
        raise ValueError("changes within a span that has no end")
    standing = _timeline(await _effects(session, zone_id, kind, place_id, span.end), span.end)
    return [
        (effect.since, await _rate(session, effect))
        for effect in standing
        if effect.since is not None and span.start < effect.since < span.end
    ]


async def _effects(
    session: AsyncSession, zone_id: str, kind: str, place_id: str | None, until: datetime
) -> list[_Effect]:
    wanted = {"zone_id": zone_id, "kind": kind, "place_id": place_id, "until": until}
    return [
        _Effect(row.rate_table_id, row.version, row.begins, row.since)
        for row in await session.execute(_TIMELINE, wanted)
    ]


def _timeline(found: list[_Effect], until: datetime) -> list[_Effect]:
    """The versions that really took effect, in order: a sign that comes late does not bring an older one back."""
    standing: list[_Effect] = []
    for effect in found:
        if effect.since is None or effect.since > until or (standing and effect.begins < standing[-1].begins):
            continue
        if standing and standing[-1].since == effect.since:
            standing.pop()
        standing.append(effect)
    return standing


async def _rate(session: AsyncSession, effect: _Effect) -> RateInForce:
    row = (await session.execute(_BODY, {"rate_table_id": effect.rate_table_id, "version": effect.version})).one()
    return RateInForce(table_of(row.body), TimeSpan(row.valid_from, row.valid_to))
