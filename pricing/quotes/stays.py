"""When no time of a stay accrued, in the words shown to the payer: gaps in the evidence and closed spaces."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from parking.domain.time_span import TimeSpan
from parking.restrictions.model import Interval
from parking.restrictions.service import uncharged_intervals
from parking.sessions.model import Gap, GapReason, ParkingSession
from pricing.fees.model import Uncharged

_CLOSED: Final = "泊位暂停使用 / the space was closed"
_CLOSED_FOR: Final[Mapping[str, str]] = MappingProxyType(
    {"street_cleaning": "道路清扫，暂停计费 / closed for street cleaning, not charged"}
)
"""What payers read for the reason of a restriction; of a reason that is not here they read that the space was closed."""
_WHY: Final[Mapping[GapReason, str]] = MappingProxyType(
    {
        "silent": "设备无信号 / the device was silent",
        "fault": "设备故障 / the device was faulty",
        "uncertain": "状态不明 / the state was uncertain",
        "restricted": _CLOSED,
        "contradicted": "证据矛盾 / the evidence was contradictory",
    }
)


async def uncharged_of(
    session: AsyncSession, stay: ParkingSession, until: datetime, *, may_be_restricted: bool
) -> tuple[Uncharged, ...]:
    """The gaps before `until`, the present one included, and the windows in which the space stopped charging.

    The windows are asked for here as well, because a car that stands through one may never cause an event.
    """
    windows: Sequence[Interval] = ()
    # Restrictions close single spaces; a stay at a facility as a whole stands on none that is known.
    if stay.space_id is not None and may_be_restricted:
        windows = await uncharged_intervals(session, stay.space_id, stay.started_at, until)
    gaps = [gap for gap in stay.uncharged(until) if gap.start < gap.end]
    # The windows come first: they know why the space was closed, what its sensor saw does not.
    return (
        *(Uncharged(span=_as_seen(window, gaps), why=_CLOSED_FOR.get(window.reason, _CLOSED)) for window in windows),
        *(Uncharged(span=TimeSpan(gap.start, gap.end), why=_WHY[gap.reason]) for gap in gaps),
    )


def _as_seen(window: Interval, gaps: Sequence[Gap]) -> TimeSpan:
    """The window with the moment by which the live state opened later than it: one line on the bill, not two."""
    seen = [gap for gap in gaps if gap.reason == "restricted" and gap.start <= window.end and window.start <= gap.end]
    return TimeSpan(min([window.start, *(gap.start for gap in seen)]), max([window.end, *(gap.end for gap in seen)]))
