"""From a probability to a status that people can rely on: with hysteresis, and unknown where it stays in doubt."""

from typing import Final

from parking.occupancy.evidence import EvidenceSource
from parking.occupancy.fusion.kept import Told, Word
from parking.occupancy.model import Belief

UPPER: Final = 0.6
LOWER: Final = 0.4
"""Hysteresis of devices.md 5.4."""
DOUBTED: Final = 0.55
DOUBT_US: Final = 3_600_000_000
"""A probability that stays below this for either status for so long is no knowledge."""
CONTRADICTORY: Final = "contradictory"
"""Why a space is unknown whose evidence does not agree."""
DIGITS: Final = 4
"""Of the confidence that is told; further ones are the rounding of single precision."""
_UNSPOKEN: Final = frozenset({"never_heard", "silent"})


def decided(belief: Belief, occupied: float, doubtful_us: int) -> Belief:
    """The belief after a word: the old one holds between the limits, until doubt has lasted.

    Where nothing is told that could flicker, the space is told as soon as it is not in doubt.
    """
    is_known = belief != "unknown"
    if occupied >= (UPPER if is_known else DOUBTED):
        return "occupied"
    if occupied <= (LOWER if is_known else 1.0 - DOUBTED):
        return "free"
    return "unknown" if doubtful_us > DOUBT_US else belief


def told_after(
    told: Told, word: Word, device_id: str, source: EvidenceSource, occupied: float
) -> tuple[Told, bool, bool]:
    """What is published after a word, whether that is something else, and whether the word agrees with it.

    `since` is the time of the word that moved the belief; the truth changed between it and the last word that had agreed
    with the belief before.
    """
    is_doubtful = 1.0 - DOUBTED < occupied < DOUBTED
    doubted_at = (told.doubted_at or word.at) if is_doubtful else None
    belief = decided(told.belief, occupied, word.at - (doubted_at or word.at))
    agrees = belief != "unknown" and (belief == "occupied") == (word.says == 1)
    sure = None if belief == "unknown" else round(occupied if belief == "occupied" else 1.0 - occupied, DIGITS)
    reason = CONTRADICTORY if belief == "unknown" else None
    # A frame that tells a change to the contrary is no change to this.
    evidence = word.kind if agrees or belief == "unknown" else "restate"
    if belief != told.belief or told.reason in _UNSPOKEN:
        turned_after = told.turned_after if told.belief == "unknown" else told.observed_at
        moved = Told(belief, word.at, word.at, device_id, evidence, sure, reason, turned_after, source, doubted_at)
        return moved, True, agrees
    since = told.since if told.since is not None else word.at
    if agrees:
        same = Told(belief, since, word.at, device_id, evidence, sure, reason, told.turned_after, source, doubted_at)
        return same, False, True
    same = Told(
        belief,
        since,
        told.observed_at,
        told.device_id,
        told.evidence,
        sure,
        told.reason,
        told.turned_after,
        told.source,
        doubted_at,
    )
    return same, False, False
