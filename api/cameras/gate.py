"""Finds which camera a request comes from, by its login alone: nothing that a body says counts.

A camera sends a key as the bearer, the same key as the password of HTTP Basic (whatever the user name), or answers a digest
challenge under its own id with the password that it was given.
"""

import secrets

from fastapi import Request

from api.auth.directory import KeyDirectory
from api.auth.model import ApiKey, ForbiddenError, UnauthorizedError, as_bearer
from api.cameras import digest
from devices.cameras.directory import CameraDirectory
from devices.cameras.model import Camera
from devices.cameras.observing import CameraSpeaker
from devices.cameras.service import PASSWORD
from devices.inventory.sealing import DeviceSafe
from parking.domain.clock import Clock
from parking.domain.errors import ParkingError


class CameraRefusedError(UnauthorizedError):
    """No login, or a wrong one; `challenges` ask for one that a camera can send."""

    def __init__(self, detail: str, code: str, challenges: tuple[str, ...]) -> None:
        super().__init__(detail, code=code)
        self.challenges = challenges


class CameraGate:
    """One for each process."""

    def __init__(self, keys: KeyDirectory, cameras: CameraDirectory, secret: str | None, clock: Clock) -> None:
        self._keys = keys
        self._cameras = cameras
        self._safe = DeviceSafe(secret)
        self._nonces = digest.Nonces((secret or secrets.token_hex()).encode())
        self._clock = clock

    def admit(self, request: Request, adapter: str) -> tuple[Camera, CameraSpeaker]:
        """The camera, and for whom it speaks. `?camera=` names it where a key covers several.

        Raises `CameraRefusedError`, `ForbiddenError` (`scope_missing`, `camera_forbidden`, `camera_unnamed`,
        `camera_adapter_wrong`), UnavailableError `keys_unavailable`.
        """
        authorization = request.headers.get("authorization", "")
        credentials = digest.read(authorization)
        if credentials is not None:
            camera = self._by_digest(request, credentials)
            speaker = CameraSpeaker(camera.camera_id)
        else:
            key = self._key(authorization)
            camera = self._of_key(key, request.query_params.get("camera"))
            speaker = CameraSpeaker(camera.camera_id, key.district_id)
        if camera.adapter != adapter:
            raise ForbiddenError(
                f"this camera is registered with the adapter {camera.adapter!r}", code="camera_adapter_wrong"
            )
        return camera, speaker

    def _by_digest(self, request: Request, credentials: digest.Credentials) -> Camera:
        target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        is_right = digest.names_path(credentials.uri, target) and digest.verified(
            credentials, self._nonces, method=request.method, now=self._clock(), password_of=self._password
        )
        camera = self._cameras.get(credentials.username)
        if is_right is None:
            raise self._refusal("the nonce is too old", is_stale=True)
        if not is_right or camera is None:
            raise self._refusal("this is no login of a camera")
        return camera

    def _key(self, authorization: str) -> ApiKey:
        if not authorization:
            raise self._refusal("send the key as bearer or as password, or answer the digest", code="key_missing")
        try:
            return self._keys.authenticate(as_bearer(authorization), "readings:write")
        except UnauthorizedError as error:
            raise self._refusal(error.detail, code=error.code) from error

    def _of_key(self, key: ApiKey, named: str | None) -> Camera:
        if named is None:
            own = [camera for camera in self._cameras.all().values() if camera.camera_id in (key.device_ids or ())]
            if len(own) != 1:
                raise ForbiddenError("add ?camera=ID: this key is not that of one camera", code="camera_unnamed")
            return own[0]
        camera = self._cameras.get(named)
        if camera is None or (key.device_ids is not None and named not in key.device_ids):
            raise ForbiddenError(f"this key does not speak for a camera {named[:64]!r}", code="camera_forbidden")
        return camera

    def _password(self, camera_id: str) -> str | None:
        camera = self._cameras.get(camera_id)
        if camera is None or camera.secret is None or camera.mode != "push":
            # The password of one that is pulled is ours at the camera, and opens nothing here.
            return None
        try:
            return self._safe.open(camera_id, PASSWORD, *camera.secret)
        except ParkingError:
            return None

    def _refusal(self, detail: str, *, code: str = "key_invalid", is_stale: bool = False) -> CameraRefusedError:
        challenge = digest.Challenge(self._nonces.make(self._clock()), is_stale=is_stale)
        return CameraRefusedError(detail, code, (challenge.header, f'Basic realm="{digest.REALM}", charset="UTF-8"'))
