"""Evidence as it comes over HTTP, by whoever may bring it: the bytes of one picture, once per Idempotency-Key."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Any, Final, get_args

from fastapi import Depends, Query, Request
from pydantic import AwareDatetime, BaseModel, Field
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.accounts.model import Caller
from api.deps import provided
from parking.db.idempotency import Answer, once
from parking.domain.errors import InvalidInputError, NotFoundError
from parking.evidence.model import EvidenceItem, EvidenceSource, MediaType, Upload
from parking.evidence.service import EvidenceStore
from parking.places.tables import SpaceRow, ZoneRow
from parking.sessions import pictures
from parking.sessions import service as sessions

Store = Annotated[EvidenceStore, Depends(provided(EvidenceStore))]
CapturedAt = Annotated[
    AwareDatetime | None, Query(description="By the clock of whoever took it; without it, the moment of receipt")
]
_ANY_BYTES: Final = "application/octet-stream"
_TAKEN: Final = frozenset({*get_args(MediaType), _ANY_BYTES})
_BINARY: Final = {"schema": {"type": "string", "format": "binary"}}


def body_of(*media_types: MediaType) -> dict[str, Any]:
    """For the document of the interface: the body is one picture or document, and its bytes say of which type."""
    return {"requestBody": {"required": True, "content": dict.fromkeys(media_types, _BINARY)}}


PICTURE_BODY: Final = body_of("image/jpeg", "image/png")


async def content_of(request: Request) -> bytes:
    """The whole body, read before any transaction begins: a telephone with little network is slow.

    Raises InvalidInputError `media_type_unsupported` before it reads what is no plain bytes; which picture they are, they say.
    """
    media_type = request.headers.get("content-type", _ANY_BYTES).partition(";")[0].strip().lower()
    if media_type not in _TAKEN or request.headers.get("content-encoding", "identity") != "identity":
        raise InvalidInputError(
            "send the bytes of one picture, as image/jpeg or image/png", code="media_type_unsupported"
        )
    return await request.body()


Content = Annotated[bytes, Depends(content_of)]


class EvidenceOut(BaseModel):
    """What is known of one piece; what it shows takes a look that is written down."""

    id: str
    media_type: MediaType
    size: int
    width: int | None
    height: int | None
    sha256: str = Field(description="Of what is kept, metadata cut out")
    received_sha256: str = Field(description="Of what was sent")
    captured_at: datetime | None = Field(description="Null once it is erased, as are stay, space and check")
    received_at: datetime
    source: EvidenceSource
    session: str | None
    space: str | None
    check: int | None
    erased_at: datetime | None

    @classmethod
    def of(cls, item: EvidenceItem) -> "EvidenceOut":
        return cls(
            id=item.evidence_id,
            media_type=item.media_type,
            size=item.size,
            width=item.width,
            height=item.height,
            sha256=item.sha256,
            received_sha256=item.received_sha256,
            captured_at=item.captured_at,
            received_at=item.received_at,
            source=item.source,
            session=item.session_id,
            space=item.space_id,
            check=item.check_id,
            erased_at=item.erased_at,
        )


class EvidenceList(BaseModel):
    """Newest first; `next` is null at the end."""

    evidence: list[EvidenceOut]
    next: str | None


@dataclass(frozen=True, kw_only=True)
class Bringing:
    """Who brings something, when, under which key, and from where."""

    caller: Caller
    key: str
    at: datetime
    captured_at: datetime | None
    source: EvidenceSource


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What a piece is about: a stay, a check or a space, and the district that this lies in."""

    district_id: str
    session_id: str | None = None
    space_id: str | None = None
    check_id: int | None = None


async def of_stay(session: AsyncSession, caller: Caller, session_id: str) -> Subject:
    """Raises NotFoundError `session_unknown`, ForbiddenError `district_forbidden`."""
    stay = await sessions.get(session, session_id)
    district_id = await session.scalar(select(ZoneRow.district_id).where(ZoneRow.zone_id == stay.zone_id)) or ""
    caller.check_district(district_id)
    return Subject(district_id=district_id, session_id=session_id, space_id=stay.space_id)


async def of_space(session: AsyncSession, caller: Caller, space_id: str) -> Subject:
    """Raises NotFoundError `space_unknown`, ForbiddenError `district_forbidden`."""
    query = select(ZoneRow.district_id).join(SpaceRow, SpaceRow.zone_id == ZoneRow.zone_id)
    district_id = await session.scalar(query.where(SpaceRow.space_id == space_id, SpaceRow.removed_at.is_(None)))
    if district_id is None:
        raise NotFoundError(f"there is no space {space_id[:64]!r}", code="space_unknown")
    caller.check_district(district_id)
    return Subject(district_id=district_id, space_id=space_id)


async def take_in(
    session: AsyncSession,
    store: EvidenceStore,
    content: bytes,
    subject: Subject,
    bringing: Bringing,
    *,
    documents: bool = False,
) -> Answer:
    """Keep what was brought and tie it to its stay; a repetition gets the first answer.

    Raises what `EvidenceStore.keep`, `pictures.attach` and `once` raise.
    """
    actor = bringing.caller.actor

    async def work() -> Answer:
        upload = Upload(
            content=content,
            captured_at=bringing.captured_at or bringing.at,
            source=bringing.source,
            by=actor,
            district_id=subject.district_id,
            session_id=subject.session_id,
            space_id=subject.space_id,
            check_id=subject.check_id,
        )
        item = await store.keep(session, upload, at=bringing.at, documents=documents)
        if subject.session_id is not None:
            await pictures.attach(
                session,
                subject.session_id,
                item.evidence_id,
                taken_at=item.captured_at or bringing.at,
                source="terminal" if bringing.source in {"terminal", "camera"} else "attendant",
                by=actor,
            )
        return Answer(201, EvidenceOut.of(item).model_dump_json().encode())

    told = None if bringing.captured_at is None else bringing.captured_at.isoformat()
    body = [subject.session_id, subject.space_id, subject.check_id, told, sha256(content).hexdigest()]
    return await once(session, scope=f"evidence:{actor}", key=bringing.key, body=body, work=work)
