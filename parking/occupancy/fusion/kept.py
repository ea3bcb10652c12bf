"""What is kept of a space on which two kinds of evidence have met: some hundred bytes, in the live store beside its state.

The belief after the newest word, the last words, and one or two marks: the belief, and what was published, before one of
them. A word that comes late is put where it belongs: what came after the mark before it is weighed again.
"""

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

import msgspec

from parking.occupancy.evidence import EvidenceKind, EvidenceSource
from parking.occupancy.fusion.learning import NO_RECORD
from parking.occupancy.model import Belief

HALF: Final = 12
"""Words between two marks; at least so many, and at most twice as many, can be weighed again."""
JOINT_US: Final = 24 * 3600 * 1_000_000
"""A kind of evidence that was not heard for so long is no longer one of two."""

What = int
CHANGE, RESTATEMENT, STARTUP, LOOK, WORD = range(5)
"""What a word is to the filter."""
KINDS: Final[tuple[EvidenceKind, ...]] = ("change", "restate", "startup")
_FORM: Final = struct.Struct("<qBBf")


class Word(NamedTuple):
    """One piece of evidence as it is kept."""

    at: int
    """When it was observed, in microseconds."""
    what: What
    kind: EvidenceKind
    says: int
    """1 for occupied, 0 for free."""
    device: int
    """Its place among the devices of the space."""
    score: float
    """Of a look how sure the camera was, NaN where it did not say; of a word how probably it is wrong."""


class Told(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What is published of a space, and on which grounds; the fields of `SpaceState` that evidence moves."""

    belief: Belief
    since: int | None
    observed_at: int | None
    device_id: str | None
    evidence: str | None
    confidence: float | None
    reason: str | None
    turned_after: int | None
    source: EvidenceSource | None
    doubted_at: int | None
    """Since when the probability has been between the limits of what can be published; None where it is beyond."""


class Mark(msgspec.Struct, frozen=True, array_like=True):
    """How it stood before one of the kept words."""

    shares: bytes
    at: int
    told: Told


class Voice(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """When one kind of evidence was heard of last."""

    source: EvidenceSource
    spoken_at: int
    """Newest observed time of its words."""
    holds_until: int
    """When it would be silent, by receipt."""


class Fused(msgspec.Struct, frozen=True, array_like=True):
    """A space that is weighed; times in microseconds."""

    shares: bytes
    """Of the eight states, in single precision; empty while but one kind of evidence is left."""
    at: int
    """Observed time of the newest word."""
    doubted_at: int | None
    words: bytes
    marks: tuple[Mark, ...]
    """Before the first of the words, and before that with the number `HALF` once there is one."""
    devices: tuple[str, ...]
    sources: tuple[EvidenceSource, ...]
    """Of the devices."""
    voices: tuple[Voice, ...]
    looked_at: int
    """When a camera looked last; 0 before."""
    learnt_at: int
    record: bytes = NO_RECORD
    figures: bytes = b""
    """What was learnt; empty for the published figures."""

    @property
    def is_awake(self) -> bool:
        return bool(self.shares)


encode: Final = msgspec.msgpack.Encoder().encode
decode: Final = msgspec.msgpack.Decoder(Fused).decode


def asleep(figures: bytes, *, learnt_at: int = 0, record: bytes = NO_RECORD) -> Fused:
    """A space on which one kind of evidence is left, with what was learnt while there were two."""
    return Fused(b"", 0, None, b"", (), (), (), (), 0, learnt_at, record, figures)


def words_of(kept: bytes) -> Iterator[Word]:
    for at, code, device, score in _FORM.iter_unpack(kept):
        yield Word(at, code & 7, KINDS[code >> 3 & 3], code >> 5, device, score)


def packed(word: Word) -> bytes:
    code = word.what | KINDS.index(word.kind) << 3 | word.says << 5
    return _FORM.pack(word.at, code, word.device, word.score)


def count_of(kept: bytes) -> int:
    return len(kept) // _FORM.size


def halved(kept: bytes) -> bytes:
    """Without the first half of a full window."""
    return kept[HALF * _FORM.size :]


def last_of(kept: bytes) -> Word:
    return next(words_of(kept[-_FORM.size :]))
