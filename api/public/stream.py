"""`GET /v1/stream`: what changes, as it changes, to whoever keeps the connection open (server-sent events).

A listener first gets the present counts of its zones, then changes. What it missed while it was away is sent again
from its `Last-Event-ID`; when that is too long ago, it is told to start over by a `reset` event.
Rule: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Header, Query, Request
from starlette.responses import StreamingResponse

from api.deps import provided
from api.errors import Problem
from api.public.documents import encode, space_document, zone_document
from api.public.journal import Frame
from api.public.position import ChangeOrder, read_position
from api.public.queries import refuse_forecast, wanted_box
from api.public.read_model import ReadModel
from parking.domain.errors import InvalidInputError
from parking.domain.geo import Box
from parking.domain.ids import SpaceId
from parking.occupancy.model import SpaceChange
from parking.occupancy.shards import SHARD_COUNT

KEEPALIVE_S: Final = 15.0
"""Proxies close what is silent for a minute; a comment keeps the connection and finds the dead ones."""
RETRY_MS: Final = 2000
CHUNK: Final = 1000
"""Changes rendered at once, so that one listener does not hold up the others."""

NOWHERE: Final[Sequence[ChangeOrder]] = ((-1, 0),) * SHARD_COUNT
"""A position that no journal can resume."""

router = APIRouter(tags=["citizens"])


class Listener:
    """One open stream: which zones it wants and how far it is."""

    def __init__(self, model: ReadModel, zones: frozenset[str] | None, box: Box | None) -> None:
        self._model = model
        self._zones = zones
        self._box = box
        self._wanted = self._choose()

    async def events(self, last: Sequence[ChangeOrder] | None) -> AsyncIterator[bytes]:
        """Texts to send, for ever; `last` is the position that the listener has seen."""
        journal = self._model.journal
        sequence = journal.next_sequence
        yield f"retry: {RETRY_MS}\n\n".encode()
        missed = journal.since(last) if last is not None else ()
        if missed is None:
            yield reset("the place where you were is gone")
        for frame in missed or ():
            yield self._render([frame])
        yield b"".join(self._zone_events(self._model.atlas.catalogue.zones)) + mark(journal.position)
        while True:
            frames = journal.after(sequence, CHUNK)
            if frames is None:
                sequence = journal.next_sequence
                yield reset("you read too slowly")
            elif frames:
                sequence = frames[-1].sequence + 1
                yield self._render(frames)
            else:
                yield await self._wait(sequence)

    async def _wait(self, sequence: int) -> bytes:
        try:
            async with asyncio.timeout(KEEPALIVE_S):
                await self._model.journal.wait(sequence)
        except TimeoutError:
            # Whoever wants few zones has still seen everything up to here.
            return b": still here\n" + mark(self._model.journal.position)
        return b""

    def _choose(self) -> frozenset[str] | None:
        """The ids of the wanted zones; None is every zone. Raises `UnavailableError` before there is an inventory."""
        atlas = self._model.atlas
        if self._box is None:
            return self._zones
        within = frozenset(atlas.zones_within(self._box))
        return within if self._zones is None else within & self._zones

    def _render(self, frames: Sequence[Frame]) -> bytes:
        texts: list[bytes] = []
        for frame in frames:
            if frame.starts_over:
                self._wanted = self._choose()
                texts.append(reset("the inventory was changed or read anew"))
            texts += self._space_events(frame.changes)
            texts += self._zone_events(frame.zone_ids)
        # The position stands after the last event of a whole number of batches: half a batch is never resumed.
        return b"".join(texts) + mark(frames[-1].position) if texts else b""

    def _space_events(self, changes: Sequence[SpaceChange]) -> Iterator[bytes]:
        spaces = self._model.atlas.catalogue.spaces
        for change in changes:
            if self._wanted is not None and change.zone_id not in self._wanted:
                continue
            place = spaces.get(SpaceId(change.space_id))
            if change.removed:
                yield event("space", {"id": change.space_id, "zone": change.zone_id, "removed": True})
            elif place is not None:
                yield event("space", space_document(self._model, place))

    def _zone_events(self, zone_ids: Iterable[str]) -> Iterator[bytes]:
        known = self._model.atlas.zone_facts
        for zone_id in zone_ids:
            if self._wanted is not None and zone_id not in self._wanted:
                continue
            if zone_id in known:
                yield event("zone", zone_document(self._model, zone_id))
            else:
                yield event("zone", {"id": zone_id, "removed": True})


def event(name: str, document: dict[str, Any]) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (name.encode(), encode(document))


def reset(why: str) -> bytes:
    return event("reset", {"reason": why})


def mark(position: str) -> bytes:
    """Events without data are not dispatched, and their id is remembered all the same."""
    return b"id: %b\n\n" % position.encode()


@router.get(
    "/v1/stream",
    summary="Changes as they happen, as server-sent events",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "`zone` (as in `/v1/zones`), `space` (as in `/v1/zones/{id}/spaces`) and `reset` events",
            "content": {"text/event-stream": {"example": 'event: zone\ndata: {"id": "ZD-001", "vacant": 12}\n\n'}},
        },
        400: {"model": Problem},
        404: {"model": Problem},
        503: {"model": Problem},
    },
)
async def stream(
    request: Request,
    model: Annotated[ReadModel, Depends(provided(ReadModel))],
    zones: Annotated[str | None, Query(description="Ids of zones, separated by commas; all unless given")] = None,
    bbox: Annotated[str | None, Query(description="W,S,E,N in degrees WGS 84: zones with a space inside")] = None,
    last_event_id: Annotated[str | None, Header(description="The id of the last event seen, to go on from")] = None,
) -> StreamingResponse:
    refuse_forecast(request)
    wanted = None if zones is None else frozenset(zone_id for zone_id in zones.split(",") if zone_id)
    for zone_id in wanted or ():
        model.zone(zone_id)
    listener = Listener(model, wanted, None if bbox is None else wanted_box(bbox))
    return StreamingResponse(
        listener.events(_last_seen(last_event_id)),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


def _last_seen(last_event_id: str | None) -> Sequence[ChangeOrder] | None:
    """An id that was never ours is a place that is gone, not an error: a browser would not come back after a 400."""
    if not last_event_id:
        return None
    try:
        return read_position(last_event_id)
    except InvalidInputError:
        return NOWHERE
