"""Clients that post numbered readings, repeat what was not answered, and remember every 202."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from parking.domain.clock import utc_now
from tests.api.http_process import NO_TLS

PAUSE_S = 0.1
AGAIN_S = 0.1


@dataclass
class Poster:
    """One client with devices of its own; a batch is repeated until it is answered, then the next one is made."""

    url: str
    key: str
    devices: Sequence[str]
    name: str
    accepted: list[str] = field(default_factory=list)
    """Ids of all readings that were answered with 202, in order."""
    last: dict[str, str] = field(default_factory=dict)
    """Device to the status that it said last."""
    odd: list[str] = field(default_factory=list)
    """Answers that no outage explains."""
    repeated: int = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Post until told to stop; what was begun is finished."""
        number = 0
        while not stop.is_set():
            readings = [self._reading(device, number) for device in self.devices]
            await self._until_answered(readings)
            self.accepted += [reading["id"] for reading in readings]
            self.last |= {reading["device"]: reading["status"] for reading in readings}
            number += 1
            await asyncio.sleep(PAUSE_S)

    async def _until_answered(self, readings: list[dict[str, Any]]) -> None:
        async with httpx.AsyncClient(base_url=self.url, timeout=10, trust_env=False, verify=NO_TLS) as client:
            while not await self._is_accepted(client, readings):
                self.repeated += 1
                await asyncio.sleep(AGAIN_S)

    async def _is_accepted(self, client: httpx.AsyncClient, readings: list[dict[str, Any]]) -> bool:
        headers = {"Authorization": f"Bearer {self.key}"}
        try:
            answer = await client.post("/v1/readings", json={"readings": readings}, headers=headers)
        except httpx.TransportError:
            return False
        if answer.status_code == 202:
            report = answer.json()
            if report["rejected"] or report["accepted"] + report["duplicate"] != len(readings):
                self.odd.append(answer.text)
            return True
        if answer.status_code != 503:
            self.odd.append(f"{answer.status_code}: {answer.text}")
        return False

    def _reading(self, device: str, number: int) -> dict[str, Any]:
        return {
            "device": device,
            "observed_at": utc_now().isoformat(),
            "status": "occupied" if number % 2 == 0 else "free",
            "kind": "change",
            "session": self.name,
            "sequence": number,
            "id": f"{device}-{number}",
        }
