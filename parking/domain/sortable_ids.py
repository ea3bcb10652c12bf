"""Ids of 26 characters that sort by the instant at which they were made (the form of a ULID)."""

import secrets
from datetime import datetime
from typing import Final

from parking.domain.clock import to_micros

_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_RANDOM_BITS: Final = 80
_LENGTH: Final = 26


def new_sortable_id(now: datetime) -> str:
    """Unique without asking anybody; nobody can guess the next one."""
    value = to_micros(now) // 1000 << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS)
    return "".join(_ALPHABET[value >> 5 * place & 31] for place in reversed(range(_LENGTH)))
