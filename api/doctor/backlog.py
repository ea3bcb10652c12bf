"""Checks what waits in the live store, and whether there is memory for what may come to wait there."""

from typing import Final

from api.doctor.finding import Finding, fail, ok, warn
from parking.bus.connection import open_redis
from parking.domain.errors import UnavailableError
from parking.occupancy.store_report import MOST_WAITING_BYTES, RESERVED_SHARE, StoreReport
from parking.raw.inbox import RedisInbox

SUBJECT: Final = "live store"
MEBIBYTE: Final = 1024 * 1024


async def check_backlog(url: str) -> list[Finding]:
    """What the door of readings looks at once a second, said once."""
    redis = open_redis(url)
    try:
        inbox = RedisInbox(redis)
        await inbox.watch.look()
        raw_bytes = await inbox.waiting_bytes()
    finally:
        await redis.aclose()
    report = inbox.watch.report
    if report is None:
        raise UnavailableError("the live store was not looked at", code="live_store_unavailable")
    waiting = sum(inbox.watch.waiting.values())
    said = f"{waiting // MEBIBYTE} MiB of readings and {raw_bytes // MEBIBYTE} MiB of messages wait for the database"
    shut = [
        fail(SUBJECT, sentence, "see docs/runbook.md")
        for sentence in inbox.watch.why + (["too many messages wait to be kept"] if inbox.is_full else [])
    ]
    return [*(shut or [ok(SUBJECT, said)]), _memory(report), *_journal(report)]


def _memory(report: StoreReport) -> Finding:
    """Enough is what the state of the city takes now, all that may wait, and the share that the work on it needs."""
    used, most = report.used_bytes // MEBIBYTE, report.max_bytes // MEBIBYTE
    need = (report.used_bytes + MOST_WAITING_BYTES) * RESERVED_SHARE // (RESERVED_SHARE - 1) // MEBIBYTE
    if not report.max_bytes:
        return warn(
            SUBJECT,
            f"{used} MiB in use and no maxmemory",
            f"set maxmemory to {need} MiB or more, and below the machine's",
        )
    if most < need:
        return warn(
            SUBJECT,
            f"{used} MiB in use of a maxmemory of {most} MiB: less may wait for the database than could",
            f"set maxmemory to {need} MiB or more",
        )
    return ok(SUBJECT, f"{used} MiB in use of a maxmemory of {most} MiB")


def _journal(report: StoreReport) -> list[Finding]:
    found = []
    if report.evicted_keys:
        remedy = "what was dropped is gone: see docs/runbook.md for how to find it"
        found.append(fail(SUBJECT, f"{report.evicted_keys} keys were dropped since it started", remedy))
    if not report.is_rewrite_well:
        found.append(warn(SUBJECT, "its journal could not be rewritten and grows", "look at the room on its disk"))
    return found
