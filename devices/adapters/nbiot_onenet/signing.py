"""How OneNET proves who it is: a digest over a token that only it and we know, and a cipher where the city switched it on.

    signature = base64(MD5(token ‖ nonce ‖ msg))

`msg` is the text as it stands in the body, byte for byte: an object that was read and written again has another digest.
Source: the platform's receiver SDK and developer's manual; `onenet-signature-kat` in `../shared/vectors/envelopes.json`.
The MD5 is the platform's choice. A text that is encrypted is signed as it travels.
"""

import base64
import hmac
from collections.abc import Mapping
from hashlib import md5
from typing import Final

import msgspec
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

from devices.adapters.nbiot import ABSENT
from devices.ports import PayloadError, PlatformSecret, SignatureError

BLOCK: Final = 16
LENGTH_BYTES: Final = 4


class SignedPush(msgspec.Struct):
    """The outer form: `msg_signature` and `enc_msg` of the older product, `signature` of the newer one."""

    nonce: str
    msg: msgspec.Raw = ABSENT
    enc_msg: str | None = None
    msg_signature: str | None = None
    signature: str | None = None


_push = msgspec.json.Decoder(SignedPush)
_text = msgspec.json.Decoder(str)


class OneNetSigning:
    """Pure: the secret is the token and key that stand on the platform's page of the push."""

    def open(self, body: bytes, secret: PlatformSecret) -> bytes:
        try:
            push = _push.decode(body)
            signed = text_of(push.msg) if push.enc_msg is None else push.enc_msg.encode()
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, PayloadError) as error:
            raise SignatureError("the body carries no signature") from error
        signature = push.signature if push.signature is not None else push.msg_signature or ""
        _prove(signed, push.nonce, signature, secret)
        if push.enc_msg is None and not (secret.cipher_key and _is_text(push.msg)):
            return body
        return b'{"msg":' + _deciphered(signed, secret.cipher_key) + b"}"

    def answer(self, query: Mapping[str, str], secret: PlatformSecret) -> str:
        msg = query.get("msg", "")
        # The platform does not quote the plus signs of the signature, which come as spaces.
        _prove(msg.encode(), query.get("nonce", ""), query.get("signature", "").replace(" ", "+"), secret)
        return msg


def text_of(raw: msgspec.Raw) -> bytes:
    """What was signed: the text itself where `msg` is a text, else the object as it stands in the body.

    Raises `PayloadError` for a text that is none.
    """
    if not _is_text(raw):
        return bytes(raw)
    try:
        return _text.decode(raw).encode()
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise PayloadError("the message is no text", code="envelope_invalid") from error


def _is_text(raw: msgspec.Raw) -> bool:
    return bytes(raw).startswith(b'"')


def _prove(signed: bytes, nonce: str, signature: str, secret: PlatformSecret) -> None:
    """Raises `SignatureError`; how long it takes tells nothing of how much was right."""
    digest = md5(secret.token.encode() + nonce.encode() + signed, usedforsecurity=False).digest()
    if not hmac.compare_digest(base64.b64encode(digest), signature.encode()):
        raise SignatureError("the signature does not fit the message")


def _deciphered(text: bytes, cipher_key: str) -> bytes:
    """The message in clear. The older product puts 16 random bytes and a length before it, the newer one nothing."""
    try:
        # The older product's key has lost its padding, 43 letters for 32 bytes.
        key = base64.b64decode(cipher_key + "=" * (-len(cipher_key) % 4))
        decryptor = Cipher(AES(key), CBC(key[:BLOCK])).decryptor()
        unpadder = PKCS7(AES.block_size).unpadder()
        padded = decryptor.update(base64.b64decode(text, validate=True)) + decryptor.finalize()
        plain = unpadder.update(padded) + unpadder.finalize()
    except ValueError as error:
        raise PayloadError("the message cannot be deciphered", code="envelope_invalid") from error
    start = BLOCK + LENGTH_BYTES
    length = int.from_bytes(plain[BLOCK:start], "big")
    return plain[start : start + length] if len(plain) > start and length == len(plain) - start else plain


SIGNING = OneNetSigning()
