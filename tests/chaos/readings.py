"""Kills, pauses and slow disks while a city's sensors speak: nothing acknowledged is lost, nothing stale is called fresh.

    python -m tests.chaos.readings --minutes 20 --misfortunes 200 --seed 7 --report soak.json

The seed decides what happens and in which order; at what moment of a request it strikes, the machine does. Half of the
misfortunes wait until the city has got over those before, the other half strike into them.
"""

import argparse
import asyncio
import contextlib
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Final

from devices.transport.mqtt_publisher import MqttPublisher
from tests.chaos.eyes import Findings, Listener, Outages, Watch
from tests.chaos.guarded_city import GuardedCity, guarded_city
from tests.chaos.misfortunes import ways
from tests.chaos.reckoning import reckon
from tests.chaos.traffic import Poster, Sender, Talker, sums

SEED: Final = 20261122
BATCH: Final = 250
"""Devices of one sender, and readings of one of its requests."""
HEALED_WITHIN_S: Final = 60.0
AT_ONCE: Final = 0.8
SAY_EVERY: Final = 20
SETTLED_WITHIN_S: Final = 300.0
"""From the last misfortune to everything in its place."""
TALKERS_SHARE: Final = 10
"""Of so many senders one speaks MQTT."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is done to the city."""

    spaces: int
    sensors: int
    rate: float
    """Readings a second that its devices say, as long as they are answered."""
    every: int
    """Of so many readings of a device one says that the space has changed."""
    misfortunes: Sequence[str] | int
    """Their names in order, or how many of each kind in turn."""
    seconds: float
    """In which they are spread; at least that long the city is watched."""
    seed: int
    heals: float = 0.5
    """How probably a misfortune waits until the city has got over those before; others wait for one more answer of the
    door, and one in five for nothing."""
    watch_s: float = 0.25
    settled_within_s: float = SETTLED_WITHIN_S


@dataclass
class Report:
    """What has happened, how long it lasted, and whatever was wrong."""

    seed: int
    seconds: float = 0.0
    misfortunes: Counter[str] = field(default_factory=Counter)
    story: list[str] = field(default_factory=list)
    readings: Counter[str] = field(default_factory=Counter)
    over_mqtt: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    owners: int = 0
    """How often a shard got an owner."""
    fenced: int = 0
    """How often an owner found that it was none any more."""
    ended: Counter[str] = field(default_factory=Counter)
    door: dict[str, dict[str, float]] = field(default_factory=dict)
    fresh: dict[str, dict[str, float]] = field(default_factory=dict)
    checks: Counter[str] = field(default_factory=Counter)
    violations: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """For people."""
        return [
            f"seed {self.seed}: {self.misfortunes.total()} misfortunes in {self.seconds:.0f} s",
            *(f"  {count:4} {what}" for what, count in sorted(self.misfortunes.items())),
            f"readings {dict(self.readings)}, of them over MQTT {dict(self.over_mqtt)}",
            f"events {dict(self.events)}",
            f"a shard got an owner {self.owners} times; one found itself fenced off {self.fenced} times",
            "seconds without an answer at the door, by what had struck last",
            *(f"  {cause}: {lasted}" for cause, lasted in self.door.items()),
            "seconds in which a number was stale or not answered",
            *(f"  {cause}: {lasted}" for cause, lasted in self.fresh.items()),
            *(f"  checked {count:8} times: {what}" for what, count in sorted(self.checks.items())),
            f"ended by themselves: {dict(self.ended)}" if self.ended.total() else "no process ended by itself",
            *(f"WRONG {count} times: {what}" for what, count in self.violations.items()),
            *self.wrong,
            "" if self.wrong else "nothing lost, nothing twice, nothing out of order, nothing stale called fresh",
        ]


async def strike_city(folder: Path, plan: Plan) -> Report:
    """Let it happen, and reckon."""
    report, findings = Report(plan.seed), Findings()
    chance = Random(plan.seed)  # noqa: S311 - the same seed is the same plan
    door = Outages()
    began = time.monotonic()
    async with guarded_city(folder, plan.spaces, plan.sensors) as city, _senders(city, plan, door) as senders:
        spoken = [sender for sender, _ in senders]
        settings = city.platform.settings
        listener = Listener(settings.required_redis_url, findings)
        watch = Watch(settings.required_redis_url, settings.api_url, findings, pause_s=plan.watch_s)
        async with asyncio.TaskGroup() as looking:
            guard, hearing = looking.create_task(city.guard()), looking.create_task(listener.run())
            stop, unseen = asyncio.Event(), asyncio.Event()
            seeing, asking = looking.create_task(watch.run(unseen)), looking.create_task(watch.listen())
            async with asyncio.TaskGroup() as speaking:
                for sender, publisher in senders:
                    speaking.create_task(_speak(sender, publisher, stop))
                await _strike(city, plan, chance, spoken, (door, watch.fresh), report)
                stop.set()
            await reckon(city, spoken, listener, findings, within_s=plan.settled_within_s)
            unseen.set()
            await seeing
            for task in (guard, hearing, asking):
                task.cancel()
        report.owners, report.fenced, report.ended = watch.owners, city.fenced(), +city.ended
    report.seconds = time.monotonic() - began
    report.readings = sums(spoken)
    report.over_mqtt = sums([one for one in spoken if isinstance(one, Talker)])
    report.events = Counter(heard=len(listener.seen), again=listener.again)
    report.door, report.fresh = door.summary(), watch.fresh.summary()
    for sender in spoken:
        findings.note("answers are expected", holds=not sender.odd, detail=str(sender.odd[:3]))
    findings.note("no process ends by itself", holds=not report.ended, detail=str(dict(report.ended)))
    report.checks, report.violations, report.wrong = findings.checks, findings.violations, findings.wrong
    return report


@asynccontextmanager
async def _senders(
    city: GuardedCity, plan: Plan, door: Outages
) -> AsyncIterator[list[tuple[Sender, MqttPublisher | None]]]:
    devices = list(city.spaces)
    size = min(BATCH, -(-len(devices) // 4))
    shares = [devices[start : start + size] for start in range(0, len(devices), size)]
    pause_s = len(devices) / plan.rate
    url = city.platform.services.device_mqtt_url
    assert url is not None
    async with AsyncExitStack() as stack:
        senders: list[tuple[Sender, MqttPublisher | None]] = []
        for number, share in enumerate(shares):
            if number % TALKERS_SHARE == TALKERS_SHARE - 1 or number == len(shares) - 1:
                publisher = await stack.enter_async_context(MqttPublisher(url, client_id=f"chaos-{number}"))
                senders.append((Talker(f"t{number}", share, pause_s, plan.every), publisher))
            else:
                poster = Poster(
                    f"p{number}",
                    share,
                    pause_s,
                    plan.every,
                    door.note,
                    url=city.platform.settings.api_url,
                    key=city.key,
                )
                senders.append((poster, None))
        yield senders


async def _speak(sender: Sender, publisher: MqttPublisher | None, stop: asyncio.Event) -> None:
    if isinstance(sender, Talker):
        assert publisher is not None
        await sender.run(publisher, stop)
    elif isinstance(sender, Poster):
        await sender.run(stop)


async def _strike(
    city: GuardedCity,
    plan: Plan,
    chance: Random,
    spoken: Sequence[Sender],
    outages: Sequence[Outages],
    report: Report,
) -> None:
    """Spread over the time, but never faster than the city can be told."""
    possible = ways(city, chance)
    if isinstance(plan.misfortunes, int):
        names = [list(possible)[number % len(possible)] for number in range(plan.misfortunes)]
        chance.shuffle(names)
    else:
        names = list(plan.misfortunes)
    began = time.monotonic()
    async with asyncio.TaskGroup() as under_way:
        for number, name in enumerate(names):
            due = began + plan.seconds * (number + chance.uniform(0.2, 0.8)) / len(names)
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            fate = chance.random()
            if fate < plan.heals:
                await _healed(outages)
            elif fate < AT_ONCE:
                await _more(spoken)
            if number and number % SAY_EVERY == 0:
                print(f"{time.monotonic() - began:.0f} s, {number} misfortunes: {dict(sums(spoken))}", flush=True)
            report.story.append(f"{time.monotonic() - began:.2f} s: {name}")
            report.misfortunes[name] += 1
            for one in outages:
                one.struck = name
            under_way.create_task(_named(possible[name](), name))
    await asyncio.sleep(max(0.0, began + plan.seconds - time.monotonic()))
    await _healed(outages)


async def _named(strike: Any, name: str) -> None:  # noqa: ANN401 - an awaitable
    """A misfortune that goes wrong itself says which one it was."""
    try:
        await strike
    except Exception as error:
        error.add_note(name)
        raise


async def _more(spoken: Sequence[Sender]) -> None:
    """Until the door has answered each of its senders once more."""
    before = _rounds(spoken)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(HEALED_WITHIN_S):
            while not all(now > then for now, then in zip(_rounds(spoken), before, strict=True)):
                await asyncio.sleep(0.05)


def _rounds(spoken: Sequence[Sender]) -> list[int]:
    return [one.rounds for one in spoken if isinstance(one, Poster)]


async def _healed(outages: Sequence[Outages]) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(HEALED_WITHIN_S):
            while any(one.since is not None for one in outages):
                await asyncio.sleep(0.05)


def main() -> int:
    parser = argparse.ArgumentParser(description="Kills, pauses and slow disks while sensors speak.")
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--misfortunes", type=int, default=200)
    parser.add_argument("--spaces", type=int, default=3000)
    parser.add_argument("--rate", type=float, default=2000.0, help="Readings a second.")
    parser.add_argument("--every", type=int, default=40, help="Of so many readings of a device one is a change.")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--report", type=Path, help="Where the report goes as JSON.")
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    plan = Plan(
        spaces=given.spaces,
        sensors=given.spaces,
        rate=given.rate,
        every=given.every,
        misfortunes=given.misfortunes,
        seconds=60 * given.minutes,
        seed=given.seed,
    )
    with tempfile.TemporaryDirectory(prefix="parking-chaos-") as folder:
        path = Path(folder)
        path.chmod(0o755)
        report = asyncio.run(strike_city(path, plan))
    print("\n".join(report.lines()))
    if given.report is not None:
        given.report.write_text(json.dumps(vars(report), indent=2))
    return 1 if report.violations else 0


if __name__ == "__main__":
    sys.exit(main())
