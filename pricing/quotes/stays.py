"""When no time of a stay accrued, in the words shown to the payer: gaps in the evidence and closed spaces."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from parking.domain.time_span import TimeSpan
from parking.restrictions.service import uncharged_intervals
from parking.sessions.model import GapReason, ParkingSession
from pricing.fees.model import Uncharged

_CLOSED: Final = "泊位暂停使用 / the space was closed"
_WHY: Final[Mapping[GapReason, str]] = MappingProxyType(
    {
        "silent": "设备无信号 / the device was silent",
        "fault": "设备故障 / the device was faulty",
        "uncertain": "状态不明 / the state was uncertain",
        "restricted": _CLOSED,
        "contradicted": "证据矛盾 / the evidence was contradictory",
    }
)


async def uncharged_of(session: AsyncSession, stay: ParkingSession, until: datetime) -> tuple[Uncharged, ...]:
    """The gaps before `until`, the present one included, and the windows in which the space stopped charging.

    The windows are asked for here as well, because a car that stands through one may never cause an event.
    """
    windows = await uncharged_intervals(session, stay.space_id, stay.started_at, until)
    return (
        *(
            Uncharged(span=TimeSpan(gap.start, gap.end), why=_WHY[gap.reason])
            for gap in stay.uncharged(until)
            if gap.start < gap.end
        ),
        *(Uncharged(span=TimeSpan(window.start, window.end), why=_CLOSED) for window in windows),
    )
