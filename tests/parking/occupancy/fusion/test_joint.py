"""What becomes of a space on which two kinds of evidence meet, in the engine."""

from typing import Any, Final

import pytest

from parking.occupancy.engine_batch import ShardState, apply_entries, apply_silence
from parking.occupancy.evidence import EvidenceSource, Observation, SensedStatus
from parking.occupancy.fusion.kept import WORD, Fused, Told, Word, encode
from parking.occupancy.fusion.learning import Record
from parking.occupancy.fusion.publication import told_after
from tests.parking.occupancy.samples import SECOND, T0, assert_counts_equal_spaces, reading, shard_with, zone

HOUR: Final = 3600
DAY: Final = 24 * HOUR


class Street:
    """`s1` and what is said of it."""

    def __init__(self) -> None:
        self.shard = shard_with(zone("s1", "s2"))
        self.told: list[tuple[str, str]] = []
        self.letters = ""

    def says(self, source: EvidenceSource, status: SensedStatus | None, at_s: float, **rest: Any) -> None:  # noqa: ANN401 - fields of an observation
        kind = "change" if source == "geomagnetic" else "restate"
        self.hears(
            reading(
                status, at_s=at_s, **{"kind": kind, "device": source, "source": source, "silence_s": 2 * HOUR, **rest}
            )
        )

    def hears(self, *items: Observation) -> None:
        outcome = apply_entries(self.shard, [("1-1", [item]) for item in items], items[-1].received_at)
        self._take(outcome)
        self.letters += b"".join(letters for _, letters in outcome.batch.read).decode()

    def passes(self, at_s: float) -> None:
        self._take(apply_silence(self.shard, ["s1"], T0 + int(at_s * SECOND)))

    def _take(self, outcome: Any) -> None:  # noqa: ANN401 - of either kind of batch
        self.shard.absorb(outcome)
        assert_counts_equal_spaces(self.shard.counts, self.shard.spaces)
        self.told += [(change.status, change.evidence) for change in outcome.batch.changes]

    @property
    def belief(self) -> Fused | None:
        return self.shard.beliefs.find("s1")

    def status(self) -> tuple[str, str | None]:
        state = self.shard.spaces["s1"]
        return state.belief, state.reason


def test_nothing_is_weighed_where_one_kind_of_evidence_speaks() -> None:
    street = Street()
    for at_s, device in enumerate(("d1", "d2", "d1")):
        street.says("geomagnetic", "occupied", at_s, device=device)
    assert (street.letters, len(street.shard.beliefs)) == ("acc", 0)


def test_one_look_against_a_sure_sensor_moves_nothing_and_a_change_frame_does() -> None:
    street = Street()
    street.says("geomagnetic", "free", 0)
    for at_s in (60, 360, 660):
        street.says("camera", "free", at_s)
    street.says("camera", "occupied", 960)
    assert street.letters == "acccw"
    assert street.status() == ("free", None)
    street.says("geomagnetic", "occupied", 1000)
    assert street.told == [("free", "change"), ("occupied", "change")]
    state = street.shard.spaces["s1"]
    assert (state.since, state.turned_after) == (T0 + 1000 * SECOND, T0 + 660 * SECOND)
    assert state.confidence is not None
    assert 0.6 <= state.confidence < 1.0


def test_messages_of_one_batch_come_to_the_same_as_each_alone() -> None:
    items = [
        reading(
            "occupied" if n % 7 else "free", at_s=240 * n, kind="restate", device=source, source=source, silence_s=DAY
        )
        for n in range(80)
        for source in ("camera", "geomagnetic")
    ]
    together, alone = Street(), Street()
    together.hears(*items)
    for item in items:
        alone.hears(item)
    assert together.told == alone.told
    assert together.letters == alone.letters
    assert together.shard.spaces["s1"] == alone.shard.spaces["s1"]
    assert len(encode(together.belief)) < 900


def test_space_is_known_while_one_of_its_devices_speaks_and_unknown_when_none_does() -> None:
    street = Street()
    street.says("geomagnetic", "occupied", 0, silence_s=3 * HOUR)
    street.says("camera", "occupied", 60, silence_s=900)
    street.passes(2 * HOUR)
    assert street.status() == ("occupied", None)
    street.passes(3 * HOUR + 1)
    assert street.status() == ("unknown", "silent")
    street.says("camera", "occupied", 4 * HOUR)
    assert street.status() == ("occupied", None)


def test_space_is_unknown_when_its_evidence_stays_in_contradiction() -> None:
    told = Told("free", T0, T0, "g", "change", 0.9, None, None, "geomagnetic", None)
    beliefs = []
    for minutes, occupied in ((60, 0.5), (119, 0.46), (121, 0.5), (122, 0.56)):
        word = Word(T0 + minutes * 60 * SECOND, WORD, "restate", 1, 0, 0.1)
        told, moves, _ = told_after(told, word, "p", "payment", occupied)
        beliefs.append((told.belief, told.reason, moves))
    assert beliefs == [
        ("free", None, False),
        ("free", None, False),
        ("unknown", "contradictory", True),
        ("occupied", None, True),
    ]


@pytest.mark.parametrize("void", [{"kind": "fault"}, {"trusted": False}, {"confidence": 0.0}])
def test_void_word_ends_the_weighing_and_that_of_the_other_kind_stands(void: dict[str, Any]) -> None:
    street = Street()
    street.says("camera", "free", 0)
    street.says("geomagnetic", "free", 60)
    assert street.belief is not None
    street.says("camera", "occupied", 120, **void)
    assert street.belief is None
    assert street.status() == ("free", None)
    street.says("geomagnetic", "occupied", 180)
    street.says("camera", "occupied", 240, **void)
    assert street.status() == ("occupied", None)
    street.says("camera", "occupied", 300)
    assert street.belief is not None


def test_payment_makes_a_space_one_of_two_kinds_for_a_day() -> None:
    street = Street()
    street.says("geomagnetic", "free", 0, silence_s=2 * DAY)
    street.says("payment", "occupied", 600)
    assert street.status() == ("free", None)
    street.says("attendant", "occupied", HOUR + 60)
    assert street.status() == ("occupied", None)
    street.says("geomagnetic", "occupied", 2 * HOUR, kind="restate")
    assert street.belief is not None
    street.says("geomagnetic", "occupied", HOUR + DAY + 120, kind="restate")
    assert (street.belief is None, *street.status()) == (True, "occupied", None)


def test_late_word_is_put_where_it_belongs() -> None:
    items = [("geomagnetic", "free", 0), *(("camera", "free", 60 + 300 * n) for n in range(40))]
    late = ("geomagnetic", "occupied", 60 + 300 * 35 + 10)
    looks = [("camera", "occupied", 60 + 300 * n) for n in range(36, 40)]
    in_time, out_of_time = Street(), Street()
    for source, status, at_s in [*items[:37], late, *looks]:
        in_time.says(source, status, at_s)  # type: ignore[arg-type]  # words of the test
    for source, status, at_s in [*items[:37], *looks, late]:
        out_of_time.says(source, status, at_s, received_s=20_000)  # type: ignore[arg-type]  # words of the test
    assert out_of_time.letters[-1] == "o"
    one, other = in_time.shard.spaces["s1"], out_of_time.shard.spaces["s1"]
    assert (one.belief, one.since, one.observed_at, one.confidence, one.turned_after) == (
        other.belief,
        other.since,
        other.observed_at,
        other.confidence,
        other.turned_after,
    )
    assert in_time.belief is not None
    assert out_of_time.belief is not None
    assert in_time.belief.shares == out_of_time.belief.shares


def test_word_that_comes_too_late_is_left_to_history() -> None:
    street = Street()
    street.says("geomagnetic", "free", 0)
    for n in range(60):
        street.says("camera", "free", 60 + 300 * n)
    street.says("geomagnetic", "occupied", 100, received_s=20_000, device="g2")
    assert street.letters[-1] == "l"
    assert street.status() == ("free", None)


def test_what_was_learnt_survives_when_the_two_kinds_part_and_is_in_force_again() -> None:
    street = Street()
    street.says("geomagnetic", "free", 0, silence_s=9 * DAY)
    for n in range(1, 600):
        street.says("camera", "occupied" if n % 4 == 0 else "free", 300 * n)
        if n % 100 == 0:
            street.says("geomagnetic", "free", 300 * n + 1, kind="restate", silence_s=9 * DAY)
    learnt = street.belief
    assert learnt is not None
    assert learnt.figures
    street.says("camera", None, 300 * 600, kind="fault")
    asleep = street.belief
    assert asleep is not None
    assert (asleep.is_awake, asleep.figures) == (False, learnt.figures)
    street.says("geomagnetic", "free", 300 * 601, kind="restate")
    street.says("camera", "free", 300 * 602)
    assert street.belief is not None
    assert street.belief.is_awake
    # What was said before they parted counts on.
    assert Record([street.belief.record], [0]).of("pairs")[0] >= 598


def test_space_that_leaves_the_inventory_leaves_no_belief() -> None:
    street = Street()
    street.says("geomagnetic", "free", 0)
    street.says("camera", "free", 60)
    street.shard.absorb(apply_entries(street.shard, [("2-1", zone("s2", revision=2))], T0))
    assert (street.belief, isinstance(street.shard, ShardState)) == (None, True)
