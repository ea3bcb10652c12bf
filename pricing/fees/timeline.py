"""A stay in whole seconds: the spans and instants at which anything about it changes."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from parking.domain.time_span import TimeSpan
from pricing.fees.draft_lines import Draft
from pricing.fees.intervals import Interval, clip
from pricing.fees.model import FeeRefusedError, LaterTable, Stay
from pricing.fees.refusals import refused
from pricing.fees.usage import ceil_second, floor_second
from pricing.fees.words import said
from pricing.rates.model import RateTable

_FREE_CHARGING: Final = said(("充电期间免收停车费", "no parking fee while charging"))


class Place(NamedTuple):
    area_class: str
    kind: str
    use: str
    place_id: str | None


class Reason(NamedTuple):
    """Seconds that do not accrue, with the rule and the words of their line."""

    low: int
    high: int
    rule: str
    why: str


class Timeline(NamedTuple):
    """Whole seconds of a stay; of the reasons that hold at a second the first listed counts."""

    start: int
    end: int
    reasons: Sequence[Reason]
    charging: Sequence[Interval]
    """With what counts as charging still."""
    places: Sequence[tuple[int, Place]]
    versions: Sequence[tuple[int, RateTable]]

    def cuts(self) -> list[int]:
        """The seconds at which anything changes, from the first of the stay to its end."""
        if not self.reasons and not self.charging and len(self.places) == len(self.versions) == 1:
            return [self.start, self.end] if self.start < self.end else []
        instants = {self.start, self.end}
        instants.update(bound for reason in self.reasons for bound in reason[:2])
        instants.update(bound for span in self.charging for bound in span)
        instants.update(at for at, _ in self.places)
        instants.update(at for at, _ in self.versions)
        return sorted(at for at in instants if self.start <= at <= self.end)


def timeline(table: RateTable, stay: Stay, later: Sequence[LaterTable]) -> Timeline:
    """Spans are widened to whole seconds, the stay is not; raises `FeeRefusedError` (`stay_invalid`)."""
    _require_valid(table, stay, later)
    start = ceil_second(stay.start)
    end = max(start, floor_second(stay.end))
    grace = table.charging.grace_s if table.charging is not None else 0
    charging = [
        (floor_second(span.start), end if span.end is None else ceil_second(span.end) + grace) for span in stay.charging
    ]
    reasons = [Reason(*_span(item.span, start, end), "not_accruing", item.why) for item in stay.uncharged]
    if stay.rights:
        reasons += _exempt(table, stay, start, end)
    if table.charging is not None and table.charging.while_charging == "free":
        reasons += [Reason(low, high, "charging", _FREE_CHARGING) for low, high in charging]
    places = [(start, Place(stay.area_class, stay.kind, stay.use, stay.place_id))]
    places += [
        (ceil_second(move.at), Place(move.area_class, move.kind, move.use, move.place_id)) for move in stay.moves
    ]
    return Timeline(start, end, reasons, charging, places, _versions(table, later, start))


def unlisted_rights(table: RateTable, stay: Stay, line: Timeline) -> list[Draft]:
    """A line for each right that the table does not know, so that nobody wonders why it changed nothing."""
    listed = {item.exempt_class for item in table.exemptions}
    return [
        Draft(low, high, "not_exempt", 0, 0, 0, said((f"{name}:本标准未列为免费对象", f"{name}: not exempt here")))
        for right in stay.rights
        if (name := right.exempt_class) not in listed
        for low, high in clip([_span(right.span, line.start, line.end)], line.start, line.end)
        if low < high
    ]


def _require_valid(table: RateTable, stay: Stay, later: Sequence[LaterTable]) -> None:
    last = stay.start
    if last.tzinfo is None or stay.end.tzinfo is None or any(item.at.tzinfo is None for item in later):
        raise _invalid(table, "the instants of a stay need a time zone")
    if stay.end < last:
        raise _invalid(table, "a stay does not end before it starts")
    for move in stay.moves:
        if move.at.tzinfo is None or not last <= move.at <= stay.end:
            raise _invalid(table, "moves lie within the stay, in order, with a time zone")
        last = move.at


def _exempt(table: RateTable, stay: Stay, start: int, end: int) -> list[Reason]:
    proofs = {item.exempt_class: item.proof for item in table.exemptions}
    return [
        Reason(
            *_span(right.span, start, end), "exempt", said((f"免费对象:{name}(凭{proof})", f"exempt: {name} ({proof})"))
        )
        for right in stay.rights
        if (proof := proofs.get(name := right.exempt_class)) is not None
    ]


def _versions(table: RateTable, later: Sequence[LaterTable], start: int) -> list[tuple[int, RateTable]]:
    versions = [(start, table)]
    if table.price_moment == "as_you_go":
        ordered = sorted(later, key=lambda item: item.at)
        versions += [(max(start, ceil_second(item.at)), item.table) for item in ordered]
    return versions


def _span(span: TimeSpan | None, start: int, end: int) -> Interval:
    if span is None:
        return start, end
    return floor_second(span.start), end if span.end is None else ceil_second(span.end)


def _invalid(table: RateTable, detail: str) -> FeeRefusedError:
    return refused(table, "stay_invalid", detail)
