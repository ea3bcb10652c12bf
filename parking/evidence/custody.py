"""The chain of custody of one piece of evidence: every entry carries the hash of the one before. Pure.

An entry's hash is the SHA-256 of its canonical JSON: members in alphabetical order, no spaces, UTF-8, instants in UTC
with six digits. Whoever has the entries can count it again; whoever alters one breaks every hash behind it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final, Literal, get_args

import msgspec

from parking.domain.clock import format_instant, to_micros

Deed = Literal["received", "looked", "held", "released", "handed_over", "collected", "erased"]
DEEDS: Final[tuple[Deed, ...]] = get_args(Deed)
NOTHING_BEFORE: Final = "0" * 64
"""What the first entry has in place of the hash of the one before."""
Details = Mapping[str, str | int]
_encode = msgspec.json.Encoder(order="sorted").encode


@dataclass(frozen=True, kw_only=True)
class CustodyEntry:
    """Somebody did something with the piece. Details never hold a plate."""

    evidence_id: str
    number: int
    """From 1 on, without gaps."""
    at: datetime
    actor: str
    deed: Deed
    details: Details
    previous: str
    hash: str


def following(
    last: CustodyEntry | None, *, evidence_id: str, at: datetime, actor: str, deed: Deed, details: Details
) -> CustodyEntry:
    """The entry that comes after `last`; None begins the chain."""
    number = 1 if last is None else last.number + 1
    previous = NOTHING_BEFORE if last is None else last.hash
    told = entry_json(
        evidence_id=evidence_id,
        number=number,
        at=format_instant(to_micros(at)),
        actor=actor,
        deed=deed,
        details=details,
        previous=previous,
    )
    return CustodyEntry(
        evidence_id=evidence_id,
        number=number,
        at=at,
        actor=actor,
        deed=deed,
        details=details,
        previous=previous,
        hash=hash_of(told),
    )


def entry_json(
    *, evidence_id: str, number: int, at: str, actor: str, deed: str, details: Details, previous: str
) -> dict[str, object]:
    """What the hash of an entry is counted over."""
    return {
        "evidence": evidence_id,
        "number": number,
        "at": at,
        "actor": actor,
        "deed": deed,
        "details": dict(details),
        "previous": previous,
    }


def told(entry: CustodyEntry) -> dict[str, object]:
    """An entry for people and for packages, its hash with it."""
    own = entry_json(
        evidence_id=entry.evidence_id,
        number=entry.number,
        at=format_instant(to_micros(entry.at)),
        actor=entry.actor,
        deed=entry.deed,
        details=entry.details,
        previous=entry.previous,
    )
    return own | {"hash": entry.hash}


def hash_of(entry: Mapping[str, object]) -> str:
    return sha256(_encode(entry)).hexdigest()


def first_break(entries: Sequence[Mapping[str, object]]) -> int | None:
    """The number of the first entry, as `told` writes them, that does not follow from the one before; None when whole."""
    previous = NOTHING_BEFORE
    for number, entry in enumerate(entries, start=1):
        own = {name: value for name, value in entry.items() if name != "hash"}
        if entry.get("number") != number or entry.get("previous") != previous or entry.get("hash") != hash_of(own):
            return number
        previous = str(entry["hash"])
    return None
