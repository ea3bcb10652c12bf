"""What each kind of evidence does to the belief about a space."""

import msgspec
import pytest

from parking.occupancy.device_window import NEW_DEVICE
from parking.occupancy.evidence import EvidenceKind, Observation
from parking.occupancy.model import SpaceState
from parking.occupancy.transition import observe, silence_ends_at, silenced
from tests.parking.occupancy.samples import SECOND, T0, reading

NEVER_HEARD = SpaceState("z1", since=T0)
OCCUPIED = SpaceState(
    "z1", "occupied", T0, T0, T0 + SECOND // 2, 900, device_id="d1", evidence="change", confidence=0.9, reason=None
)

CASES: dict[str, tuple[SpaceState, Observation, str, str, str | None]] = {
    "change": (NEVER_HEARD, reading("free", at_s=1), "a", "free", None),
    "restate": (NEVER_HEARD, reading(kind="restate", at_s=1), "a", "occupied", None),
    "start-up": (NEVER_HEARD, reading("free", kind="startup", at_s=1), "a", "free", None),
    "the same again": (OCCUPIED, reading(kind="restate", at_s=1), "c", "occupied", None),
    "fault": (OCCUPIED, reading(None, kind="fault", at_s=1), "a", "unknown", "device_fault"),
    "fault with a status": (OCCUPIED, reading("free", kind="fault", at_s=1), "a", "unknown", "device_fault"),
    "does not know": (OCCUPIED, reading(None, at_s=1), "a", "unknown", "device_uncertain"),
    "says what it does not vouch for": (
        OCCUPIED,
        msgspec.structs.replace(reading("free", kind="startup", at_s=1), confidence=0.0),
        "a",
        "unknown",
        "device_uncertain",
    ),
    "telemetry": (OCCUPIED, reading("free", kind="telemetry", at_s=1), "t", "occupied", None),
    "telemetry of a space never heard of": (
        NEVER_HEARD,
        reading("free", kind="telemetry", at_s=1),
        "t",
        "unknown",
        "never_heard",
    ),
    "another device, newer": (OCCUPIED, reading("free", device="d2", at_s=1), "a", "free", None),
    "another device, older": (OCCUPIED, reading("free", device="d2", at_s=-1), "l", "occupied", None),
    "another device of the same instant, greater": (OCCUPIED, reading("free", device="d2"), "a", "free", None),
    "another device of the same instant, smaller": (OCCUPIED, reading("free", device="d0"), "l", "occupied", None),
}


@pytest.mark.parametrize(("before", "observation", "letter", "belief", "reason"), CASES.values(), ids=CASES.keys())
def test_space_moves_as_the_table_says(
    before: SpaceState, observation: Observation, letter: str, belief: str, reason: str | None
) -> None:
    _, after, disposition = observe(NEW_DEVICE, before, observation)
    assert after is not None
    assert (disposition, after.belief, after.reason) == (letter, belief, reason)


DISTRUSTED = SpaceState(
    "z1", "unknown", T0, T0, T0 + SECOND // 2, 900, device_id="d1", evidence="fault", reason="device_faulty"
)
UNTRUSTED_CASES: dict[str, tuple[SpaceState, Observation, str, SpaceState]] = {
    "change while it is distrusted": (DISTRUSTED, reading("free", at_s=1), "t", DISTRUSTED),
    "telemetry": (OCCUPIED, reading(None, kind="telemetry", at_s=1), "t", OCCUPIED),
    "the belief is another device's": (OCCUPIED, reading("free", device="d2", at_s=1), "t", OCCUPIED),
    "a space never heard of": (NEVER_HEARD, reading("free", at_s=1), "t", NEVER_HEARD),
}


@pytest.mark.parametrize(
    ("before", "observation", "letter", "after"), UNTRUSTED_CASES.values(), ids=UNTRUSTED_CASES.keys()
)
def test_distrusted_device_says_nothing_and_proves_nothing(
    before: SpaceState, observation: Observation, letter: str, after: SpaceState
) -> None:
    _, state, disposition = observe(NEW_DEVICE, before, msgspec.structs.replace(observation, trusted=False))
    assert (disposition, state) == (letter, after)


@pytest.mark.parametrize("kind", ["fault", "change", "restate", "startup"])
def test_space_is_unknown_when_the_device_behind_its_state_is_distrusted(kind: EvidenceKind) -> None:
    _, state, disposition = observe(NEW_DEVICE, OCCUPIED, reading("free", kind=kind, at_s=5, trusted=False))
    assert state is not None
    assert (disposition, state.belief, state.reason) == ("a", "unknown", "device_faulty")
    assert (state.since, state.heard_at) == (T0 + 5 * SECOND, OCCUPIED.heard_at)


def test_trusted_device_is_believed_when_another_one_of_the_space_is_distrusted() -> None:
    _, state, disposition = observe(NEW_DEVICE, DISTRUSTED, reading("free", device="d0", at_s=1))
    assert state is not None
    assert (disposition, state.belief, state.device_id) == ("a", "free", "d0")


def test_device_is_believed_again_when_its_fault_is_over() -> None:
    window, state, _ = observe(NEW_DEVICE, OCCUPIED, reading(None, kind="fault", at_s=5, trusted=False))
    window, state, _ = observe(window, state, reading("free", at_s=6, trusted=False))
    assert state is not None
    assert state.belief == "unknown"
    _, state, disposition = observe(window, state, reading("free", kind="restate", at_s=7))
    assert state is not None
    assert (disposition, state.belief, state.reason) == ("a", "free", None)


def test_since_stays_when_the_state_is_confirmed() -> None:
    _, after, _ = observe(NEW_DEVICE, OCCUPIED, reading(kind="restate", at_s=60))
    assert after is not None
    assert (after.since, after.observed_at) == (T0, T0 + 60 * SECOND)


def test_nothing_moves_when_the_space_is_not_defined() -> None:
    window, after, disposition = observe(NEW_DEVICE, None, reading())
    assert (after, disposition) == (None, "u")
    assert observe(window, None, reading())[2] == "d"


def test_nothing_at_all_changes_when_a_duplicate_comes() -> None:
    window, once, _ = observe(NEW_DEVICE, NEVER_HEARD, reading(sequence=1))
    again, twice, disposition = observe(window, once, reading(sequence=1, received_s=99))
    assert disposition == "d"
    assert (again, twice) == (window, once)


def test_late_frame_proves_life_when_it_moves_nothing() -> None:
    window, state, _ = observe(NEW_DEVICE, NEVER_HEARD, reading(at_s=10))
    _, later, disposition = observe(window, state, reading("free", at_s=5, received_s=70))
    assert later is not None
    assert (disposition, later.belief, later.heard_at) == ("l", "occupied", T0 + 70 * SECOND)


def test_word_of_a_device_ends_when_it_is_silent() -> None:
    ends_at = silence_ends_at(OCCUPIED)
    assert ends_at == T0 + SECOND // 2 + 900 * SECOND
    after = silenced(OCCUPIED, ends_at)
    assert (after.belief, after.reason, after.evidence, after.since) == ("unknown", "silent", "silence", ends_at)
    assert silence_ends_at(after) is None


def test_state_comes_back_when_a_silent_device_speaks_of_it() -> None:
    silent = silenced(OCCUPIED, T0 + 901 * SECOND)
    _, still, _ = observe(NEW_DEVICE, silent, reading(None, kind="telemetry", at_s=1000))
    _, back, disposition = observe(NEW_DEVICE, silent, reading(kind="restate", at_s=1000))
    assert still is not None
    assert back is not None
    assert (still.belief, back.belief, disposition) == ("unknown", "occupied", "a")


def test_status_is_restricted_when_the_space_is_out_of_service() -> None:
    closed = SpaceState("z1", "occupied", in_service=False)
    assert closed.status == "restricted"
