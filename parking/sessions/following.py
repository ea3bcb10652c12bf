"""How the evidence of sensors moves the stay on a space. Pure: the open stay and a change of belief in, moves out.

Rules: devices.md 5.3 (only a change frame opens or closes by itself; two restatements that agree tell of a lost one;
late evidence moves nothing) and street.md ("uncertain times").
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import msgspec

from parking.events.space import SpaceStateChanged
from parking.sessions import moves
from parking.sessions.model import GapReason, ParkingSession, Proof

SENSOR_ACCURACY: Final = timedelta(seconds=60)
"""How far the time of a change frame may be off; source: street.md, scenario A."""
_RESTATEMENTS: Final = frozenset({"restate", "startup"})
_UNKNOWN: Final[dict[str, GapReason]] = {"silent": "silent", "device_fault": "fault", "device_faulty": "fault"}


@dataclass(frozen=True, kw_only=True)
class Moved:
    """What became of the stay that was open, the stay that began, and what a person must look at."""

    before: ParkingSession | None = None
    begun: ParkingSession | None = None
    contradiction: str | None = None


def follow(
    stay: ParkingSession | None,
    fact: SpaceStateChanged,
    happened_at: datetime,
    *,
    new_id: Callable[[], str],
    accuracy: timedelta = SENSOR_ACCURACY,
) -> Moved:
    """Move the open stay of a space, or its absence, by one change of belief.

    `happened_at` is when the change was published, the time of those that no reading caused.
    """
    word = _Word.of(fact, happened_at)
    if stay is None:
        return _without_stay(fact, word, new_id, accuracy)
    if word.at < stay.started_earliest:
        return Moved(before=stay)
    stay = _with_ground(stay, fact.grounds_at)
    if word.belief == "occupied":
        return _occupied(stay, fact, word, new_id, accuracy)
    if word.belief == "free":
        unseen = word.is_seconded and stay.last_positive_at is None and not stay.is_unheard
        return Moved(before=_free(stay, word, accuracy), contradiction="vacant_with_session" if unseen else None)
    return Moved(before=_unknown(stay, fact, word))


@dataclass(frozen=True, kw_only=True)
class _Word:
    """What a change of belief says to a stay."""

    at: datetime
    belief: str
    is_change: bool
    is_seconded: bool
    """A second restatement agrees with the first."""
    is_restatement: bool
    is_restricted: bool
    since: datetime
    proof: Proof

    @classmethod
    def of(cls, fact: SpaceStateChanged, happened_at: datetime) -> "_Word":
        read = fact.observed_at is not None and fact.evidence in {"change", "fault", *_RESTATEMENTS}
        at = fact.observed_at if read and fact.observed_at is not None else happened_at
        belief = fact.belief or ("unknown" if fact.status == "restricted" else fact.status)
        restated = read and fact.evidence in _RESTATEMENTS
        return cls(
            at=at,
            belief=belief,
            is_change=read and fact.evidence == "change",
            is_seconded=restated and fact.grounds_at == fact.since and fact.since < at,
            is_restatement=restated,
            is_restricted=fact.status == "restricted",
            since=fact.since,
            proof=Proof(at, "joined", "sensor", fact.evidence, fact.device_id),
        )


def is_over(last: ParkingSession, fact: SpaceStateChanged, accuracy: timedelta = SENSOR_ACCURACY) -> bool:
    """Whether the change was observed before the space's last stay ended: it is told again, after a replay of what was kept
    or the loss of the live store, and the stays that it belongs to are known.
    """
    if fact.observed_at is None or last.ended_at is None or last.ended_latest is None:
        return False
    seen_to_end = last.ended_latest - accuracy if last.end_source == "sensor" else last.ended_at
    return fact.observed_at <= max(last.ended_at, seen_to_end)


def _without_stay(fact: SpaceStateChanged, word: _Word, new_id: Callable[[], str], accuracy: timedelta) -> Moved:
    if word.belief != "occupied":
        return Moved()
    if word.is_change:
        return Moved(begun=_begun(fact, word, new_id(), accuracy))
    return Moved(contradiction="occupied_without_session" if word.is_seconded else None)


def _begun(fact: SpaceStateChanged, word: _Word, session_id: str, accuracy: timedelta) -> ParkingSession:
    proof = _proof(word, "started")
    stay = moves.begun(
        session_id=session_id,
        space_id=fact.space_id,
        zone_id=fact.zone_id,
        earliest=word.at - accuracy,
        latest=word.at + accuracy,
        source="sensor",
        proof=proof,
    )
    stay = replace(stay, last_positive_at=word.at)
    return moves.paused(stay, word.at, "restricted", proof) if word.is_restricted else stay


def _occupied(
    stay: ParkingSession, fact: SpaceStateChanged, word: _Word, new_id: Callable[[], str], accuracy: timedelta
) -> Moved:
    if word.is_change and stay.last_positive_at is None and not stay.is_unheard:
        # Somebody declared the stay before its sensor spoke: the space was still empty until then.
        joined = replace(stay, started_at=max(stay.started_at, word.at + accuracy), last_positive_at=word.at)
        return Moved(before=replace(joined, evidence=(*stay.evidence, word.proof)))
    is_news = stay.last_positive_at is None or word.at > stay.last_positive_at
    if word.is_change and is_news and stay.paused_at is not None and stay.pause_reason != "restricted":
        # A change to occupied means that the space was empty in between: the earlier car left unseen.
        proof = _proof(word, "superseded")
        over = moves.ended(stay, stay.paused_at, word.at + accuracy, "sensor", proof)
        return Moved(before=over, begun=_begun(fact, word, new_id(), accuracy))
    if word.is_change or word.is_restatement:
        stay = replace(stay, last_positive_at=max(word.at, stay.last_positive_at or word.at))
    if word.is_restricted:
        return Moved(before=moves.paused(stay, word.at, "restricted", word.proof))
    if stay.paused_at is not None:
        return Moved(before=moves.resumed(stay, max(word.at, stay.paused_at), word.proof))
    return Moved(before=stay)


def _free(stay: ParkingSession, word: _Word, accuracy: timedelta) -> ParkingSession:
    proof = _proof(word, "ended")
    last_certain = None if stay.pause_reason == "restricted" else stay.paused_at
    if word.is_change:
        earliest = word.at - accuracy if last_certain is None else last_certain
        return moves.ended(stay, earliest, word.at + accuracy, "sensor", proof)
    if word.is_seconded and last_certain is not None:
        return moves.ended(stay, last_certain, word.since + accuracy, "sensor", proof)
    if stay.last_positive_at is None:
        return _declared(stay, word)
    return _halted(stay, "contradicted", word) if word.is_restatement else stay


def _unknown(stay: ParkingSession, fact: SpaceStateChanged, word: _Word) -> ParkingSession:
    if stay.last_positive_at is None:
        return _declared(stay, word)
    return _halted(stay, _UNKNOWN.get(fact.reason or "", "uncertain"), word)


def _halted(stay: ParkingSession, reason: GapReason, word: _Word) -> ParkingSession:
    """Back to the last moment at which the car was certainly there."""
    last = stay.last_positive_at or word.at
    if stay.pause_reason == "restricted":
        stay = replace(stay, gaps=stay.uncharged(last), paused_at=None, pause_reason=None)
    return moves.paused(stay, last, reason, word.proof)


def _declared(stay: ParkingSession, word: _Word) -> ParkingSession:
    """A stay that only people tell of: no sensor speaks for it, so none speaks against it but by a change frame."""
    if word.is_restricted:
        return moves.paused(stay, word.at, "restricted", word.proof)
    return (
        stay
        if stay.paused_at is None or stay.is_unheard
        else moves.resumed(stay, max(word.at, stay.paused_at), word.proof)
    )


def _with_ground(stay: ParkingSession, grounds_at: datetime | None) -> ParkingSession:
    """While nothing speaks against the stay, the ground of the belief before is evidence that the car was there."""
    against = stay.paused_at is not None and stay.pause_reason != "restricted"
    if against or grounds_at is None or stay.last_positive_at is None or grounds_at <= stay.last_positive_at:
        return stay
    return replace(stay, last_positive_at=grounds_at)


def _proof(word: _Word, what: str) -> Proof:
    return msgspec.structs.replace(word.proof, what=what)
