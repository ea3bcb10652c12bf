"""Random lives of a few stays: fees, payments, retries, refunds, offline batches and provider's notices, in any order."""

from dataclasses import dataclass
from random import Random
from typing import Literal

STAYS = 3
DRAWERS = ("T1", "T2")
AMOUNTS = (0, 1, 150, 300, 400, 900)


@dataclass(frozen=True)
class Step:
    """One thing that happens. `key` is what a retry repeats; a payment is named by the key that made it."""

    what: Literal["issue", "claim", "pay", "collect", "refund", "close"]
    stay: int = 0
    key: str = ""
    amount: int = 0
    currency: str = "CNY"
    method: Literal["cash", "test"] = "cash"
    drawer: str | None = "T1"
    payment: str = ""
    attributed: bool = True


def sequence(random: Random, length: int) -> list[Step]:
    """Steps of which about a quarter repeat an earlier one, with its own body or with another."""
    steps: list[Step] = [_issue(random) for _ in range(2)]
    for number in range(length):
        keyed = [step for step in steps if step.key]
        if keyed and random.random() < 0.25:
            steps.append(_repeated(random, random.choice(keyed)))
        else:
            steps.extend(_fresh(random, f"k{number}", keyed))
    return steps


def _fresh(random: Random, key: str, keyed: list[Step]) -> list[Step]:
    what = random.choice(["issue", "claim", "pay", "pay", "pay", "collect", "batch", "refund", "refund", "close"])
    if what == "issue":
        return [_issue(random)]
    if what == "claim":
        return [Step("claim", stay=random.randrange(STAYS))]
    if what == "close":
        return [Step("close", drawer=random.choice(DRAWERS), amount=random.choice(AMOUNTS))]
    if what == "batch":
        batch = [_payment(random, "collect", f"{key}.{item}") for item in range(random.randint(1, 3))]
        # A terminal that did not hear the answer sends what it has again, together with what came since.
        return [*batch, *batch[1:], _payment(random, "collect", f"{key}.late")]
    if what == "refund":
        payments = [step.key for step in keyed if step.what != "refund"] or ["never"]
        amount = random.choice((*AMOUNTS, -1))
        return [Step("refund", key=key, payment=random.choice(payments), amount=amount, drawer=None)]
    return [_payment(random, "pay" if what == "pay" else "collect", key)]


def _issue(random: Random) -> Step:
    return Step("issue", stay=random.randrange(STAYS), amount=random.choice(AMOUNTS), attributed=random.random() < 0.7)


def _payment(random: Random, what: Literal["pay", "collect"], key: str) -> Step:
    method: Literal["cash", "test"] = random.choice(["cash", "test"])
    return Step(
        what,
        stay=random.randrange(STAYS),
        key=key,
        amount=random.choice((*AMOUNTS, -5)),
        currency="USD" if random.random() < 0.05 else "CNY",
        method=method,
        drawer=None if random.random() < (0.05 if method == "cash" else 0.5) else random.choice(DRAWERS),
    )


def _repeated(random: Random, step: Step) -> Step:
    if random.random() < 0.7:
        return step
    return Step(
        step.what,
        stay=step.stay,
        key=step.key,
        amount=step.amount + 1,
        currency=step.currency,
        method=step.method,
        drawer=step.drawer,
        payment=step.payment,
    )
