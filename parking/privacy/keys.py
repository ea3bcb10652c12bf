"""The keys of the plate vault: one secret of the installation, from which a key per purpose is derived.

A plate has few possible values, so a plain hash of it could be reversed by trying all of them; the token is keyed.
"""

import hashlib
import hmac
import os
from dataclasses import dataclass
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from parking.domain.errors import InvalidInputError

LEAST_SECRET: Final = 32
"""Characters of a secret, so that no word or date passes for one."""
_NONCE: Final = 12
_TOKEN_BYTES: Final = 16


class PlateKeyInvalidError(InvalidInputError):
    """The secret of the plate vault is too short or none."""

    code = "plate_key_invalid"


class PlateUnreadableError(InvalidInputError):
    """A stored plate was sealed under a key that the installation no longer has, or was altered."""

    code = "plate_unreadable"


@dataclass(frozen=True, repr=False)
class PlateKey:
    """One generation of keys; `key_id` tells nothing about them."""

    key_id: str
    token_key: bytes
    value_key: bytes
    picture_key: bytes

    @classmethod
    def from_secret(cls, secret: str) -> Self:
        """Raises `PlateKeyInvalidError` for a secret below `LEAST_SECRET` characters."""
        if len(secret) < LEAST_SECRET:
            raise PlateKeyInvalidError(f"a plate key has at least {LEAST_SECRET} characters")
        material = secret.encode()
        return cls(
            _derived(material, b"id")[:4].hex(),
            _derived(material, b"token"),
            _derived(material, b"value"),
            _derived(material, b"picture"),
        )

    def token(self, plate: str) -> str:
        """The pseudonym of a normalised plate."""
        return hmac.new(self.token_key, plate.encode(), hashlib.sha256).digest()[:_TOKEN_BYTES].hex()

    def seal(self, plate: str, token: str) -> bytes:
        return _sealed(self.value_key, plate.encode(), token)

    def open(self, sealed: bytes, token: str) -> str:
        """Raises `PlateUnreadableError` when the value was not sealed for this token under this key."""
        try:
            return AESGCM(self.value_key).decrypt(sealed[:_NONCE], sealed[_NONCE:], token.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise PlateUnreadableError("a stored plate cannot be opened") from error

    def seal_content(self, content: bytes, bound_to: str) -> bytes:
        """A picture or document that may show a plate, bound to its id."""
        return _sealed(self.picture_key, content, bound_to)

    def open_content(self, sealed: bytes, bound_to: str) -> bytes:
        """Raises `PlateUnreadableError` when it was not sealed under this key for that id."""
        try:
            return AESGCM(self.picture_key).decrypt(sealed[:_NONCE], sealed[_NONCE:], bound_to.encode())
        except (InvalidTag, ValueError) as error:
            raise PlateUnreadableError("stored evidence cannot be opened") from error


def keys_of(setting: str) -> tuple[PlateKey, ...]:
    """Read secrets separated by commas, the newest first; the older ones still open what they sealed.

    Raises `PlateKeyInvalidError`.
    """
    return tuple(PlateKey.from_secret(secret.strip()) for secret in setting.split(","))


def _sealed(key: bytes, content: bytes, bound_to: str) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, content, bound_to.encode())


def _derived(material: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"smart-parking plate " + purpose).derive(material)
