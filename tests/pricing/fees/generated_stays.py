"""Random stays for random tables, on their boundaries more often than chance would have it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from parking.domain.time_span import TimeSpan
from parking.places.model import AreaClass
from pricing.fees.model import LaterTable, Move, Right, Stay, Uncharged
from pricing.rates.model import RateTable
from tests.pricing.fees.generated_tables import Draw, later_version, table_at
from tests.pricing.fees.second_by_second.free_time import Entries, Granted
from tests.pricing.fees.second_by_second.wall_time import instant_of, second_at_or_after, second_at_or_before

ANCHORS = {
    ("Asia/Shanghai", "CN"): (
        "2026-02-14T00:00", "2026-02-15T00:00", "2026-02-16T00:00", "2025-12-01T00:00", "2026-03-01T00:00", "2026-02-01T00:00",
        "2026-01-01T00:00", "2024-02-29T08:00", "2026-05-09T20:00", "2026-10-01T00:00", "2026-06-17T12:00",
    ),
    ("Europe/Berlin", "DE"): (
        "2026-03-29T02:00", "2026-03-29T03:00", "2026-10-25T02:00", "2026-10-25T03:00", "2026-10-25T00:00",
        "2024-03-01T00:00", "2026-12-25T00:00",
    ),
    ("America/New_York", "US"): (
        "2026-03-08T02:00", "2026-11-01T01:00", "2026-11-01T02:00", "2026-11-01T00:00", "2026-07-03T00:00",
        "2026-06-01T00:00",
    ),
}  # fmt: skip
PLACE_IDS = ("z1", "z1", "z2", None)
LONG_PERIODS = {"day": (1, 0.3), "week": (7, 0.05), "month": (31, 0.01)}
"""Days, and the share of stays that last as long: long ones cost time."""
LENGTHS = ("unit_s", "seconds", "below_s", "up_to_s", "window_s")
AREAS: tuple[AreaClass, ...] = ("I", "I", "I", "II", "II", "II")


@dataclass(frozen=True, kw_only=True)
class Case:
    """One comparison; `case(seed)` makes it again."""

    seed: int
    table: RateTable
    stay: Stay
    later: tuple[LaterTable, ...]
    granted: Granted
    entries: Entries


@lru_cache(maxsize=1)
def _table(seed: int) -> tuple[RateTable, datetime, datetime]:
    """A table, the local time around which it changes most often, and that instant."""
    draw = Draw(f"table {seed}")
    (zone, country), anchors = draw.pick((*ANCHORS.items(), *list(ANCHORS.items())[:1]))
    anchor = datetime.fromisoformat(draw.pick(anchors))
    return table_at(draw, zone, country, anchor), anchor, anchor.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def case(seed: int) -> Case:
    """Two cases that follow one another are two stays under one table."""
    table, anchor, near = _table(seed // 2)
    draw = Draw(f"stay {seed}")
    start = near + timedelta(minutes=5 * (draw.below(49) - 30))
    if draw.chance(0.3):
        start += timedelta(seconds=draw.below(300))
    if draw.chance(0.1):
        start += timedelta(microseconds=draw.below(1_000_000))
    marks = [near, *_marks(table, start)]
    end = _end(draw, table, start, marks)
    marks.append(start)
    stay = _stay(draw, start, end, marks)
    later = _later(draw, table, anchor, stay, marks)
    return Case(
        seed=seed,
        table=table,
        stay=stay,
        later=later,
        granted=_granted(draw, table, stay),
        entries=_entries(draw, table, stay),
    )


def _marks(table: RateTable, start: datetime) -> list[datetime]:
    """Instants at which something in the table ends for a stay from `start`."""
    lengths = {0}
    for collection in table.collections:
        timed = (collection.free, collection.short_stay, *collection.caps, *collection.short_parts)
        lines = (part for line in collection.lines for part in (line, *line.steps, *line.tiers))
        for item in (*timed, *lines):
            lengths.update(getattr(item, name) for name in LENGTHS if getattr(item, name, None) is not None)
    lengths.update(quota.seconds for quota in table.quotas)
    return [
        start + timedelta(seconds=times * length)
        for length in sorted(lengths)
        for times in (1, 2)
        if 0 < length <= 2 * 3600
    ]


def _instant(draw: Draw, start: datetime, end: datetime, marks: list[datetime]) -> datetime:
    """Somewhere within the stay or close to it."""
    if draw.chance(0.5):
        return draw.pick(marks) + timedelta(seconds=draw.pick((-1, 0, 0, 0, 1)))
    instant = start + (end - start) * draw.random.random()
    if draw.chance(0.7):
        return instant.replace(microsecond=0, second=0, minute=instant.minute // 5 * 5)
    return instant


def _long_period(draw: Draw, table: RateTable) -> timedelta | None:
    """Now and then one or two units of a rolling period, for stays that need more than one."""
    for collection in table.collections:
        for line in collection.lines:
            if line.period is not None and line.period.alignment == "rolling" and line.period.unit in LONG_PERIODS:
                days, share = LONG_PERIODS[line.period.unit]
                if draw.chance(share):
                    return timedelta(days=days)
    return None


def _end(draw: Draw, table: RateTable, start: datetime, marks: list[datetime]) -> datetime:
    period = _long_period(draw, table)
    if period is not None:
        return start + period + timedelta(seconds=draw.pick((-1, 0, 0, 1, 3600, draw.below(86_400))))
    kind = draw.random.random()
    if kind < 0.04:
        return start + timedelta(seconds=draw.pick((0, 0, 1, 2, 0.5)))
    if kind < 0.55:
        end = draw.pick(marks) + timedelta(seconds=draw.pick((-1, 0, 0, 0, 1)), hours=draw.pick((0, 0, 0, 1)))
        return end if end >= start or draw.chance(0.05) else start + (start - end)
    longest = 7200 if kind < 0.93 else 8 * 3600 if kind < 0.985 else 2 * 86_400
    end = start + timedelta(seconds=draw.below(longest))
    return end.replace(microsecond=0, second=0) if draw.chance(0.5) and end.replace(second=0) > start else end


def _stay(draw: Draw, start: datetime, end: datetime, marks: list[datetime]) -> Stay:
    moves = []
    for _ in range(draw.pick((1, 1, 2)) if draw.chance(0.2) else 0):
        at = _instant(draw, start, end, marks)
        moves.append(
            Move(
                at=at if draw.chance(0.01) else min(max(at, start), max(end, start)),
                area_class=draw.pick(AREAS),
                kind=draw.pick(("kerb", "kerb", "lot")),
                use=draw.pick(("ordinary", "charging", "charging", "loading")),
                place_id=draw.pick(PLACE_IDS),
            )
        )
    charges = draw.chance(0.35)
    return Stay(
        start=start,
        end=end,
        area_class="III" if draw.chance(0.01) else draw.pick(AREAS),
        kind=draw.pick(("kerb", "kerb", "lot")),
        use=draw.pick(("charging", "charging", "ordinary")) if charges else draw.pick(("ordinary", "accessible")),
        place_id=draw.pick(PLACE_IDS),
        vehicle_class=draw.pick(("small", "small", "large", "medium", "motorcycle")),
        energy=draw.pick(("nev", "fuel")),
        uncharged=tuple(
            Uncharged(span=_span(draw, start, end, marks), why="x") for _ in range(draw.pick((0, 0, 0, 0, 0, 0, 1, 2)))
        ),
        charging=tuple(_span(draw, start, end, marks) for _ in range(draw.pick((1, 1, 2)) if charges else 0)),
        rights=tuple(
            Right(
                exempt_class=draw.pick(("police", "police", "unknown")),
                span=None if draw.chance(0.1) else _span(draw, start, end, marks),
            )
            for _ in range(draw.pick((0,) * 12 + (1, 1, 1, 2)))
        ),
        moves=tuple(moves if draw.chance(0.05) else sorted(moves, key=lambda move: move.at)),
        payment_method=draw.pick((None, "app", "cash")),
    )


def _span(draw: Draw, start: datetime, end: datetime, marks: list[datetime]) -> TimeSpan:
    one, other = sorted(_instant(draw, start, end, marks) for _ in range(2))
    if draw.chance(0.1):
        one = start - timedelta(seconds=draw.seconds())
    if draw.chance(0.05):
        return TimeSpan(one)
    return TimeSpan(one, other if other > one else one + timedelta(seconds=draw.seconds()))


def _later(draw: Draw, table: RateTable, anchor: datetime, stay: Stay, marks: list[datetime]) -> tuple[LaterTable, ...]:
    if stay.end <= stay.start or not draw.chance(0.7 if table.price_moment == "as_you_go" else 0.03):
        return ()
    instants = {_instant(draw, stay.start, stay.end, marks) for _ in range(draw.pick((1, 1, 2)))}
    found: list[LaterTable] = []
    for at in sorted(instant for instant in instants if instant > stay.start):
        table = later_version(draw, table, anchor)
        found.append(LaterTable(at=at, table=table))
    return tuple(found)


def _granted(draw: Draw, table: RateTable, stay: Stay) -> Granted:
    """Used free time, mostly before the stay; now and then within it, as when a stay is priced again."""
    granted: Granted = {}
    for quota in table.quotas:
        for place_id in (None,) if quota.place == "everywhere" else ("z1", "z2"):
            begin = second_at_or_after(stay.start) - draw.pick((86_400, 7200, 3600))
            end = second_at_or_before(stay.end) if draw.chance(0.1) else second_at_or_after(stay.start)
            spans: list[tuple[int, int]] = []
            for _ in range(draw.pick((0, 0, 1, 2, 3))):
                begin += draw.seconds() if draw.chance(0.7) else draw.below(3600)
                length = draw.seconds() if draw.chance(0.7) else 1 + draw.below(3600)
                if begin < end:
                    spans.append((begin, min(begin + length, end)))
                    begin += length + 1
            if spans:
                granted[quota.quota_id, place_id] = spans
    return granted


def _entries(draw: Draw, table: RateTable, stay: Stay) -> Entries:
    entries: Entries = {}
    for collection in table.collections:
        limit = None if collection.free is None else collection.free.limit
        if limit is None:
            continue
        for place_id in (None,) if limit.place == "everywhere" else ("z1", "z2"):
            lengths = [draw.pick((limit.window_s or 86_400, draw.seconds())) for _ in range(draw.pick((0, 1, 1, 2, 3)))]
            found = {second_at_or_after(stay.start) - length + draw.pick((-1, 0, 0, 1)) for length in lengths}
            if draw.chance(0.1):
                found.add(second_at_or_after(stay.start))
            if found:
                entries[collection.collection_id, place_id] = sorted(found)
    return entries


def as_instants(spans: list[tuple[int, int]]) -> tuple[tuple[datetime, datetime], ...]:
    return tuple((instant_of(start), instant_of(end)) for start, end in spans)
