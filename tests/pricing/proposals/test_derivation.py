"""A version for one kind of place in some zones changes its prices, and nothing else of the table."""

from dataclasses import replace

import pytest

from parking.domain.errors import InvalidInputError
from pricing.proposals.derivation import Change, derived
from pricing.rates.model import ChargingRule, RateLineCollection
from tests.pricing.kerb_city import LINZI

CHANGE = Change(
    rate_table_id="linzi-kerb",
    version=1,
    price_document_id="doc-1",
    kind="kerb",
    zone_ids=("Z1",),
    unit_prices=(("day-I", 200),),
)
SURCHARGE = ChargingRule(
    while_charging="free",
    grace_s=900,
    idle_percent=300,
    idle_rules=frozenset({"day-I", "day-II"}),
    idle_uses_quota=False,
    idle_uses_free=True,
)


def for_places(collection: RateLineCollection, *kinds: str) -> RateLineCollection:
    return replace(collection, eligibility=replace(collection.eligibility, kinds=frozenset(kinds)))  # type: ignore[arg-type]


def test_other_lines_stay_and_other_places_are_left_out() -> None:
    first, second = LINZI.collections
    lots = replace(for_places(first, "lot"), collection_id="lots")
    base = replace(LINZI, collections=(for_places(first, "kerb", "garage"), lots, second), charging=SURCHARGE)
    day, night = first.lines
    assert derived(base, CHANGE) == replace(
        LINZI,
        collections=(replace(first, lines=(replace(day, unit_price=200), night)),),
        charging=replace(SURCHARGE, idle_rules=frozenset({"day-I"})),
    )


def test_large_vehicles_of_the_same_class_stay_in_the_table() -> None:
    first, second = LINZI.collections
    large = replace(
        second, collection_id="large", eligibility=replace(second.eligibility, area_classes=frozenset({"I", "II"}))
    )
    table = derived(replace(LINZI, collections=(first, large)), CHANGE)
    assert [one.collection_id for one in table.collections] == ["kerb-I", "large"]
    assert table.collections[1].eligibility.area_classes == {"I"}


def test_surcharge_for_lines_that_are_left_out_is_none_and_not_for_all() -> None:
    base = replace(LINZI, charging=replace(SURCHARGE, idle_rules=frozenset({"day-II"})))
    charging = derived(base, CHANGE).charging
    assert charging is not None
    assert (charging.idle_percent, charging.while_charging) == (100, "free")


def test_line_that_the_table_has_not_is_refused() -> None:
    with pytest.raises(InvalidInputError) as refusal:
        derived(LINZI, replace(CHANGE, unit_prices=(("day-I", 200), ("day-IX", 100))))
    assert refusal.value.code == "rule_unknown"
