"""Lines on the way to a fee: exact amounts, seconds, and the order in which people read them."""

from collections.abc import Iterable
from typing import NamedTuple

from pricing.fees.amounts import Amount, half_up
from pricing.fees.model import FeeLine
from pricing.fees.usage import moment


class Draft(NamedTuple):
    """A line with its exact amount; a take-off stands after what it takes from."""

    start: int
    end: int
    rule: str
    quantity: int
    unit_price: Amount
    amount: Amount
    why: str


def nothing(start: int, end: int, rule: str, why: str) -> Draft:
    """Seconds for which nothing is charged."""
    return Draft(start, end, rule, end - start, 0, 0, why)


def in_order(drafts: list[Draft], closing: Iterable[Draft]) -> tuple[FeeLine, ...]:
    """By beginning, with what holds for the whole stay last; amounts are the steps of the rounded running sum."""
    drafts.sort(key=_start)
    drafts.extend(closing)
    lines: list[FeeLine] = []
    exact: Amount = 0
    said = 0
    for draft in drafts:
        exact += draft.amount
        sum_ = half_up(exact)
        lines.append(
            FeeLine(
                start=moment(draft.start),
                end=moment(draft.end),
                rule=draft.rule,
                quantity=draft.quantity,
                unit_price=half_up(draft.unit_price),
                amount=sum_ - said,
                why=draft.why,
            )
        )
        said = sum_
    return tuple(lines)


def _start(draft: Draft) -> int:
    return draft.start
