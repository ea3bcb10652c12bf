"""Two devices of the kerb city with something wrong, as the follower of device health would have stored it."""

from datetime import datetime, timedelta
from typing import Final

from devices.health import battery, repository, service
from devices.health.device import DeviceHealth
from devices.health.model import Fault, Place, Turn
from devices.health.policy import DAY, HOUR, MINUTE
from devices.health.repository import State
from devices.inventory.service import DeviceService
from devices.inventory.wishes import NewDevice
from devices.registry import installed
from parking.db.unit_of_work import Database
from parking.domain.clock import to_micros

FADING: Final = "meter-1"
GONE: Final = "meter-2"


async def add_sick_devices(database: Database, now: datetime, district_id: str) -> None:
    """`FADING` on S1 is stuck and was lossy yesterday; `GONE` on S2 is silent. The battery of the first is fading."""
    at = to_micros(now)
    place = Place(space_id="S1", zone_id="Z1", district_id=district_id)
    lossy = fault_of("F-lossy", FADING, place, "lossy", at - 30 * HOUR)
    stuck = fault_of("F-stuck", FADING, place, "stuck", at - 2 * HOUR)
    silent = fault_of(
        "F-silent", GONE, Place(space_id="S2", zone_id="Z1", district_id=district_id), "silent", at - HOUR
    )
    async with database.transaction() as session:
        registry = DeviceService(installed(), lambda: now - timedelta(days=60))
        for device_id, space_id in ((FADING, "S1"), (GONE, "S2")):
            await registry.register(
                session, NewDevice(device_id=device_id, vendor="Generic", model="JSON", space_id=space_id)
            )
        await repository.write_states(session, [State(FADING, fading(at), None)])
        opened = [Turn(what="opened", fault=one, at=one.opened_at) for one in (lossy, stuck, silent)]
        await service.write_turns(session, [*opened, Turn(what="closed", fault=lossy, at=at - 20 * HOUR)])


def fault_of(fault_id: str, device_id: str, place: Place, kind: str, opened_at: int) -> Fault:
    return Fault(
        fault_id=fault_id,
        device_id=device_id,
        place=place,
        fault=kind,  # type: ignore[arg-type]
        since=opened_at - HOUR,
        opened_at=opened_at,
        distrusted=kind == "stuck",
        zh=f"{kind} 的表现",
        en=f"What shows {kind}",
    )


def fading(at: int) -> DeviceHealth:
    """Heard a minute ago; 40 days of a battery that loses a per cent a day."""
    state = DeviceHealth(heard_at=at - MINUTE, battery=battery.Battery())
    assert state.battery is not None
    for day in range(40):
        battery.measure(state.battery, "pct", 60.0 - day, at - (40 - day) * DAY)
    return state
