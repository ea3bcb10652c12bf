"""An independent account of the same events: plain counters of money, no postings, none of the product's code."""

from dataclasses import dataclass, field

from tests.pricing.settlement.sequences import Step


@dataclass
class Taken:
    """A payment: what came in, what of it paid the fee, what went back."""

    stay: int
    amount: int
    useful: int
    way: str
    back: int = 0
    back_useful: int = 0


@dataclass
class Reference:
    """Says of every step what must come out: `ok`, `same` for a repetition, or the code of the refusal."""

    fees: dict[int, int] = field(default_factory=dict)
    owed_by_somebody: set[int] = field(default_factory=set)
    taken: dict[str, Taken] = field(default_factory=dict)
    seen: dict[str, Step] = field(default_factory=dict)
    drawers: dict[str, int] = field(default_factory=dict)
    differences: int = 0

    def do(self, step: Step) -> str:
        if step.key and step.key in self.seen:
            return "same" if self.seen[step.key] == step else "idempotency_key_reused"
        outcome: str = getattr(self, step.what)(step)
        if step.key and outcome == "ok":
            self.seen[step.key] = step
        return outcome

    def issue(self, step: Step) -> str:
        if step.stay not in self.fees:
            self.fees[step.stay] = step.amount
            if step.attributed:
                self.owed_by_somebody.add(step.stay)
        return "ok"

    def claim(self, step: Step) -> str:
        if step.stay not in self.fees:
            return "fee_not_issued"
        self.owed_by_somebody.add(step.stay)
        return "ok"

    def paid(self, stay: int) -> int:
        return sum(one.useful for one in self.taken.values() if one.stay == stay)

    def pay(self, step: Step) -> str:
        return self._take(step, step.amount - max(step.amount - self._missing(step.stay), 0), refuse=True)

    def collect(self, step: Step) -> str:
        return self._take(step, min(step.amount, self._missing(step.stay)), refuse=False)

    def _missing(self, stay: int) -> int:
        return self.fees.get(stay, 0) - self.paid(stay)

    def _take(self, step: Step, useful: int, *, refuse: bool) -> str:
        refusals = {
            "fee_not_issued": step.stay not in self.fees,
            "currency_mismatch": step.currency != "CNY",
            "amount_not_positive": step.amount <= 0,
            "drawer_missing": step.method == "cash" and step.drawer is None,
            "bill_already_paid": refuse and self._missing(step.stay) == 0,
            "amount_above_owed": refuse and step.amount > self._missing(step.stay),
        }
        for code, applies in refusals.items():
            if applies:
                return code
        way = f"cash/{step.drawer}" if step.method == "cash" else "provider/test"
        self.taken[step.key] = Taken(step.stay, step.amount, useful, way)
        self.owed_by_somebody.add(step.stay)
        self._move(way, step.amount)
        return "ok"

    def refund(self, step: Step) -> str:
        one = self.taken.get(step.payment)
        if one is None:
            return "payment_unknown"
        if step.amount <= 0:
            return "amount_not_positive"
        if step.amount > one.amount - one.back:
            return "refund_above_paid"
        useless_left = max(one.amount - one.useful - one.back, 0)
        one.back += step.amount
        one.back_useful += max(step.amount - useless_left, 0)
        self._move(one.way, -step.amount)
        return "ok"

    def close(self, step: Step) -> str:
        self.differences += step.amount - self.drawers.get(f"cash/{step.drawer}", 0)
        self.drawers[f"cash/{step.drawer}"] = 0
        return "ok"

    def _move(self, way: str, amount: int) -> None:
        self.drawers[way] = self.drawers.get(way, 0) + amount

    def state(self, stay: int) -> str:
        """What the bill must say."""
        paid = self.paid(stay)
        back = sum(one.back_useful for one in self.taken.values() if one.stay == stay)
        if self.fees[stay] > 0 and paid == 0:
            return "open" if stay in self.owed_by_somebody else "unattributed"
        if paid > 0 and back == paid:
            return "refunded"
        return "paid" if paid == self.fees[stay] else "part_paid"

    def accounts(self) -> dict[str, int]:
        """Balances that the ledger must have, in minor units; accounts at zero are left out."""
        booked = sum(self.fees[stay] for stay in self.owed_by_somebody)
        balances = {
            "receivable/D": booked - sum(one.useful for one in self.taken.values()),
            "revenue/D": -booked,
            "refunds/D": sum(one.back_useful for one in self.taken.values()),
            "suspense": -sum(one.amount - one.useful - one.back + one.back_useful for one in self.taken.values()),
            **self.drawers,
        }
        return {account: amount for account, amount in balances.items() if amount}
