"""Bodies of readings: good ones in one go, bad items each with its own code."""

import json
from typing import Any

import pytest

from devices.adapters.generic_json.messages import Reading
from devices.ingest.decoding import (
    BATCH_LIMIT,
    BatchTooLargeError,
    BodyInvalidError,
    decode_batch,
    decode_published,
)
from devices.ingest.report import Rejected

GOOD = {"device": "d1", "observed_at": "2026-11-22T12:00:00.123456789Z", "status": "free", "kind": "restate"}


def batch(*items: object) -> bytes:
    return json.dumps({"readings": items}).encode()


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in GOOD.items() if key != name}


def test_every_item_is_a_reading_when_all_are_good() -> None:
    (reading,) = decode_batch(batch(GOOD))
    assert isinstance(reading, Reading)
    assert (reading.device, reading.status, reading.kind) == ("d1", "free", "restate")
    assert reading.observed_at.microsecond in {123456, 123457}


def test_zero_is_a_value_when_a_reading_says_it() -> None:
    (reading,) = decode_batch(batch(GOOD | {"sequence": 0, "confidence": 0, "temperature_c": 0, "battery_v": 0}))
    assert isinstance(reading, Reading)
    assert (reading.sequence, reading.confidence, reading.temperature_c, reading.battery_v) == (0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("item", "code"),
    [
        (without("device"), "field_missing"),
        (without("observed_at"), "field_missing"),
        (GOOD | {"colour": "red"}, "field_unknown"),
        (GOOD | {"device": 1}, "type_wrong"),
        (GOOD | {"device": None}, "type_wrong"),
        (GOOD | {"sequence": 1.5}, "type_wrong"),
        (GOOD | {"sequence": True}, "type_wrong"),
        (GOOD | {"battery_v": "3.6"}, "type_wrong"),
        (GOOD | {"observed_at": 5}, "type_wrong"),
        (GOOD | {"observed_at": "2026-11-22T12:00:00"}, "observed_at_invalid"),
        (GOOD | {"observed_at": "yesterday"}, "observed_at_invalid"),
        (GOOD | {"observed_at": "2026-02-30T12:00:00Z"}, "observed_at_invalid"),
        (GOOD | {"status": "maybe"}, "status_unknown"),
        (GOOD | {"kind": "arrival"}, "kind_unknown"),
        (GOOD | {"confidence": 1.01}, "confidence_out_of_range"),
        (GOOD | {"confidence": -0.01}, "confidence_out_of_range"),
        (GOOD | {"sequence": -1}, "sequence_out_of_range"),
        (GOOD | {"sequence": 2**64}, "sequence_out_of_range"),
        (GOOD | {"id": ""}, "id_invalid"),
        (GOOD | {"id": "a\u0000b"}, "id_invalid"),
        (GOOD | {"id": "x" * 129}, "id_invalid"),
        (GOOD | {"session": "\u6cca"}, "session_invalid"),
        (5, "type_wrong"),
        (None, "type_wrong"),
        ([], "type_wrong"),
    ],
)
def test_bad_item_has_its_code_and_the_others_pass_when_one_is_bad(item: object, code: str) -> None:
    first, second, third = decode_batch(batch(GOOD, item, GOOD))
    assert isinstance(first, Reading)
    assert isinstance(third, Reading)
    assert isinstance(second, Rejected)
    assert (second.index, second.code) == (1, code)
    assert second.detail


def test_item_is_refused_when_a_number_is_too_large_for_any_machine() -> None:
    body = batch(GOOD | {"battery_v": 77777}).replace(b"77777", b"1e999")
    (item,) = decode_batch(body)
    assert isinstance(item, Rejected)
    assert item.code == "number_out_of_range"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b"5",
        b"{}",
        b'{"readings": {}}',
        b'{"readings": null}',
        b'{"readings": [], "more": 1}',
        b'{"readings": [NaN]}',
        b'{"readings": [' + b"[" * 100_000 + b"]" * 100_000 + b"]}",
        batch(GOOD)[:-1],
    ],
)
def test_body_is_refused_when_it_is_not_a_batch(body: bytes) -> None:
    with pytest.raises(BodyInvalidError):
        decode_batch(body)


def test_nothing_is_refused_when_the_batch_is_empty() -> None:
    assert list(decode_batch(batch())) == []


def test_batch_is_refused_when_it_has_too_many_items() -> None:
    assert len(decode_batch(batch(*[GOOD] * BATCH_LIMIT))) == BATCH_LIMIT
    for items in ([GOOD] * (BATCH_LIMIT + 1), [5] * (BATCH_LIMIT + 1)):
        with pytest.raises(BatchTooLargeError):
            decode_batch(batch(*items))


def test_device_is_the_topic_when_one_reading_is_published() -> None:
    (reading,) = decode_published(json.dumps(without("device")).encode(), "d9")
    assert isinstance(reading, Reading)
    assert reading.device == "d9"


def test_each_item_is_judged_when_several_are_published() -> None:
    first, second = decode_published(batch(without("device"), GOOD), "d9")
    assert isinstance(first, Reading)
    assert isinstance(second, Rejected)
    assert (second.index, second.code) == (1, "field_unknown")


@pytest.mark.parametrize(("body", "code"), [(b"\xff", "json_invalid"), (b"[]", "type_wrong"), (b"{}", "field_missing")])
def test_message_is_refused_when_it_is_neither(body: bytes, code: str) -> None:
    (item,) = decode_published(body, "d9")
    assert isinstance(item, Rejected)
    assert item.code == code
