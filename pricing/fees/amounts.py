"""Exact amounts on the way to a fee: whole minor units where possible, fractions only where a percentage leaves some."""

from fractions import Fraction
from typing import Final

from pricing.rates.model import MoneyRounding

Amount = int | Fraction
"""Minor units, exact."""

WHOLE: Final = 10_000
"""The share of a price, in hundredths of a percent, that leaves it as it is."""


def share(amount: Amount, of_ten_thousand: int) -> Amount:
    """So many ten-thousandths of an amount."""
    return amount if of_ten_thousand == WHOLE else ratio(amount * of_ten_thousand, WHOLE)


def ratio(amount: Amount, by: int) -> Amount:
    """Divide exactly; whole results stay whole numbers, which are much faster."""
    if isinstance(amount, int) and amount % by == 0:
        return amount // by
    quotient = Fraction(amount, by)
    return quotient.numerator if quotient.denominator == 1 else quotient


def half_up(amount: Amount) -> int:
    if isinstance(amount, int):
        return amount
    return (2 * amount.numerator + amount.denominator) // (2 * amount.denominator)


def rounded(amount: Amount, to: int, mode: MoneyRounding) -> int:
    """The multiple of `to` that the mode names; amounts are not below zero."""
    units = ratio(amount, to)
    if isinstance(units, int):
        return units * to
    if mode == "half_up":
        return half_up(units) * to
    down = units.numerator // units.denominator
    return (down if mode == "down" else down + 1) * to
