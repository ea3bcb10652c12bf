"""Takes pictures and plates out of a body, so that what is kept of it in clear is no more than what it says of spaces. Pure."""

import json
import re
from collections.abc import Sequence
from typing import Final

from devices.adapters import multipart
from devices.ports import Sighting

BOUNDARY: Final = "kept"
_BASE64 = re.compile(rb"[A-Za-z0-9+/=\\]{400,}")
"""Pictures within JSON; no word of a message is that long."""


def redacted(body: bytes, media_type: str, sightings: Sequence[Sighting]) -> tuple[bytes, str]:
    """The body without pictures, every plate in it overwritten, and the type under which it is parsed again."""
    kept, kept_type = without_pictures(body, media_type)
    texts = {text for sighting in sightings for text in sighting.plate_texts}
    for text in sorted(texts, key=len, reverse=True):
        for spelt in _spellings(text):
            kept = kept.replace(spelt, b"*" * len(text))
    return kept, kept_type


def without_pictures(body: bytes, media_type: str) -> tuple[bytes, str]:
    """What the body says, and the type under which it is parsed again."""
    if multipart.is_multipart(body, media_type):
        parts = [part for part in multipart.parse(body, media_type) if not part.is_picture]
        return multipart.write(parts, BOUNDARY), f"multipart/form-data; boundary={BOUNDARY}"
    return _BASE64.sub(b"", body), media_type


def _spellings(text: str) -> list[bytes]:
    """As a body may write it: in either encoding, or with JSON's escapes."""
    escaped = json.dumps(text)[1:-1]
    return [text.encode(), text.encode("gb18030", "replace"), escaped.encode(), escaped.lower().encode()]
