"""How often a device's word about its space changes: too fast for vehicles, or not at all while its neighbours' does."""

from typing import Final

import msgspec

from devices.health.judgement import CLEAR, Finding, Judgement
from devices.health.policy import HOUR, MINUTE, Policy
from parking.occupancy.evidence import SensedStatus

_PRIOR: Final = 20.0
"""Changes that a device counts as if it had made them as often as its neighbours, until its own share is known."""
_LEARNS: Final = 60.0
"""Changes of each neighbour over which a device's own share is learnt, whatever it is."""
_SLACK: Final = 4.0
"""Changes by which few differ without saying anything."""
_ACCEPTED: Final = 3.0
"""How often what a person has accepted counts, so that it outweighs the prior."""
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
    """Changes of its own so far, of those that could be compared, while they were in proportion."""
    usual: float = 0.0
    """Changes that each neighbour had meanwhile."""
    recent_own: float = 0.0
    recent_usual: float = 0.0
    """The same two, of which the past counts less with every change of the neighbours; its own as often as theirs count."""


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
    turned = neighbours_turned(motion, turnover)
    if not _is_odd(motion):
        motion.usual += turned
        motion.own += 1
    fade = 0.5 ** (turned / policy.turnover_half)
    motion.recent_usual, motion.recent_own = motion.recent_usual * fade + turned, motion.recent_own * fade
    motion.changed_at = at
    motion.changes.append(at)
    motion.neighbours.append(turnover.changes - motion.counted)
    del motion.changes[: -policy.flap_changes], motion.neighbours[: -policy.flap_changes]
    if _flaps(motion, turnover, policy):
        motion.flapped_at = at
    if at - motion.counted_at >= _COUNTED_AGAIN:
        motion.counted_at = at
        motion.recent_own += 1
        if not (_is_odd(motion) and motion.recent_own > motion.recent_usual):
            # One that invents changes must not make its neighbours look as if they missed them.
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
    share = min(1.0, _share(motion))
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


def accept(motion: Motion) -> None:
    """A person says that the device is in order: where it is out of proportion, that is its share from now on."""
    if not _is_odd(motion):
        return
    motion.own, motion.usual = _ACCEPTED * motion.recent_own, _ACCEPTED * motion.recent_usual


def _share(motion: Motion) -> float:
    return (motion.own + _PRIOR) / (motion.usual + _PRIOR)


def _is_odd(motion: Motion) -> bool:
    """Whether it has lately been so far from its share that this is no part of what is usual of it.

    What its share is must be known first: a resident's space is no faulty one.
    """
    expected = _share(motion) * motion.recent_usual
    return motion.usual >= _LEARNS and abs(motion.recent_own - expected) > max(_SLACK, expected / 3)


def judge_turnover(motion: Motion, turnover: Turnover, policy: Policy) -> Judgement:
    """Whether its changes are out of proportion to its neighbours' and to its own past: some seen, or far too many.

    One that changes not at all is left to `judge_stuck`, which finds it sooner.
    """
    waiting = neighbours_turned(motion, turnover)
    if motion.usual < _LEARNS or turnover.devices <= policy.stuck_neighbours:
        return CLEAR
    if waiting > policy.stuck_turnovers / 2:
        return None
    fade = 0.5 ** (waiting / policy.turnover_half)
    own, usual = motion.recent_own * fade, motion.recent_usual * fade + waiting
    share = _share(motion)
    expected = usual * min(1.0, share)
    if expected >= policy.turnover_least and own <= policy.turnover_few * expected:
        return Finding(
            motion.changes[0],
            f"只变化 {own:.0f} 次，同期相邻泊位平均变化 {usual:.0f} 次",
            f"Only {own:.0f} changes, while each of its neighbours changed {usual:.0f} times",
            distrusts=True,
        )
    if own >= policy.turnover_many * share * usual + policy.turnover_least:
        return Finding(
            motion.changes[0],
            f"变化 {own:.0f} 次，同期相邻泊位平均变化 {usual:.0f} 次",
            f"{own:.0f} changes, while each of its neighbours changed {usual:.0f} times",
        )
    enough = own >= 2 * policy.turnover_few * expected
    return CLEAR if enough and own <= policy.turnover_many / 2 * share * usual + policy.turnover_least else None
