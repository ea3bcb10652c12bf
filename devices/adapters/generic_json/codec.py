"""Decodes one reading in our own JSON; only the MQTT and uplink paths come here, batches are read in one go."""

from collections.abc import Sequence

import msgspec

from devices.adapters.generic_json.messages import Statement
from devices.ports import Message, PayloadError

_decoder = msgspec.json.Decoder(Statement)


class GenericCodec:
    """Every port and version reads the same."""

    def decode(self, payload: bytes, *, port: int, version: str) -> Sequence[Message]:  # noqa: ARG002 - the port's signature
        try:
            statement = _decoder.decode(payload)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise PayloadError(str(error)[:200]) from error
        return [_message(statement)]


def _message(statement: Statement) -> Message:
    return Message(
        kind=statement.kind,
        status=None if statement.status is msgspec.UNSET else statement.status,
        confidence=statement.confidence,
        battery_v=statement.battery_v,
        battery_pct=statement.battery_pct,
        temperature_c=statement.temperature_c,
        fields=msgspec.to_builtins(statement),
    )


CODEC = GenericCodec()
