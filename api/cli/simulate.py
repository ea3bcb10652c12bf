"""`parking simulate`: drivers and sensors of the demonstration city, speaking to a running platform from outside."""

import asyncio
import contextlib
import signal
import time
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import click

from api.logs import configure_logging
from api.settings import find_settings, log_format
from parking.domain.errors import InvalidInputError, UnavailableError

if TYPE_CHECKING:
    from api.installation.demonstration_record import Demonstration
    from devices.simulation.fleet import Site
    from devices.simulation.people import Identities

SHIFT_DISTRICT: Final = "370303"
CLEANED_ZONE: Final = "LZ-02"
READY_WITHIN_S = 120.0
SHORTEST_STAY_S = 151.0
"""In the time-lapse: with ten changes within ten minutes a device is taken for one that flaps, and rightly so."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Where the simulation sends, and what it plays."""

    api_url: str
    mqtt_url: str
    key: str
    seed: int
    speed: float
    identities: "Identities | None" = None
    """Of the people who pay and clean; without them only sensors speak."""
    is_generated: bool = False
    """Of a generated city, whose sensors all speak JSON over HTTP."""
    failures_from: float | None = None
    """When the day of failures began, in seconds since 1970 UTC."""


@click.command(epilog="Example: parking simulate --api http://127.0.0.1:8000 --speed 20")
@click.option("--api", help="Address of the HTTP process; that of the data folder unless set.")
@click.option("--mqtt", help="Address of the broker for devices; that of the data folder unless set.")
@click.option("--key", help="A sensor's key; that of the demonstration in the data folder unless set.")
@click.option("--seed", type=click.IntRange(min=0), help="Must be that with which the fleet was registered.")
@click.option("--speed", type=click.FloatRange(0.1, 1000), help="How many times faster vehicles come and go.")
def command(api: str | None, mqtt: str | None, key: str | None, seed: int | None, speed: float | None) -> None:
    """Play the sensors of a demonstration city. 'parking demo' starts this by itself.

    Bosch and Nwave send through The Things Stack's webhooks, PNI, Libelium and Tekzitel through ChirpStack over MQTT, MOKO,
    Netvox and Cicicom through ThingPark, Dingtek over NB-IoT through CTWing, others through OneNET, the rest in our own JSON over HTTP and MQTT. With the identities of a demonstration, drivers pay at machines, on pages and to an attendant,
    and a street is cleaned. Runs until Ctrl-C.
    """
    configure_logging("simulate", log_format())
    asyncio.run(_run(_plan(api, mqtt, key, seed, speed)))


def _plan(api: str | None, mqtt: str | None, key: str | None, seed: int | None, speed: float | None) -> Plan:
    from api.installation.demonstration_record import read_demonstration  # noqa: PLC0415 - heavy, and not for --help

    settings = find_settings()
    kept = read_demonstration(settings.data_dir)
    if kept is not None:
        mqtt, key = mqtt or kept.device_mqtt_url, key or kept.keys["sensor"]
        seed, speed = kept.seed if seed is None else seed, kept.speed if speed is None else speed
    if mqtt is None or key is None:
        raise InvalidInputError(
            f"no demonstration in {settings.data_dir}: give --mqtt and --key, or run 'parking demo'",
            code="setting_missing",
        )
    return Plan(
        api_url=api or settings.api_url,
        mqtt_url=mqtt,
        key=key,
        seed=1 if seed is None else seed,
        speed=1.0 if speed is None else speed,
        identities=_identities(kept),
        is_generated=kept is not None and kept.spaces is not None,
        failures_from=None if kept is None else kept.failures_from,
    )


def _identities(kept: "Demonstration | None") -> "Identities | None":
    from api.installation.demonstration_record import SIMULATED_ATTENDANT  # noqa: PLC0415 - heavy, and not for --help
    from devices.simulation.people import Identities  # noqa: PLC0415 - as above

    if kept is None or SIMULATED_ATTENDANT not in kept.logins:
        return None
    return Identities(
        terminal_key=kept.keys["terminal"],
        operator_key=kept.keys["operator"],
        attendant=(SIMULATED_ATTENDANT, kept.logins[SIMULATED_ATTENDANT]),
        attendant_district=SHIFT_DISTRICT,
        cleaned_zone=CLEANED_ZONE,
    )


async def _run(plan: Plan) -> None:
    """Until SIGINT or SIGTERM."""
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    if task is not None:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await _simulate(plan)


async def _simulate(plan: Plan) -> None:
    from api.installation.readiness import until_ready  # noqa: PLC0415 - heavy, and not for --help

    try:
        async with asyncio.timeout(READY_WITHIN_S):
            await until_ready(plan.api_url)
    except TimeoutError as error:
        raise UnavailableError(f"{plan.api_url} is not ready", code="server_unavailable") from error
    await (_play_generated if plan.is_generated else _play)(plan)


async def _play_generated(plan: Plan) -> None:
    from devices.simulation.crowd import Crowd, play  # noqa: PLC0415 - heavy, and not for --help
    from devices.simulation.sites import sites_from  # noqa: PLC0415 - as above
    from devices.transport.http import HttpPoster  # noqa: PLC0415 - as above

    space_ids = [site.space_id for site in await sites_from(plan.api_url)]
    async with HttpPoster(plan.api_url, key=plan.key) as poster:
        crowd = Crowd(space_ids, seed=plan.seed, start=time.time(), speed=plan.speed)
        await play(crowd, poster, now=time.time)


async def _play(plan: Plan) -> None:
    # Loaded only now: until the platform is ready it needs the processors of a small machine for itself.
    from api.installation.demonstration_tariffs import first_prices  # noqa: PLC0415 - as said above
    from devices.simulation.board import BoardReader  # noqa: PLC0415 - as above
    from devices.simulation.cameras.crew import CameraCrew, mounted_over  # noqa: PLC0415 - as above
    from devices.simulation.cameras.hikvision import MEDIA_TYPE  # noqa: PLC0415 - as above
    from devices.simulation.city import City  # noqa: PLC0415 - as above
    from devices.simulation.counter import Counter  # noqa: PLC0415 - as above
    from devices.simulation.day import day_of_failures  # noqa: PLC0415 - as above
    from devices.simulation.fleet import fit  # noqa: PLC0415 - as above
    from devices.simulation.people import people  # noqa: PLC0415 - as above
    from devices.simulation.runner import Runner  # noqa: PLC0415 - as above
    from devices.simulation.sender import WireSender  # noqa: PLC0415 - as above
    from devices.simulation.sites import sites_from  # noqa: PLC0415 - as above
    from devices.transport.http import HttpPoster  # noqa: PLC0415 - as above
    from devices.transport.mqtt_publisher import MqttPublisher  # noqa: PLC0415 - as above

    sites = await sites_from(plan.api_url)
    devices = fit(sites, seed=plan.seed)
    script = [] if plan.failures_from is None else day_of_failures(devices, start=plan.failures_from)
    async with AsyncExitStack() as stack:
        poster = await stack.enter_async_context(HttpPoster(plan.api_url, key=plan.key))
        publisher = await stack.enter_async_context(MqttPublisher(plan.mqtt_url))
        page = await stack.enter_async_context(Counter(plan.api_url))
        board = BoardReader(page.get, first_prices(), now=time.time)
        make_city = partial(
            City,
            sites,
            seed=plan.seed,
            speed=plan.speed,
            shortest_s=SHORTEST_STAY_S,
            devices=devices,
            script=script,
            turnout=await board.look(),
        )
        if plan.identities is None:
            city = make_city(start=time.time())
            await _together(Runner(city, WireSender(poster, publisher), now=time.time).run(), board.run(city.mind))
            return
        crowd = await stack.enter_async_context(people(plan.api_url, plan.identities, seed=plan.seed, now=time.time))
        eyes = await stack.enter_async_context(HttpPoster(plan.api_url, key=plan.key, media_type=MEDIA_TYPE))
        crew = CameraCrew(mounted_over(sites), eyes, seed=plan.seed, now=time.time)

        def arrived(site: "Site", at: float, leaves_at: float) -> None:
            crowd.payers.arrived(site, at, leaves_at)
            crew.arrived(site, at, leaves_at)

        city = make_city(start=time.time(), on_arrival=arrived)
        crowd.payers.found(city.parked)
        crew.found(city.parked)
        sender = WireSender(poster, publisher)
        await _together(crew.run(), Runner(city, sender, now=time.time).run(), crowd.run(), board.run(city.mind))


async def _together(*lives: Coroutine[Any, Any, None]) -> None:
    """Until one of them fails, which ends the others."""
    try:
        async with asyncio.TaskGroup() as group:
            for life in lives:
                group.create_task(life)
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from failures
