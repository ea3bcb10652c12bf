"""What must be so in the end: history holds every accepted reading once, the bus told what it holds, and it is shown."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

import asyncpg

from tests.chaos.eyes import Findings, Listener
from tests.chaos.guarded_city import GuardedCity
from tests.chaos.traffic import Sender
from tests.scenarios.platform import until

ROUNDS: Final = """
    SELECT device_id, count(*), count(DISTINCT sequence), min(sequence), max(sequence)
    FROM observation WHERE session IS NOT NULL GROUP BY device_id
"""
DISORDERED: Final = "SELECT count(*) FROM observation WHERE session IS NOT NULL AND disposition IN ('l', 'o')"
TORN: Final = """
    SELECT space_id, change_id, previous_status, before FROM (
        SELECT space_id, change_id, previous_status, lag(status) OVER (
            PARTITION BY space_id
            ORDER BY split_part(change_id, '-', 1)::bigint, split_part(change_id, '-', 2)::bigint, item
        ) AS before FROM space_state_change
    ) AS told WHERE before <> previous_status
"""
TOLD: Final = "SELECT shard || '-' || change_id || '-' || item FROM space_state_change"
"""As the publisher names its events."""


async def reckon(
    city: GuardedCity, senders: Sequence[Sender], listener: Listener, findings: Findings, *, within_s: float
) -> None:
    """Wait until everything has arrived, and write down what is wrong with it."""
    await city.platform.until_ready()
    connection = await asyncpg.connect(city.platform.settings.required_database_url)
    try:
        await _check_readings(connection, senders, findings, within_s)
        for row in await connection.fetch(TORN):
            findings.note("changes join in history", holds=False, detail=str(dict(row)))
        out_of_order = await connection.fetchval(DISORDERED)
        findings.note("readings judged in order", holds=out_of_order == 0, detail=f"{out_of_order} were not")

        async def all_told() -> bool:
            told.clear()
            told.update(row[0] for row in await connection.fetch(TOLD))
            return told <= listener.seen

        told: set[str] = set()
        await _in_time(all_told, findings, "every change was told on the bus", within_s)
        extra = listener.seen - told
        findings.note("every event is in history", holds=not extra, detail=f"{len(extra)}: {sorted(extra)[:3]}")
    finally:
        await connection.close()
    await _check_shown(city, senders, findings, within_s)


async def _check_readings(
    connection: "asyncpg.Connection[Any]", senders: Sequence[Sender], findings: Findings, within_s: float
) -> None:
    wanted = {device: sender.rounds for sender in senders for device in sender.devices if sender.rounds}

    async def all_there() -> bool:
        found.clear()
        found.update({row[0]: tuple(row)[1:] for row in await connection.fetch(ROUNDS)})
        return sum(row[1] for row in found.values()) >= sum(wanted.values())

    found: dict[str, tuple[int, ...]] = {}
    await _in_time(all_there, findings, "every accepted reading is in history", within_s)
    for device, rounds in wanted.items():
        right = (rounds, rounds, 0, rounds - 1)
        findings.note(
            "each device's readings once", holds=found.get(device) == right, detail=f"{device}: {found.get(device)}"
        )
    findings.note("nothing else in history", holds=found.keys() <= wanted.keys())


async def _check_shown(city: GuardedCity, senders: Sequence[Sender], findings: Findings, within_s: float) -> None:
    said = {city.spaces[device]: status for sender in senders for device, status in sender.last.items()}

    async def shown() -> bool:
        public = await _public(city)
        return {space: public.get(space) for space in said} == said

    await _in_time(shown, findings, "the last words are shown", within_s)


async def _public(city: GuardedCity) -> dict[str, str]:
    """Space to what the public sees."""
    zones = (await city.platform.get("/v1/zones?limit=1000"))["zones"]
    lists = [(await city.platform.get(f"/v1/zones/{zone['id']}/spaces?limit=1000"))["spaces"] for zone in zones]
    return {space["id"]: space["status"] for spaces in lists for space in spaces}


async def _in_time(condition: Callable[[], Awaitable[bool]], findings: Findings, what: str, within_s: float) -> None:
    try:
        await until(condition, what, within_s=within_s)
    except AssertionError as error:
        findings.note(what, holds=False, detail=str(error))
    else:
        findings.note(what, holds=True)
