"""Ids that the platform recognises again without keeping them: their content, signed, good until an instant."""

import hmac
from base64 import b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from hashlib import sha256
from typing import Final

from parking.domain.errors import InvalidInputError

_MAC_BYTES: Final = 16
_PURPOSE: Final = b"smart-parking quote 1"


class QuoteInvalidError(InvalidInputError):
    """The id is none of ours, or was altered."""

    code = "quote_invalid"


class QuoteSigner:
    """Every process with the same secret recognises the ids of the others."""

    def __init__(self, secret: str) -> None:
        self._key = hmac.new(secret.encode(), _PURPOSE, sha256).digest()

    def sign(self, content: bytes) -> str:
        return urlsafe_b64encode(self._mac(content) + content).rstrip(b"=").decode()

    def open(self, text: str) -> bytes:
        """Raises `QuoteInvalidError` for everything that `sign` never wrote under this secret."""
        try:
            raw = b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except (ValueError, Base64Error) as error:
            raise QuoteInvalidError("this is not the id of a quote") from error
        mac, content = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
        if not hmac.compare_digest(mac, self._mac(content)):
            raise QuoteInvalidError("this is not the id of a quote")
        return content

    def _mac(self, content: bytes) -> bytes:
        return hmac.new(self._key, content, sha256).digest()[:_MAC_BYTES]
