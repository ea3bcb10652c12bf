"""What the platforms of NB-IoT share: who a device is, named fields as a payload, and message ids that platforms do not give."""

import re
from hashlib import blake2b
from typing import Final

import msgspec

from devices.ports import PayloadError

_IMEI = re.compile(r"[0-9]{15}\Z")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}\Z")
NOBODY: Final = frozenset({"", "undefined", "null", "0" * 15})
"""What the platforms write where they do not know an IMEI."""
ABSENT: Final = msgspec.Raw(b"")
"""For a part of a message that is kept as it stands, where it is left out."""
NOTHING: Final = frozenset({b"", b"null"})
_DIGEST_BYTES: Final = 8


def identity(imei: str, *names: str) -> tuple[str, tuple[str, ...]]:
    """The IMEI where it is told, else the platform's own name of the device; and the further names.

    Raises `PayloadError` for a message that names nobody.
    """
    known = [imei] if imei not in NOBODY and _IMEI.match(imei) else []
    known += [name for name in names if name not in NOBODY and _NAME.match(name) and name not in known]
    if not known:
        raise PayloadError("the message names no device", code="envelope_invalid")
    return known[0], tuple(known[1:])


def event_id(at: int | None, *parts: bytes) -> str:
    """A message's own id, made of the platform's time and all it says: a retry of the platform has the same."""
    return f"{at}/{blake2b(b'/'.join(parts), digest_size=_DIGEST_BYTES).hexdigest()}"


def fields_payload(fields: object) -> bytes:
    """Named fields in place of bytes; a codec over fields reads them."""
    if not isinstance(fields, dict):
        raise PayloadError("the payload is no object of named fields", code="envelope_invalid")
    return msgspec.json.encode(fields)
