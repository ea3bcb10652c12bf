"""How one reading, or silence, moves the belief about one space. Pure: values in, values out.

Rules: `../shared/reference/devices.md` 5.3. `change`, `restate` and `startup` say what the state is; `fault` voids the
device's word until it speaks of a state again; every other kind only proves life. Late evidence never moves a state.
A device that is not trusted says nothing: where the belief rests on its word, the space is unknown from then on.
"""

from typing import Final, Literal

from parking.occupancy.device_window import ORDERED_KINDS, DeviceWindow, judge
from parking.occupancy.evidence import Observation
from parking.occupancy.model import Belief, SpaceState

Disposition = Literal["a", "c", "l", "d", "t", "u"]
"""Applied, confirmed, late, duplicate, told nothing about the state, unknown space."""

MICROS_PER_S: Final = 1_000_000
DISTRUSTED: Final = "device_faulty"
"""Why a space is unknown whose device is declared faulty, or whose device is not yet accepted."""


def observe(
    window: DeviceWindow, state: SpaceState | None, observation: Observation
) -> tuple[DeviceWindow, SpaceState | None, Disposition]:
    """The device's window and the space's state after one reading; `state` is None for a space nobody defined.

    Where several devices watch one space, the newest observed time wins, and of equal ones the greater device id.
    """
    verdict, window = judge(window, observation)
    if verdict == "duplicate":
        return window, state, "d"
    if state is None:
        return window, None, "u"
    if not observation.trusted:
        return window, *_distrust(state, observation, is_older=verdict == "older")
    heard_at, silence_s = state.heard_at, state.silence_s
    if heard_at is None or observation.received_at >= heard_at:
        heard_at, silence_s = observation.received_at, observation.silence_s
    kind = observation.kind
    if kind not in ORDERED_KINDS:
        return window, _heard(state, heard_at, silence_s), "t"
    if verdict == "older" or not _outranks(observation, state):
        return window, _heard(state, heard_at, silence_s), "l"
    belief, reason = _claim(observation)
    same = belief == state.belief
    moved = SpaceState(
        state.zone_id,
        belief,
        state.since if same and state.since is not None else observation.observed_at,
        observation.observed_at,
        heard_at,
        silence_s,
        observation.device_id,
        kind,
        observation.confidence,
        reason,
        state.in_service,
        state.closed_until,
        state.closed_for,
    )
    return window, moved, "c" if same and reason == state.reason else "a"


def silence_ends_at(state: SpaceState) -> int | None:
    """When the word of the space's device stops to hold, in microseconds; None where nothing is known anyway."""
    if state.belief == "unknown" or state.heard_at is None:
        return None
    return state.heard_at + state.silence_s * MICROS_PER_S


def silenced(state: SpaceState, ended_at: int) -> SpaceState:
    """Unknown by silence; device and observed time stay, so that a frame older than them still counts as late."""
    return SpaceState(
        state.zone_id,
        "unknown",
        ended_at,
        state.observed_at,
        state.heard_at,
        state.silence_s,
        state.device_id,
        "silence",
        None,
        "silent",
        state.in_service,
        state.closed_until,
        state.closed_for,
    )


def _distrust(state: SpaceState, observation: Observation, *, is_older: bool) -> tuple[SpaceState, Disposition]:
    """What a device says that is declared faulty or not accepted: nothing of the space, not even that somebody listens there.

    Another device's word stands. Its own ends here, once; what it goes on to say must not outrank that of another.
    """
    if observation.kind not in ORDERED_KINDS:
        return state, "t"
    if is_older:
        return state, "l"
    if state.device_id != observation.device_id or state.reason == DISTRUSTED:
        return state, "t"
    return SpaceState(
        state.zone_id,
        "unknown",
        state.since if state.belief == "unknown" and state.since is not None else observation.observed_at,
        observation.observed_at,
        state.heard_at,
        state.silence_s,
        state.device_id,
        observation.kind,
        None,
        DISTRUSTED,
        state.in_service,
        state.closed_until,
        state.closed_for,
    ), "a"


def _claim(observation: Observation) -> tuple[Belief, str | None]:
    if observation.kind == "fault":
        return "unknown", "device_fault"
    if observation.status is None or observation.confidence == 0:
        return "unknown", "device_uncertain"
    return observation.status, None


def _outranks(observation: Observation, state: SpaceState) -> bool:
    if state.observed_at is None or state.device_id is None or state.device_id == observation.device_id:
        return True
    if observation.observed_at != state.observed_at:
        return observation.observed_at > state.observed_at
    return observation.device_id > state.device_id


def _heard(state: SpaceState, heard_at: int, silence_s: int) -> SpaceState:
    if heard_at == state.heard_at:
        return state
    return SpaceState(
        state.zone_id,
        state.belief,
        state.since,
        state.observed_at,
        heard_at,
        silence_s,
        state.device_id,
        state.evidence,
        state.confidence,
        state.reason,
        state.in_service,
        state.closed_until,
        state.closed_for,
    )
