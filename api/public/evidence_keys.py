"""The keys with which anybody verifies a package of evidence of this installation, also long after."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from api.deps import provided
from api.errors import problem_answers
from parking.db.unit_of_work import Database
from parking.handovers.service import HandoverDesk
from parking.handovers.signing import ALGORITHM

router = APIRouter(tags=["citizens"])


class EvidenceKey(BaseModel):
    """A public key; the `id` is the beginning of the SHA-256 of its 32 bytes."""

    id: str
    algorithm: str
    public_key: str = Field(description="The 32 bytes in base64, as a package's manifest has them")
    pem: str


class EvidenceKeys(BaseModel):
    """The present key first, then those that signed earlier packages."""

    keys: list[EvidenceKey]


@router.get("/v1/evidence-keys", summary="Public keys of packages of evidence", responses=problem_answers(503))
async def keys(
    database: Annotated[Database, Depends(provided(Database))],
    desk: Annotated[HandoverDesk, Depends(provided(HandoverDesk))],
) -> EvidenceKeys:
    async with database.transaction() as session:
        found = await desk.public_keys(session)
    shown = [EvidenceKey(id=key.key_id, algorithm=ALGORITHM, public_key=key.base64, pem=key.pem) for key in found]
    return EvidenceKeys(keys=shown)
