"""A chain of custody tells every alteration of it."""

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from parking.evidence.custody import CustodyEntry, first_break, following, told

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)


def chain() -> list[dict[str, object]]:
    made: list[CustodyEntry] = []
    for number in range(4):
        last = made[-1] if made else None
        at = NOON + timedelta(minutes=number)
        details = {"purpose": f"案卷 {number}"}
        made.append(following(last, evidence_id="E1", at=at, actor="account:li", deed="looked", details=details))
    return [told(entry) for entry in made]


def test_chain_is_whole_when_nothing_was_altered() -> None:
    assert first_break(chain()) is None
    assert first_break([]) is None


@given(st.integers(0, 3), st.sampled_from(["at", "actor", "deed", "details", "previous", "hash", "number", "evidence"]))
def test_chain_is_broken_where_a_word_was_altered(at: int, word: str) -> None:
    entries = chain()
    entries[at][word] = {"purpose": "another"} if word == "details" else 9 if word == "number" else "another"
    assert first_break(entries) == at + 1


def test_chain_is_broken_when_an_entry_is_missing_or_moved() -> None:
    entries = chain()
    assert first_break(entries[1:]) == 1
    assert first_break([entries[0], *entries[2:]]) == 2
    assert first_break([entries[1], entries[0]]) == 1


def test_hash_is_that_of_the_canonical_json_when_counted_with_other_means() -> None:
    entry = dict(chain()[0])
    claimed = entry.pop("hash")
    canonical = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert claimed == sha256(canonical.encode()).hexdigest()
