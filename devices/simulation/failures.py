"""The failures that the field knows, by name: what each does to a device, and how its health should call it.

A script is a list of `Failing`: this device, this failure, from then to then. What the health page names can be held against
it, row by row.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from devices.simulation.faults import NONE, Faults
from devices.simulation.fleet import Channel, Device
from parking.events.device import DeviceFault

Failure = Literal[
    "missed_change",
    "doubled_change",
    "false_change",
    "dead_zone",
    "metal_left",
    "baseline_drift",
    "interference",
    "interference_reported",
    "obstructed",
    "stuck",
    "reboot_with_reset",
    "battery_fade",
    "silent",
    "lost_frames",
    "duplicates",
    "late_frames",
    "out_of_order",
    "counter_reset",
    "counter_wrap",
    "clock_wrong",
    "clock_missing",
    "local_time_as_utc",
    "gateway_outage",
    "platform_pause",
    "unreadable",
]

HOUR: Final = 3600.0
DAY: Final = 24 * HOUR

_FIELD: Final = frozenset({"SmartParking", "DO201", "LW009-SM"})
_CLOCK: Final = frozenset({"LW009-SM"})
_JOINS: Final[frozenset[Channel]] = frozenset({"chirpstack_mqtt", "thingpark_http"})
_RADIO: Final[frozenset[Channel]] = frozenset({"things_stack_http", "chirpstack_mqtt", "thingpark_http"})


@dataclass(frozen=True, kw_only=True)
class Course:
    """How one failure goes."""

    faults: Faults
    told_as: tuple[DeviceFault, ...]
    """Faults of which the health of the device must name one; empty for what must not be taken for a fault."""
    lasts_s: float
    zh: str
    en: str
    models: frozenset[str] = frozenset()
    """Only these can fail so, or can tell it; empty for every model."""
    channels: frozenset[Channel] = frozenset()

    def fits(self, device: Device) -> bool:
        return (not self.models or device.make.model in self.models) and (
            not self.channels or device.make.channel in self.channels
        )


def _with(**switches: object) -> Faults:
    return replace(NONE, **switches)  # type: ignore[arg-type]  # named below, and checked by the dataclass


COURSES: Final[Mapping[Failure, Course]] = {
    "missed_change": Course(
        faults=_with(missed=1.0), told_as=(), lasts_s=2 * HOUR, zh="漏检进出", en="Arrivals and departures are missed"
    ),
    "doubled_change": Course(
        faults=_with(doubled=1.0), told_as=(), lasts_s=2 * HOUR, zh="重复上报变化", en="Each change is told twice"
    ),
    "false_change": Course(
        faults=_with(phantom=0.3),
        told_as=(),
        lasts_s=2 * HOUR,
        zh="邻车或货车误触发",
        en="A neighbour or a lorry is detected",
    ),
    "dead_zone": Course(
        faults=_with(blind=1.0), told_as=(), lasts_s=2 * HOUR, zh="高底盘盲区", en="A high chassis is lost and found"
    ),
    "metal_left": Course(
        faults=_with(has_metal=True),
        told_as=("stuck",),
        lasts_s=30 * HOUR,
        zh="泊位遗留金属物",
        en="Metal is left in the bay",
    ),
    "baseline_drift": Course(
        faults=_with(drift_per_h=0.1),
        told_as=("baseline_drift",),
        lasts_s=12 * HOUR,
        models=_FIELD,
        zh="磁场基线随温度漂移",
        en="The baseline drifts with the temperature",
    ),
    "interference": Course(
        faults=_with(is_flapping=True),
        told_as=("flapping",),
        lasts_s=HOUR,
        zh="电车强干扰",
        en="Strong interference of a tram",
    ),
    "interference_reported": Course(
        faults=_with(complaint="interference"),
        told_as=("self_reported",),
        lasts_s=HOUR,
        models=frozenset({"LW009-SM"}),
        zh="设备自报强干扰",
        en="The device reports strong interference",
    ),
    "obstructed": Course(
        faults=_with(complaint="obstructed"),
        told_as=("self_reported",),
        lasts_s=2 * HOUR,
        models=frozenset({"TEKZIPARK"}),
        zh="雷达被雪或积水遮挡",
        en="Snow or water obstructs the radar",
    ),
    "stuck": Course(
        faults=_with(is_stuck=True), told_as=("stuck",), lasts_s=30 * HOUR, zh="状态卡死", en="The state is stuck"
    ),
    "reboot_with_reset": Course(
        faults=_with(reboot=0.5, resets_state=True),
        told_as=("restarting",),
        lasts_s=3 * HOUR,
        models=frozenset({"TPS110", "NPS-4.05"}),
        zh="反复重启且状态复位",
        en="It reboots and forgets the state",
    ),
    "battery_fade": Course(
        faults=_with(is_fading=True),
        told_as=("battery_low", "silent"),
        lasts_s=6 * HOUR,
        models=frozenset({"R719A", "SmartParking", "DO201", "LW009-SM"}),
        zh="电池耗尽后无声",
        en="The battery fades, then silence",
    ),
    "silent": Course(
        faults=_with(is_silent=True), told_as=("silent",), lasts_s=2 * HOUR, zh="设备无声", en="It falls silent"
    ),
    "lost_frames": Course(
        faults=_with(lost=0.25),
        told_as=("lossy",),
        lasts_s=6 * HOUR,
        channels=_RADIO,
        zh="大量丢帧",
        en="Many frames are lost",
    ),
    "duplicates": Course(
        faults=_with(duplicate=1.0), told_as=(), lasts_s=2 * HOUR, zh="重复帧", en="Every frame arrives twice"
    ),
    "late_frames": Course(
        faults=_with(late=0.25, late_s=(300.0, 3300.0)),
        told_as=(),
        lasts_s=3 * HOUR,
        channels=_RADIO,
        zh="迟到数分钟至一小时",
        en="Frames are late by minutes to an hour",
    ),
    "out_of_order": Course(
        faults=_with(late=0.5, late_s=(5.0, 90.0)),
        told_as=(),
        lasts_s=2 * HOUR,
        channels=_RADIO,
        zh="乱序",
        en="Frames arrive out of order",
    ),
    "counter_reset": Course(
        faults=_with(rejoin=0.5),
        told_as=("restarting",),
        lasts_s=3 * HOUR,
        channels=_JOINS,
        zh="重新入网后计数归零",
        en="The counter begins anew after joins",
    ),
    "counter_wrap": Course(
        faults=_with(counter_bits=8),
        told_as=(),
        lasts_s=7 * DAY,
        channels=frozenset({"json_http", "json_mqtt"}),
        zh="八位计数器回绕",
        en="A counter of eight bits wraps",
    ),
    "clock_wrong": Course(
        faults=_with(clock_off_s=-37 * 60.0),
        told_as=("clock_offset",),
        lasts_s=4 * HOUR,
        models=_CLOCK,
        zh="设备时钟偏差",
        en="The device's clock is wrong",
    ),
    "clock_missing": Course(
        faults=_with(has_no_clock=True),
        told_as=("clock_offset",),
        lasts_s=4 * HOUR,
        models=_CLOCK,
        zh="设备时钟未设置",
        en="The device's clock was never set",
    ),
    "local_time_as_utc": Course(
        faults=_with(clock_off_s=8 * HOUR),
        told_as=("clock_offset",),
        lasts_s=4 * HOUR,
        models=_CLOCK,
        zh="本地时间当作UTC",
        en="Local time is sent as UTC",
    ),
    "gateway_outage": Course(
        faults=_with(is_held=True),
        told_as=("silent",),
        lasts_s=HOUR,
        channels=_RADIO,
        zh="网关中断后突发补传",
        en="A gateway is cut off, then a burst",
    ),
    "platform_pause": Course(
        faults=_with(is_dropped=True),
        told_as=(),
        lasts_s=60.0,
        channels=frozenset({"ctwing_http"}),
        zh="平台暂停推送一分钟",
        en="The platform pauses its push for a minute",
    ),
    "unreadable": Course(
        faults=_with(garbled=0.7),
        told_as=("undecodable",),
        lasts_s=HOUR,
        channels=_RADIO,
        zh="无法解码",
        en="Nobody can read it",
    ),
}
"""Every failure of sensors and networks that the reference lists, and two that it does not: silence and unreadable frames."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Failing:
    """One row of a script; instants in seconds since 1970 UTC, half-open."""

    device_id: str
    failure: Failure
    begins: float
    ends: float

    def share(self, at: float) -> float:
        """How much of its time has passed, 0 to 1."""
        return (at - self.begins) / (self.ends - self.begins)
