"""HTTP Digest (RFC 7616) for cameras that know nothing else. Pure but for the clock that comes in.

A nonce is its own proof: an instant with a MAC over it, good for five minutes in every process that has the secret. Within
them a request may be repeated, which has no second effect: what a camera delivers is idempotent.
"""

import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import md5, sha256
from typing import Final

REALM: Final = "smart-parking"
FRESH_FOR: Final = timedelta(minutes=5)
_FIELD = re.compile(r'([A-Za-z]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))')
_MAC_DIGITS: Final = 32


@dataclass(frozen=True)
class Challenge:
    """What a refused request is answered with."""

    nonce: str
    is_stale: bool = False

    @property
    def header(self) -> str:
        stale = ", stale=true" if self.is_stale else ""
        return f'Digest realm="{REALM}", nonce="{self.nonce}", qop="auth", algorithm=MD5{stale}'


class Nonces:
    """Makes nonces and knows its own."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def make(self, now: datetime) -> str:
        instant = f"{int(now.timestamp()):x}"
        return f"{instant}-{self._mac(instant)}"

    def is_own(self, nonce: str) -> bool:
        instant, _, mac = nonce.partition("-")
        return hmac.compare_digest(mac.encode("utf-8", "replace"), self._mac(instant).encode())

    def is_fresh(self, nonce: str, now: datetime) -> bool:
        """Of one of our own."""
        age_s = now.timestamp() - int(nonce.partition("-")[0], 16)
        return -FRESH_FOR.total_seconds() <= age_s <= FRESH_FOR.total_seconds()

    def _mac(self, instant: str) -> str:
        return hmac.new(self._secret, b"digest nonce " + instant.encode("utf-8", "replace"), sha256).hexdigest()[
            :_MAC_DIGITS
        ]


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """The header of a request, read and not yet believed."""

    username: str
    nonce: str
    uri: str
    response: str
    qop: str
    nonce_count: str
    client_nonce: str

    def matches(self, method: str, password: str) -> bool:
        """Constant time in the answer."""
        secret = _hash(f"{self.username}:{REALM}:{password}")
        request = _hash(f"{method}:{self.uri}")
        between = f"{self.nonce_count}:{self.client_nonce}:{self.qop}:" if self.qop else ""
        expected = _hash(f"{secret}:{self.nonce}:{between}{request}")
        return hmac.compare_digest(expected.encode(), self.response.lower().encode("utf-8", "replace"))


def read(authorization: str) -> Credentials | None:
    """None for a header that is no digest, or one of a form that we did not ask for."""
    scheme, _, rest = authorization.partition(" ")
    if scheme.lower() != "digest":
        return None
    fields = {name.lower(): quoted or bare for name, quoted, bare in _FIELD.findall(rest)}
    if not {"username", "nonce", "uri", "response"} <= fields.keys() or fields.get("realm", REALM) != REALM:
        return None
    if fields.get("algorithm", "MD5").upper() != "MD5" or fields.get("qop", "auth") != "auth":
        return None
    return Credentials(
        username=fields["username"],
        nonce=fields["nonce"],
        uri=fields["uri"],
        response=fields["response"],
        qop=fields.get("qop", ""),
        nonce_count=fields.get("nc", ""),
        client_nonce=fields.get("cnonce", ""),
    )


def names_path(uri: str, target: str) -> bool:
    """Whether the address that was signed is the one that was asked for; some cameras sign it with the host."""
    without_host = re.sub(r"\Ahttps?://[^/]+", "", uri)
    return without_host == target


def verified(
    credentials: Credentials, nonces: Nonces, *, method: str, now: datetime, password_of: Callable[[str], str | None]
) -> bool | None:
    """True for a request that proves its sender; None for one that would, were its nonce not too old."""
    if not nonces.is_own(credentials.nonce):
        return False
    password = password_of(credentials.username)
    # A name that nobody has takes as long as a wrong password.
    is_right = credentials.matches(method, password if password is not None else credentials.nonce)
    if not is_right or password is None:
        return False
    return True if nonces.is_fresh(credentials.nonce, now) else None


def _hash(text: str) -> str:
    return md5(text.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()
