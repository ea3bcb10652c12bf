"""Reads what a stay is charged by, and keeps fees and used free time."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import delete
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncSession

from parking.db.prepared import Prepared
from parking.domain.time_span import TimeSpan
from parking.places.model import AreaClass, PlaceKind, SpaceUse
from pricing.fees.chargeability import Reason
from pricing.fees.model import FeeLine, Usage
from pricing.quotes.fee_lines import read_lines
from pricing.quotes.tables import FeeRow, VehicleUsageRow
from pricing.rates.in_force import EFFECTS, Effect, effects_of

_PLACE = """
    SELECT sp.space_id, z.zone_id, sp.segment_id, sp.facility_id, sp.kind, sp.use, z.area_class,
           sp.approval_from, sp.approval_to, d.valid_from, d.valid_to, c.valid_from, c.valid_to,
           f.bills_itself_from, f.bills_itself_to, f.billed_at_gate_from, f.billed_at_gate_to,
           EXISTS (SELECT FROM device_binding b WHERE b.space_id = sp.space_id AND b.valid @> CAST({at} AS timestamptz)),
           EXISTS (SELECT FROM restriction_space rs JOIN restriction r USING (restriction_id)
                   WHERE rs.space_id = sp.space_id AND r.starts_at < {until} AND r.ends_at > {at}),
           EXISTS (SELECT FROM permit WHERE plate_token = ANY({plate_tokens})),
           ({effects})
    FROM space sp
    JOIN zone z ON z.zone_id = sp.zone_id
    LEFT JOIN facility f ON f.facility_id = sp.facility_id
    LEFT JOIN price_document d ON d.price_document_id = z.price_document_id
    LEFT JOIN LATERAL (
        SELECT valid_from, valid_to FROM concession JOIN concession_zone USING (concession_id)
        WHERE concession_zone.zone_id = z.zone_id AND valid_from <= {at} AND (valid_to IS NULL OR valid_to > {at})
        ORDER BY valid_to DESC NULLS FIRST LIMIT 1
    ) c ON true
"""


def _place(*, at: str = "$2", until: str = "$3", plate_tokens: str = "$4") -> str:
    effects = EFFECTS.format(
        zone_id="z.zone_id", kind="sp.kind", place_id="coalesce(sp.segment_id, sp.facility_id)", until=until
    )
    return _PLACE.format(at=at, until=until, plate_tokens=plate_tokens, effects=effects)


_BY_SPACE = Prepared(_place() + " WHERE sp.space_id = $1")
_BY_SPACES = Prepared(
    f"""
    SELECT place.* FROM unnest((SELECT $1::text[]), $2::timestamptz[], $3::timestamptz[], $4::text[])
        WITH ORDINALITY AS stay (space_id, at, until, plate_token, number)
    LEFT JOIN LATERAL (
        {_place(at="stay.at", until="stay.until", plate_tokens="ARRAY[stay.plate_token]")}
        WHERE sp.space_id = stay.space_id
    ) AS place ON true
    ORDER BY stay.number
    """  # noqa: S608 - the parts are our own
)
"""The planner is not shown how many stays there are: one plan serves any number, where it would else plan these joins anew each time."""
_IN_ZONE = Prepared(
    _place()
    + """
    WHERE z.zone_id = $1 AND z.removed_at IS NULL AND sp.removed_at IS NULL AND sp.approval_from <= $2
      AND (sp.approval_to IS NULL OR sp.approval_to > $2)
      AND (CAST($5 AS text) IS NULL OR sp.kind = $5) AND (CAST($6 AS text) IS NULL OR sp.use = $6)
    ORDER BY coalesce(f.bills_itself_from <= $2 AND (f.bills_itself_to IS NULL OR f.bills_itself_to > $2), false),
             array_position(ARRAY['kerb', 'lot', 'garage'], sp.kind),
             array_position(ARRAY['ordinary', 'accessible', 'charging', 'loading'], sp.use), sp.space_id
    LIMIT 1
    """
)
_LOCK_VEHICLES = Prepared(
    """
    SELECT pg_advisory_xact_lock($1, number)
    FROM (SELECT DISTINCT hashtext(token) AS number FROM unnest($2::text[]) AS vehicle (token) ORDER BY 1) AS ordered
    """
)
_USAGE = Prepared("SELECT usage_key, granted, entries FROM vehicle_usage WHERE plate_token = ANY($1)")
_FEE_COLUMNS: Final = tuple(column.key for column in FeeRow.__table__.columns)
_FEES: Final = Prepared(f"SELECT {', '.join(_FEE_COLUMNS)} FROM fee WHERE session_id = ANY($1)")  # noqa: S608 - our own columns
_NEW_FEES: Final = Prepared(
    f"""
    INSERT INTO fee ({", ".join(_FEE_COLUMNS)})
    SELECT {", ".join(_FEE_COLUMNS)} FROM jsonb_populate_recordset(NULL::fee, $1)
    """  # noqa: S608 - as above
)
_LOCK_SPACE = 0x0D0A


class KeptFee(msgspec.Struct, frozen=True, kw_only=True):
    """The fee of an ended stay by the columns of its table."""

    session_id: str
    space_id: str | None
    zone_id: str
    amount: int
    currency: str
    lines: tuple[FeeLine, ...]
    rate_table_id: str | None
    version: int | None
    is_attributed: bool
    tax: int | None
    reason: Reason | None
    issued_at: datetime


@dataclass(frozen=True, kw_only=True)
class ChargedPlace:
    """A space, or a facility as a whole, as the gate before fees and the calculator see it at one instant."""

    space_id: str | None
    """None for the facility as a whole."""
    zone_id: str
    segment_id: str | None
    facility_id: str | None
    kind: PlaceKind
    use: SpaceUse
    area_class: AreaClass
    approval: TimeSpan | None
    document: TimeSpan | None
    operator: TimeSpan | None
    has_device: bool
    """Whether a registered device watches the space at the instant."""
    may_be_restricted: bool
    """Whether anything was to close the space between the instant and the later one; nearly always nothing was."""
    may_hold_permits: bool
    """Whether the vehicle that is asked for has permits of any kind; nearly none has."""
    billed_elsewhere: tuple[tuple[Reason, TimeSpan], ...]
    """While the facility bills with a system of its own, or we at its gate and not by space."""
    effects: tuple[Effect, ...]
    """What was published for the place up to a later instant."""

    @property
    def place_id(self) -> str:
        """Where quotas that count by place count a stay: the facility, or the zone at the kerb."""
        return self.facility_id or self.zone_id

    @property
    def sign_place_id(self) -> str | None:
        """Where the sign with the prices stands: the segment at the kerb, else the facility."""
        return self.segment_id or self.facility_id


async def place_of_space(
    session: AsyncSession, space_id: str, at: datetime, until: datetime, plate_tokens: Sequence[str] = ()
) -> ChargedPlace | None:
    """The space as it is at `at`, with its prices up to `until`; also one that has left the inventory: a stay there still ends."""
    return charged_place(await _BY_SPACE.row(session, space_id, at, until, list(plate_tokens)))


async def places_of_spaces(
    session: AsyncSession, stays: Sequence[tuple[str, datetime, datetime, str | None]]
) -> list[ChargedPlace | None]:
    """As `place_of_space`, for several stays and in their order: of each the space, `at`, `until` and the vehicle's token."""
    columns = [list(column) for column in zip(*stays, strict=True)]
    return [charged_place(row) for row in await _BY_SPACES.rows(session, *columns)] if stays else []


async def place_in_zone(
    session: AsyncSession,
    zone_id: str,
    at: datetime,
    until: datetime,
    plate_tokens: Sequence[str] = (),
    *,
    kind: str | None = None,
    use: str | None = None,
) -> ChargedPlace | None:
    """An approved space of the zone that stands for the others of its kind and use: one that we bill, an ordinary one at the kerb first."""
    return charged_place(await _IN_ZONE.row(session, zone_id, at, until, list(plate_tokens), kind, use))


async def usage_of(session: AsyncSession, plate_tokens: Sequence[str], *, lock: bool) -> Usage:
    """What a vehicle has used; with `lock` nobody else changes it until the transaction ends.

    A vehicle has several tokens while the key of plates is being changed; what they have used counts together.
    """
    if lock:
        await lock_vehicles(session, plate_tokens)
    found = await _USAGE.rows(session, list(plate_tokens))
    granted: dict[str, list[tuple[datetime, datetime]]] = {}
    entries: dict[str, list[datetime]] = {}
    for key, spans, instants in found:
        granted.setdefault(key, []).extend((span.lower, span.upper) for span in spans if span.lower and span.upper)
        entries.setdefault(key, []).extend(instants)
    return Usage(
        granted={key: _united(spans) for key, spans in granted.items() if spans},
        entries={key: tuple(sorted(instants)) for key, instants in entries.items() if instants},
    )


async def lock_vehicles(session: AsyncSession, plate_tokens: Collection[str]) -> None:
    """Whoever counts what these vehicles have used waits here; in one order, so that nobody waits for another in a circle."""
    await _LOCK_VEHICLES.rows(session, _LOCK_SPACE, list(plate_tokens))


async def keep_usage(session: AsyncSession, plate_token: str, usage: Usage, kept_until: Mapping[str, datetime]) -> None:
    """Write down what the vehicle has used now, of the keys of `kept_until` alone."""
    rows = [
        {
            "plate_token": plate_token,
            "usage_key": key,
            "granted": [Range(start, end) for start, end in usage.granted.get(key, ())],
            "entries": list(usage.entries.get(key, ())),
            "kept_until": until,
        }
        for key, until in kept_until.items()
    ]
    if not rows:
        return
    statement = postgresql.insert(VehicleUsageRow)
    members = {name: getattr(statement.excluded, name) for name in ("granted", "entries", "kept_until")}
    await session.execute(
        statement.on_conflict_do_update(index_elements=["plate_token", "usage_key"], set_=members), rows
    )


async def forget_usage(session: AsyncSession, now: datetime) -> None:
    """Delete what no window needs any more."""
    await session.execute(delete(VehicleUsageRow).where(VehicleUsageRow.kept_until <= now))


async def kept_fees(session: AsyncSession, session_ids: Collection[str]) -> dict[str, KeptFee]:
    """Of these stays, by their ids."""
    found = [dict(zip(_FEE_COLUMNS, row, strict=True)) for row in await _FEES.rows(session, list(session_ids))]
    return {row["session_id"]: KeptFee(**row | {"lines": read_lines(row["lines"])}) for row in found}


async def insert_fees(session: AsyncSession, fees: Sequence[KeptFee]) -> None:
    """As the table's own row type reads them."""
    await _NEW_FEES.rows(session, msgspec.json.encode(fees).decode())


def charged_place(row: Sequence[Any] | None) -> ChargedPlace | None:
    """From a row with the columns of `_PLACE`; None where there is none, or it is empty."""
    if row is None or row[1] is None:
        return None
    space, zone, segment, facility, kind, use, area_class, *spans, has_device, restricted, permits, effects = row
    return ChargedPlace(
        space_id=space,
        zone_id=zone,
        segment_id=segment,
        facility_id=facility,
        kind=kind,
        use=use,
        area_class=area_class,
        approval=_span(*spans[0:2]),
        document=_span(*spans[2:4]),
        operator=_span(*spans[4:6]),
        billed_elsewhere=_elsewhere(_span(*spans[6:8]), _span(*spans[8:10])),
        has_device=has_device,
        may_be_restricted=restricted,
        may_hold_permits=permits,
        effects=effects_of(effects),
    )


def _elsewhere(theirs: TimeSpan | None, gate: TimeSpan | None) -> tuple[tuple[Reason, TimeSpan], ...]:
    both: tuple[tuple[Reason, TimeSpan | None], ...] = (("billed_by_facility", theirs), ("billed_at_gate", gate))
    return tuple((reason, span) for reason, span in both if span is not None)


def _span(start: datetime | None, end: datetime | None) -> TimeSpan | None:
    return None if start is None else TimeSpan(start, end)


def _united(spans: Sequence[tuple[datetime, datetime]]) -> tuple[tuple[datetime, datetime], ...]:
    united: list[tuple[datetime, datetime]] = []
    for start, end in sorted(spans):
        if united and start <= united[-1][1]:
            united[-1] = (united[-1][0], max(end, united[-1][1]))
        else:
            united.append((start, end))
    return tuple(united)
