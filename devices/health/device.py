"""All that is remembered of one device, and how its messages change that.

The state is changed in place and nothing here reads a clock: the same messages in the same order leave the same state, so
a worker that died goes on from what was stored and repeats what came after.
"""

from typing import Final

import msgspec

from devices.health import baseline, battery, clock_offset, counter, motion, reports
from devices.health.agreement import Peer, People
from devices.health.baseline import Baseline
from devices.health.battery import Battery, Unit
from devices.health.clock_offset import ClockOffset
from devices.health.counter import Counter
from devices.health.motion import Motion, Turnover
from devices.health.policy import SECOND, Policy
from devices.health.reports import Report, Restarts, Unread
from parking.events.device import DeviceFault
from parking.occupancy.evidence import STATE_KINDS, Observation
from parking.raw.model import Outcome

_PARTS: Final[dict[DeviceFault, str]] = {
    "battery_low": "battery",
    "battery_ending": "battery",
    "baseline_drift": "baseline",
    "clock_offset": "clock",
    "restarting": "restarts",
    "undecodable": "unread",
}
"""Faults that rest on one part of the state alone."""
_ALIVE: Final = frozenset({"data", "join", "status", "undecodable"})
"""Outcomes that the device itself brought about. One that was refused may be another's."""


class DeviceHealth(msgspec.Struct, array_like=True):
    """Parts that a device gives no occasion for stay None."""

    space_id: str | None = None
    """Which space its motion, baseline and agreement are about."""
    heard_at: int = 0
    """Receipt of its last message of any kind."""
    looked_at: int = 0
    counter: Counter = msgspec.field(default_factory=Counter)
    motion: Motion = msgspec.field(default_factory=Motion)
    clock: ClockOffset | None = None
    battery: Battery | None = None
    baseline: Baseline | None = None
    reports: list[Report] = []
    restarts: Restarts | None = None
    unread: Unread | None = None
    peers: dict[str, Peer] = {}
    people: People | None = None
    rssi_dbm: float | None = None
    """Of its last message through a radio network that tells."""


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(DeviceHealth)


def encode(state: DeviceHealth) -> bytes:
    return _encoder.encode(state)


def decode(data: bytes) -> DeviceHealth | None:
    """None for what an incompatible version wrote: the device's reckoning then begins anew."""
    try:
        return _decoder.decode(data)
    except msgspec.MsgspecError:
        return None


def hear(state: DeviceHealth, said: Observation, turnover: Turnover, policy: Policy) -> bool:
    """Take in a reading; True when a fault may have come or gone by it, so that the device should be looked at now."""
    if said.received_at - state.heard_at > said.silence_s * SECOND:
        # What its neighbours did while it was silent says nothing of how it moves.
        motion.confirm(state.motion, turnover, said.received_at)
    state.heard_at = max(state.heard_at, said.received_at)
    kind, status = said.kind, said.status
    urgent = _hear_figures(state, said, policy)
    if said.space_id != state.space_id and said.observed_at >= state.motion.status_at:
        _move(state, said.space_id)
        urgent = True
    if said.fault is not None or kind == "fault":
        _report(state, said, policy)
        urgent = True
    elif state.reports and kind in STATE_KINDS:
        reports.hear_clean(state.reports, policy)
        urgent = True
    if state.unread is not None:
        reports.hear_read(state.unread, policy)
    if status is not None and kind in STATE_KINDS:
        urgent |= motion.hear(state.motion, turnover, status, said.observed_at, policy)
        if said.magnetic is not None:
            state.baseline = state.baseline or Baseline()
            baseline.hear(state.baseline, said.magnetic, status)
    return urgent


def hear_outcome(state: DeviceHealth, outcome: Outcome, received_at: int, turnover: Turnover, policy: Policy) -> bool:
    """Take in what else the network brought: joins, status reports, frames that nobody can read. True as in `hear`."""
    if outcome.kind not in _ALIVE:
        return False
    state.heard_at = max(state.heard_at, received_at)
    at = received_at if outcome.server_at is None else outcome.server_at
    if outcome.rssi_dbm is not None:
        state.rssi_dbm = outcome.rssi_dbm
    if outcome.sequence is not None:
        counter.count(state.counter, outcome.session, outcome.sequence, at)
    if outcome.battery_pct is not None and outcome.kind == "status":
        _measure(state, "pct", outcome.battery_pct, at)
    if outcome.kind == "join":
        return _restart(state, at, policy)
    if outcome.kind == "undecodable":
        if state.unread is None:
            state.unread = Unread()
        reports.hear_unread(state.unread, at, policy)
        motion.confirm(state.motion, turnover, received_at)
        return True
    return False


def interrupt(state: DeviceHealth, turnover: Turnover, at: int) -> None:
    """Messages came that nobody listened to: what is told by their absence begins anew."""
    counter.interrupt(state.counter)
    motion.confirm(state.motion, turnover, at)


def forget(state: DeviceHealth, fault: DeviceFault, turnover: Turnover, at: int) -> None:
    """A person has seen that there is no such fault: what told of it begins anew."""
    if fault == "lossy":
        state.counter.hours = []
    elif fault == "stuck":
        motion.confirm(state.motion, turnover, at)
    elif fault == "flapping":
        state.motion.changes, state.motion.neighbours, state.motion.flapped_at = [], [], 0
    elif fault == "disagreement":
        state.peers, state.people = {}, None
        motion.accept(state.motion)
    elif fault in _PARTS:
        setattr(state, _PARTS[fault], None)
    else:
        state.reports = [report for report in state.reports if reports.fault_of(report.what) != fault]


def _move(state: DeviceHealth, space_id: str) -> None:
    """It watches another space now, of which the old one tells nothing."""
    if state.space_id is not None:
        state.motion, state.baseline, state.peers, state.people = Motion(), None, {}, None
    state.space_id = space_id


def _hear_figures(state: DeviceHealth, said: Observation, policy: Policy) -> bool:
    """Counter, clock, restarts and battery, whatever kind of message they came with."""
    restarted = said.kind == "startup"
    if said.sequence is not None:
        counter.count(state.counter, said.session, said.sequence, said.observed_at, restarted=restarted)
    if said.battery_pct is not None:
        _measure(state, "pct", said.battery_pct, said.observed_at)
    elif said.battery_v is not None:
        _measure(state, "V", said.battery_v, said.observed_at)
    urgent = restarted and _restart(state, said.observed_at, policy)
    if said.device_at is not None:
        urgent |= _hear_clock(state, said.device_at, said, policy)
    return urgent


def _hear_clock(state: DeviceHealth, device_at: int, said: Observation, policy: Policy) -> bool:
    ours = said.gateway_at or said.server_at or said.received_at
    state.clock = state.clock or ClockOffset()
    before = state.clock.since
    clock_offset.hear(state.clock, device_at, ours, policy)
    return state.clock.since != before


def _measure(state: DeviceHealth, unit: Unit, value: float, at: int) -> None:
    if state.battery is None:
        state.battery = Battery()
    battery.measure(state.battery, unit, value, at)


def _restart(state: DeviceHealth, at: int, policy: Policy) -> bool:
    if state.restarts is None:
        state.restarts = Restarts()
    if state.battery is not None:
        # A new battery makes a device start: its flag will come again where it is still low.
        state.battery.flag_since = None
    return reports.hear_restart(state.restarts, at, policy)


def _report(state: DeviceHealth, said: Observation, policy: Policy) -> None:
    what = said.fault or "other"
    if what == "battery_low":
        if state.battery is None:
            state.battery = Battery()
        battery.flag(state.battery, said.observed_at)
    elif what == "restarted":
        _restart(state, said.observed_at, policy)
    elif what == "recalibrated":
        state.baseline = None
    else:
        reports.hear_report(state.reports, what, said.observed_at)
