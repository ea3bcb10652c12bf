"""The gate before every fee: without lawful grounds a stay costs nothing, and the payer is told which one is missing.

Rule (street.md): setting a space and operating it are different powers, so a fee above zero needs an approved space, a
valid price document, an operator in force and evidence from an accepted device or a person. Which version's sign
stands is asked where the rate is looked up (`pricing.rates.in_force`), because the one before goes on until then.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final, Literal

from parking.domain.money import Money
from parking.domain.time_span import TimeSpan
from pricing.fees.model import Fee, FeeLine, Stay, Uncharged, Usage

Reason = Literal[
    "billed_by_facility",
    "billed_at_gate",
    "space_not_approved",
    "price_document_missing",
    "operator_missing",
    "device_not_accepted",
    "rate_missing",
    "sign_missing",
    "rate_ambiguous",
    "stay_too_long",
    "table_invalid",
]
"""The last three are refusals of a table (`FeeRefusedError`): a stay that ends is never held up by a faulty tariff."""

WORDS: Final[Mapping[Reason, str]] = MappingProxyType(
    {
        "billed_by_facility": "停车场自行收费，本平台不收费 / the facility bills for itself, nothing is charged here",
        "billed_at_gate": "在出入口按车牌收费，泊位不另收费 / charged at the gate by plate, not by space",
        "space_not_approved": "泊位未经批准 / the space is not approved",
        "price_document_missing": "无有效价格文件 / no price document is in force",
        "operator_missing": "无有效经营主体 / no operator is in force",
        "device_not_accepted": "无已验收设备或人工凭证 / no evidence from an accepted device or a person",
        "rate_missing": "该车位和车型无收费标准 / no rate is published for this place and vehicle",
        "sign_missing": "收费公示牌尚未设置 / the sign with the prices does not stand yet",
        "rate_ambiguous": "收费标准有矛盾 / the published prices contradict each other",
        "stay_too_long": "收费标准未规定如此长的停放 / no price is published for so long a stay",
        "table_invalid": "收费标准不完整 / the published prices are incomplete",
    }
)


@dataclass(frozen=True, kw_only=True)
class Grounds:
    """What lets a stay be charged, each with its validity; None where there is none."""

    approval: TimeSpan | None
    documents: tuple[TimeSpan | None, ...]
    """The zone's document and the one behind its rate table: both must hold."""
    operator: TimeSpan | None
    has_accepted_evidence: bool
    billed_elsewhere: Sequence[tuple[Reason, TimeSpan]] = ()
    """While somebody else, or we at the gate, bill the same standing: nobody pays for it twice."""


def hindrance(grounds: Grounds, start: datetime) -> Reason | None:
    """Why a stay that begins at the instant cannot be charged; None when it can."""
    for reason, span in grounds.billed_elsewhere:
        if start in span:
            return reason
    if not _holds(grounds.approval, start):
        return "space_not_approved"
    if not all(_holds(document, start) for document in grounds.documents):
        return "price_document_missing"
    if not _holds(grounds.operator, start):
        return "operator_missing"
    return None if grounds.has_accepted_evidence else "device_not_accepted"


def expiries(grounds: Grounds, end: datetime) -> tuple[Uncharged, ...]:
    """The parts of a chargeable stay after one of its grounds has run out, up to the end of the stay."""
    spans: list[tuple[Reason, TimeSpan | None]] = [
        ("space_not_approved", grounds.approval),
        *(("price_document_missing", document) for document in grounds.documents),
        ("operator_missing", grounds.operator),
    ]
    gone = [(reason, span.end, end) for reason, span in spans if span is not None and span.end is not None]
    for reason, span in grounds.billed_elsewhere:
        gone.append((reason, span.start, end if span.end is None else min(span.end, end)))
    return tuple(
        Uncharged(span=TimeSpan(start, until), why=WORDS[reason]) for reason, start, until in gone if start < end
    )


def nothing_owed(stay: Stay, reason: Reason, usage: Usage, currency: str = "CNY") -> Fee:
    """A fee of zero whose only line says why."""
    line = FeeLine(start=stay.start, end=stay.end, rule=reason, quantity=0, unit_price=0, amount=0, why=WORDS[reason])
    return Fee(amount=Money(0, currency), lines=(line,), usage_after=usage)


def _holds(span: TimeSpan | None, instant: datetime) -> bool:
    return span is not None and instant in span
