"""How a payment provider proves that a notice is its own: HMAC-SHA256 of the body, in hexadecimal digits."""

import hmac
from hashlib import sha256

from parking.domain.errors import ParkingError, UnavailableError


class NoticeForgedError(ParkingError):
    """The signature is not the provider's."""

    code = "signature_invalid"


class ProviderNotices:
    """Checks signatures with the key that the installation shares with one provider."""

    def __init__(self, secret: str | None, provider: str) -> None:
        self._key = None if secret is None else provider_key(secret, provider)

    def check(self, body: bytes, signature: str | None) -> None:
        """Raise `NoticeForgedError` (`signature_invalid`); `UnavailableError` (`secret_missing`) without a secret."""
        if self._key is None:
            raise UnavailableError("this installation has no secret key; see 'parking doctor'", code="secret_missing")
        if not hmac.compare_digest(sign(self._key, body), (signature or "").encode()):
            raise NoticeForgedError("the signature of this notice is not the provider's")


def provider_key(secret: str, provider: str) -> str:
    """The key of one provider, derived from the installation's secret, which it does not reveal."""
    return hmac.new(secret.encode(), f"provider:{provider}".encode(), sha256).hexdigest()


def sign(key: str, body: bytes) -> bytes:
    return hmac.new(key.encode(), body, sha256).hexdigest().encode()
