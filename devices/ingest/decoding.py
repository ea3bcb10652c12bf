"""Reads the body of `POST /v1/readings`: in one go when all is well, item by item when something is not."""

import re
from collections.abc import Sequence
from typing import Final

import msgspec

from devices.adapters.generic_json.messages import Reading, Statement
from devices.ingest.report import Rejected
from parking.domain.errors import InvalidInputError

BATCH_LIMIT: Final = 10_000


class BodyInvalidError(InvalidInputError):
    """The body as a whole cannot be read, so that no item can be answered for."""

    code = "body_invalid"


class BatchTooLargeError(InvalidInputError):
    """More items than one request may carry."""

    code = "batch_too_large"


class _Batch(msgspec.Struct, forbid_unknown_fields=True):
    readings: list[Reading]


class _RawBatch(msgspec.Struct, forbid_unknown_fields=True):
    readings: list[msgspec.Raw]


_batch = msgspec.json.Decoder(_Batch)
_raw_batch = msgspec.json.Decoder(_RawBatch)
_reading = msgspec.json.Decoder(Reading)
_statement = msgspec.json.Decoder(Statement)

UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

_FIELD = re.compile(r" - at `\$\.(\w+)`$")
# Wrong value of a field that has a code of its own; every other field falls back to the messages below.
_VALUE_CODES: Final = {"observed_at": "observed_at_invalid", "confidence": "confidence_out_of_range"}
_MESSAGE_CODES: Final = (
    ("Object missing required field", "field_missing"),
    ("Object contains unknown field", "field_unknown"),
    ("Invalid RFC3339", "observed_at_invalid"),
    ("Number out of range", "number_out_of_range"),
    ("Expected `object`", "type_wrong"),
)


def decode_batch(body: bytes) -> Sequence[Reading | Rejected]:
    """Read a batch; a bad item becomes a `Rejected` in its place.

    Raises `BodyInvalidError` for what is not `{"readings": [...]}`, `BatchTooLargeError` above `BATCH_LIMIT` items.
    """
    try:
        items: Sequence[Reading | Rejected] = _batch.decode(body).readings
    except UNREADABLE:
        items = _decode_one_by_one(body)
    if len(items) > BATCH_LIMIT:
        raise BatchTooLargeError(f"{len(items)} readings; one request carries at most {BATCH_LIMIT}")
    return items


def _decode_one_by_one(body: bytes) -> list[Reading | Rejected]:
    try:
        raw = _raw_batch.decode(body).readings
    except UNREADABLE as error:
        raise BodyInvalidError(f'the body is not {{"readings": [...]}}: {_plain(error)}') from error
    return [_decode_item(index, item) for index, item in enumerate(raw[: BATCH_LIMIT + 1])]


def _decode_item(index: int, item: msgspec.Raw) -> Reading | Rejected:
    try:
        return _reading.decode(item)
    except UNREADABLE as error:
        return Rejected(index=index, code=error_code(error), detail=_plain(error))


def decode_statement(body: bytes, device_id: str) -> Reading:
    """Read one reading whose device is known from elsewhere; raises one of `UNREADABLE`."""
    statement = _statement.decode(body)
    return Reading(device=device_id, **{name: getattr(statement, name) for name in statement.__struct_fields__})


def decode_published(body: bytes, device_id: str) -> Sequence[Reading | Rejected]:
    """Read what a device publishes about itself: one reading, or `{"readings": [...]}` of them."""
    try:
        return [decode_statement(body, device_id)]
    except UNREADABLE as error:
        refusal = Rejected(index=0, code=error_code(error), detail=_plain(error))
    try:
        items = _raw_batch.decode(body).readings[:BATCH_LIMIT]
    except UNREADABLE:
        return [refusal]
    return [_decode_published_item(index, item, device_id) for index, item in enumerate(items)]


def _decode_published_item(index: int, item: msgspec.Raw, device_id: str) -> Reading | Rejected:
    try:
        return decode_statement(bytes(item), device_id)
    except UNREADABLE as error:
        return Rejected(index=index, code=error_code(error), detail=_plain(error))


def error_code(error: Exception) -> str:
    """Name the reason in the vocabulary of the interface."""
    if not isinstance(error, msgspec.ValidationError):
        return "json_invalid"
    text = str(error)
    for start, code in _MESSAGE_CODES:
        if text.startswith(start):
            return code
    match = _FIELD.search(text)
    return _value_code(match.group(1) if match else "", text)


def _value_code(field: str, text: str) -> str:
    if ", got `" in text:
        return "type_wrong"
    if text.startswith("Invalid enum value"):
        return f"{field}_unknown"
    return _VALUE_CODES.get(field) or (f"{field}_out_of_range" if field == "sequence" else f"{field}_invalid")


def _plain(error: Exception) -> str:
    """Shorten to one line; what the sender wrote is not repeated at length."""
    return str(error)[:200]
