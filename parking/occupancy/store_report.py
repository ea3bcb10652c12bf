"""What the live store says of itself, and what that means for readings. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from parking.occupancy.shards import SHARD_COUNT

HIGH_WATER_BYTES: Final = 32 * 1024 * 1024
"""Memory of one shard's stream above which the door is shut: about 200,000 readings that history has not committed."""
RAW_HIGH_WATER_BYTES: Final = 256 * 1024 * 1024
"""The same of the stream of bodies: some 200,000 messages that nobody has kept yet."""
READINGS_SHARE: Final = 4
"""Readings of all shards that wait may fill a quarter of the store's memory, whatever the two lines above allow. The changes
that came of them stand beside them until history has both: as large when many share an entry, half as large again when each
stands alone and every reading is a change."""
RAW_SHARE: Final = 8
RESERVED_SHARE: Final = 5
"""The last fifth is for the work on what was taken: the engine's commits, the events, the rewriting of the journal."""
MOST_WAITING_BYTES: Final = SHARD_COUNT * HIGH_WATER_BYTES + RAW_HIGH_WATER_BYTES
"""Readings and bodies together; what `maxmemory` must have beside the state of the city."""


class Refusal(NamedTuple):
    """Why readings are refused: `code` for machines, `detail` for people."""

    code: str
    detail: str


KEEPS_ALL: Final = "noeviction"
ALWAYS: Final = "always"
NO_MEMORY: Final = Refusal("live_store_full", "the live store has no memory left for more; try again later")
UNWRITABLE: Final = Refusal("live_store_unwritable", "the live store cannot write to its disk; try again later")
READ_ONLY: Final = Refusal(
    "live_store_read_only", "the live store is a replica, which takes no writes; try again later"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class StoreReport:
    """Of one server, or of all that take writes: see `together`."""

    used_bytes: int
    max_bytes: int
    """Zero where no limit is set."""
    policy: str
    evicted_keys: int
    is_journaled: bool
    is_journal_written: bool
    """False while the last write to the journal has failed: the disk is full, or it fails."""
    is_rewrite_well: bool
    """False when the journal could not be rewritten shorter: it goes on growing."""
    fsync: str | None
    """None where the server does not tell."""
    is_replica: bool
    replicas: int = 0
    """That hear this server, or the server with the fewest."""
    run_ids: frozenset[str] = frozenset()
    """Names of the lives of the servers' processes: another one after a restart or a failover."""

    @property
    def filled(self) -> float | None:
        """Share of the allowed memory that is in use; None without a limit."""
        return self.used_bytes / self.max_bytes if self.max_bytes else None


def report_of(about: Mapping[str, Any], fsync: str | None) -> StoreReport:
    """From the server's own account (`INFO`); a member that it does not have is taken to be well."""
    return StoreReport(
        used_bytes=int(about.get("used_memory", 0)),
        max_bytes=int(about.get("maxmemory", 0)),
        policy=str(about.get("maxmemory_policy", KEEPS_ALL)),
        evicted_keys=int(about.get("evicted_keys", 0)),
        is_journaled=bool(int(about.get("aof_enabled", 1))),
        is_journal_written=about.get("aof_last_write_status", "ok") == "ok",
        is_rewrite_well=about.get("aof_last_bgrewrite_status", "ok") == "ok",
        fsync=fsync,
        is_replica=about.get("role", "master") == "slave",
        replicas=int(about.get("connected_slaves", 0)),
        run_ids=frozenset({str(about["run_id"])} if "run_id" in about else ()),
    )


def together(reports: Sequence[StoreReport]) -> StoreReport:
    """Of a cluster: the memory of its fullest server, and what is wrong with any of them; at least one."""
    fullest = max(reports, key=lambda report: report.filled or 0.0)
    return StoreReport(
        used_bytes=fullest.used_bytes,
        max_bytes=fullest.max_bytes,
        policy=next((report.policy for report in reports if report.policy != KEEPS_ALL), KEEPS_ALL),
        evicted_keys=sum(report.evicted_keys for report in reports),
        is_journaled=all(report.is_journaled for report in reports),
        is_journal_written=all(report.is_journal_written for report in reports),
        is_rewrite_well=all(report.is_rewrite_well for report in reports),
        fsync=next((report.fsync for report in reports if report.fsync not in {None, ALWAYS}), fullest.fsync),
        is_replica=any(report.is_replica for report in reports),
        replicas=min(report.replicas for report in reports),
        run_ids=frozenset().union(*(report.run_ids for report in reports)),
    )


def readings_may_fill(max_bytes: int) -> int:
    """Bytes of one shard's readings, so that all shards together keep to their share of `maxmemory`; zero is no limit."""
    return min(HIGH_WATER_BYTES, max_bytes // READINGS_SHARE // SHARD_COUNT) if max_bytes else HIGH_WATER_BYTES


def raw_may_fill(max_bytes: int) -> int:
    """The same of bodies."""
    return min(RAW_HIGH_WATER_BYTES, max_bytes // RAW_SHARE) if max_bytes else RAW_HIGH_WATER_BYTES


def refusal_of(report: StoreReport) -> Refusal | None:
    """The gravest reason not to take readings; None when all is well."""
    lost = "readings could be lost"
    reasons = (
        (report.policy != KEEPS_ALL, "live_store_evicts", f"the live store may drop keys ({report.policy}); {lost}"),
        (not report.is_journaled, "live_store_not_durable", f"the live store keeps no journal; {lost}"),
        (
            report.fsync not in {None, ALWAYS},
            "live_store_not_durable",
            f"the live store flushes its journal {report.fsync}; {lost}",
        ),
        (not report.is_journal_written, *UNWRITABLE),
        (report.is_replica, *READ_ONLY),
        (report.max_bytes and report.used_bytes > report.max_bytes * (1 - 1 / RESERVED_SHARE), *NO_MEMORY),
    )
    return next((Refusal(code, detail) for holds, code, detail in reasons if holds), None)
