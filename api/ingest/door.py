"""What both ways into `POST /v1/readings` do: the route that documents it and the plain function in front of it."""

from collections.abc import Callable
from typing import Final

import msgspec
from starlette.datastructures import Headers

from api.auth.directory import KeyDirectory
from api.auth.model import ApiKey
from api.metrics import HttpMetrics
from devices.ingest.decoding import decode_batch
from devices.ingest.report import IngestReport
from devices.ingest.service import IngestService
from devices.ingest.uplinks import UplinkService
from parking.domain.errors import InvalidInputError

encode: Final[Callable[[object], bytes]] = msgspec.json.Encoder().encode


class MediaTypeUnsupportedError(InvalidInputError):
    """A body that is not plain JSON."""

    code = "media_type_unsupported"


class IngestDoor:
    """Who may come in, in what form, and what is counted; the rules of readings themselves are `devices.ingest`'s."""

    def __init__(self, keys: KeyDirectory, ingest: IngestService, uplinks: UplinkService, metrics: HttpMetrics) -> None:
        self._keys = keys
        self._ingest = ingest
        self._uplinks = uplinks
        self._metrics = metrics

    def admit(self, headers: Headers) -> ApiKey:
        """Find who speaks, and refuse a body that is not JSON before it is read.

        Raises as `KeyDirectory.authenticate` does, and `MediaTypeUnsupportedError`. No type at all counts as JSON.
        """
        key = self._keys.authenticate(headers.get("authorization"), "readings:write")
        media_type = headers.get("content-type", "application/json").partition(";")[0].strip().lower()
        if media_type != "application/json":
            raise MediaTypeUnsupportedError("send Content-Type: application/json")
        if headers.get("content-encoding", "identity") != "identity":
            raise MediaTypeUnsupportedError("send the body without a Content-Encoding")
        return key

    async def readings(self, key: ApiKey, body: bytes) -> bytes:
        """Body of the 202 answer; raises `InvalidInputError` for a body of another shape, and `UnavailableError`."""
        return self._counted(await self._ingest.accept(decode_batch(body), key))

    async def uplink(self, key: ApiKey, source: str, event: str, body: bytes) -> bytes:
        """Body of the 202 answer; raises `NotFoundError` (`source_unknown`) and `UnavailableError`."""
        return self._counted(await self._uplinks.accept(source, body, key, event=event))

    def _counted(self, report: IngestReport) -> bytes:
        self._metrics.count_readings(
            accepted=report.accepted, duplicate=report.duplicate, rejected=len(report.rejected)
        )
        return encode(report)
