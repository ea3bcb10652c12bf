"""What can become of a stay, each as a pure function from stay to stay; doubt favours the driver everywhere."""

from dataclasses import replace
from datetime import datetime

import msgspec

from parking.events.session import SessionSource
from parking.sessions.model import Gap, GapReason, ParkingSession, Proof


def begun(
    *,
    session_id: str,
    space_id: str | None,
    zone_id: str,
    earliest: datetime,
    latest: datetime,
    source: SessionSource,
    proof: Proof,
    facility_id: str | None = None,
) -> ParkingSession:
    """An open stay without a plate that can be charged from `latest` on."""
    return ParkingSession(
        session_id=session_id,
        space_id=space_id,
        facility_id=facility_id,
        zone_id=zone_id,
        state="open",
        started_at=latest,
        started_earliest=earliest,
        ended_at=None,
        ended_earliest=None,
        ended_latest=None,
        start_source=source,
        end_source=None,
        vehicle_class="small",
        energy=None,
        plate_token=None,
        claimed_at=None,
        last_positive_at=None,
        paused_at=None,
        pause_reason=None,
        gaps=(),
        evidence=(proof,),
    )


def paused(stay: ParkingSession, at: datetime, reason: GapReason, proof: Proof) -> ParkingSession:
    """No time accrues from `at` on, gaps after it swallowed; a stay that is paused already stays so from when it was."""
    if stay.paused_at is not None:
        return stay
    start = max(at, stay.started_at)
    return replace(
        stay,
        paused_at=start,
        pause_reason=reason,
        gaps=_before(stay.gaps, start),
        evidence=(*stay.evidence, msgspec.structs.replace(proof, what="paused")),
    )


def resumed(stay: ParkingSession, at: datetime, proof: Proof) -> ParkingSession:
    """Time accrues again from `at` on; what lies between becomes a gap."""
    return replace(
        stay,
        paused_at=None,
        pause_reason=None,
        gaps=stay.uncharged(at),
        evidence=(*stay.evidence, msgspec.structs.replace(proof, what="resumed")),
    )


def ended(
    stay: ParkingSession, earliest: datetime, latest: datetime, source: SessionSource, proof: Proof
) -> ParkingSession:
    """Over: charged to `earliest`, the first moment at which the space may have been empty again."""
    end = max(stay.started_at, earliest)
    return replace(
        stay,
        state="ended",
        ended_at=end,
        ended_earliest=earliest,
        ended_latest=max(earliest, latest),
        end_source=source,
        paused_at=None,
        pause_reason=None,
        gaps=_before(stay.uncharged(end), end),
        evidence=(*stay.evidence, proof),
    )


def _before(gaps: tuple[Gap, ...], end: datetime) -> tuple[Gap, ...]:
    return tuple(Gap(gap.start, min(gap.end, end), gap.reason) for gap in gaps if gap.start < end)
