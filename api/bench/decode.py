"""`parking bench decode`: frames a second on one core from a network server's JSON to an admitted observation.

Counted by the processor time of the one thread that does it: what another process does with the same core is not this
code's.
"""

import time
from collections.abc import Callable, Sequence
from typing import Final

import msgspec
from redis.asyncio import Redis

from api.bench.frames import CHIRPSTACK, PORT, PROFILE, THINGS_STACK, Sensors, messages
from api.bench.report import Figure
from api.bench.statistics import median
from devices.ingest.service import IngestService
from devices.ingest.speaker import TrustedSpeaker
from devices.ingest.uplinks import UplinkService
from devices.ports import Message
from devices.registry import installed
from parking.domain.clock import utc_now
from parking.raw.inbox import RedisInbox

SENSORS: Final = 10_000
FRAMES: Final = 20_000
TARGET: Final = 100_000.0
TITLES: Final = {THINGS_STACK: "The Things Stack v3", CHIRPSTACK: "ChirpStack v4"}


def measure_decode(*, seconds: float, rounds: int) -> list[Figure]:
    """Rounds of `seconds` for each stage; medians over the rounds."""
    sensors = Sensors(SENSORS)
    figures: list[Figure] = []
    for source in TITLES:
        figures += _of_platform(source, sensors, seconds=seconds, rounds=rounds)
    return [*figures, _of_codec(seconds=seconds, rounds=rounds)]


def _of_platform(source: str, sensors: Sensors, *, seconds: float, rounds: int) -> list[Figure]:
    registry, speaker = installed(), TrustedSpeaker()
    # Examining asks no store; the address is never connected to.
    ingest = IngestService(sensors, RedisInbox(Redis()), utc_now)
    service = UplinkService(sensors, ingest, registry, utc_now)
    platform = registry.platform(source)
    bodies = [sent.body for sent in messages(source, sensors, number=FRAMES, at=utc_now())]
    check = service.examine(source, bodies[0], speaker, event="up")
    if not check.observations:
        raise ValueError(f"the bench's own frames are refused: {check.rejected}")
    bare = msgspec.json.Decoder()
    limit = _rate(bare.decode, bodies, seconds=seconds, rounds=rounds)
    envelope = _rate(lambda body: platform.parse(body, event="up"), bodies, seconds=seconds, rounds=rounds)
    whole = _rate(
        lambda body: service.examine(source, body, speaker, event="up"), bodies, seconds=seconds, rounds=rounds
    )
    title = TITLES[source]
    size = f"JSON of {round(sum(map(len, bodies)) / len(bodies))} bytes"
    return [
        Figure(name=f"{title}, {size}: decoded and admitted", value=whole, unit="frames/s", limit=limit, target=TARGET),
        Figure(name=f"{title}: envelope alone", value=envelope, unit="frames/s", limit=limit),
    ]


def _of_codec(*, seconds: float, rounds: int) -> Figure:
    vendor, model, version = PROFILE
    codec = installed().codec_for(vendor, model, version)
    payloads = [bytes((place & 1,)) for place in range(FRAMES)]
    value = _rate(lambda body: codec.decode(body, port=PORT, version=version), payloads, seconds=seconds, rounds=rounds)
    limit = _rate(lambda _: Message(kind="change", status="free"), payloads, seconds=seconds, rounds=rounds)
    return Figure(name=f"{vendor} {model}: codec alone", value=value, unit="frames/s", limit=limit)


def _rate(work: Callable[[bytes], object], bodies: Sequence[bytes], *, seconds: float, rounds: int) -> float:
    """Bodies a second of this thread's processor time."""
    return median([_round(work, bodies, seconds=seconds) for _ in range(rounds)])


def _round(work: Callable[[bytes], object], bodies: Sequence[bytes], *, seconds: float) -> float:
    done = 0
    deadline = time.perf_counter() + seconds
    spent = 0.0
    while time.perf_counter() < deadline:
        began = time.thread_time()
        for body in bodies:
            work(body)
        spent += time.thread_time() - began
        done += len(bodies)
    return done / spent
