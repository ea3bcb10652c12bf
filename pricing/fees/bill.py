"""What the charged time of one collection costs: entry fee and parts, with what caps take off ("Exact meaning", 4)."""

from collections.abc import Sequence
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from pricing.fees.accounts import Account
from pricing.fees.amounts import WHOLE, Amount, share
from pricing.fees.bill_lines import cap_line, charge_line, line_cap_line
from pricing.fees.caps import CapWindows
from pricing.fees.charges import BeyondEndError, Charge, Meter, charges_of
from pricing.fees.draft_lines import Draft
from pricing.fees.model import Stay
from pricing.fees.parts import Part
from pricing.fees.refusals import refused
from pricing.fees.words import Words, said, times_words
from pricing.rates.model import ChargingRule, Rounding

_NEIGHBOURS: Final[Words] = ("含相邻的短时段", "with a short part beside it")


class Owed(NamedTuple):
    """What is charged at one rate of tax; None is the table's."""

    amount: Amount
    tax_bp: int | None


class Bill:
    """Prices accounts one after another and keeps their lines and what they owe."""

    def __init__(
        self, stay: Stay, charging: ChargingRule | None, start: int, last: Part | None, zone: ZoneInfo
    ) -> None:
        """`start` is the first second of the stay, `last` its last part of begun units, which `up_at_end` rounds up."""
        self.drafts: list[Draft] = []
        self.owed: list[Owed] = []
        self._stay = stay
        self._charging = charging
        self._start = start
        self._last = last
        self._zone = zone

    def add(self, account: Account) -> None:
        """Price one collection; raises `FeeRefusedError` (`stay_too_long`)."""
        collection = account.plan.collection
        vehicle = account.percent * 100
        caps = CapWindows(collection.caps, vehicle, self._start, self._zone) if collection.caps else None
        if collection.entry_fee and account.parts:
            self._enter(account, share(collection.entry_fee, vehicle), caps)
        elapsed = 0
        for part in account.parts:
            self._price(account, part, elapsed, caps)
            elapsed += part.seconds

    def _enter(self, account: Account, fee: Amount, caps: CapWindows | None) -> None:
        at = account.parts[0].spans[0][0]
        words = times_words(self._stay.vehicle_class, account.percent, None)
        self.drafts.append(Draft(at, at + 1, "entry_fee", 1, fee, fee, said(("入场费", "entry fee"), *words)))
        if caps is not None:
            fee, taken = caps.pay(fee, None, at, at + 1)
            if taken is not None:
                self.drafts.append(cap_line(taken))
        self.owed.append(Owed(fee, account.plan.collection.entry_tax_bp))

    def _price(self, account: Account, part: Part, elapsed: int, caps: CapWindows | None) -> None:
        rate, idle = part.rate, self._idle_percent(part)
        meter = Meter(
            part.seconds,
            part.spans,
            account.percent * (100 if idle is None else idle),
            self._rounding(part),
            elapsed if rate.steps_from == "stay" else 0,
            self._zone,
        )
        try:
            charges = charges_of(rate, meter)
        except BeyondEndError:
            detail = f"{rate.rule_id} has no price for {part.seconds + meter.elapsed} seconds"
            where = {"collection": account.plan.collection.collection_id, "rule": rate.rule_id}
            raise refused(account.plan.table, "stay_too_long", detail, **where) from None
        words = times_words(self._stay.vehicle_class, account.percent, idle)
        if part.has_neighbours:
            words = (*words, _NEIGHBOURS)
        for charge in charges:
            self.drafts.append(charge_line(part, charge, words))
        owed: Amount = sum(charge.total for charge in charges)
        cap = None if rate.cap is None else share(rate.cap, account.percent * 100 if rate.cap_times_vehicle else WHOLE)
        if cap is not None and owed > cap:
            self.drafts.append(line_cap_line(part, cap, owed))
            owed = cap
        if caps is not None:
            owed = self._capped(part, charges, cap, caps)
        self.owed.append(Owed(owed, rate.tax_bp))

    def _capped(self, part: Part, charges: Sequence[Charge], line_cap: Amount | None, caps: CapWindows) -> Amount:
        paid: Amount = 0
        before: Amount = 0
        for cell in caps.cells(part.spans):
            due: Amount = sum(charge.before(cell.until) for charge in charges)
            if line_cap is not None and due > line_cap:
                due = line_cap
            allowed, taken = caps.pay(due - before, part.rate.rule_id, cell.low, cell.high)
            if taken is not None:
                self.drafts.append(cap_line(taken))
            paid += allowed
            before = due
        return paid

    def _idle_percent(self, part: Part) -> int | None:
        rule = self._charging
        return rule.idle_percent if part.is_idle and rule is not None and rule.surcharges(part.rate.rule_id) else None

    def _rounding(self, part: Part) -> Rounding:
        rounding = part.rate.rounding
        if rounding != "up_at_end":
            return rounding
        return "up" if part is self._last else "exact"
