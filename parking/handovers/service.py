"""Two persons hand evidence over: one prepares and says why it is lawful, another makes the package or refuses.

Every step runs in the caller's transaction and is an entry in the chain of each piece. What is handed over stays until the
hand-over is released, whatever its retention says.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from parking.bus import outbox
from parking.domain.clock import format_instant, to_micros
from parking.domain.errors import ConflictError, InvalidInputError, NotFoundError
from parking.domain.sortable_ids import new_sortable_id
from parking.events.evidence import EvidenceHandedOver
from parking.evidence import custody
from parking.evidence import repository as pieces
from parking.evidence import service as evidence
from parking.evidence.model import EvidenceItem
from parking.evidence.service import EvidenceStore
from parking.handovers import repository
from parking.handovers.model import MOST_PIECES, Handover, HandoverWish, State
from parking.handovers.package import Piece, sealed_package
from parking.handovers.signing import SigningKey, VerifyingKey
from parking.privacy.vault import PlateVault

SOURCE: Final = "parking.evidence"
Json = dict[str, Any]


class HandoverDesk:
    """One for each process."""

    def __init__(self, store: EvidenceStore, vault: PlateVault, key: SigningKey) -> None:
        self._store = store
        self._vault = vault
        self._key = key

    async def make(self, session: AsyncSession, handover_id: str, facts: Json, *, by: str, at: datetime) -> Handover:
        """The second person's yes: write, sign and seal the package.

        `facts` tell of the stays and checks that the pieces show, plates in clear. Raises as `decidable`, and
        NotFoundError `evidence_erased`, UnavailableError (`evidence_key_missing`, `plate_key_missing`).
        """
        handover = await decidable(session, handover_id, by=by)
        details: custody.Details = {
            "handover": handover_id,
            "authority": handover.authority,
            "case_number": handover.case_number,
        }
        for evidence_id in sorted(handover.evidence_ids):
            await evidence.append(session, evidence_id, "handed_over", actor=by, at=at, details=details)
        content = sealed_package(
            _told(handover, by, at), facts, await self._pieces(session, handover.evidence_ids), self._key
        )
        public = self._key.public
        await repository.note_key(session, public.key_id, public.raw, at)
        made = replace(
            handover,
            state="made",
            decided_by=by,
            decided_at=at,
            sha256=sha256(content).hexdigest(),
            size=len(content),
            key_id=public.key_id,
        )
        await repository.save(session, made)
        plate_key_id, sealed = self._vault.seal_content(content, _holder(handover_id))
        await repository.add_package(session, handover_id, plate_key_id=plate_key_id, sealed=sealed)
        fact = EvidenceHandedOver(
            handover_id=handover_id,
            district_id=handover.district_id,
            authority_kind=handover.authority_kind,
            evidence_ids=handover.evidence_ids,
            sha256=made.sha256 or "",
            handed_over_at=at,
        )
        await outbox.write(session, fact, source=SOURCE, at=at)
        return made

    async def collect(self, session: AsyncSession, handover_id: str, *, by: str, at: datetime) -> bytes:
        """The package, to be given to the authority; that it was fetched is an entry in every chain.

        Raises NotFoundError `handover_unknown`, ConflictError `handover_not_made`.
        """
        handover = await get(session, handover_id)
        stored = await repository.package_of(session, handover_id)
        if stored is None:
            raise ConflictError("there is no package of this hand-over, or not any more", code="handover_not_made")
        for evidence_id in sorted(handover.evidence_ids):
            details: custody.Details = {"handover": handover_id}
            await evidence.append(session, evidence_id, "collected", actor=by, at=at, details=details)
        return self._vault.open_content(*stored, _holder(handover_id))

    async def public_keys(self, session: AsyncSession) -> list[VerifyingKey]:
        """The present key first, then every other that ever signed. Raises UnavailableError `evidence_key_missing`."""
        present = self._key.public
        others = [VerifyingKey(raw) for raw in await repository.keys(session) if raw != present.raw]
        return [present, *others]

    async def _pieces(self, session: AsyncSession, evidence_ids: Sequence[str]) -> list[Piece]:
        found = []
        for evidence_id in evidence_ids:
            item, content = await self._store.open(session, evidence_id)
            chain = [custody.told(entry) for entry in await pieces.chain(session, evidence_id)]
            told = _told_piece(item)
            found.append(
                Piece(evidence_id=evidence_id, media_type=item.media_type, content=content, told=told, chain=chain)
            )
        return found


async def prepare(session: AsyncSession, wish: HandoverWish, *, by: str, at: datetime) -> Handover:
    """The first person's wish; from now on the pieces are held.

    Raises InvalidInputError (`handover_empty`, `handover_too_large`, `handover_mixed` for pieces of several districts),
    NotFoundError `evidence_unknown`.
    """
    evidence_ids = tuple(sorted(set(wish.evidence_ids)))
    if not evidence_ids:
        raise InvalidInputError("name the evidence that is handed over", code="handover_empty")
    if len(evidence_ids) > MOST_PIECES:
        raise InvalidInputError(f"a hand-over has {MOST_PIECES} pieces at most", code="handover_too_large")
    districts = {(await evidence.known(session, evidence_id)).district_id for evidence_id in evidence_ids}
    if len(districts) > 1:
        raise InvalidInputError("the evidence lies in several districts", code="handover_mixed")
    handover = Handover(
        handover_id=new_sortable_id(at),
        state="prepared",
        district_id=districts.pop(),
        authority_kind=wish.authority_kind,
        authority=wish.authority,
        legal_basis=wish.legal_basis,
        case_number=wish.case_number,
        reason=wish.reason,
        evidence_ids=evidence_ids,
        prepared_by=by,
        prepared_at=at,
        decided_by=None,
        decided_at=None,
        sha256=None,
        size=None,
        key_id=None,
        released_by=None,
        released_at=None,
    )
    await repository.add(session, handover)
    await evidence.hold(session, _holder(handover.handover_id), evidence_ids, actor=by, at=at)
    return handover


async def get(session: AsyncSession, handover_id: str) -> Handover:
    """Raises NotFoundError `handover_unknown`."""
    return _known(await repository.find(session, handover_id), handover_id)


async def decidable(session: AsyncSession, handover_id: str, *, by: str) -> Handover:
    """A hand-over that `by` may decide, locked.

    Raises NotFoundError `handover_unknown`, ConflictError (`handover_decided`, `second_person_needed`).
    """
    handover = await _in_state(session, handover_id, "prepared", "handover_decided")
    if handover.prepared_by == by:
        raise ConflictError("who prepared it does not decide it", code="second_person_needed")
    return handover


async def refuse(session: AsyncSession, handover_id: str, *, by: str, at: datetime) -> Handover:
    """The second person's no. Raises as `decidable`."""
    handover = await decidable(session, handover_id, by=by)
    refused = replace(handover, state="refused", decided_by=by, decided_at=at)
    await repository.save(session, refused)
    await evidence.release(session, _holder(handover_id), actor=by, at=at)
    return refused


async def release(session: AsyncSession, handover_id: str, *, by: str, at: datetime) -> Handover:
    """The authority needs it no longer: the package goes, and the pieces when their time is over.

    Raises NotFoundError `handover_unknown`, ConflictError `handover_not_made`.
    """
    handover = await _in_state(session, handover_id, "made", "handover_not_made")
    released = replace(handover, state="released", released_by=by, released_at=at)
    await repository.save(session, released)
    await repository.delete_package(session, handover_id)
    await evidence.release(session, _holder(handover_id), actor=by, at=at)
    return released


async def _in_state(session: AsyncSession, handover_id: str, state: State, code: str) -> Handover:
    handover = _known(await repository.find(session, handover_id, lock=True), handover_id)
    if handover.state != state:
        raise ConflictError(f"this hand-over is {handover.state}", code=code)
    return handover


def _told(handover: Handover, decided_by: str, at: datetime) -> Json:
    return {
        "handover": handover.handover_id,
        "district": handover.district_id,
        "authority": {"kind": handover.authority_kind, "name": handover.authority},
        "legal_basis": handover.legal_basis,
        "case_number": handover.case_number,
        "reason": handover.reason,
        "prepared_by": handover.prepared_by,
        "prepared_at": format_instant(to_micros(handover.prepared_at)),
        "made_by": decided_by,
        "made_at": format_instant(to_micros(at)),
    }


def _told_piece(item: EvidenceItem) -> Json:
    return {
        "received_sha256": item.received_sha256,
        "captured_at": format_instant(to_micros(item.captured_at or item.received_at)),
        "received_at": format_instant(to_micros(item.received_at)),
        "source": item.source,
        "brought_by": item.brought_by,
        "session": item.session_id,
        "space": item.space_id,
        "check": item.check_id,
    }


def _holder(handover_id: str) -> str:
    return f"handover:{handover_id}"


def _known(handover: Handover | None, handover_id: str) -> Handover:
    if handover is None:
        raise NotFoundError(f"there is no hand-over {handover_id[:64]!r}", code="handover_unknown")
    return handover
