"""The last net below every log line: whatever looks like a civil plate is masked, wherever it came from."""

import re
from typing import Final

from parking.domain.plates import PROVINCES, mask

_PLATE: Final = re.compile(rf"[{PROVINCES}][\s·•.\-]?[A-Za-z](?:[\s·•.\-]?[A-Za-z0-9]){{4,5}}[A-Za-z0-9挂学警港澳]?")


def redact(text: str) -> str:
    """The text with every plate in it masked, tracebacks and quoted input included."""
    return _PLATE.sub(lambda found: mask(found.group()), text)
