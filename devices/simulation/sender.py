"""Carries parcels over the real transports, and comes again as long as it takes."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from typing import Final, TypeVar

import msgspec

from devices.simulation.parcels import READINGS_PATH, Parcel
from devices.transport.ports import Answer, Poster, Publisher
from parking.domain.errors import ParkingError, UnavailableError

T = TypeVar("T")
_SHOWN: Final = 200
TAKEN: Final = frozenset({HTTPStatus.OK, HTTPStatus.ACCEPTED})
"""CTWing wants a plain 200 for what it delivered, everybody else is told that the work comes later."""

_log = logging.getLogger(__name__)


class SimulationRefusedError(ParkingError):
    """The platform does not take what the simulation sends: a wrong key, or an address of something else."""

    code = "simulation_refused"


class _Taken(msgspec.Struct):
    """As much of the answer of the ingest paths as matters here."""

    rejected: list[msgspec.Raw] = []


_taken = msgspec.json.Decoder(_Taken)


class WireSender:
    """`rejected` counts messages that the platform understood and did not want, such as those of unknown devices."""

    def __init__(self, poster: Poster, publisher: Publisher) -> None:
        self._poster = poster
        self._publisher = publisher
        self._is_away = False
        self.rejected = 0

    async def send(self, parcels: Sequence[Parcel]) -> None:
        """Deliver in order per device; readings travel together.

        Raises `SimulationRefusedError` for an answer that trying again cannot mend.
        """
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._readings([parcel for parcel in parcels if parcel.way == "reading"]))
                group.create_task(self._webhooks([parcel for parcel in parcels if parcel.way == "webhook"]))
                # The broker's client takes them in the order in which the tasks begin, which is that of their making.
                for parcel in parcels:
                    if parcel.way == "mqtt":
                        group.create_task(self._publish(parcel))
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from failures

    async def _readings(self, parcels: Sequence[Parcel]) -> None:
        if parcels:
            body = b'{"readings":[' + b",".join(parcel.body for parcel in parcels) + b"]}"
            await self._post(READINGS_PATH, body, subject=parcels[0].device_id)

    async def _webhooks(self, parcels: Sequence[Parcel]) -> None:
        for parcel in parcels:
            await self._post(parcel.address, parcel.body, subject=parcel.device_id)

    async def _publish(self, parcel: Parcel) -> None:
        await self._persist(lambda: self._publisher.publish(parcel.address, parcel.body))

    async def _post(self, path: str, body: bytes, *, subject: str) -> None:
        answer: Answer = await self._persist(lambda: self._poster.post(path, body, subject=subject))
        if answer.status not in TAKEN:
            said = answer.body[:_SHOWN].decode(errors="replace")
            raise SimulationRefusedError(f"{path} answered {answer.status}: {said}")
        rejected = _taken.decode(answer.body).rejected
        if rejected and self.rejected == 0:
            _log.warning("the platform rejects readings, the first one: %s", bytes(rejected[0]).decode())
        self.rejected += len(rejected)

    async def _persist(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """A transport gives up at some time; devices do not."""
        while True:
            try:
                result = await attempt()
            except UnavailableError as error:
                if not self._is_away:
                    self._is_away = True
                    _log.warning("%s; trying on", error.detail)
                continue
            if self._is_away:
                self._is_away = False
                _log.info("the platform is back")
            return result
