"""Our own JSON as the payload of a frame."""

import pytest

from devices.adapters.generic_json.codec import CODEC
from devices.ports import PayloadError


def test_message_is_read_when_the_payload_is_one_statement() -> None:
    body = b'{"observed_at":"2026-01-01T00:00:00Z","status":"free","kind":"restate","battery_v":0.0,"confidence":0.5}'
    (message,) = CODEC.decode(body, port=1, version="1")
    assert (message.kind, message.status, message.battery_v, message.confidence) == ("restate", "free", 0.0, 0.5)
    assert message.fields["observed_at"] == "2026-01-01T00:00:00Z"


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b'{"status":"free"}', b'{"observed_at":"2026-01-01T00:00:00"}'])
def test_payload_is_refused_when_it_is_no_statement(body: bytes) -> None:
    with pytest.raises(PayloadError):
        CODEC.decode(body, port=1, version="1")
