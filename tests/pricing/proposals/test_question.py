"""An edit fixes one price, and all others are solved around it, within every limit."""

from dataclasses import replace
from datetime import date
from typing import Final

import pytest

from parking.domain.errors import InvalidInputError
from pricing.optimizer.model import Cell, PricingPolicy, PricingZone
from pricing.optimizer.propose import PolicyInfeasibleError
from pricing.proposals.model import Edit, ProposalCell
from pricing.proposals.question import (
    EditBeyondLimitError,
    Question,
    answered,
    band_with_kind,
    drawn,
    from_record,
    key_of,
    revised,
    to_record,
)

POLICY: Final = PricingPolicy(
    target_low=0.6,
    target_high=0.8,
    floor=100,
    cap=1000,
    tick=100,
    step_up=100,
    step_down=200,
    neighbour_m=200.0,
    neighbour_max_difference=100,
    frozen=frozenset({"Z4"}),
    bands=((0.3, -200), (0.6, -100), (0.8, 0), (9.0, 100)),
)
OCCUPANCY: Final = {"Z1": 0.97, "Z2": 0.96, "Z3": 0.97, "Z4": 0.95}


def question(policy: PricingPolicy = POLICY) -> Question:
    """A street of full zones a hundred metres apart, at four yuan an hour by half hours; Z4 is frozen."""
    zones = {
        name: PricingZone(zone_id=name, kind="kerb", area_class="I", spaces=20, lat=36.8, lon=118.3 + number * 0.0011)
        for number, name in enumerate(OCCUPANCY)
    }
    cells = tuple(
        Cell(
            zone_id=name,
            day_type="all",
            band=band_with_kind("kerb", "07:00-19:00"),
            price=400,
            occupancy=share,
            spaces=20,
            hours=336.0,
            lowest=100,
            highest=900,
        )
        for name, share in OCCUPANCY.items()
    )
    return Question(policy=policy, cells=cells, zones=zones, method="optimizer")


def cells_of(asked: Question) -> tuple[ProposalCell, ...]:
    return tuple(
        ProposalCell(
            zone_id=one.cell.zone_id,
            kind="kerb",
            day_type="all",
            band="07:00-19:00",
            rate_table_id="T",
            version=1,
            rule_id="day",
            unit_s=1800,
            price_document_id="doc-1",
            price_now=one.cell.price,
            price_proposed=one.price_proposed,
            rule_price=one.rule_price,
            occupancy=one.cell.occupancy,
            full_share=0.9,
            hours=one.cell.hours,
            spaces=one.cell.spaces,
            expected_occupancy=one.expected_occupancy,
            expected_low=one.expected_low,
            expected_high=one.expected_high,
            binding=one.binding,
            reason=one.reason,
        )
        for one in answered(asked).proposed.proposals
    )


def edit(zone: str, unit_price: int | None) -> Edit:
    return Edit(zone_id=zone, kind="kerb", day_type="all", band="07:00-19:00", unit_price=unit_price)


def test_a_question_comes_back_the_same_when_it_was_kept() -> None:
    asked = question()
    assert from_record(to_record(asked)) == asked
    assert key_of(asked.cells[0]) == ("Z1", "kerb", "all", "07:00-19:00")


def test_neighbours_follow_when_a_price_is_edited() -> None:
    """Z1 goes two steps down, so Z2 may not rise, while Z3 still may: it is no neighbour of Z1's."""
    asked = question(replace(POLICY, neighbour_m=120.0))
    before = cells_of(asked)
    assert [cell.price_proposed for cell in before] == [500, 500, 500, 400]
    after, answer = revised(asked, before, [edit("Z1", 150)])
    assert [cell.price_proposed for cell in after] == [300, 400, 500, 400]
    assert after[1].binding == ("neighbour_max_difference",)
    assert after[0].expected_occupancy > before[0].expected_occupancy
    outlook = answer.proposed.comparison.of(answer.proposed.comparison.taken)
    assert outlook.prices == (300, 400, 500, 400)
    again, _ = revised(asked, after, [])
    assert again == before


def test_a_price_stays_when_it_is_frozen() -> None:
    asked = question(replace(POLICY, neighbour_m=None, neighbour_max_difference=None))
    after, _ = revised(asked, cells_of(asked), [edit("Z2", None)])
    assert [cell.price_proposed for cell in after] == [500, 400, 500, 400]


@pytest.mark.parametrize(
    ("changed", "policy", "limit"),
    [
        (edit("Z1", 300), POLICY, "step"),
        (edit("Z1", 225), POLICY, "tick"),
        (edit("Z4", 250), POLICY, "frozen"),
        (edit("Z1", 50), replace(POLICY, floor=200), "floor"),
        (edit("Z1", 500), replace(POLICY, step_up=900), "document_ceiling"),
        (edit("Z1", 500), replace(POLICY, step_up=900, cap=800), "cap"),
        (edit("Z1", 50), replace(POLICY, floor=0), "step"),
        (edit("Z1", 0), replace(POLICY, floor=0), "document_floor"),
    ],
)
def test_the_limit_is_named_when_an_edit_goes_beyond_it(changed: Edit, policy: PricingPolicy, limit: str) -> None:
    asked = question(policy)
    with pytest.raises(EditBeyondLimitError) as refusal:
        revised(asked, cells_of(question()), [changed])
    fields = refusal.value.fields
    assert (fields["limit"], fields["zone"]) == (limit, changed.zone_id)
    assert {"lowest", "highest"} <= fields.keys()


def test_the_limits_are_named_when_two_edits_contradict_a_limit_between_cells() -> None:
    asked = question()
    with pytest.raises(PolicyInfeasibleError) as refusal:
        revised(asked, cells_of(asked), [edit("Z1", 250), edit("Z2", 150)])
    assert refusal.value.fields["limits"] == ["neighbour_max_difference", "edited"]


@pytest.mark.parametrize(
    ("edits", "code"),
    [([edit("Z9", 200)], "cell_unknown"), ([edit("Z1", 200), edit("Z1", 250)], "cell_edited_twice")],
)
def test_it_is_refused_when_an_edit_is_of_no_cell_or_of_one_twice(edits: list[Edit], code: str) -> None:
    asked = question()
    with pytest.raises(InvalidInputError) as refusal:
        revised(asked, cells_of(asked), edits)
    assert refusal.value.code == code


def staggered() -> Question:
    """Twelve such streets without limits between them, of which half wait."""
    one = question(replace(POLICY, neighbour_m=None, neighbour_max_difference=None, stagger="halves", stagger_seed=3))
    names = [f"{street}{number}" for number in range(12) for street in ("Z1", "Z2", "Z3")]
    cells = tuple(replace(one.cells[0], zone_id=name, occupancy=0.96) for name in names)
    return replace(one, cells=cells, zones={name: replace(one.zones["Z1"], zone_id=name) for name in names})


def test_what_waits_by_lot_waits_on_in_every_edit_but_what_a_person_sets() -> None:
    asked = staggered()
    first = drawn(asked, after=date(2026, 2, 2), waited=frozenset({"Z10"}))
    assert first.lottery is not None
    waiting, moving = first.lottery.waiting, first.lottery.moving
    assert (len(waiting | moving), len(waiting & moving)) == (35, 0)
    assert "Z10" not in waiting | moving
    assert {len(waiting), len(moving)} == {17, 18}
    assert from_record(to_record(first.question)) == first.question
    cells = cells_of(first.question)
    one, other = sorted(waiting)[:2]
    edits = [
        Edit(zone_id=one, kind="kerb", day_type="all", band="07:00-19:00", unit_price=250),
        Edit(zone_id=other, kind="kerb", day_type="all", band="07:00-19:00", unit_price=None),
    ]
    after, _ = revised(first.question, cells, edits)
    by_zone = {cell.zone_id: cell for cell in after}
    assert (by_zone[one].price_proposed, by_zone[one].binding) == (500, ("edited",))
    assert (by_zone[other].price_proposed, by_zone[other].binding) == (400, ("frozen",))
    rest = waiting - {one, other}
    assert {(by_zone[name].price_proposed, by_zone[name].binding) for name in rest} == {(400, ("staggered",))}
    assert drawn(asked, after=date(2026, 2, 2), waited=frozenset({"Z10"})) == first


def test_an_edit_that_those_who_wait_leave_no_room_for_is_refused_and_says_that_they_wait() -> None:
    asked = staggered()
    tight = replace(asked, policy=replace(asked.policy, max_distinct_prices=2))
    first = drawn(tight, after=date(2026, 2, 2), waited=frozenset())
    assert first.lottery is not None
    moving = sorted(first.lottery.moving)
    edits = [
        Edit(zone_id=name, kind="kerb", day_type="all", band="07:00-19:00", unit_price=price)
        for name, price in zip(moving, (100, 250), strict=False)
    ]
    with pytest.raises(PolicyInfeasibleError) as refused:
        revised(first.question, cells_of(first.question), edits)
    limits = refused.value.fields["limits"]
    assert isinstance(limits, list)
    assert {"staggered", "edited", "max_distinct_prices"} <= set(limits)
