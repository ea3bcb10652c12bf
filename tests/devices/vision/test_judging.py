"""The shipped network on a lot that it never saw, and what is made of its numbers."""

import json
from pathlib import Path

import numpy as np
import pytest

from devices.vision.classifier import MODEL, Classifier
from devices.vision.evaluation import Outcome, run, summary
from devices.vision.geometry import cut
from devices.vision.judgement import Calibration, judge
from devices.vision.labels import Label, LabelError, among, read_labels
from parking.domain.errors import InvalidInputError
from tests.devices.vision.pictures import DAY, annotated, frame

SOME = 96
MODEL_LIMIT = 2_000_000


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier()


@pytest.fixture(scope="module")
def unseen(shared: Path, classifier: Classifier) -> list[Label | LabelError]:
    rows = among(read_labels(shared / "images" / "labels.csv"), classifier.card.left_out)
    chance = np.random.default_rng(1)
    return [rows[place] for place in chance.permutation(len(rows))[:SOME]]


def test_the_floor_is_passed_when_the_lot_was_not_in_training(
    shared: Path, classifier: Classifier, unseen: list[Label | LabelError]
) -> None:
    told = summary(classifier, run(classifier, unseen, shared / "images"))
    assert told["patches"] == SOME
    assert told["accuracy"] >= 0.94
    assert told["auc"] >= 0.985
    assert told["accuracy_of_told"] >= told["accuracy"]
    assert sum(told["confusion"].values()) == SOME


def test_a_frame_is_judged_like_its_patches_when_its_lot_is_outlined(shared: Path, classifier: Classifier) -> None:
    quads, occupied = annotated(shared, DAY)
    judged = classifier.judge_frame(frame(shared, DAY, 1280), quads)
    right = [(one.occupied >= 0.5) == truth for one, truth in zip(judged, occupied, strict=True)]
    assert len(right) == 21
    assert sum(right) >= 20


def test_the_same_is_said_when_an_outline_begins_at_another_corner(shared: Path, classifier: Classifier) -> None:
    quads, _ = annotated(shared, DAY)
    picture = frame(shared, DAY, 1280)
    first, turned = classifier.judge_frame(picture, [quads[0], np.roll(quads[0], 2, axis=0)])
    assert first == turned


def test_the_file_is_small_when_it_is_shipped() -> None:
    assert MODEL.stat().st_size < MODEL_LIMIT


@pytest.mark.parametrize(
    ("occupied", "status"),
    [(0.0, "free"), (0.2, "free"), (0.21, None), (0.5, None), (0.84, None), (0.85, "occupied"), (1.0, "occupied")],
)
def test_nothing_is_said_when_the_probability_lies_within_the_band(occupied: float, status: str | None) -> None:
    judgement = judge(occupied, Calibration(1, 0, 0.2, 0.85))
    assert judgement.status == status
    assert judgement.confidence == max(occupied, 1 - occupied)


def test_other_rows_count_when_some_cannot_be_used(shared: Path, classifier: Classifier, tmp_path: Path) -> None:
    lines = (shared / "images" / "labels.csv").read_text().splitlines()[:4]
    name, rest = lines[1].split(",", 1)
    broken = [
        f"{name},x,0,2,{rest.split(',', 3)[3]}",
        f"../../README.md,{rest}",
        f"labels.csv,{rest}",
        f"none.jpg,{rest}",
        f"{name},x,0,1,0,0,1,1,1,0,0,1",
        f"{name},x,0,1,a,0,1,1,1,0,0,1",
        f"{name},x",
    ]
    path = tmp_path / "labels.csv"
    path.write_text("\n".join([*lines, *broken]) + "\n")
    outcome = run(classifier, list(read_labels(path)), shared / "images")
    assert (len(outcome.p), len(outcome.errors)) == (3, 7)
    assert all("line" in error for error in outcome.errors)


@pytest.mark.parametrize("body", [b"", b"a,b\n1,2\n", b"\xff\xfe\x00"])
def test_one_sentence_says_why_when_the_table_is_none(body: bytes, classifier: Classifier, tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_bytes(body)
    with pytest.raises(InvalidInputError):
        run(classifier, list(read_labels(path)), tmp_path)


def test_figures_are_right_when_they_are_reckoned_by_hand(classifier: Classifier) -> None:
    outcome = Outcome(p=[0.9, 0.6, 0.4, 0.1, 0.7], truth=[True, True, True, False, False], spent_s=0.01)
    told = summary(classifier, outcome)
    assert told["accuracy"] == pytest.approx(3 / 5)
    assert told["balanced_accuracy"] == pytest.approx((2 / 3 + 1 / 2) / 2)
    assert told["auc"] == pytest.approx(4 / 6)
    assert told["confusion"] == {"true_occupied": 2, "false_occupied": 1, "true_free": 1, "false_free": 1}
    assert told["ms_per_patch"] == pytest.approx(2)
    assert json.dumps(told)


def test_patches_of_the_training_data_are_cut_alike_when_cut_from_the_frame(shared: Path) -> None:
    quads, _ = annotated(shared, DAY)
    rows = [row for row in read_labels(shared / "images" / "labels.csv") if isinstance(row, Label)]
    mine = [row for row in rows if row.source == f"{DAY}.JPG"]
    assert len(mine) == 21
    for row in mine:
        number = int(row.file.removesuffix(".jpg").rpartition("_")[2])
        _, within = cut(frame(shared, DAY, 1280), quads[number])
        assert np.abs(within - row.corners).max() < 0.01
