"""Sends to an MQTT broker and knows what the broker has taken."""

import asyncio
from types import TracebackType
from typing import Final, Self

from paho.mqtt.client import Client
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from devices.transport.mqtt_address import open_client
from parking.domain.errors import UnavailableError

PATIENCE_S: Final = 60.0
IN_FLIGHT: Final = 200


class MqttPublisher:
    """An async context: connects on entry, and again after every loss with what the broker had not confirmed."""

    def __init__(self, url: str, *, client_id: str = "", patience_s: float = PATIENCE_S) -> None:
        self._patience_s = patience_s
        self._open: dict[int, asyncio.Future[None]] = {}
        self._client = open_client(url, client_id=client_id, keeps_session=client_id != "", in_flight=IN_FLIGHT)
        self._client.on_publish = self._published

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._client.loop_start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.disconnect()
        await asyncio.to_thread(self._client.loop_stop)

    async def publish(self, topic: str, payload: bytes) -> None:
        """Return when the broker has confirmed it, in order of the calls.

        Raises UnavailableError `broker_unavailable` after `patience_s`; the message may still arrive then.
        """
        confirmed: asyncio.Future[None] = self._loop.create_future()
        # The confirmation is handed over through the loop, so it cannot overtake the next line.
        mid = self._client.publish(topic, payload, qos=1).mid
        self._open[mid] = confirmed
        try:
            async with asyncio.timeout(self._patience_s):
                await confirmed
        except TimeoutError as error:
            raise UnavailableError("the MQTT broker confirms nothing", code="broker_unavailable") from error
        finally:
            self._open.pop(mid, None)

    def _published(
        self, _client: Client, _data: object, mid: int, _reason: ReasonCode, _more: Properties | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._confirm, mid)

    def _confirm(self, mid: int) -> None:
        confirmed = self._open.get(mid)
        if confirmed is not None and not confirmed.done():
            confirmed.set_result(None)
