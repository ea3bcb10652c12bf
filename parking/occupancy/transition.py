"""How one reading, or silence, moves the belief about one space. Pure: values in, values out.

Rules: `../shared/reference/devices.md` 5.3. `change`, `restate` and `startup` say what the state is; `fault` voids the
device's word until it speaks of a state again; every other kind only proves life. Late evidence never moves a state.
A device that is not trusted says nothing: where the belief rests on its word, the space is unknown from then on.
"""

from typing import Final, Literal

from parking.occupancy.device_window import ORDERED_KINDS, DeviceWindow, judge
from parking.occupancy.evidence import Observation
from parking.occupancy.model import Belief, SpaceState

Disposition = Literal["a", "c", "w", "o", "l", "d", "t", "u"]
"""Applied, confirmed, weighed without moving what is told, any of them and not in the order of time, late, duplicate, told
nothing about the state, unknown space. After `o` and `l` what the space is and which stays it had is told anew from history."""

MICROS_PER_S: Final = 1_000_000
_UNSPOKEN: Final = frozenset({"never_heard", "silent"})
"""Why a space is unknown of which no device says so: when one does, that begins anew."""
DISTRUSTED: Final = "device_faulty"
"""Why a space is unknown whose device is declared faulty, or whose device is not yet accepted."""


def observe(
    window: DeviceWindow, state: SpaceState | None, observation: Observation
) -> tuple[DeviceWindow, SpaceState | None, Disposition]:
    """The device's window and the space's state after one reading; `state` is None for a space nobody defined.

    Where several devices watch one space, the newest observed time wins, and of equal ones the greater device id.
    """
    verdict, after = judge(window, observation)
    if verdict == "duplicate":
        return window, state, "d"
    if state is None:
        return after, None, "u"
    moved, letter = weigh(state, observation, is_older=verdict == "older")
    newest = window.newest
    in_time = newest is None or observation.observed_at > newest
    if (letter == "a" or letter == "c") and not (in_time and state.reason != "silent"):  # noqa: PLR1714 - for every reading
        letter = "o" if runs_back(window, observation) or refutes_silence(state, observation) else letter
    return after, moved, letter


def weigh(state: SpaceState, observation: Observation, *, is_older: bool = False) -> tuple[SpaceState, Disposition]:
    """What a reading that is no copy does to a space; `is_older` than what its device has said already."""
    if not observation.trusted:
        return _distrust(state, observation, is_older=is_older)
    times = _times(state, observation)
    kind = observation.kind
    if kind not in ORDERED_KINDS:
        spoken_at = state.spoken_at
        is_late = spoken_at is not None and (observation.observed_at < spoken_at or refutes_silence(state, observation))
        return _heard(state, times), "l" if is_late else "t"
    if is_older or not _outranks(observation, state):
        return _heard(state, times), "t" if _echoes(observation, state) else "l"
    heard_at, silence_s, spoken_at = times
    belief, reason = claim(observation)
    same = belief == state.belief and state.reason not in _UNSPOKEN
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
        spoken_at,
        state.turned_after if same or state.belief == "unknown" else state.observed_at,
        observation.source,
    )
    return moved, "c" if same and reason == state.reason else "a"


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
        state.spoken_at,
        state.turned_after if state.belief == "unknown" else state.observed_at,
        state.source,
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
        state.spoken_at,
        state.turned_after if state.belief == "unknown" else state.observed_at,
        state.source,
    ), "a"


def claim(observation: Observation) -> tuple[Belief, str | None]:
    """What a reading of a kind that speaks of the state says, and why where it says that it does not know."""
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


def _echoes(observation: Observation, state: SpaceState) -> bool:
    """Whether it says again what its device has said in the same instant, as the messages of one frame may."""
    return (
        observation.device_id == state.device_id
        and observation.observed_at == state.observed_at
        and claim(observation) == (state.belief, state.reason)
        and (observation.kind != "change" or state.evidence == "change")
    )


def runs_back(window: DeviceWindow, observation: Observation) -> bool:
    """Whether it was observed before something of its device that counted already.

    So is what its device has observed together with its last word, or under another name of its counter.
    """
    newest = window.newest
    if newest is None or observation.observed_at > newest:
        return False
    if observation.observed_at < newest or observation.observed_at == window.state_observed_at:
        return True
    return window.run is not None and window.run.session != observation.session


def refutes_silence(state: SpaceState, observation: Observation) -> bool:
    """Whether it was under way when its device was taken to be silent."""
    if state.reason != "silent" or state.spoken_at is None:
        return False
    return observation.observed_at <= state.spoken_at + state.silence_s * MICROS_PER_S


def _times(state: SpaceState, observation: Observation) -> tuple[int, int, int]:
    """Last receipt, the silence that it allows, and the newest observed time, with this message."""
    heard_at, spoken_at = state.heard_at, state.spoken_at
    observed_at = observation.observed_at
    if spoken_at is None or observed_at > spoken_at:
        spoken_at = observed_at
    if heard_at is None or observation.received_at >= heard_at:
        return observation.received_at, observation.silence_s, spoken_at
    return heard_at, state.silence_s, spoken_at


def _heard(state: SpaceState, times: tuple[int, int, int]) -> SpaceState:
    if times == (state.heard_at, state.silence_s, state.spoken_at):
        return state
    heard_at, silence_s, spoken_at = times
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
        spoken_at,
        state.turned_after,
        state.source,
    )
