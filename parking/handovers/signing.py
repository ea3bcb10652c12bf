"""The installation's signature under packages: Ed25519, so that whoever has the public key can verify it, and only verify.

The key is derived from `PARKING_SECRET_KEY`: every process has the same, and it need not be kept in a file.
"""

from base64 import b64decode, b64encode
from hashlib import sha256
from typing import Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from parking.domain.errors import InvalidInputError, UnavailableError

ALGORITHM: Final = "Ed25519"
_PURPOSE: Final = b"smart-parking evidence signature"


class VerifyingKey:
    """The public half; its id is the beginning of the SHA-256 of its 32 bytes."""

    def __init__(self, raw: bytes) -> None:
        self._key = Ed25519PublicKey.from_public_bytes(raw)
        self.raw = raw
        self.key_id = sha256(raw).hexdigest()[:16]

    @classmethod
    def from_base64(cls, text: str) -> Self:
        """Raises InvalidInputError `evidence_key_invalid`."""
        try:
            return cls(b64decode(text, validate=True))
        except ValueError as error:
            raise InvalidInputError("this is no Ed25519 key in base64", code="evidence_key_invalid") from error

    @classmethod
    def from_pem(cls, text: bytes) -> Self:
        """Raises InvalidInputError `evidence_key_invalid`."""
        try:
            key = load_pem_public_key(text)
        except ValueError as error:
            raise InvalidInputError("this is no public key in PEM", code="evidence_key_invalid") from error
        if not isinstance(key, Ed25519PublicKey):
            raise InvalidInputError("this is no Ed25519 key", code="evidence_key_invalid")
        return cls(key.public_bytes(Encoding.Raw, PublicFormat.Raw))

    @property
    def base64(self) -> str:
        return b64encode(self.raw).decode()

    @property
    def pem(self) -> str:
        return self._key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def is_signed(self, content: bytes, signature: bytes) -> bool:
        try:
            self._key.verify(signature, content)
        except InvalidSignature:
            return False
        return True


class SigningKey:
    """The private half, which nothing shows."""

    def __init__(self, secret: str | None) -> None:
        """With None it is made and refuses every signature with `evidence_key_missing`."""
        self._key = None if secret is None else Ed25519PrivateKey.from_private_bytes(_seed(secret))

    @property
    def public(self) -> VerifyingKey:
        """Raises UnavailableError `evidence_key_missing`."""
        return VerifyingKey(self._required().public_key().public_bytes_raw())

    def sign(self, content: bytes) -> bytes:
        """Raises UnavailableError `evidence_key_missing`."""
        return self._required().sign(content)

    def _required(self) -> Ed25519PrivateKey:
        if self._key is None:
            raise UnavailableError("nothing can be signed: PARKING_SECRET_KEY is not set", code="evidence_key_missing")
        return self._key


def _seed(secret: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(secret.encode())
