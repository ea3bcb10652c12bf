"""SHA256 with RSA, PKCS #1 v1.5, in base64: the signature of both providers, and how their keys are read."""

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from pricing.providers.model import ProviderSettingsError


def sign(key: RSAPrivateKey, message: bytes) -> str:
    return b64encode(key.sign(message, PKCS1v15(), SHA256())).decode()


def is_signed(key: RSAPublicKey, message: bytes, signature: str) -> bool:
    """Whether the signature is this key's over exactly this message; anything unreadable is not."""
    try:
        key.verify(b64decode(signature, validate=True), message, PKCS1v15(), SHA256())
    except (InvalidSignature, Base64Error, ValueError):
        return False
    return True


def read_private_key(path: Path) -> RSAPrivateKey:
    """Raises `ProviderSettingsError` for a file that holds no RSA private key without a password."""
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        raise ProviderSettingsError(f"{path} holds no private key that can be read: {error}") from error
    if not isinstance(key, RSAPrivateKey):
        raise ProviderSettingsError(f"the key in {path} is not an RSA key")
    return key


def read_public_key(path: Path) -> RSAPublicKey:
    """A public key, or that of a certificate; raises `ProviderSettingsError`."""
    try:
        pem = path.read_bytes()
        key = (
            x509.load_pem_x509_certificate(pem).public_key()
            if b"BEGIN CERTIFICATE" in pem
            else load_pem_public_key(pem)
        )
    except (OSError, ValueError) as error:
        raise ProviderSettingsError(f"{path} holds no public key that can be read: {error}") from error
    if not isinstance(key, RSAPublicKey):
        raise ProviderSettingsError(f"the key in {path} is not an RSA key")
    return key
