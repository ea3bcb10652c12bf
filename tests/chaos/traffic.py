"""Devices that send numbered readings over HTTP or MQTT, repeat what was not answered, and remember what was.

A round holds one reading of every device; the next one is made when this one is answered for. So of each device the
readings 0, 1, 2, … were accepted, up to the number of its rounds, and none of them may be missing or there twice.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import httpx
import msgspec

from devices.transport.mqtt_publisher import MqttPublisher
from parking.domain.clock import utc_now
from parking.domain.errors import UnavailableError
from tests.api.http_process import NO_TLS

AGAIN_S: Final = 0.1
HTTP_PATIENCE_S: Final = 10.0
MQTT_PATIENCE_S: Final = 20.0
LATER: Final = 503
"""The answer of a door that takes nothing now; whoever gets it asks again."""


def _nobody_asks(_is_answered: bool) -> None:  # noqa: FBT001 - as called
    return


@dataclass
class Sender:
    """What both kinds of sender know. `every` rounds a device says something else; in between it restates."""

    name: str
    devices: Sequence[str]
    pause_s: float
    every: int = 1
    told: Callable[[bool], None] = _nobody_asks
    """Called after each attempt with whether it was answered for."""
    rounds: int = 0
    """Answered for, whole."""
    repeated: int = 0
    refused: int = 0
    odd: list[str] = field(default_factory=list)
    """Answers that no outage explains."""

    @property
    def accepted(self) -> int:
        return self.rounds * len(self.devices)

    @property
    def last(self) -> dict[str, str]:
        """Device to the status that it said last."""
        return dict.fromkeys(self.devices, self._status(self.rounds - 1)) if self.rounds else {}

    def _status(self, number: int) -> str:
        return "occupied" if number // self.every % 2 == 0 else "free"

    def _readings(self, number: int) -> list[dict[str, object]]:
        """Everything of a reading but its device, which MQTT names in the topic."""
        said: dict[str, object] = {
            "observed_at": utc_now().isoformat(),
            "status": self._status(number),
            "kind": "change" if number % self.every == 0 else "restate",
            "session": self.name,
            "sequence": number,
        }
        return [said | {"id": f"{device}-{number}"} for device in self.devices]


@dataclass
class Poster(Sender):
    """One client of the door."""

    url: str = ""
    key: str = ""

    async def run(self, stop: asyncio.Event) -> None:
        """Post until told to stop; what was begun is finished."""
        while not stop.is_set():
            said = self._readings(self.rounds)
            readings = [one | {"device": device} for one, device in zip(said, self.devices, strict=True)]
            await self._until_answered(msgspec.json.encode({"readings": readings}))
            self.rounds += 1
            await asyncio.sleep(self.pause_s)

    async def _until_answered(self, body: bytes) -> None:
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        async with httpx.AsyncClient(
            base_url=self.url, headers=headers, timeout=HTTP_PATIENCE_S, trust_env=False, verify=NO_TLS
        ) as client:
            while True:
                is_accepted = await self._is_accepted(client, body)
                self.told(is_accepted)
                if is_accepted:
                    return
                self.repeated += 1
                await asyncio.sleep(AGAIN_S)

    async def _is_accepted(self, client: httpx.AsyncClient, body: bytes) -> bool:
        try:
            answer = await client.post("/v1/readings", content=body)
        except httpx.TransportError:
            return False
        if answer.status_code == httpx.codes.ACCEPTED:
            report = answer.json()
            if report["rejected"] or report["accepted"] + report["duplicate"] != len(self.devices):
                self.odd.append(answer.text)
            return True
        self.refused += 1
        if answer.status_code != LATER:
            self.odd.append(f"{answer.status_code}: {answer.text}")
        return False


@dataclass
class Talker(Sender):
    """One client of the broker, which answers for a message when it keeps it."""

    async def run(self, publisher: MqttPublisher, stop: asyncio.Event) -> None:
        """As `Poster.run`."""
        while not stop.is_set():
            bodies = dict(zip(self.devices, map(msgspec.json.encode, self._readings(self.rounds)), strict=True))
            while bodies:
                bodies = await self._unconfirmed(publisher, bodies)
            self.rounds += 1
            await asyncio.sleep(self.pause_s)

    async def _unconfirmed(self, publisher: MqttPublisher, bodies: dict[str, bytes]) -> dict[str, bytes]:
        """Publish them, and return what nobody answered for."""

        async def is_confirmed(device: str) -> bool:
            try:
                await publisher.publish(f"parking/v1/chaos/{device}/event", bodies[device])
            except UnavailableError:
                self.repeated += 1
                return False
            return True

        confirmed = await asyncio.gather(*map(is_confirmed, bodies))
        return {
            device: body for (device, body), is_there in zip(bodies.items(), confirmed, strict=True) if not is_there
        }


def sums(senders: Sequence[Sender]) -> Counter[str]:
    """What all of them were answered."""
    return Counter(
        accepted=sum(one.accepted for one in senders),
        refused=sum(one.refused for one in senders),
        repeated=sum(one.repeated for one in senders),
    )
