"""What attendants report from the street becomes a case for a person, with its pictures; once, however often it comes."""

from sqlalchemy.ext.asyncio import AsyncSession

from api.attendant.schemas import ReportFiled, ReportTaken
from api.attendant.service import Deed
from api.auth.accounts import audit
from api.uploads import of_space
from parking.casework import service as casework
from parking.casework.model import Report
from parking.db.idempotency import Answer, once
from parking.privacy.redaction import redact


async def file_report(session: AsyncSession, deed: Deed, wish: ReportFiled) -> Answer:
    """Raises NotFoundError (`space_unknown`), ForbiddenError, and what `casework.report` and `once` raise."""
    # A hash of a plate could be found out by trying all plates.
    wish = wish.model_copy(update={"words": redact(wish.words)})

    async def work() -> Answer:
        subject = await of_space(session, deed.caller, wish.space)
        report = Report(
            kind=wish.kind,
            space_id=wish.space,
            session_id=wish.session,
            evidence_ids=tuple(wish.evidence),
            words=wish.words or None,
            seen_at=wish.seen_at,
        )
        case = await casework.report(session, report, by=deed.caller.actor, at=deed.at)
        await audit.record(
            session,
            deed.caller,
            "case.reported",
            case.case_id,
            at=deed.at,
            district_id=subject.district_id,
            details={"kind": wish.kind, "space": wish.space},
        )
        taken = ReportTaken(case=case.case_id, kind=case.kind, space=wish.space, times_seen=case.times_seen)
        return Answer(201, taken.model_dump_json().encode())

    body = ["report", wish.model_dump(mode="json")]
    return await once(session, scope=f"attendant:{deed.caller.actor}", key=deed.key, body=body, work=work)
