"""`GET /v1/zones/{id}` without the framework: the one question that a whole city's signs and apps repeat.

It answers the plain case only. Whatever is unusual about a request (a query, an unknown zone, an inventory that is
not loaded) is left to the route of the same path, so that every other case is decided in one place.
"""

from typing import Final, NamedTuple

from starlette.types import Scope, Send

from api.edge import request_id
from api.metrics import HttpMetrics
from api.public.atlas import Atlas
from api.public.documents import encode, zone_detail
from api.public.prices import FOREVER_US, Prices
from api.public.read_model import ReadModel, ZoneView
from parking.domain.errors import ParkingError
from parking.domain.ids import ZoneId
from parking.occupancy.usual_hours import UsualHours

PREFIX: Final = "/v1/zones/"
ROUTE: Final = "/v1/zones/{zone_id}"
_SECOND_US: Final = 1_000_000
_REQUEST_ID: Final = b"x-request-id"
Header = tuple[bytes, bytes]


class Kept(NamedTuple):
    """A rendered answer and what it was rendered from; it is true until `until_us`."""

    view: ZoneView
    atlas: Atlas
    prices: Prices
    usual: UsualHours
    until_us: int
    body: bytes
    headers: list[Header]


class ZoneDoor:
    """Keeps each zone's rendered answer for as long as it is true: until it changes or grows a second older."""

    def __init__(self, model: ReadModel, metrics: HttpMetrics) -> None:
        self._model = model
        self._counted = metrics.requests.labels("GET", ROUTE, "200")
        self._kept: dict[str, Kept] = {}

    async def answer(self, scope: Scope, send: Send) -> bool:
        """Whether it was answered; otherwise nothing was sent. The path begins with `PREFIX`, the method is GET."""
        if scope["query_string"]:
            return False
        kept = self._find(scope["path"][len(PREFIX) :])
        if kept is None:
            return False
        headers = kept.headers
        for name, value in scope["headers"]:
            if name == _REQUEST_ID:
                headers = [*headers, (_REQUEST_ID, request_id(value.decode("latin-1")).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": kept.body})
        self._counted.inc()
        return True

    def _find(self, zone_id: str) -> Kept | None:
        try:
            view = self._model.zone(zone_id)
        except ParkingError:
            return None
        kept = self._kept.get(zone_id)
        now_us = self._model.now_us()
        if (
            kept is not None
            and kept.view.counts is view.counts
            and kept.view.stale is view.stale
            and kept.atlas is self._model.atlas
            and kept.prices is self._model.prices
            and kept.usual is self._model.usual
            and now_us < kept.until_us
        ):
            return kept
        kept = self._kept[zone_id] = self._render(zone_id, view, now_us)
        return kept

    def _render(self, zone_id: str, view: ZoneView, now_us: int) -> Kept:
        document = zone_detail(self._model, zone_id)
        body = encode(document)
        age_s, observed_at = document["age_s"], view.counts.observed_at
        # Without evidence there is no age that could grow.
        older_us = FOREVER_US if age_s is None or observed_at is None else observed_at + (age_s + 1) * _SECOND_US
        prices = self._model.prices
        until_us = min(
            older_us, prices.of_zone(self._model.atlas.catalogue.zones[ZoneId(zone_id)].zone, now_us).until_us
        )
        headers = [
            (b"content-length", str(len(body)).encode()),
            (b"content-type", b"application/json"),
            (b"access-control-allow-origin", b"*"),
        ]
        return Kept(view, self._model.atlas, prices, self._model.usual, until_us, body, headers)
