"""For whom a table has no price, or more than one: every class of place and vehicle is asked once."""

from collections.abc import Iterator
from itertools import product
from typing import get_args

from parking.places.model import AreaClass, SpaceUse
from pricing.rates.model import Energy, RateTable, VehicleClass
from pricing.validation.model import Finding, error, warning

_Key = tuple[str, str, str, str, str]


def classes(table: RateTable) -> Iterator[Finding]:
    """Findings `collections_overlap`, `collection_for_nobody` and `class_unpriced`."""
    for number, collection in enumerate(table.collections):
        eligibility = collection.eligibility
        if not (eligibility.area_classes and eligibility.kinds and eligibility.vehicles and collection.lines):
            yield error(
                "collection_for_nobody",
                ("collection", number),
                "没有区域类别、场所种类、车型或计费规则",
                "it has no area class, kind of place, vehicle or line",
                collection=collection.collection_id,
            )
    kinds = sorted({kind for collection in table.collections for kind in collection.eligibility.kinds})
    met: dict[_Key, list[int]] = {
        key: _meeting(table, key)
        for key in product(get_args(AreaClass), kinds, get_args(VehicleClass), get_args(Energy), get_args(SpaceUse))
    }
    yield from _overlaps(table, met)
    yield from _unpriced(met)


def _meeting(table: RateTable, key: _Key) -> list[int]:
    return [
        number
        for number, collection in enumerate(table.collections)
        if collection.eligibility.percent_for(*key) is not None
    ]


def _overlaps(table: RateTable, met: dict[_Key, list[int]]) -> Iterator[Finding]:
    seen: set[tuple[int, int]] = set()
    for key, numbers in met.items():
        if len(numbers) > 1 and (numbers[0], numbers[1]) not in seen:
            seen.add((numbers[0], numbers[1]))
            first, second = (table.collections[number].collection_id for number in numbers[:2])
            yield error(
                "collections_overlap",
                ("collection", numbers[1]),
                f"与“{first}”同时适用于同一车辆和场所({'、'.join(key)})",
                f'it meets the same vehicle and place as "{first}" ({", ".join(key)})',
                collection=second,
            )


def _unpriced(met: dict[_Key, list[int]]) -> Iterator[Finding]:
    """The largest classes without a price first; what lies within one that is named is not named again."""
    missing = {key for key, numbers in met.items() if not numbers}
    priced = met.keys() - missing
    for positions in ((0,), (1,), (2,), (0, 1), (3,), (4,), (0, 1, 2), (0, 1, 2, 3), (0, 1, 2, 4), (0, 1, 2, 3, 4)):
        known = {tuple(key[position] for position in positions) for key in priced}
        for part in sorted({tuple(key[position] for position in positions) for key in missing} - known):
            named = {key for key in missing if tuple(key[position] for position in positions) == part}
            missing -= named
            yield warning(
                "class_unpriced",
                ("collection",),
                f"没有适用于“{'、'.join(part)}”的收费标准:其停车将无法计费",
                f'no collection is for "{", ".join(part)}": such a stay is refused',
            )
