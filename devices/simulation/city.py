"""The simulated city: drivers, the sensors that watch them, and the frames that arrive in the order of arrival."""

import heapq
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from types import MappingProxyType

from devices.simulation.drivers import Drivers
from devices.simulation.failures import Failing
from devices.simulation.faults import USUAL, Faults
from devices.simulation.fleet import Device, Site, fit
from devices.simulation.sensors import Sensors
from devices.simulation.transmission import Transmission
from devices.simulation.turnout import Turnout


class City:
    """Deterministic by seed and start: two cities stepped differently send the same frames."""

    def __init__(
        self,
        sites: Sequence[Site],
        *,
        seed: int,
        start: float,
        speed: float = 1.0,
        shortest_s: float = 0.0,
        faults: Faults = USUAL,
        script: Sequence[Failing] = (),
        devices: Sequence[Device] | None = None,
        spread_s: float = 8.0,
        turnout: Turnout = MappingProxyType({}),
        on_arrival: Callable[[Site, float, float], None] | None = None,
    ) -> None:
        """`start` in seconds since 1970 UTC; `devices` replaces the fitted fleet, each on one of the sites; `speed`,
        `shortest_s` and `turnout` are the drivers'.

        `script` puts other faults in force for some devices and times. `on_arrival` hears of every vehicle: where, when it came,
        when it will leave.
        """
        self._on_arrival = on_arrival
        self.devices = list(fit(sites, seed=seed) if devices is None else devices)
        place = {device.space_id: index for index, device in enumerate(self.devices)}
        self._drivers = Drivers(sites, seed=seed, start=start, speed=speed, shortest_s=shortest_s, turnout=turnout)
        self._sensors = Sensors(self.devices, seed=seed, start=start, faults=faults, script=script, spread_s=spread_s)
        self._sites = sites
        self._watched = [place.get(site.space_id) for site in sites]
        self._seen = [False] * len(self.devices)
        for index, device_index in enumerate(self._watched):
            if device_index is not None:
                self._seen[device_index] = self._drivers.occupied[index]
        self._on_the_way: list[tuple[float, int, Transmission]] = []
        self._order = count()

    def mind(self, turnout: Turnout, at: float) -> None:
        """Let drivers go by these prices from then on."""
        self._drivers.mind(turnout, at)

    @property
    def truth(self) -> Mapping[str, bool]:
        """Which spaces really are in use now, heard of or not."""
        return {site.space_id: state for site, state in zip(self._sites, self._drivers.occupied, strict=True)}

    @property
    def parked(self) -> list[tuple[Site, float]]:
        """Every vehicle that stands somewhere now, and when it will leave."""
        return [(self._sites[index], at) for index, at in self._drivers.parked()]

    def advance(self, until: float) -> list[Transmission]:
        """Let the city live until `until` and return what arrived, oldest arrival first."""
        while (at := min(self._drivers.next_at, self._sensors.next_at)) <= until:
            self._step(from_drivers=self._drivers.next_at == at)
        arrived = []
        while self._on_the_way and self._on_the_way[0][0] <= until:
            arrived.append(heapq.heappop(self._on_the_way)[2])
        return arrived

    def _step(self, *, from_drivers: bool) -> None:
        if not from_drivers:
            self._dispatch(self._sensors.wake(self._seen))
            return
        move = self._drivers.pop()
        if move is not None and move.leaves_at is not None and self._on_arrival is not None:
            self._on_arrival(self._sites[move.site], move.at, move.leaves_at)
        watched = None if move is None else self._watched[move.site]
        if move is not None and watched is not None:
            self._seen[watched] = move.occupied
            self._dispatch(self._sensors.sense(watched, at=move.at, occupied=move.occupied))

    def _dispatch(self, arrivals: list[tuple[float, Transmission]]) -> None:
        for at, frame in arrivals:
            heapq.heappush(self._on_the_way, (at, next(self._order), frame))
