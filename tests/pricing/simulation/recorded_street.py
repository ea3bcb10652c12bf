"""A week of stays on two streets that a test can add up by hand."""

import numpy as np

from pricing.fees.arrays.columns import StayColumns
from pricing.simulation.model import RecordedStays
from tests.pricing.kerb_city import at

WEEK_S = 7 * 86_400


def recorded_street() -> RecordedStays:
    """One vehicle at Z1 daily from 09:00 to 10:45 (fee now 4.50, draft 6.00), one at Z2 once for twenty minutes, and one by night."""
    daily = [(int(at("09:00:00", day).timestamp()), 6_300, 0, 7) for day in range(7)]
    short = (int(at("12:00:00").timestamp()), 1_200, 1, 8)
    night = (int(at("20:00:00").timestamp()), 7_200, 1, -1)
    start, length, zone, vehicle = (
        np.array(column, dtype=np.int64) for column in zip(*daily, short, night, strict=True)
    )
    ordinary = np.zeros(len(start), dtype=np.int8)
    begins = int(at("00:00:00").timestamp())
    return RecordedStays(
        stays=StayColumns(
            start=start,
            end=start + length,
            area_class=ordinary,
            kind=ordinary,
            use=ordinary,
            vehicle_class=np.ones(len(start), dtype=np.int8),
            energy=ordinary,
            vehicle=vehicle,
        ),
        zone=zone,
        zone_ids=("Z1", "Z2"),
        capacities={"Z1": 10},
        start=begins,
        end=begins + WEEK_S,
    )
