"""Rows that arrays cannot price, through the calculator."""

from collections.abc import Iterable
from datetime import UTC, datetime

import numpy as np

from parking.calendar.official import Calendars
from pricing.fees.arrays.columns import AREA_CLASSES, ENERGIES, KINDS, USES, VEHICLE_CLASSES, Ints, Mask, StayColumns
from pricing.fees.arrays.scope import quotas_of
from pricing.fees.calculator import price
from pricing.fees.local_time import instant, local_day, zone_of
from pricing.fees.model import FeeRefusedError, Stay, Usage
from pricing.fees.usage import moment, quota_key
from pricing.rates.model import RateTable


def stay_of(stays: StayColumns, row: int) -> Stay:
    if row in stays.whole:
        return stays.whole[row]
    payment = -1 if stays.payment is None else int(stays.payment[row])
    return Stay(
        start=datetime.fromtimestamp(int(stays.start[row]), UTC),
        end=datetime.fromtimestamp(int(stays.end[row]), UTC),
        area_class=AREA_CLASSES[stays.area_class[row]],
        kind=KINDS[stays.kind[row]],
        use=USES[stays.use[row]],
        place_id=None if stays.place is None else str(stays.place[row]),
        vehicle_class=VEHICLE_CLASSES[stays.vehicle_class[row]],
        energy=ENERGIES[stays.energy[row]],
        payment_method=None if payment < 0 else stays.payment_methods[payment],
    )


class OneByOne:
    """Prices rows into `amount`, and keeps the codes of those that are refused."""

    def __init__(self, table: RateTable, stays: StayColumns, calendars: Calendars, amount: Ints) -> None:
        self._table, self._stays, self._calendars, self._amount = table, stays, calendars, amount
        self.codes: dict[int, str] = {}

    def price_each(self, rows: Iterable[int], used_s: Ints | None, origin: Ints | None) -> None:
        """Rows whose vehicles have used nothing but `used_s` of a quota: today, or in the window that began at `origin`."""
        for row in rows:
            used = 0 if used_s is None else int(used_s[row])
            self._price(row, self._used(row, used, None if origin is None else int(origin[row])) if used else Usage())

    def price_in_order(self, rows: Mask) -> None:
        """Rows of vehicles that carry their usage from each stay to the next."""
        stays = self._stays
        if stays.vehicle is None:
            return
        chosen = np.flatnonzero(rows)
        usage, of = Usage(), -1
        for row in chosen[np.lexsort((stays.end[chosen], stays.start[chosen], stays.vehicle[chosen]))].tolist():
            vehicle = int(stays.vehicle[row])
            if vehicle != of:
                used = 0 if stays.used_s is None else int(stays.used_s[row])
                usage, of = self._used(row, used, None) if used else Usage(), vehicle
            usage = self._price(row, usage)

    def _price(self, row: int, usage: Usage) -> Usage:
        try:
            fee = price(self._table, stay_of(self._stays, row), usage, calendars=self._calendars)
        except FeeRefusedError as refusal:
            self.codes[row] = refusal.code
            return usage
        self._amount[row] = fee.amount.amount
        return fee.usage_after

    def _used(self, row: int, seconds: int, origin: int | None) -> Usage:
        """As if the vehicle had used so many seconds at the beginning of the local day, and of the window."""
        stay = stay_of(self._stays, row)
        zone = zone_of(self._table.timezone)
        day = instant(local_day(int(stay.start.timestamp()), zone), datetime.min.time(), zone)
        begins = {"local_day": day, "from_first_use": origin}
        return Usage(
            granted={
                quota_key(quota, stay.place_id): ((moment(low), moment(low + seconds)),)
                for quota in quotas_of(self._table, stay.energy)
                if (low := begins.get(quota.window)) is not None
            }
        )
