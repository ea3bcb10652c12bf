"""The keys of devices' radios, sealed: for the network server that a device joins, and for nobody who reads the database.

The sealing key is derived from `PARKING_SECRET_KEY`, so that every process of an installation has the same one.
"""

import os
from collections.abc import Mapping
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from parking.domain.errors import InvalidInputError, UnavailableError

SECRET_DIGITS: Final[Mapping[str, int]] = {"join_eui": 16, "app_key": 32, "nwk_key": 32}
"""Hexadecimal digits of each key that a device may have (LoRaWAN L2 1.0.4 and 1.1: 64-bit EUI, AES-128 root keys)."""
_NONCE: Final = 12


class SecretUnreadableError(InvalidInputError):
    """A key was sealed under a secret that the installation no longer has, or was altered."""

    code = "device_secret_unreadable"


class DeviceSafe:
    """Seals and opens; without a secret it refuses both with `secret_missing`."""

    def __init__(self, secret: str | None) -> None:
        self._secret = secret

    def seal(self, device_id: str, name: str, value: str) -> tuple[str, bytes]:
        """The sealing key's id, and what to store. Raises UnavailableError `secret_missing`."""
        key_id, key = self._key()
        nonce = os.urandom(_NONCE)
        return key_id, nonce + AESGCM(key).encrypt(nonce, value.encode(), _bound(device_id, name))

    def open(self, device_id: str, name: str, key_id: str, sealed: bytes) -> str:
        """Whoever asks writes the look down. Raises `SecretUnreadableError`, UnavailableError `secret_missing`."""
        own, key = self._key()
        if own != key_id:
            raise SecretUnreadableError("a key of a device is sealed under a secret that is not set")
        try:
            return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], _bound(device_id, name)).decode()
        except (InvalidTag, ValueError) as error:
            raise SecretUnreadableError("a key of a device cannot be opened") from error

    def _key(self) -> tuple[str, bytes]:
        if self._secret is None:
            raise UnavailableError("no key can be sealed: PARKING_SECRET_KEY is not set", code="secret_missing")
        material = self._secret.encode()
        return _derived(material, b"id")[:4].hex(), _derived(material, b"value")


def _bound(device_id: str, name: str) -> bytes:
    return f"{device_id}/{name}".encode()


def _derived(material: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"smart-parking device " + purpose).derive(material)
