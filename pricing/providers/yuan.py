"""How both providers write money and time: yuan with two places, and China's time."""

from decimal import Decimal, InvalidOperation
from typing import Final
from zoneinfo import ZoneInfo

from parking.domain.money import Money

BEIJING: Final = ZoneInfo("Asia/Shanghai")


def fen_of(yuan: str, currency: str = "CNY") -> Money:
    """`3.00` as 300 fen; raises ValueError for what is no whole number of fen."""
    try:
        fen = Decimal(yuan) * 100
        whole = int(fen)
    except (InvalidOperation, OverflowError) as error:
        raise ValueError(f"{yuan!r} is no amount") from error
    if fen != whole:
        raise ValueError(f"{yuan!r} is no whole number of fen")
    return Money(whole, currency)


def yuan_of(amount: Money) -> str:
    return f"{amount.amount // 100}.{amount.amount % 100:02d}"
