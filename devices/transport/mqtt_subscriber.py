"""Receives from an MQTT broker without losing what was not yet stored: acknowledging is a step of its own."""

import asyncio
import contextlib
import logging
import ssl
from collections import deque
from collections.abc import Sequence
from itertools import islice
from types import TracebackType
from typing import Final, Self, cast

from devices.transport import mqtt_packets
from devices.transport.mqtt_address import CONNECT_TIMEOUT_S, KEEPALIVE_S, RECONNECT_S, read_address
from devices.transport.mqtt_packets import CONNACK, PUBLISH, PacketError, PacketReader
from devices.transport.ports import Delivery

BUFFER: Final = 50_000
"""Messages held; beyond it the socket is not read, until half of them are taken, and the broker keeps what comes."""
PING_EVERY_S: Final = KEEPALIVE_S / 2
HUNG_UP: Final = -1
AWAY: Final = "the MQTT broker cannot be reached, trying on"
SILENCES: Final = 2
"""Signs of life that were asked for in vain; one may lie unread where this process was held up."""
GOODBYE_S: Final = 1.0
"""How long what is still to be sent may hold up the end of a connection."""

_log = logging.getLogger(__name__)


class MqttSubscriber:
    """An async context: connects on entry, again after every loss, and leaves the broker's queue behind on exit.

    The broker keeps a session under `client_id`, so two processes may not use the same one. Everything happens in the
    event loop.
    """

    def __init__(self, url: str, *, client_id: str, topics: Sequence[str]) -> None:
        self._address = read_address(url)
        self._client_id = client_id
        self._topics = topics
        self._waiting: deque[Delivery] = deque()
        self._arrived = asyncio.Event()
        self._connections = 0
        self._link: _Link | None = None
        self._reported = ""

    async def __aenter__(self) -> Self:
        self._running = asyncio.create_task(self._stay_connected(), name="mqtt-subscriber")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._running

    async def receive(self, limit: int) -> Sequence[Delivery]:
        """Wait for at least one message and take at most `limit`, in order of arrival."""
        waiting = self._waiting
        while not waiting:
            self._arrived.clear()
            await self._arrived.wait()
        if len(waiting) <= limit:
            taken = list(waiting)
            waiting.clear()
        else:
            taken = list(islice(waiting, limit))
            for _ in taken:
                waiting.popleft()
        if self._link is not None and len(waiting) < BUFFER // 2:
            self._link.go_on()
        return taken

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Let the broker forget them.

        What came over an earlier connection is left alone: the broker sends it again, and its packet id may by now
        name another message.
        """
        link = self._link
        if link is None:
            return
        mids = [delivery.mid for delivery in deliveries if delivery.qos > 0 and delivery.connection == link.number]
        if mids:
            link.send(mqtt_packets.acknowledgements(mids))

    async def _stay_connected(self) -> None:
        wait = RECONNECT_S[0]
        while True:
            self._connections += 1
            link = self._link = _Link(self, self._connections)
            try:
                if await self._open(link):
                    wait = RECONNECT_S[0]
                    await link.lost.wait()
                    self.report(AWAY)
            finally:
                self._link = None
                await link.close()
            await asyncio.sleep(wait)
            wait = min(wait * 2, RECONNECT_S[1])

    async def _open(self, link: "_Link") -> bool:
        """Connect, log in and subscribe; False where the broker does not let us."""
        address = self._address
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                await asyncio.get_running_loop().create_connection(
                    lambda: link, address.host, address.port, ssl=ssl.create_default_context() if address.tls else None
                )
                link.send(
                    mqtt_packets.connect(
                        self._client_id,
                        user=address.user,
                        password=address.password,
                        keepalive_s=KEEPALIVE_S,
                        keeps_session=True,
                    )
                )
                code = await link.answered()
        except (OSError, TimeoutError):
            code = HUNG_UP
        if code != 0:
            why = mqtt_packets.REFUSALS.get(code, f"code {code}")
            self.report(AWAY if code == HUNG_UP else f"the MQTT broker refuses us: {why}")
            return False
        link.stay_alive()
        link.send(mqtt_packets.subscribe(1, self._topics, qos=1))
        self.report("connected to the MQTT broker")
        return True

    def take(self, deliveries: Sequence[Delivery]) -> bool:
        """Called by the link with what arrived; False asks it to wait."""
        self._waiting.extend(deliveries)
        self._arrived.set()
        return len(self._waiting) < BUFFER

    def report(self, text: str) -> None:
        """Speak when something changes, not at every attempt."""
        if text != self._reported:
            self._reported = text
            _log.info("%s", text)


class _Link(asyncio.Protocol):
    """One connection: bytes in, deliveries out, and a sign of life every few seconds."""

    def __init__(self, owner: MqttSubscriber, number: int) -> None:
        self.number = number
        self._owner = owner
        self._reader = PacketReader()
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._pinging: asyncio.TimerHandle | None = None
        self._is_heard = True
        self._silences = 0
        self._is_paused = False
        self.lost = asyncio.Event()

    async def answered(self) -> int:
        """The broker's answer to the login: 0 lets us in, `HUNG_UP` is none."""
        return await self._answer

    def send(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def go_on(self) -> None:
        """Read again after `take` asked to wait."""
        if self._is_paused and self._transport is not None:
            self._is_paused = False
            self._transport.resume_reading()

    async def close(self) -> None:
        """Say good-bye, so that the broker does not wait for us; returns when the connection is gone."""
        if self._pinging is not None:
            self._pinging.cancel()
        if self._transport is None:
            return
        self.send(mqtt_packets.DISCONNECT)
        self._transport.close()
        try:
            async with asyncio.timeout(GOODBYE_S):
                await self.lost.wait()
        except TimeoutError:
            self._abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the protocol's signature
        if not self._answer.done():
            self._answer.set_result(HUNG_UP)
        self.lost.set()

    def data_received(self, data: bytes) -> None:
        self._is_heard = True
        try:
            packets = self._reader.feed(data)
        except PacketError as error:
            self._owner.report(f"what answers at the MQTT address speaks something else: {error}")
            self._abort()
            return
        number = self.number
        deliveries = [
            Delivery(packet.topic, packet.payload, packet.qos, packet.mid, number)
            for packet in packets
            if packet.kind == PUBLISH and not packet.is_oversized
        ]
        if deliveries and not self._owner.take(deliveries) and self._transport is not None:
            self._is_paused = True
            self._transport.pause_reading()
        if len(deliveries) < len(packets):
            for packet in packets:
                self._handle(packet)

    def _handle(self, packet: mqtt_packets.Packet) -> None:
        """What is no message, and messages that cannot be taken."""
        if packet.kind == CONNACK:
            if not self._answer.done():
                self._answer.set_result(packet.codes[1] if len(packet.codes) > 1 else HUNG_UP)
        elif packet.is_oversized:
            self._owner.report(f"a message on {packet.topic} is too large to be read and is passed over")
            if packet.qos:
                self.send(mqtt_packets.acknowledgements([packet.mid]))
        elif packet.kind == mqtt_packets.SUBACK and mqtt_packets.SUBSCRIPTION_REFUSED in packet.codes[2:]:
            self._owner.report("the MQTT broker does not let us read some of the topics")

    def stay_alive(self) -> None:
        """Ask for a sign of life again and again: a broker that gives none is gone, though the connection stands."""
        self._silences = 0 if self._is_heard or self._is_paused else self._silences + 1
        if self._silences >= SILENCES:
            self._abort()
            return
        self._is_heard = False
        self.send(mqtt_packets.PINGREQ)
        self._pinging = asyncio.get_running_loop().call_later(PING_EVERY_S, self.stay_alive)

    def _abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()
