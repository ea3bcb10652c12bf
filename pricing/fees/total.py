"""From the sum to the fee: discount, tax and the one rounding ("Exact meaning", 5)."""

from collections.abc import Sequence
from typing import NamedTuple

from pricing.fees.amounts import WHOLE, Amount, half_up, ratio, rounded
from pricing.fees.bill import Owed
from pricing.fees.draft_lines import Draft
from pricing.fees.words import money, percentage, said
from pricing.rates.model import RateTable


class Total(NamedTuple):
    """The fee in minor units, the lines that lead to it from the sum, and the tax within it."""

    amount: int
    closing: list[Draft]
    tax: int | None


def total(table: RateTable, owed: Sequence[Owed], payment_method: str | None, start: int, end: int) -> Total:
    """`[start, end)` is the whole stay, of which the closing lines speak."""
    sum_: Amount = sum(item.amount for item in owed)
    closing: list[Draft] = []
    percent = next((item.percent for item in table.discounts if item.payment_method == payment_method), 0)
    taken = ratio(sum_ * percent, 100)
    if taken:
        why = said((f"{payment_method} 优惠 {percent}%", f"{percent}% off for paying by {payment_method}"))
        closing.append(Draft(start, end, "discount", 1, -taken, -taken, why))
        sum_ -= taken
    tax: Amount | None = None
    if table.tax is not None:
        taxes = _taxes(owed, 100 - percent, table.tax.bp, is_included=table.tax.included)
        tax = sum(taxes.values())
        if not table.tax.included:
            closing += [
                Draft(
                    start, end, "tax", 1, amount, amount, said((f"另加税 {percentage(bp)}%", f"{percentage(bp)}% tax"))
                )
                for bp, amount in taxes.items()
                if amount
            ]
            sum_ += tax
    amount = rounded(sum_, table.rounding.to, table.rounding.mode)
    off = amount - half_up(sum_)
    if off:
        unit = money(table.rounding.to)
        closing.append(
            Draft(start, end, "rounding", 1, off, amount - sum_, said((f"取整到 {unit}", f"to multiples of {unit}")))
        )
    return Total(amount, closing, None if tax is None else half_up(tax))


def _taxes(owed: Sequence[Owed], left_percent: int, default_bp: int, *, is_included: bool) -> dict[int, Amount]:
    taxes: dict[int, Amount] = {}
    for item in owed:
        bp = default_bp if item.tax_bp is None else item.tax_bp
        exact = ratio(item.amount * left_percent * bp, 100 * (WHOLE + bp if is_included else WHOLE))
        taxes[bp] = taxes.get(bp, 0) + exact
    return taxes
