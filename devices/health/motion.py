"""How often a device's word about its space changes: too fast for vehicles, or not at all while its neighbours' does."""

from typing import Final

import msgspec

from devices.health.judgement import CLEAR, Finding, Judgement
from devices.health.policy import HOUR, MINUTE, Policy
from parking.occupancy.evidence import SensedStatus

_PRIOR: Final = 20.0
"""Changes that a device counts as if it had made them as often as its neighbours, until its own share is known."""
_COUNTED_AGAIN: Final = 5 * MINUTE
"""One device adds to the turnover of its zone at most so often: one that flaps must not make its neighbours look stuck."""


class Turnover(msgspec.Struct, array_like=True, gc=False):
    """A zone: changes of all its devices since we listen, and how many devices those are."""

    changes: float = 0.0
    devices: int = 0


class Motion(msgspec.Struct, array_like=True):
    """What a device last said of its space, and its changes."""

    status: SensedStatus | None = None
    status_at: int = 0
    """Device time of the newest word about the state."""
    changed_at: int = 0
    """Time of the last change, or of the first word."""
    changes: list[int] = []
    """The last ones, oldest first."""
    neighbours: list[float] = []
    """What the other devices of the zone had changed in all at each of them."""
    counted_at: int = 0
    counted: float = 0.0
    """How many of its changes are in the turnover of the zone."""
    mark: float = 0.0
    """The zone's count at that time, or when somebody confirmed the state."""
    calm_since: int = 0
    """From when the lack of changes counts."""
    flapped_at: int = 0
    """Time of the last change that was too fast."""
    own: float = 0.0
    """Changes of its own so far, of those that could be compared."""
    usual: float = 0.0
    """Changes that each neighbour had meanwhile."""


def hear(motion: Motion, turnover: Turnover, status: SensedStatus, at: int, policy: Policy) -> bool:
    """Take in the newest word about the state; True when it is another than before."""
    if at < motion.status_at:
        return False
    first, changed = motion.status is None, status != motion.status
    motion.status, motion.status_at = status, at
    if not changed:
        return False
    if first:
        motion.changed_at = at
        confirm(motion, turnover, at)
        return False
    motion.usual += neighbours_turned(motion, turnover)
    motion.own += 1
    motion.changed_at = at
    motion.changes.append(at)
    motion.neighbours.append(turnover.changes - motion.counted)
    del motion.changes[: -policy.flap_changes], motion.neighbours[: -policy.flap_changes]
    if _flaps(motion, turnover, policy):
        motion.flapped_at = at
    if at - motion.counted_at >= _COUNTED_AGAIN:
        motion.counted_at = at
        motion.counted += 1
        turnover.changes += 1
    confirm(motion, turnover, at)
    return True


def _flaps(motion: Motion, turnover: Turnover, policy: Policy) -> bool:
    """Whether its last changes came faster than vehicles can, and than those of a street where all is in motion.

    A neighbour counts once in five minutes at most, so that a tram which makes a whole street flap excuses nobody.
    """
    if len(motion.changes) < policy.flap_changes or motion.changes[-1] - motion.changes[0] > policy.flap_within:
        return False
    each = (motion.neighbours[-1] - motion.neighbours[0]) / max(1, turnover.devices - 1)
    return policy.flap_changes > policy.flap_ratio * each


def confirm(motion: Motion, turnover: Turnover, at: int) -> None:
    """The state was seen to be what the device says: the wait for a change begins anew."""
    motion.mark, motion.calm_since = turnover.changes, at


def neighbours_turned(motion: Motion, turnover: Turnover) -> float:
    """How often each other device of the zone has changed since the state was last confirmed."""
    return (turnover.changes - motion.mark) / max(1, turnover.devices - 1)


def judge_flapping(motion: Motion, now: int, policy: Policy) -> Judgement:
    if motion.flapped_at and now - motion.flapped_at <= policy.flap_within:
        minutes = policy.flap_within // MINUTE
        return Finding(
            motion.changes[0],
            f"{minutes} 分钟内状态变化至少 {policy.flap_changes} 次，快于车辆进出",
            f"At least {policy.flap_changes} changes within {minutes} minutes, faster than vehicles can",
            distrusts=True,
        )
    return CLEAR if now - motion.flapped_at > policy.flap_calm else None


def judge_stuck(motion: Motion, turnover: Turnover, moved: int, now: int, policy: Policy) -> Judgement:
    """`moved`: how many neighbours have changed since this device's state was last confirmed."""
    if motion.status is None:
        return None
    turned = neighbours_turned(motion, turnover)
    share = min(1.0, (motion.own + _PRIOR) / (motion.usual + _PRIOR))
    if (
        turned * share >= policy.stuck_turnovers
        and now - motion.calm_since >= policy.stuck_after
        and moved >= policy.stuck_neighbours
    ):
        hours = (now - motion.calm_since) // HOUR
        return Finding(
            motion.calm_since,
            f"{hours} 小时未变化，同期相邻泊位平均变化 {turned:.0f} 次",
            f"No change for {hours} hours, while each of its neighbours changed {turned:.0f} times",
            distrusts=True,
        )
    return CLEAR if turned * share < policy.stuck_turnovers / 2 else None
