"""Small streets for the simulation's tests."""

from devices.simulation.fleet import Site
from parking.places.model import AreaClass

START = 1_784_000_000.0
"""2026-07-14 03:33 UTC, shortly before noon in the city."""


def street(spaces: int, area_class: AreaClass = "II", zone_id: str = "z1") -> list[Site]:
    return [
        Site(space_id=f"{zone_id}-{number}", zone_id=zone_id, area_class=area_class, use="ordinary")
        for number in range(spaces)
    ]
