"""Receives from an MQTT broker without losing what was not yet stored: acknowledging is a step of its own."""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from types import TracebackType
from typing import Final, Self

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from devices.transport.mqtt_address import open_client
from devices.transport.ports import Delivery

BUFFER: Final = 50_000
"""Messages held; beyond it those of quality 0, which promises nothing, are dropped. The broker limits the others."""

_log = logging.getLogger(__name__)


class MqttSubscriber:
    """An async context: connects on entry, again after every loss, and leaves the broker's queue behind on exit.

    The broker keeps a session under `client_id`, so two processes may not use the same one. Paho's own thread reads
    the socket; everything else happens in the event loop.
    """

    def __init__(self, url: str, *, client_id: str, topics: Sequence[str]) -> None:
        self._topics = [(topic, 1) for topic in topics]
        self._waiting: deque[Delivery] = deque()
        self._arrived = asyncio.Event()
        self._connection = 0
        self._is_signalled = False
        self._reported = ""
        self._client = open_client(url, client_id=client_id, keeps_session=True)
        self._client.on_connect = self._connected
        self._client.on_connect_fail = self._failed
        self._client.on_disconnect = self._disconnected
        self._client.on_message = self._received

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._client.loop_start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.disconnect()
        await asyncio.to_thread(self._client.loop_stop)

    async def receive(self, limit: int) -> Sequence[Delivery]:
        """Wait for at least one message and take at most `limit`, in order of arrival."""
        while not self._waiting:
            self._is_signalled = False
            if not self._waiting:
                await self._arrived.wait()
            self._arrived.clear()
        return [self._waiting.popleft() for _ in range(min(limit, len(self._waiting)))]

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Let the broker forget them.

        What came over an earlier connection is left alone: the broker sends it again, and its packet id may by now
        name another message.
        """
        for delivery in deliveries:
            if delivery.qos > 0 and delivery.connection == self._connection:
                self._client.ack(delivery.mid, delivery.qos)

    # The callbacks below run in paho's thread.

    def _received(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        if message.qos == 0 and len(self._waiting) >= BUFFER:
            self._report("dropping messages of quality 0: they arrive faster than they are stored")
            return
        self._waiting.append(
            Delivery(message.topic, bytes(message.payload), message.qos, message.mid, self._connection)
        )
        if not self._is_signalled:
            self._is_signalled = True
            self._loop.call_soon_threadsafe(self._arrived.set)

    def _connected(
        self, client: Client, _data: object, _flags: ConnectFlags, reason: ReasonCode, _more: Properties | None
    ) -> None:
        if reason.is_failure:
            self._report(f"the MQTT broker refuses us: {reason}")
            return
        self._connection += 1
        self._report("connected to the MQTT broker")
        client.subscribe(self._topics)

    def _failed(self, _client: Client, _data: object) -> None:
        self._report("the MQTT broker cannot be reached, trying on")

    def _disconnected(
        self, _client: Client, _data: object, _flags: DisconnectFlags, reason: ReasonCode, _more: Properties | None
    ) -> None:
        self._connection += 1
        if reason.is_failure:
            self._report("the MQTT broker cannot be reached, trying on")

    def _report(self, text: str) -> None:
        """Speak when something changes, not at every attempt."""
        if text != self._reported:
            self._reported = text
            _log.info("%s", text)
