"""How many drivers come is a matter of the price, the kind of place and the hour."""

import pytest

from devices.simulation.drivers import Drivers
from devices.simulation.fleet import Site
from devices.simulation.turnout import Changed, share_with, turnout_of
from parking.places.model import PlaceKind


def test_hours_of_a_band_are_its_own_and_others_are_as_before() -> None:
    day = Changed(zone_id="Z", kind="kerb", band="07:00-19:00", ratio=1.25)
    night = Changed(zone_id="Z", kind="lot", band="20:00-08:00", ratio=0.8)
    whole = Changed(zone_id="Y", kind="lot", band="00:00-00:00", ratio=2.0)
    found = turnout_of([day, night, whole])
    assert found["Z", "kerb"] == (1.0,) * 7 + (0.8,) * 12 + (1.0,) * 5
    assert found["Z", "lot"] == (1.25,) * 8 + (1.0,) * 12 + (1.25,) * 4
    assert found["Y", "lot"] == (0.5,) * 24
    assert ("Y", "kerb") not in found


def test_share_stays_a_share_however_many_come() -> None:
    assert share_with(0.5, 1.0) == 0.5
    assert share_with(0.5, 3.0) == pytest.approx(0.75)
    assert 0.0 < share_with(0.02, 0.01) < share_with(0.98, 100.0) < 1.0


def test_the_living_city_keeps_to_it_as_its_past_did() -> None:
    sites = [Site(space_id=f"S{number}", zone_id="Z", area_class="II", use="ordinary") for number in range(400)]
    start = 1_790_000_000.0
    usual, dear, elsewhere = (
        sum(Drivers(sites, seed=3, start=start, turnout=turnout_of(changed)).occupied)
        for changed in ((), (whole_day("kerb"),), (whole_day("lot"),))
    )
    assert dear < usual
    assert elsewhere == usual


def whole_day(kind: PlaceKind) -> Changed:
    return Changed(zone_id="Z", kind=kind, band="00:00-00:00", ratio=2.0)
