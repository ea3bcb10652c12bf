"""How a terminal signs a request, and how we know the signature: HMAC-SHA256 over what must not be changed on the way.

    Authorization: PARKING-HMAC-SHA256 key=<key id>,timestamp=<seconds since 1970>,nonce=<once>,signature=<hex>

The signature is the HMAC of five lines: method, path with query, timestamp, nonce, and the SHA-256 of the body in hex.
The key is the secret as text. A key's secret is derived from the installation's own and stored nowhere.
"""

import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

from devices.terminals.model import TerminalRefusedError

SCHEME: Final = "PARKING-HMAC-SHA256"
CLOCK_TOLERANCE: Final = timedelta(minutes=5)
_NAME_DIGITS: Final = 32
_PARAMETERS: Final = re.compile(
    r"key=(?P<key>[0-9a-f]{12}),timestamp=(?P<timestamp>[0-9]{1,11}),"
    r"nonce=(?P<nonce>[A-Za-z0-9_-]{8,64}),signature=(?P<signature>[0-9a-f]{64})"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Signed:
    """The parts of a signed request's `Authorization` header."""

    key_id: str
    timestamp: int
    nonce: str
    signature: str

    @property
    def at(self) -> datetime:
        return datetime.fromtimestamp(self.timestamp, UTC)


def is_signed(authorization: str) -> bool:
    return authorization.partition(" ")[0].upper() == SCHEME


def read(authorization: str) -> Signed:
    """Raises `TerminalRefusedError` (`signature_malformed`) for a header of any other form."""
    match = _PARAMETERS.fullmatch(authorization.partition(" ")[2].replace(" ", ""))
    if not is_signed(authorization) or match is None:
        raise TerminalRefusedError(f"send '{SCHEME} key=…,timestamp=…,nonce=…,signature=…'")
    return Signed(
        key_id=match["key"],
        timestamp=int(match["timestamp"]),
        nonce=match["nonce"],
        signature=match["signature"],
    )


def secret_of(installation_secret: str, terminal_id: str, key_id: str) -> str:
    """The secret of one key of one terminal; nobody who has it learns another one."""
    words = f"terminal:{terminal_id}:{key_id}"
    return hmac.new(installation_secret.encode(), words.encode(), sha256).hexdigest()


def authorization(secret: str, key_id: str, *, method: str, path: str, body: bytes, at: datetime, nonce: str) -> str:
    """The header's value; `path` is as it goes over the wire, with its query."""
    timestamp = int(at.timestamp())
    signature = _signature(secret, method=method, path=path, timestamp=timestamp, nonce=nonce, body=body)
    return f"{SCHEME} key={key_id},timestamp={timestamp},nonce={nonce},signature={signature}"


def check(signed: Signed, secret: str, *, method: str, path: str, body: bytes, now: datetime) -> None:
    """Raises `TerminalRefusedError` (`signature_invalid`, `clock_off` with `server_time` and `offset_s`)."""
    right = _signature(secret, method=method, path=path, timestamp=signed.timestamp, nonce=signed.nonce, body=body)
    if not hmac.compare_digest(right, signed.signature):
        raise TerminalRefusedError("the signature does not fit the request", code="signature_invalid")
    if abs(signed.at - now) > CLOCK_TOLERANCE:
        raise TerminalRefusedError(
            "the terminal's clock is more than 5 minutes off; GET /v1/clock tells the time",
            code="clock_off",
            fields={"server_time": now.astimezone(UTC).isoformat(), "offset_s": offset_s(signed.at, now)},
        )


def offset_s(theirs: datetime, ours: datetime) -> int:
    """Whole seconds by which their clock is ahead."""
    return round((theirs - ours).total_seconds())


def seal(secret: str, document: bytes) -> str:
    """The signature of a document that a terminal carries; it and we can make it, nobody on the way can."""
    return hmac.new(secret.encode(), b"document\n" + document, sha256).hexdigest()


def plate_name(secret: str, plate: str) -> str:
    """What a permit's holder is called in the document that a terminal carries: found by who reads the plate off the car.

    Each key has names of its own, so that what two terminals carry cannot be joined.
    """
    return hmac.new(secret.encode(), b"plate\n" + plate.encode(), sha256).hexdigest()[:_NAME_DIGITS]


def _signature(secret: str, *, method: str, path: str, timestamp: int, nonce: str, body: bytes) -> str:
    lines = "\n".join((method.upper(), path, str(timestamp), nonce, sha256(body).hexdigest()))
    return hmac.new(secret.encode(), lines.encode(), sha256).hexdigest()
