"""The lines of charged time: units at their price, and what caps take off them."""

from collections.abc import Sequence

from pricing.fees.amounts import Amount
from pricing.fees.caps import TakeOff
from pricing.fees.charges import Charge
from pricing.fees.draft_lines import Draft
from pricing.fees.intervals import Interval
from pricing.fees.parts import Part
from pricing.fees.words import Words, cap_words, money, said


def charge_line(part: Part, charge: Charge, words: Sequence[Words]) -> Draft:
    low, high = _second(part.spans, charge.at), _second(part.spans, charge.until - 1) + 1
    why = said(charge.words, *words)
    return Draft(low, high, part.rate.rule_id, charge.quantity, charge.price, charge.total, why)


def line_cap_line(part: Part, cap: Amount, owed: Amount) -> Draft:
    amount = money(cap)
    why = said((f"本时段封顶 {amount}", f"at most {amount} in this span of the day"))
    return Draft(part.spans[0][0], part.spans[-1][1], part.rate.rule_id, 1, cap - owed, cap - owed, why)


def cap_line(taken: TakeOff) -> Draft:
    why = said(cap_words(taken.cap, taken.most))
    return Draft(taken.low, taken.high, taken.cap.cap_id, 1, -taken.amount, -taken.amount, why)


def _second(spans: Sequence[Interval], position: int) -> int:
    """The second at a position of the part."""
    for low, high in spans:
        if position < high - low:
            return low + position
        position -= high - low
    return spans[-1][1]
