"""Whether a device's word agrees with other evidence of the same space: other devices there, and persons who stood at it."""

from collections.abc import Mapping

import msgspec

from devices.health.judgement import CLEAR, Finding, Judgement
from devices.health.policy import DAY, Policy


class Peer(msgspec.Struct, array_like=True, gc=False):
    """Another device of the same space: for how long the two agreed and differed lately, in microseconds.

    What lies a day back counts half, so that a difference that is over is forgotten.
    """

    compared_at: int
    agreed: float = 0.0
    differed: float = 0.0
    since: int = 0
    """Since when they have differed, on and off."""

    @property
    def share(self) -> float:
        """Of the time in which they differed."""
        return self.differed / (self.agreed + self.differed) if self.agreed + self.differed else 0.0


class People(msgspec.Struct, array_like=True):
    """Instants at which persons at the space said what the device said, or the contrary; the last ones."""

    confirmed: list[int] = []
    denied: list[int] = []


def compare(peer: Peer, *, same: bool, at: int, longest: int) -> None:
    """The two said the same, or not, since the last comparison, of which at most `longest` is believed."""
    passed = min(max(0, at - peer.compared_at), longest)
    weight = 0.5 ** (passed / DAY)
    peer.agreed, peer.differed = peer.agreed * weight, peer.differed * weight
    if same:
        peer.agreed += passed
    else:
        if not peer.since or peer.share == 0.0:
            peer.since = max(peer.compared_at, at - passed)
        peer.differed += passed
    peer.compared_at = max(at, peer.compared_at)


def hear_person(people: People, at: int, *, confirms: bool, policy: Policy) -> None:
    for told in (people.confirmed, people.denied):
        told[:] = [moment for moment in told if moment > at - policy.people_within]
    (people.confirmed if confirms else people.denied).append(at)


def judge(peers: Mapping[str, Peer], people: People | None, now: int, policy: Policy) -> Judgement:
    """Of two devices that differ nobody knows which one errs; one that differs from most is distrusted."""
    by_people = _judge_people(people, now, policy)
    if isinstance(by_people, Finding):
        return by_people
    known = [peer for peer in peers.values() if peer.agreed + peer.differed >= policy.disagreement_least]
    differing = [peer for peer in known if peer.share >= policy.disagreement_opens]
    if len(differing) > len(known) - len(differing):
        worst = max(peer.share for peer in differing)
        return Finding(
            min(peer.since for peer in differing),
            f"与同一泊位的另一设备不一致，占时间的 {worst:.0%}",
            f"Differs from another device of the same space for {worst:.0%} of the time",
            distrusts=len(differing) > 1,
        )
    if differing or all(peer.share < policy.disagreement_closes for peer in known):
        return by_people
    return None


def _judge_people(people: People | None, now: int, policy: Policy) -> Judgement:
    if people is None:
        return CLEAR
    denied = [at for at in people.denied if at > now - policy.people_within]
    confirmed = sum(at > now - policy.people_within for at in people.confirmed)
    if len(denied) >= policy.people_least and len(denied) > confirmed:
        return Finding(
            denied[0],
            f"现场人员 {len(denied)} 次给出相反情况",
            f"Persons at the space said the contrary {len(denied)} times",
            distrusts=len(denied) >= policy.people_distrust and len(denied) > 2 * confirmed,
        )
    return CLEAR if not denied or confirmed >= len(denied) else None
