"""The last net below every log line: whatever looks like a civil plate, an IMEI or a key is masked, wherever it came from."""

import re
from typing import Final

from parking.domain.plates import PROVINCES, mask

_PLATE: Final = re.compile(rf"[{PROVINCES}][\s·•.\-]?[A-Za-z](?:[\s·•.\-]?[A-Za-z0-9]){{4,5}}[A-Za-z0-9挂学警港澳]?")
_IMEI: Final = re.compile(r"(?<![0-9A-Za-z])[0-9]{11}([0-9]{4})(?![0-9A-Za-z])")
_KEY: Final = re.compile(r"(sp_[0-9a-f]{12}_)[A-Za-z0-9_-]{43}")


def redact(text: str) -> str:
    """The text with every plate in it masked, tracebacks and quoted input included."""
    return _PLATE.sub(lambda found: mask(found.group()), text)


def redact_identities(text: str) -> str:
    """The text with every IMEI cut to its last four digits, and every key of the interface to its public half."""
    return _KEY.sub(r"\1…", _IMEI.sub(r"…\1", text))
