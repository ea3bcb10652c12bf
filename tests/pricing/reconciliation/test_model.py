"""The arithmetic of shares and carry-over, whatever the days bring."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from pricing.reconciliation.model import WHOLE, Before, OnlineTime, Takings, batch_of, half_up, share
from tests.pricing.reconciliation.month import JUNE, terms

AMOUNTS = st.integers(0, 10**9)
DAYS = st.lists(st.tuples(AMOUNTS, AMOUNTS), min_size=1, max_size=31)


def test_share_is_rounded_half_up_and_unknown_of_nothing() -> None:
    assert (share(67_104, 72_000), share(67_104, 69_600), share(1_047, 1_200)) == (9_320, 9_641, 8_725)
    assert share(0, 0) is None
    assert (half_up(5, 10), half_up(4, 10), half_up(3_456_932_5, 10)) == (1, 0, 3_456_933)


def test_threshold_is_judged_by_the_exact_share() -> None:
    nearly = OnlineTime(devices=1, counted_s=1_000_000, online_s=949_999)
    assert nearly.rate == 9_500
    assert nearly.is_below(9_500)
    assert not OnlineTime(devices=0, counted_s=0, online_s=0).is_below(9_500)


@given(DAYS, st.integers(0, WHOLE), st.integers(0, 10**8))
def test_days_add_up_to_the_month_to_the_fen(days: list[tuple[int, int]], fee_share: int, deduction: int) -> None:
    contract = terms(fee_share=fee_share, deduction=deduction)
    offline = OnlineTime(devices=1, counted_s=100, online_s=0)
    before, made = Before(), []
    for number, (gross, refunded) in enumerate(days):
        day: date = JUNE + timedelta(days=number)
        takings = Takings(payments=1, gross=gross, refunds=1, refunded=refunded)
        made.append(batch_of(contract, day, takings, before, offline if number == len(days) - 1 else None))
        before = Before(exact=made[-1].exact, fee=before.fee + made[-1].fee, carried=made[-1].carried_out)
    net = sum(gross - refunded for gross, refunded in days)
    fee = half_up(net * fee_share, WHOLE)
    assert sum(batch.fee for batch in made) == fee
    assert sum(batch.payable for batch in made) + made[-1].carried_out == fee - deduction
    assert all(batch.payable >= 0 >= batch.carried_out for batch in made)
