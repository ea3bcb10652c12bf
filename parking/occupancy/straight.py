"""What nearly every message does: the next one of its device's run, newer than all before it, of the device on whose word the space rests.

`transition.observe` makes the same of it, and asks a dozen questions on the way that this one message answers at once. Pure.
"""

from parking.occupancy.device_window import DeviceWindow, forward, rank_of
from parking.occupancy.evidence import Observation
from parking.occupancy.model import SpaceState
from parking.occupancy.transition import Disposition

Moved = tuple[DeviceWindow, SpaceState, Disposition]


def straight(window: DeviceWindow, state: SpaceState | None, item: Observation) -> Moved | None:
    """Device window, state and letter as `observe` gives them; None where the message is not of that sort."""
    run, sequence, observed_at = window.run, item.sequence, item.observed_at
    newest, told_at = window.newest, window.state_sequence
    if (
        state is None
        or run is None
        or sequence is None
        or newest is None
        or told_at is None
        or not (told_at <= run.highest < sequence and newest < observed_at)
        or run.session is None
        or run.session != item.session
        or item.event_id is not None
        or (window.previous is not None and window.previous.session == run.session)
    ):
        return None
    kind, belief, heard_at, spoken_at = item.kind, item.status, state.heard_at, state.spoken_at
    if (
        (kind != "restate" and kind != "change")  # noqa: PLR1714 - for every reading
        or belief is None
        or item.confidence == 0
        or not item.trusted
        or state.reason is not None
        or state.device_id != item.device_id
        or heard_at is None
        or spoken_at is None
        or not (heard_at <= item.received_at and spoken_at < observed_at)
    ):
        return None
    same = belief == state.belief
    after = DeviceWindow(
        observed_at, forward(run, sequence), window.previous, window.ring, sequence, observed_at, rank_of(item)
    )
    moved = SpaceState(
        state.zone_id,
        belief,
        observed_at if not same or state.since is None else state.since,
        observed_at,
        item.received_at,
        item.silence_s,
        item.device_id,
        kind,
        item.confidence,
        None,
        state.in_service,
        state.closed_until,
        state.closed_for,
        observed_at,
        state.turned_after if same else state.observed_at,
        item.source,
    )
    return after, moved, "c" if same else "a"
