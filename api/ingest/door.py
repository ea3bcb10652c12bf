"""What both ways into `POST /v1/readings` do: the route that documents it and the plain function in front of it."""

from collections.abc import Callable, Mapping
from typing import Final

import msgspec
from starlette.datastructures import Headers

from api.auth.directory import KeyDirectory
from api.auth.model import ApiKey, as_bearer
from api.auth.service import open_secret
from api.metrics import HttpMetrics
from devices.ingest.decoding import decode_batch
from devices.ingest.report import IngestReport, Rejected
from devices.ingest.service import IngestService
from devices.ingest.uplinks import UplinkService
from devices.inventory.sealing import DeviceSafe
from devices.ports import PayloadError, PlatformSecret, SignatureError, Signing
from devices.registry import Registry
from parking.domain.errors import InvalidInputError, NotFoundError

SCOPE: Final = "readings:write"
KEY_HEADER: Final = "x-api-key"
KEY_QUERY: Final = "key"
encode: Final[Callable[[object], bytes]] = msgspec.json.Encoder().encode


class MediaTypeUnsupportedError(InvalidInputError):
    """A body that is not plain JSON."""

    code = "media_type_unsupported"


class IngestDoor:
    """Who may come in, in what form, and what is counted; the rules of readings themselves are `devices.ingest`'s."""

    def __init__(
        self,
        keys: KeyDirectory,
        ingest: IngestService,
        uplinks: UplinkService,
        registry: Registry,
        safe: DeviceSafe,
        metrics: HttpMetrics,
    ) -> None:
        self._keys = keys
        self._registry = registry
        self._safe = safe
        self._ingest = ingest
        self._uplinks = uplinks
        self._metrics = metrics

    def admit(self, headers: Headers) -> ApiKey:
        """Find who speaks, and refuse a body that is not JSON before it is read.

        Raises as `KeyDirectory.authenticate` does, and `MediaTypeUnsupportedError`. No type at all counts as JSON.
        """
        key = self._keys.authenticate(headers.get("authorization"), SCOPE)
        media_type = headers.get("content-type", "application/json").partition(";")[0].strip().lower()
        if media_type != "application/json":
            raise MediaTypeUnsupportedError("send Content-Type: application/json")
        if headers.get("content-encoding", "identity") != "identity":
            raise MediaTypeUnsupportedError("send the body without a Content-Encoding")
        return key

    async def readings(self, key: ApiKey, body: bytes) -> bytes:
        """Body of the 202 answer; raises `InvalidInputError` for a body of another shape, and `UnavailableError`."""
        return self._counted(await self._ingest.accept(decode_batch(body), key))

    def admit_platform(self, headers: Headers, query: Mapping[str, str]) -> ApiKey:
        """Find the key of a platform, wherever that is able to put it: as the bearer, as the password of HTTP Basic, in the
        header `X-Api-Key`, or as the last resort in the address, where proxies may write it down.

        Raises as `KeyDirectory.authenticate`.
        """
        authorization = headers.get("authorization")
        if authorization is None:
            given = headers.get(KEY_HEADER) or query.get(KEY_QUERY)
            return self._keys.authenticate(None if given is None else f"Bearer {given}", SCOPE)
        return self._keys.authenticate(as_bearer(authorization), SCOPE)

    async def uplink(self, key: ApiKey, source: str, event: str, body: bytes) -> bytes:
        """Body of the answer; raises `NotFoundError` (`source_unknown`) and `UnavailableError`."""
        return self._counted(await self._uplinks.accept(source, body, key, event=event))

    async def signed_uplink(self, source: str, key_id: str, body: bytes) -> bytes:
        """As `uplink`, for a platform that signs what it sends; the body is kept as it was opened.

        Raises `SignatureError` and as `KeyDirectory.named` besides; a proved body that cannot be deciphered is an error
        record.
        """
        signing, key, secret = self._signer(source, key_id)
        try:
            opened = signing.open(body, secret)
        except PayloadError as error:
            return self._counted(IngestReport(rejected=[Rejected(0, error.code, error.detail)]))
        return await self.uplink(key, source, "", opened)

    def confirm(self, source: str, key_id: str, query: Mapping[str, str]) -> str:
        """What a platform wants to hear when it tests the address; raises as `signed_uplink`."""
        signing, _, secret = self._signer(source, key_id)
        return signing.answer(query, secret)

    def success(self, source: str) -> int:
        """The status that a platform takes for success; raises `NotFoundError` (`source_unknown`)."""
        return self._registry.platform_manifest(source).success

    def _signer(self, source: str, key_id: str) -> tuple[Signing, ApiKey, PlatformSecret]:
        signing = self._registry.signing(source)
        if signing is None:
            raise NotFoundError(
                f"{source} signs nothing: post to /v1/uplinks/{source} with a key", code="source_unsigned"
            )
        key = self._keys.named(key_id, SCOPE)
        secret = open_secret(self._safe, key)
        if secret is None:
            raise SignatureError("no secret of a platform is kept for this key; see 'parking keys secret'")
        return signing, key, secret

    def _counted(self, report: IngestReport) -> bytes:
        self._metrics.count_readings(
            accepted=report.accepted, duplicate=report.duplicate, rejected=len(report.rejected)
        )
        return encode(report)
