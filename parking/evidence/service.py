"""Takes evidence in, lets it be seen, holds and erases it; each of these is an entry in its chain of custody.

Every method works in the caller's transaction. The content is sealed under the keys of the plate vault, because what
evidence shows most of the time is a plate.
"""

from collections.abc import Collection
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from parking.bus import outbox
from parking.domain.errors import NotFoundError
from parking.domain.sortable_ids import new_sortable_id
from parking.events.evidence import EvidenceErased, EvidenceSealed
from parking.evidence import custody, repository
from parking.evidence.content import cleaned
from parking.evidence.custody import CustodyEntry, Deed, Details
from parking.evidence.model import EvidenceItem, RetentionClass, RetentionRules, Upload, check_captured
from parking.privacy.vault import PlateVault

SOURCE: Final = "parking.evidence"
PLATFORM: Final = "system"
"""Who does what the clock does."""
ERASED_TOGETHER: Final = 200
_CLASSES: Final[tuple[RetentionClass, ...]] = ("picture", "document")


class EvidenceStore:
    """One for each process."""

    def __init__(self, vault: PlateVault) -> None:
        self._vault = vault

    async def keep(
        self, session: AsyncSession, upload: Upload, *, at: datetime, documents: bool = False
    ) -> EvidenceItem:
        """Clean, seal and store one piece and begin its chain.

        Raises InvalidInputError (`evidence_too_large`, `evidence_unreadable`, `captured_in_future`,
        `captured_too_long_ago`), UnavailableError `plate_key_missing`.
        """
        check_captured(upload.captured_at, at)
        kept = cleaned(upload.content, documents=documents)
        evidence_id = new_sortable_id(at)
        item = EvidenceItem(
            evidence_id=evidence_id,
            media_type=kept.media_type,
            retention=kept.retention,
            size=len(kept.content),
            width=kept.width,
            height=kept.height,
            sha256=sha256(kept.content).hexdigest(),
            received_sha256=sha256(upload.content).hexdigest(),
            captured_at=upload.captured_at.astimezone(UTC),
            received_at=at,
            source=upload.source,
            brought_by=upload.by,
            district_id=upload.district_id,
            session_id=upload.session_id,
            space_id=upload.space_id,
            check_id=upload.check_id,
            erased_at=None,
        )
        key_id, sealed = self._vault.seal_content(kept.content, evidence_id)
        await repository.add(session, item, key_id=key_id, sealed=sealed)
        details: Details = {
            "sha256": item.sha256,
            "received_sha256": item.received_sha256,
            "media_type": item.media_type,
            "source": item.source,
        }
        await append(session, evidence_id, "received", actor=upload.by, at=at, details=details)
        await outbox.write(session, _sealed(item), source=SOURCE, at=at)
        return item

    async def look(
        self, session: AsyncSession, evidence_id: str, *, actor: str, purpose: str, at: datetime
    ) -> tuple[EvidenceItem, bytes]:
        """The content, for `actor`, whose look is written down. Raises as `open`."""
        item, content = await self.open(session, evidence_id)
        await append(session, evidence_id, "looked", actor=actor, at=at, details={"purpose": purpose})
        return item, content

    async def open(self, session: AsyncSession, evidence_id: str) -> tuple[EvidenceItem, bytes]:
        """The content; whoever calls this writes down what becomes of it.

        Raises NotFoundError (`evidence_unknown`, `evidence_erased`), `PlateUnreadableError`.
        """
        item = await known(session, evidence_id)
        stored = await repository.content_of(session, evidence_id)
        if stored is None:
            raise NotFoundError("the retention of this evidence is over", code="evidence_erased")
        return item, self._vault.open_content(*stored, evidence_id)


async def known(session: AsyncSession, evidence_id: str) -> EvidenceItem:
    """What is known of a piece. Raises NotFoundError `evidence_unknown`."""
    item = await repository.find(session, evidence_id)
    if item is None:
        raise NotFoundError(f"there is no evidence {evidence_id[:64]!r}", code="evidence_unknown")
    return item


async def listed(
    session: AsyncSession,
    *,
    district_id: str | None = None,
    session_id: str | None = None,
    space_id: str | None = None,
    check_id: int | None = None,
    after: str | None = None,
    limit: int = 100,
) -> list[EvidenceItem]:
    """Newest first; nothing of what a piece shows is told."""
    return await repository.listed(
        session,
        district_id=district_id,
        session_id=session_id,
        space_id=space_id,
        check_id=check_id,
        after=after,
        limit=limit,
    )


async def append(
    session: AsyncSession, evidence_id: str, deed: Deed, *, actor: str, at: datetime, details: Details | None = None
) -> CustodyEntry:
    """Write the next entry of a piece's chain; the piece is locked, so that no two entries have one number.

    Raises NotFoundError `evidence_unknown`.
    """
    if await repository.find(session, evidence_id, lock=True) is None:
        raise NotFoundError(f"there is no evidence {evidence_id[:64]!r}", code="evidence_unknown")
    last = await repository.last_entry(session, evidence_id)
    entry = custody.following(
        last, evidence_id=evidence_id, at=at, actor=actor, deed=deed, details={} if details is None else details
    )
    await repository.add_entry(session, entry)
    return entry


async def hold(session: AsyncSession, holder: str, evidence_ids: Collection[str], *, actor: str, at: datetime) -> None:
    """Keep pieces beyond their retention until `release`; held twice by one holder has no effect.

    Raises NotFoundError `evidence_unknown`, also for what is erased.
    """
    missing = await repository.missing(session, sorted(evidence_ids))
    if missing:
        raise NotFoundError(f"there is no evidence {missing[0][:64]!r}", code="evidence_unknown")
    # In one order everywhere, so that two that hold the same pieces never wait for each other.
    for evidence_id in sorted(evidence_ids):
        if await repository.hold(session, holder, evidence_id=evidence_id, session_id=None, at=at):
            await append(session, evidence_id, "held", actor=actor, at=at, details={"holder": holder})


async def hold_stay(session: AsyncSession, holder: str, session_id: str, *, at: datetime) -> None:
    """Keep all evidence of a stay, also what is still to come."""
    await repository.hold(session, holder, evidence_id=None, session_id=session_id, at=at)


async def release(session: AsyncSession, holder: str, *, actor: str, at: datetime) -> None:
    """End everything that the holder holds; what is over then goes with the next erasure."""
    for evidence_id in await repository.release(session, holder, at):
        await append(session, evidence_id, "released", actor=actor, at=at, details={"holder": holder})


async def erase_over(session: AsyncSession, rules: RetentionRules, *, at: datetime) -> int:
    """Erase a batch of what is over and not held; answers how many. Each erasure proves itself by an event."""
    count = 0
    for kind in _CLASSES:
        items = await repository.over(session, kind, at - rules.of(kind), ERASED_TOGETHER)
        for item in items:
            await append(session, item.evidence_id, "erased", actor=PLATFORM, at=at, details={"retention": kind})
        await repository.erase(session, [item.evidence_id for item in items], at)
        facts = [EvidenceErased(evidence_id=item.evidence_id, sha256=item.sha256, erased_at=at) for item in items]
        await outbox.write(session, *facts, source=SOURCE, at=at)
        count += len(items)
    return count


def _sealed(item: EvidenceItem) -> EvidenceSealed:
    return EvidenceSealed(
        evidence_id=item.evidence_id,
        session_id=item.session_id,
        space_id=item.space_id,
        media_type=item.media_type,
        sha256=item.sha256,
        source=item.source,
        captured_at=item.captured_at or item.received_at,
        received_at=item.received_at,
    )
