"""How the evidence of sensors moves the stay on a space. Pure: the open stay and a change of belief in, moves out.

Rules: devices.md 5.3 (only a change frame opens or closes by itself; two restatements that agree tell of a lost one, and
so does a device that says how long the state before lasted) and street.md ("uncertain times"). Evidence that came out of
order is not for these rules: then the stays of the space are told anew from all of it (`retelling.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import msgspec

from parking.events.space import SpaceStateChanged
from parking.occupancy.changes import TESTIMONY
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
    if fact.evidence == "history":
        return Moved(before=stay)
    if stay is None:
        return _without_stay(fact, word, new_id, accuracy)
    if word.at < stay.started_earliest:
        return Moved(before=stay)
    stay = _with_ground(stay, fact.grounds_at)
    if word.belief == "occupied":
        return _occupied(stay, fact, word, new_id, accuracy)
    if word.belief == "free":
        return _left(stay, fact, word, new_id, accuracy)
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
    turned: tuple[datetime, datetime] | None
    """When the state before began, at the earliest and at the latest, by the device's own count."""

    @classmethod
    def of(cls, fact: SpaceStateChanged, happened_at: datetime) -> "_Word":
        read = fact.observed_at is not None and fact.evidence in {"change", "fault", *_RESTATEMENTS}
        is_observed = read or fact.evidence == TESTIMONY
        at = fact.observed_at if is_observed and fact.observed_at is not None else happened_at
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
            turned=_turned(at, fact.previous_s) if read and fact.evidence == "change" else None,
        )


def is_over(last: ParkingSession, fact: SpaceStateChanged, accuracy: timedelta = SENSOR_ACCURACY) -> bool:
    """Whether the change was observed before the space's last stay ended: it is told again, after a replay of what was kept
    or the loss of the live store, and the stays that it belongs to are known.
    """
    if fact.observed_at is None or last.ended_at is None or last.ended_latest is None:
        return False
    seen_to_end = last.ended_latest - accuracy if last.end_source == "sensor" else last.ended_at
    return fact.observed_at <= max(last.ended_at, seen_to_end)


def _turned(at: datetime, previous_s: tuple[int, int] | None) -> tuple[datetime, datetime] | None:
    if previous_s is None:
        return None
    least, below = previous_s
    return at - timedelta(seconds=below), at - timedelta(seconds=least)


def _without_stay(fact: SpaceStateChanged, word: _Word, new_id: Callable[[], str], accuracy: timedelta) -> Moved:
    if word.belief == "free":
        return Moved(begun=_unseen(fact, word, new_id, accuracy))
    if word.belief != "occupied" or not (word.is_change or word.is_seconded):
        return Moved()
    return Moved(begun=_begun(fact, word, new_id(), accuracy))


def _begun(fact: SpaceStateChanged, word: _Word, session_id: str, accuracy: timedelta) -> ParkingSession:
    """By a change frame at its time; by the second of two restatements somewhere between the last word to the contrary
    and the first of them, and charged from the first.
    """
    proof = _proof(word, "started")
    since = word.at if word.is_change else word.since
    earliest = since - accuracy
    if not word.is_change and fact.turned_after is not None:
        earliest = min(earliest, fact.turned_after)
    stay = moves.begun(
        session_id=session_id,
        space_id=fact.space_id,
        zone_id=fact.zone_id,
        earliest=earliest,
        latest=since + accuracy,
        source="sensor",
        proof=proof,
    )
    stay = replace(stay, last_positive_at=word.at)
    return moves.paused(stay, since, "restricted", proof) if word.is_restricted else stay


def _unseen(
    fact: SpaceStateChanged, word: _Word, new_id: Callable[[], str], accuracy: timedelta
) -> ParkingSession | None:
    """A stay whose beginning was lost on its way, where the device that tells its end says how long it was."""
    if word.turned is None or fact.grounds_at is None or word.turned[1] <= fact.grounds_at or word.is_restricted:
        return None
    stay = moves.begun(
        session_id=new_id(),
        space_id=fact.space_id,
        zone_id=fact.zone_id,
        earliest=max(word.turned[0], fact.grounds_at),
        latest=word.turned[1] + accuracy,
        source="sensor",
        proof=_proof(word, "started"),
    )
    stay = replace(stay, last_positive_at=word.turned[1])
    return moves.ended(stay, word.at - accuracy, word.at + accuracy, "sensor", _proof(word, "ended"))


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
    if word.turned is not None and stay.last_positive_at is not None and stay.last_positive_at <= word.turned[0]:
        # The device counted an empty space since the car was last seen: it left when the count began.
        over = moves.ended(stay, word.turned[0], word.turned[1] + accuracy, "sensor", _proof(word, "superseded"))
        return Moved(before=over, begun=_begun(fact, word, new_id(), accuracy))
    if word.is_change or word.is_restatement:
        stay = replace(stay, last_positive_at=max(word.at, stay.last_positive_at or word.at))
    if word.is_restricted:
        return Moved(before=moves.paused(stay, word.at, "restricted", word.proof))
    if stay.paused_at is not None:
        return Moved(before=moves.resumed(stay, max(word.at, stay.paused_at), word.proof))
    return Moved(before=stay)


def _left(
    stay: ParkingSession, fact: SpaceStateChanged, word: _Word, new_id: Callable[[], str], accuracy: timedelta
) -> Moved:
    if word.turned is not None and stay.last_positive_at is not None and word.turned[0] > stay.started_at:
        # The device counted the car that has left from later on than this stay can have begun.
        return _of_another(stay, fact, word, word.turned, new_id, accuracy)
    unseen = word.is_seconded and stay.last_positive_at is None and not stay.is_unheard
    return Moved(before=_free(stay, word, accuracy), contradiction="vacant_with_session" if unseen else None)


def _of_another(
    stay: ParkingSession,
    fact: SpaceStateChanged,
    word: _Word,
    came: tuple[datetime, datetime],
    new_id: Callable[[], str],
    accuracy: timedelta,
) -> Moved:
    """Two frames were lost: the car of this stay left, and another came that has left now."""
    seen = stay.started_at if stay.last_positive_at is None else stay.last_positive_at
    # Seen after the other came, it is not known until when the first was there.
    last = min(stay.paused_at or seen, seen) if seen <= came[0] else stay.started_at
    over = moves.ended(stay, last, came[1] + accuracy, "sensor", _proof(word, "superseded"))
    fact = msgspec.structs.replace(fact, grounds_at=last)
    return Moved(before=over, begun=_unseen(fact, word, new_id, accuracy))


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
