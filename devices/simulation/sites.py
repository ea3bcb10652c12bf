"""Where the simulated drivers find the spaces: in the inventory itself, or through the public interface."""

from typing import Final

import httpx
import msgspec

from devices.simulation.fleet import Site
from parking.domain.errors import UnavailableError
from parking.places.catalogue import Catalogue
from parking.places.model import AreaClass, PlaceKind, SpaceUse

TIMEOUT_S: Final = 10.0
PAGE: Final = 100


class _Zone(msgspec.Struct):
    id: str
    area_class: AreaClass


class _Zones(msgspec.Struct):
    zones: list[_Zone]
    next: str | None = None


class _Space(msgspec.Struct):
    id: str
    use: SpaceUse
    kind: PlaceKind


class _Spaces(msgspec.Struct):
    spaces: list[_Space]


def sites_of(catalogue: Catalogue) -> list[Site]:
    """Every space in use, in order of id."""
    return [
        Site(
            space_id=space.space_id,
            zone_id=space.zone_id,
            area_class=catalogue.zones[space.zone_id].zone.area_class,
            use=space.use,
            kind=space.kind,
        )
        for space in catalogue.spaces.values()
    ]


async def sites_from(api_url: str) -> list[Site]:
    """Every space in use, in order of id, as any citizen may read them.

    Raises `UnavailableError` (`server_unavailable`) when the answer does not come or is not of this platform.
    """
    try:
        async with httpx.AsyncClient(base_url=api_url, timeout=TIMEOUT_S, trust_env=False) as client:
            zones = await _zones(client)
            sites = [site for zone in zones for site in await _spaces(client, zone)]
    except (httpx.HTTPError, msgspec.DecodeError) as error:
        raise UnavailableError(
            f"{api_url} does not say what spaces there are: {error}", code="server_unavailable"
        ) from error
    return sorted(sites, key=lambda site: site.space_id)


async def _zones(client: httpx.AsyncClient) -> list[_Zone]:
    zones: list[_Zone] = []
    cursor: dict[str, str] = {}
    while True:
        response = await client.get("/v1/zones", params={"limit": str(PAGE), **cursor})
        page = msgspec.json.decode(response.raise_for_status().content, type=_Zones)
        zones += page.zones
        if page.next is None:
            return zones
        cursor = {"cursor": page.next}


async def _spaces(client: httpx.AsyncClient, zone: _Zone) -> list[Site]:
    response = await client.get(f"/v1/zones/{zone.id}/spaces")
    found = msgspec.json.decode(response.raise_for_status().content, type=_Spaces)
    return [
        Site(space_id=space.id, zone_id=zone.id, area_class=zone.area_class, use=space.use, kind=space.kind)
        for space in found.spaces
    ]
