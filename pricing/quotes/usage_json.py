"""What a vehicle has used of its free time as JSON: the same in quotes, on the command line and in files."""

from typing import Any

import msgspec

from parking.domain.errors import InvalidInputError
from pricing.fees.model import Usage


def usage_json(usage: Usage) -> dict[str, Any]:
    """`granted`: spans `[start, end]` by key, `entries`: instants by key, all RFC 3339."""
    document: dict[str, Any] = msgspec.to_builtins(usage)
    return document


def read_usage(document: object) -> Usage:
    """What `usage_json` wrote. Raises `InvalidInputError` (`usage_invalid`)."""
    try:
        return msgspec.convert(document, Usage)
    except msgspec.ValidationError as error:
        raise InvalidInputError(f"this is no usage: {error}", code="usage_invalid") from error
