"""Takes readings from an MQTT broker: what the broker may forget stands in the stream of readings."""

import asyncio
import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from itertools import repeat
from typing import Final, Protocol

from devices.ingest.parcel import Parcel
from devices.ingest.report import IngestReport, Rejected
from devices.ingest.service import IngestService
from devices.ingest.speaker import Speaker, TrustedSpeaker
from devices.ingest.uplinks import UplinkService
from devices.transport.mqtt_subscriber import MqttSubscriber
from devices.transport.ports import Delivery, Subscriber
from parking.domain.errors import UnavailableError

CLIENT_ID: Final = "smart-parking-ingest"
OWN_TOPIC: Final = "parking/v1/+/+/event"
"""Where sensors publish our own JSON; those of the platforms are declared by their adapters."""
CAMERA_TOPICS: Final = "parking/v1/cameras/"
"""What a camera publishes stands below its own id, so that the broker's rights keep one from speaking for another."""
BATCH: Final = 2_000
WAITS_S: Final = (0.1, 0.2, 0.5, 1.0, 2.0)
"""Between attempts to store a batch while the live store is away; the last one repeats."""
SPOKEN_LIMIT: Final = 10_000
_OWN_TOPIC = re.compile(r"parking/v1/[^/]+/([^/]+)/event\Z")

_log = logging.getLogger(__name__)


class PublishedCameras(Protocol):
    """Who takes in what cameras publish."""

    async def take_published(self, topic: str, body: bytes) -> IngestReport:
        """Durable when it returns; raises `UnavailableError`. The same message again has no second effect."""


class MqttIngest:
    """One for each `client_id`: the broker keeps what arrives while it is away.

    The broker's login stands for the right to speak: who may publish to a topic is the broker's to say.
    """

    def __init__(
        self,
        url: str,
        uplinks: UplinkService,
        ingest: IngestService,
        cameras: PublishedCameras | None = None,
        *,
        client_id: str = CLIENT_ID,
    ) -> None:
        self._url = url
        self._cameras = cameras
        self._client_id = client_id
        self._uplinks = uplinks
        self._ingest = ingest
        self._speaker: Speaker = TrustedSpeaker()
        self._spoken: set[tuple[str, str]] = set()

    async def run(self) -> None:
        """Receive until cancelled, through every loss of the broker and of the live store."""
        async with AsyncExitStack() as stack:
            subscriber = await stack.enter_async_context(
                MqttSubscriber(self._url, client_id=self._client_id, topics=self._topics())
            )
            await self.consume(subscriber)

    def _topics(self) -> tuple[str, ...]:
        cameras = () if self._cameras is None else (f"{CAMERA_TOPICS}#",)
        return (*self._uplinks.topics, OWN_TOPIC, *cameras)

    async def consume(self, subscriber: Subscriber) -> None:
        """As `run`, from a subscriber that somebody else has opened.

        While one batch is on its way to the disk, the next one is read and examined; they are stored in their order.
        """
        async with asyncio.TaskGroup() as group:
            storing: asyncio.Task[None] | None = None
            while True:
                deliveries = await subscriber.receive(BATCH)
                parcels = await self._examined(deliveries)
                if storing is not None:
                    await storing
                storing = group.create_task(self._stored(subscriber, deliveries, parcels))

    async def _examined(self, deliveries: Sequence[Delivery]) -> list[Parcel]:
        """Wait until the registry was read, without which nothing can be said of a message."""
        waits = _waits()
        while True:
            try:
                return self._examine([one for one in deliveries if not self._is_of_camera(one)])
            except UnavailableError:
                await asyncio.sleep(next(waits))

    def _is_of_camera(self, delivery: Delivery) -> bool:
        return self._cameras is not None and delivery.topic.startswith(CAMERA_TOPICS)

    async def _stored(self, subscriber: Subscriber, deliveries: Sequence[Delivery], parcels: list[Parcel]) -> None:
        """Store a batch, however long it takes: an acknowledgement before that could lose it."""
        waits, is_late = _waits(), False
        while True:
            try:
                await self._ingest.submit(parcels)
                for delivery in filter(self._is_of_camera, deliveries):
                    await self._take_camera(delivery)
            except UnavailableError as error:
                if not is_late:
                    _log.warning("readings wait at the MQTT broker: %s", error.detail)
                is_late = True
                await asyncio.sleep(next(waits))
                continue
            if is_late:
                _log.info("readings from the MQTT broker are stored again")
            subscriber.acknowledge(deliveries)
            return

    async def _take_camera(self, delivery: Delivery) -> None:
        if self._cameras is not None:
            report = await self._cameras.take_published(delivery.topic, delivery.payload)
            for rejected in report.rejected:
                self._speak(delivery.topic, rejected)

    def _examine(self, deliveries: Sequence[Delivery]) -> list[Parcel]:
        parcels: list[Parcel] = []
        for delivery in deliveries:
            try:
                parcel = self._examine_one(delivery)
            except UnavailableError:
                raise
            except Exception:  # noqa: BLE001 - a defect met by one message may not hold up every other device
                _log.exception("message on %s kept unread", delivery.topic)
                parcel = self._ingest.unread(delivery.payload, self._speaker, topic=delivery.topic)
            parcels.append(parcel)
            for rejected in parcel.rejected:
                self._speak(delivery.topic, rejected)
        return parcels

    def _examine_one(self, delivery: Delivery) -> Parcel:
        topic, body = delivery.topic, delivery.payload
        parcel = self._uplinks.examine_published(topic, body, self._speaker)
        if parcel is not None:
            return parcel
        own = _OWN_TOPIC.match(topic)
        if own is not None:
            return self._ingest.examine_published(body, own[1], self._speaker, topic=topic)
        return Parcel(rejected=[Rejected(0, "topic_unknown", topic[:200])])

    def _speak(self, topic: str, rejected: Rejected) -> None:
        """Nobody is answered over MQTT, so the log says it, once for each topic and reason."""
        if (topic, rejected.code) not in self._spoken and len(self._spoken) < SPOKEN_LIMIT:
            self._spoken.add((topic, rejected.code))
            _log.warning("refused on %s: %s (%s)", topic, rejected.detail, rejected.code)


def _waits() -> Iterator[float]:
    yield from WAITS_S
    yield from repeat(WAITS_S[-1])
