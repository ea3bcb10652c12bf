"""Any permutation and duplication of one set of frames within the lateness window ends in the same state and stays."""

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parking.occupancy.evidence import EvidenceSource, Observation
from tests.parking.occupancy.samples import SECOND, reading
from tests.parking.sessions.arrivals import Space, canonical, essence_of_state, essence_of_stays, received

MINUTE = 60 * SECOND
LATENESS = 60 * MINUTE
SILENCE_S = 3 * 3600

steps = st.tuples(
    st.sampled_from(["change", "change", "change", "restate", "restate", "startup", "fault", "telemetry"]),
    st.sampled_from(["occupied", "free", "occupied", "free", None]),
    st.sampled_from([1, 3, 7, 20, 45]),
    st.sampled_from([None, None, None, (60, 120), (600, 660)]),
    st.sampled_from(["next", "next", "next", "next", "skip", "join"]),
    st.sampled_from([0, 0, 0, 1530]),
)
counters = st.sampled_from(["none", "session", "eight_bit", "bare"])


def frames_of(
    device: str, counter: str, story: list[Any], at_min: int, source: EvidenceSource | None = None
) -> list[Observation]:
    """What a device said, in its order; its counter runs over, begins anew at a join or a start-up, or is missing."""
    frames, session, sequence = [], 0, 250 if counter == "eight_bit" else 0
    for kind, status, step, previous, turn, behind in story:
        at_min += step
        if counter == "session" and turn == "join":
            session, sequence = session + 1, 0
        elif counter == "bare" and kind == "startup":
            sequence = 0
        else:
            sequence += 1 + (turn == "skip")
        if counter == "eight_bit":
            sequence %= 256
        frames.append(
            reading(
                status,
                # A clock may run against the counter; where nothing counts it is the only order.
                at_s=at_min * 60 - (0 if counter == "none" else behind),
                kind=kind,
                device=device,
                silence_s=SILENCE_S,
                session=f"{device}-{session}" if counter == "session" else None,
                sequence=None if counter == "none" else sequence,
                previous_s=previous if kind == "change" else None,
                source=source,
            )
        )
    return frames


def arrivals(frames: list[Observation], seed: int) -> list[Observation]:
    """The frames and some copies, each up to the lateness window late, in the order of their receipt."""
    chance = random.Random(seed)  # noqa: S311 - reproducible disorder
    often = chance.choice([0.1, 0.5, 1.0])
    late = [received(f, chance.randrange(LATENESS) if chance.random() < often else SECOND) for f in frames]
    copies = [received(f, chance.randrange(LATENESS)) for f in chance.sample(frames, len(frames) // 2)]
    return sorted([*late, *copies], key=lambda frame: frame.received_at)


@settings(max_examples=300, deadline=None)
@given(
    stories=st.lists(st.tuples(counters, st.lists(steps, min_size=1, max_size=14)), min_size=1, max_size=2),
    seed=st.integers(0, 2**32),
)
def test_state_and_stays_are_the_same_when_frames_come_in_any_order(stories: list[Any], seed: int) -> None:
    frames = [
        frame
        for number, (counter, story) in enumerate(stories)
        for frame in frames_of(f"d{number}", counter, story, number)
    ]
    assert_ends_as_in_order(frames, seed)


@settings(max_examples=120, deadline=None, derandomize=True)
@given(
    sensor=st.tuples(counters, st.lists(steps, min_size=4, max_size=14)),
    other=st.lists(steps, min_size=4, max_size=14),
    source=st.sampled_from(["camera", "camera", "payment", "attendant"]),
    seed=st.integers(0, 2**32),
)
def test_state_and_stays_are_the_same_in_any_order_when_two_kinds_of_evidence_are_weighed(
    sensor: tuple[str, list[Any]],
    other: list[Any],
    source: EvidenceSource,
    seed: int,
) -> None:
    frames = [*frames_of("d0", sensor[0], sensor[1], 0, "geomagnetic"), *frames_of("d1", "none", other, 1, source)]
    assert_ends_as_in_order(frames, seed)


def assert_ends_as_in_order(frames: list[Observation], seed: int) -> None:
    space = Space()
    for frame in arrivals(frames, seed):
        space.hears(frame)
    end = max(frame.observed_at for frame in frames) + LATENESS
    space.passes(end)
    if space.is_unsettled:
        space.revises(end)
    state, stays = canonical(frames, end)
    assert essence_of_stays(space.stays) == essence_of_stays(stays)
    assert essence_of_state(space.state) == essence_of_state(state)


def minutes(kind: str, status: str, at: int, late: int) -> Observation:
    frame = reading(status, at_s=at * 60, kind=kind, silence_s=30 * 60)  # type: ignore[arg-type]
    return received(frame, late * MINUTE)


def test_silence_is_taken_back_when_a_frame_was_under_way() -> None:
    space = Space()
    for frame in (minutes("change", "occupied", 0, 0), minutes("restate", "occupied", 25, 20)):
        space.hears(frame)
    space.hears(minutes("change", "free", 50, 0))
    assert space.silences == [reading(at_s=30 * 60).observed_at]
    (stay,) = space.stays
    assert (stay.gaps, stay.state) == ((), "ended")


def test_silence_stands_when_no_frame_was_under_way() -> None:
    space = Space()
    frames = [
        minutes("change", "occupied", 0, 0),
        minutes("restate", "occupied", 40, 0),
        minutes("change", "free", 60, 0),
    ]
    for frame in (*frames, minutes("telemetry", "occupied", 55, 20)):
        space.hears(frame)
    assert space.is_unsettled
    (stay,) = space.stays
    assert [gap.reason for gap in stay.gaps] == ["silent"]


def counted(kind: str, status: str, at: int, sequence: int, session: str = "a", late: int = 0) -> Observation:
    frame = reading(status, at_s=at * 60, kind=kind, silence_s=SILENCE_S, session=session, sequence=sequence)  # type: ignore[arg-type]
    return received(frame, late * MINUTE)


@pytest.mark.parametrize(
    "what",
    [
        [counted("restate", "occupied", 70, 7), counted("restate", "occupied", 70, 7, late=3)],
        [counted("change", "free", 50, 5, late=30)],
        [counted("restate", "occupied", 75, 0, "b"), counted("restate", "occupied", 80, 1, "b")],
        [counted("startup", "occupied", 75, 0)],
        [counted("telemetry", "free", 75, 7)],
    ],
    ids=["repeated heartbeat", "late frame", "rejoin", "start-up", "telemetry"],
)
def test_space_and_stay_are_as_they_were_when_nothing_happened(what: list[Observation]) -> None:
    space = Space()
    space.hears(counted("change", "occupied", 60, 6))
    before, (stay,) = space.state, space.stays
    for frame in what:
        space.hears(frame)
    (after,) = space.stays
    assert (space.state.belief, space.state.since) == (before.belief, before.since)
    assert (after.session_id, after.started_at, after.state, after.gaps) == (
        stay.session_id,
        stay.started_at,
        "open",
        (),
    )
