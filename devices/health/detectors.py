"""One detector for each kind of fault, in a table: what is known of a device in, a judgement out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Final

from devices.health import agreement, baseline, battery, clock_offset, counter, motion, reports
from devices.health.device import DeviceHealth
from devices.health.judgement import CLEAR, Finding, Judgement
from devices.health.policy import MINUTE, SECOND, Policy
from parking.events.device import DeviceFault


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """A device with its surroundings at an instant, in microseconds."""

    state: DeviceHealth
    now: int
    listened_since: int
    """From when its messages would have been heard: bound, and somebody there to listen."""
    silence: int
    """How long it may be silent, in microseconds; nobody calls it silent before."""
    turnover: motion.Turnover
    moved: Callable[[], int]
    """How many neighbours have changed since its state was last confirmed."""
    empty_v: float | None
    """Voltage at which it stops."""
    policy: Policy


def silent_at(look: Look) -> int:
    """When it counts as silent unless it is heard before."""
    return max(look.state.heard_at, look.listened_since) + look.silence


def _silent(look: Look) -> Judgement:
    if look.now <= silent_at(look):
        return CLEAR
    since = max(look.state.heard_at, look.listened_since)
    if not look.state.heard_at:
        return Finding(since, "绑定后从未收到消息", "Never heard since it was bound")
    if look.silence < 2 * MINUTE:
        seconds = look.silence // SECOND
        return Finding(since, f"超过 {seconds} 秒没有消息", f"No message for more than {seconds} seconds")
    minutes = look.silence // MINUTE
    return Finding(since, f"超过 {minutes} 分钟没有消息", f"No message for more than {minutes} minutes")


def _battery_low(look: Look) -> Judgement:
    known = look.state.battery
    return CLEAR if known is None else battery.judge_low(known, look.empty_v, look.now, look.policy)


def _battery_ending(look: Look) -> Judgement:
    known = look.state.battery
    return CLEAR if known is None else battery.judge_ending(known, look.empty_v, look.now, look.policy)


def _stuck(look: Look) -> Judgement:
    turned = motion.neighbours_turned(look.state.motion, look.turnover)
    # Counting the neighbours is for the few of which the rest is true.
    moved = look.moved() if turned >= look.policy.stuck_turnovers else 0
    return motion.judge_stuck(look.state.motion, look.turnover, moved, look.now, look.policy)


def _disagreement(look: Look) -> Judgement:
    """By other devices of its space and persons there, or by the turnover of its zone; the graver finding is told."""
    by_others = agreement.judge(look.state.peers, look.state.people, look.now, look.policy)
    by_zone = motion.judge_turnover(look.state.motion, look.turnover, look.policy)
    found = [one for one in (by_others, by_zone) if isinstance(one, Finding)]
    if found:
        return max(found, key=lambda one: one.distrusts)
    return None if by_others is None else by_zone


def _restarting(look: Look) -> Judgement:
    known = look.state.restarts
    return CLEAR if known is None else reports.judge_restarts(known, look.now, look.policy)


def _undecodable(look: Look) -> Judgement:
    known = look.state.unread
    return CLEAR if known is None else reports.judge_unread(known, look.now, look.policy)


def _reported(fault: DeviceFault, look: Look) -> Judgement:
    return reports.judge_reports(look.state.reports, fault) if look.state.reports else CLEAR


SILENT: Final[DeviceFault] = "silent"
DETECTORS: Final[Mapping[DeviceFault, Callable[[Look], Judgement]]] = MappingProxyType(
    {
        SILENT: _silent,
        "lossy": lambda look: counter.judge(look.state.counter, look.now, look.policy),
        "battery_low": _battery_low,
        "battery_ending": _battery_ending,
        "stuck": _stuck,
        "flapping": lambda look: motion.judge_flapping(look.state.motion, look.now, look.policy),
        "baseline_drift": lambda look: baseline.judge(look.state.baseline, look.now, look.policy),
        "disagreement": _disagreement,
        "clock_offset": lambda look: clock_offset.judge(look.state.clock, look.policy),
        "restarting": _restarting,
        "undecodable": _undecodable,
        "view_moved": partial(_reported, "view_moved"),
        "view_dirty": partial(_reported, "view_dirty"),
        "view_dark": partial(_reported, "view_dark"),
        "self_reported": partial(_reported, "self_reported"),
    }
)
"""Every kind of fault has one; a test holds the table and the published list equal."""
