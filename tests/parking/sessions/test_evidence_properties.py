"""Whatever sensors say in whatever order: stays of a space never overlap, and no time is charged that was not seen."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.parking.sessions.evidence import Sensor, minute
from tests.parking.sessions.followed import Ledger, charged


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["change", "restate", "startup", "fault", "close", "open"]),
            st.sampled_from(["occupied", "free"]),
            st.integers(1, 200),
        ),
        max_size=25,
    )
)
def test_stays_never_overlap_and_never_owe_more_than_was_seen_when_evidence_is_arbitrary(
    story: list[tuple[str, str, int]],
) -> None:
    sensor, ledger, at = Sensor(), Ledger(), 0
    occupied = 0.0
    state = "free"
    for kind, status, step in story:
        at += step
        occupied += step if state == "occupied" else 0
        if kind in {"close", "open"}:
            ledger.hears(sensor.restrict(minute(at), closed=kind == "close"))
        else:
            ledger.hears(sensor.reads(status, minute(at), kind))  # type: ignore[arg-type]
            state = status if kind != "fault" else "unknown"
    found = sorted(ledger.stays.values(), key=lambda stay: stay.started_earliest)
    for before, after in pairwise(found):
        assert before.ended_at is not None
        assert before.ended_at <= after.started_at
    for stay in found:
        assert charged(stay, max(minute(at), stay.started_at)).total_seconds() >= 0
    total = sum(charged(stay, max(minute(at), stay.started_at)).total_seconds() for stay in found)
    assert total <= occupied * 60
