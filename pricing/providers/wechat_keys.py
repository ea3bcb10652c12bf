"""How WeChat Pay (API v3) and a merchant know each other: request and answer signatures, sealed notices.

Source: WeChat Pay merchant documentation, API v3: "request signing" (WECHATPAY2-SHA256-RSA2048), "verifying answers
and notices", "decrypting certificates and notices" (AEAD_AES_256_GCM). The published examples of signatures are tests.
"""

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pricing.providers import signatures
from pricing.providers.model import ProviderAnswerError
from pricing.settlement.notices import NoticeForgedError

SCHEME: Final = "WECHATPAY2-SHA256-RSA2048"
CLOCKS_APART: Final = timedelta(minutes=5)
"""The provider's own limit: an older signature is a replay."""
_PUBLIC_KEY: Final = "PUB_KEY_ID_"


@dataclass(frozen=True, kw_only=True)
class WechatKeys:
    """`platform` holds public keys by serial number or public key id; two are there while the provider changes its."""

    merchant_id: str
    merchant_serial: str
    private_key: RSAPrivateKey = field(repr=False)
    platform: Mapping[str, RSAPublicKey]
    api_v3_key: bytes = field(repr=False)

    @property
    def answering_key(self) -> dict[str, str]:
        """The header that has WeChat Pay sign its answer with the public key, while a certificate of before is still there."""
        public = [serial for serial in self.platform if serial.startswith(_PUBLIC_KEY)]
        return {"Wechatpay-Serial": public[-1]} if public else {}

    def authorization(self, method: str, path: str, body: str, *, timestamp: int, nonce: str) -> str:
        """The header `Authorization` of a request; `path` begins with a slash and includes the query."""
        message = f"{method}\n{path}\n{timestamp}\n{nonce}\n{body}\n"
        parts = {
            "mchid": self.merchant_id,
            "nonce_str": nonce,
            "timestamp": str(timestamp),
            "serial_no": self.merchant_serial,
            "signature": signatures.sign(self.private_key, message.encode()),
        }
        return f"{SCHEME} " + ",".join(f'{name}="{value}"' for name, value in parts.items())

    def check(self, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        """Prove that an answer or notice is the provider's; `headers` have names in lower case.

        Raises `NoticeForgedError` (`signature_invalid`, `notice_too_old`).
        """
        if headers.get("wechatpay-signature-type", SCHEME) != SCHEME:
            raise NoticeForgedError("the signature is of a kind that is not known here")
        timestamp, nonce = headers.get("wechatpay-timestamp", ""), headers.get("wechatpay-nonce", "")
        key = self.platform.get(headers.get("wechatpay-serial", ""))
        message = f"{timestamp}\n{nonce}\n".encode() + body + b"\n"
        if key is None or not signatures.is_signed(key, message, headers.get("wechatpay-signature", "")):
            raise NoticeForgedError("the signature is not WeChat Pay's")
        # The signature covers the time, so what is no number here was signed by the provider itself.
        if not timestamp.isdecimal() or abs(now.timestamp() - int(timestamp)) > CLOCKS_APART.total_seconds():
            raise NoticeForgedError("the signature is of another time", code="notice_too_old")

    def unseal(self, resource: Mapping[str, object]) -> bytes:
        """The plain text of a notice's resource; raises `ProviderAnswerError`."""
        try:
            sealed = b64decode(str(resource["ciphertext"]), validate=True)
            nonce, context = str(resource["nonce"]).encode(), str(resource.get("associated_data") or "").encode()
            if resource.get("algorithm") != "AEAD_AES_256_GCM":
                raise ProviderAnswerError("the notice is sealed by an algorithm that is not known here")
            return AESGCM(self.api_v3_key).decrypt(nonce, sealed, context)
        except (KeyError, ValueError, InvalidTag) as error:
            raise ProviderAnswerError("the notice cannot be opened with the API v3 key") from error
