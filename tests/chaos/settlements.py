"""Kills and cuts at random points while thousands of stays are settled: charged = paid = ledger, none lost, none twice.

    python -m tests.chaos.settlements --settlements 20000 --misfortunes 200

Killed with SIGKILL are the door, the worker, PostgreSQL, a single backend of it, Valkey and the machines; cut are the lines
between machines and door, door and database, door and provider: all connections of one at once, and each by itself after a
random number of bytes. The seed decides what happens and in which order; at what moment of a request it strikes, the machine
does.
"""

import argparse
import asyncio
import sys
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

import asyncpg
from sqlalchemy import text

from tests.chaos.busy_street import FEE, BusyStreet, busy_street
from tests.chaos.machines_at_work import Machine, Told, settled_by
from tests.scenarios.platform import PROCESSES, until

SEED: Final = 20261128
WITHIN_S: Final = 45 * 60
"""For all of it; it takes a quarter of that on two cores."""
STANDSTILL_S: Final = 300.0
OUT_S: Final = 0.4
WAYS: Final = 9
"""Kinds of misfortune."""
EXACT: Final = {
    "stays": "SELECT count(*) FROM session",
    "stays charged": "SELECT count(*) FROM fee",
    "stays paid": "SELECT count(DISTINCT session_id) FROM payment",
    "payments": "SELECT count(*) FROM payment",
    "fees booked": "SELECT count(*) FROM journal_entry WHERE kind = 'fee_issued'",
    "payments booked": "SELECT count(*) FROM journal_entry WHERE kind = 'payment'",
}
"""Each is the number of settlements."""
SUMS: Final = {
    "charged": "SELECT sum(amount) FROM fee",
    "paid": "SELECT sum(amount) FROM payment",
    "earned by the ledger": "SELECT -sum(amount) FROM posting WHERE account_id LIKE 'revenue/%'",
    "received by the ledger": "SELECT sum(amount) FROM posting WHERE account_id LIKE 'cash/%' OR account_id LIKE 'provider/%'",
}
"""Each is the sum of all fees."""
NOTHING: Final = {
    "owed": "SELECT coalesce(sum(amount), 0) FROM posting WHERE account_id LIKE 'receivable/%'",
    "paid too much": "SELECT count(*) FROM posting WHERE account_id LIKE 'suspense%'",
    "entries out of balance": (
        "SELECT count(*) FROM (SELECT entry_id FROM posting GROUP BY entry_id, currency HAVING sum(amount) <> 0) AS uneven"
    ),
    "events that wait": "SELECT count(*) FROM outbox",
}


@dataclass(frozen=True)
class Report:
    """What has happened, and every sum that is not what it should be."""

    settled: int
    misfortunes: Counter[str]
    cuts: dict[str, int]
    counts: Counter[str]
    wrong: dict[str, object]

    @property
    def struck(self) -> int:
        return self.misfortunes.total() + sum(self.cuts.values())

    def lines(self) -> list[str]:
        return [
            f"{self.settled} settlements, {self.misfortunes.total()} misfortunes, {sum(self.cuts.values())} cuts",
            *(f"  {what}: {count}" for what, count in sorted(self.misfortunes.items())),
            *(f"  connections cut, {what}: {count}" for what, count in self.cuts.items()),
            *(f"  {what}: {count}" for what, count in sorted(self.counts.items())),
            "charged = paid = ledger" if not self.wrong else f"WRONG: {self.wrong}",
        ]


async def chaos(folder: Path, *, settlements: int, misfortunes: int, seed: int, mean_bytes: float) -> Report:
    """Settle all stays through `misfortunes` and what the lines do by themselves, then count."""
    chance = Random(seed)  # noqa: S311 - the same seed is the same plan
    told = Told()
    async with asyncio.timeout(WITHIN_S), busy_street(folder, settlements, chance, mean_bytes) as street:
        tellers, machines = settled_by(street, told, chance)
        struck: Counter[str] = Counter()
        async with asyncio.TaskGroup() as group:
            for work in (*(teller.work() for teller in tellers), *(machine.work() for machine in machines)):
                group.create_task(work)
            group.create_task(_strike(street, machines, told, (settlements, misfortunes), chance, struck))
        cuts = {name: line.cuts for name, line in street.lines.items()}
        await street.platform.until_ready()
        wrong = await _wrong(street, told, settlements)
    return Report(told.done, struck, cuts, told.counts, wrong)


async def _strike(
    street: BusyStreet,
    machines: Sequence[Machine],
    told: Told,
    plan: tuple[int, int],
    chance: Random,
    struck: Counter[str],
) -> None:
    """Spread over the whole run: the next one when so many more stays are settled."""
    settlements, misfortunes = plan
    ways = _ways(street, machines, chance)
    names = [name for number in range(misfortunes) for name in [list(ways)[number % len(ways)]]]
    chance.shuffle(names)
    for number, name in enumerate(names):
        due = settlements * number // misfortunes

        async def reached(due: int = due) -> bool:
            return told.done >= due

        await until(reached, f"settling stops at {told.done}, before: {name}", within_s=STANDSTILL_S)
        if number % max(misfortunes // 10, 1) == 0:
            print(f"{told.done} settled after {number} misfortunes", flush=True)
        await ways[name]()
        struck[name] += 1


def _ways(
    street: BusyStreet, machines: Sequence[Machine], chance: Random
) -> Mapping[str, Callable[[], Awaitable[None]]]:
    platform = street.platform

    def killed(name: str) -> Callable[[], Awaitable[None]]:
        async def kill() -> None:
            await platform.kill(name)
            if name in PROCESSES:
                platform.start(name)

        return kill

    async def backend() -> None:
        """One connection of the database ends, as when its process is killed."""
        try:
            own = await asyncpg.connect(street.address)
        except (OSError, asyncpg.PostgresError):
            return
        try:
            one = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            pids = [row["pid"] for row in await own.fetch(one)]
            if pids:
                await own.execute("SELECT pg_terminate_backend($1)", chance.choice(pids))
        finally:
            await own.close()

    async def machine() -> None:
        chance.choice(machines).die()

    def cut(name: str) -> Callable[[], Awaitable[None]]:
        async def out() -> None:
            street.lines[name].unplug()
            await asyncio.sleep(chance.uniform(0.0, OUT_S))
            street.lines[name].plug()

        return out

    victims = (*PROCESSES, "postgres", "valkey")
    return {
        **{f"{name} killed": killed(name) for name in victims},
        "backend killed": backend,
        "machine killed": machine,
        **{f"line to the {name} cut": cut(name) for name in street.lines},
    }


async def _wrong(street: BusyStreet, told: Told, settlements: int) -> dict[str, object]:
    """Every figure that is not what it should be, once nothing waits any more."""

    async def quiet() -> bool:
        async with street.database.transaction() as session:
            return not await session.scalar(text(NOTHING["events that wait"]))

    await until(quiet, "the outbox is not empty")
    right = dict.fromkeys(EXACT, settlements) | dict.fromkeys(SUMS, FEE * settlements) | dict.fromkeys(NOTHING, 0)
    found: dict[str, object] = {}
    async with street.database.transaction() as session:
        for name, query in (EXACT | SUMS | NOTHING).items():
            found[name] = int(await session.scalar(text(query)) or 0)
        in_cash = set(await session.scalars(text("SELECT payment_id FROM payment WHERE method = 'cash'")))
        by_wechat = int(await session.scalar(text("SELECT sum(amount) FROM payment WHERE method = 'wechat'")) or 0)
    wrong = {name: value for name, value in found.items() if value != right[name]}
    collected = sum(one["amount"]["total"] for one in street.wechat.orders.values() if one["trade_state"] == "SUCCESS")
    if by_wechat != collected:
        wrong["collected by the provider"] = (by_wechat, collected)
    if lost := set(told.paid.values()) - in_cash:
        wrong["answered and lost"] = lost
    if told.done != settlements:
        wrong["told to drivers"] = told.done
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description="Kills and cuts while stays are settled.")
    parser.add_argument("--settlements", type=int, default=20_000)
    parser.add_argument("--misfortunes", type=int, default=200)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--mean-bytes", type=float, default=150_000.0, help="That a connection to the door carries.")
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="parking-chaos-") as folder:
        path = Path(folder)
        path.chmod(0o755)
        report = asyncio.run(
            chaos(
                path,
                settlements=given.settlements,
                misfortunes=given.misfortunes,
                seed=given.seed,
                mean_bytes=given.mean_bytes,
            )
        )
    print("\n".join(report.lines()))
    return 1 if report.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
