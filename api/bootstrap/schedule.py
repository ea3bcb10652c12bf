"""Jobs that run by the clock, on one worker of all, each run written down."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from redis.asyncio import Redis
from sqlalchemy import delete, insert, update

from api.enforcement.service import forget as forget_checks
from api.figures.jobs import JobFigures
from devices.cameras.repository import COPIES_KNOWN_FOR, forget_settled
from devices.inventory import retrofitting
from parking.bus import inbox
from parking.bus.connection import OUTAGES as BUS_OUTAGES
from parking.bus.positions import trim
from parking.db import idempotency
from parking.db.leader import lead
from parking.db.tables import ScheduledRunRow
from parking.db.unit_of_work import Database
from parking.db.watch import OUTAGES as DATABASE_OUTAGES
from parking.domain.clock import Clock
from parking.evidence import service as evidence
from parking.evidence.model import RetentionRules
from parking.gates import visits
from parking.gates.stays import tell_contradictions
from parking.occupancy.keeping import HistoryKept
from parking.occupancy.partitions import ensure_partitions, months_from
from parking.occupancy.retention import forget_changes, forget_hours, forget_readings
from parking.occupancy.rollup import StaysTold, roll_hours
from parking.occupancy.unsettled import settle_due
from parking.privacy.vault import erase
from parking.raw import service as raw
from parking.raw.partitions import ensure_days
from parking.restrictions import service as restrictions
from parking.rights.service import keep_plates
from parking.sessions.hourly import stays_begun, stays_ended
from parking.sessions.overstay import suspect
from parking.sessions.service import end_lost
from parking.sessions.unended import UNHEARD_AFTER, pause_unheard
from pricing.arrears import retention
from pricing.arrears.service import remind
from pricing.arrivals.scheduled import payments_told, renew_due
from pricing.optimizer.propose import PolicyInfeasibleError
from pricing.proposals import policies
from pricing.proposals.learning import estimate_due
from pricing.proposals.service import propose_when_due
from pricing.proposals.watch import check_due
from pricing.quotes.repository import forget_usage
from pricing.rates.signs import open_tasks

LEADER_LOCK: Final = 0x73636865_64756C65
MONTHS_AHEAD: Final = 3
DAYS_AHEAD: Final = 3
RUNS_KEPT: Final = timedelta(days=30)
HANDLED_KEPT: Final = timedelta(days=30)
PLATES_KEPT: Final = timedelta(days=180)
"""After their last use; the dispute period of street.md (scenario E: on day 181 the detail is gone)."""
MOVEMENT_KEPT: Final = timedelta(days=180)
"""Where and when a settled stay was, after its end, unless the installation sets `PARKING_MOVEMENT_DAYS`."""
RAW_KEPT: Final = timedelta(days=14)
"""Messages of devices word for word, unless the installation sets `PARKING_RAW_DAYS`."""
JOB_TIMEOUT_S: Final = 300.0

_OUTAGES: Final = (*BUS_OUTAGES, *DATABASE_OUTAGES)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Job:
    """Runs at once when its process becomes the leader, and then at every `every`."""

    name: str
    every: timedelta
    action: Callable[[], Awaitable[None]]


class Jobs:
    """What there is to do from time to time."""

    def __init__(
        self,
        database: Database,
        redis: Redis,
        clock: Clock,
        *,
        movement_kept: timedelta = MOVEMENT_KEPT,
        evidence_rules: RetentionRules = RetentionRules(),  # noqa: B008 - frozen
        unheard_after: timedelta = UNHEARD_AFTER,
        raw_kept: timedelta = RAW_KEPT,
        history_kept: HistoryKept = HistoryKept(),  # noqa: B008 - frozen
    ) -> None:
        self._database = database
        self._redis = redis
        self._clock = clock
        self._movement_kept = movement_kept
        self._evidence_rules = evidence_rules
        self._unheard_after = unheard_after
        self._raw_kept = raw_kept
        self._history_kept = history_kept
        self._laggards: frozenset[tuple[str, int]] = frozenset()

    def all(self) -> Sequence[Job]:
        return (
            Job(name="partitions", every=timedelta(hours=6), action=self.make_partitions),
            Job(name="forget_raw", every=timedelta(hours=1), action=self.forget_raw),
            Job(name="trim_bus", every=timedelta(minutes=1), action=self.trim_bus),
            Job(name="release_restrictions", every=timedelta(seconds=30), action=self.release_restrictions),
            Job(name="forget_runs", every=timedelta(days=1), action=self.forget_runs),
            Job(name="forget_handled_events", every=timedelta(hours=1), action=self.forget_handled_events),
            Job(name="forget_answers", every=timedelta(hours=6), action=self.forget_answers),
            Job(name="pause_unheard_stays", every=timedelta(minutes=10), action=self.pause_unheard_stays),
            Job(name="suspect_overstays", every=timedelta(minutes=1), action=self.suspect_overstays),
            Job(name="settle_spaces", every=timedelta(minutes=1), action=self.settle_spaces),
            Job(name="end_lost_stays", every=timedelta(minutes=10), action=self.end_lost_stays),
            Job(name="tell_contradictions", every=timedelta(minutes=10), action=self.tell_contradictions),
            Job(name="forget_checks", every=timedelta(hours=6), action=self.forget_checks),
            Job(name="forget_camera_messages", every=timedelta(hours=1), action=self.forget_camera_messages),
            Job(name="erase_evidence", every=timedelta(hours=1), action=self.erase_evidence),
            Job(name="erase_plates", every=timedelta(hours=6), action=self.erase_plates),
            Job(name="forget_movement", every=timedelta(minutes=10), action=self.forget_movement),
            Job(name="remind_debtors", every=timedelta(minutes=10), action=self.remind_debtors),
            Job(name="forget_usage", every=timedelta(hours=6), action=self.forget_usage),
            Job(name="forget_history", every=timedelta(hours=6), action=self.forget_history),
            Job(name="roll_hours", every=timedelta(minutes=10), action=self.roll_hours),
            Job(name="request_signs", every=timedelta(minutes=30), action=self.request_signs),
            Job(name="follow_retrofit", every=timedelta(minutes=5), action=self.follow_retrofit),
            Job(name="check_prices", every=timedelta(minutes=10), action=self.check_prices),
            Job(name="estimate_response", every=timedelta(minutes=10), action=self.estimate_response),
            Job(name="review_prices", every=timedelta(minutes=5), action=self.review_prices),
            Job(name="renew_forecasts", every=timedelta(minutes=10), action=self.renew_forecasts),
        )

    async def roll_hours(self) -> None:
        """What the pricing rule and forecasts read of the past grows by the hour."""
        async with self._database.transaction() as session:
            await roll_hours(session, now=self._clock(), stays=StaysTold(begun=stays_begun, ended=stays_ended))

    async def forget_history(self) -> None:
        """Each table in a transaction of its own: the writer waits for one moment of each at most."""
        now, kept = self._clock(), self._history_kept
        async with self._database.transaction() as session:
            await forget_readings(session, now=now, kept=kept.readings)
        async with self._database.transaction() as session:
            await forget_changes(session, now=now, kept=kept.changes)
        async with self._database.transaction() as session:
            await forget_hours(session, now=now, kept=kept.hours)

    async def request_signs(self) -> None:
        """Places that entered the inventory after a tariff was published need its sign as well."""
        async with self._database.transaction() as session:
            await open_tasks(session, None, at=self._clock())

    async def follow_retrofit(self) -> None:
        """A space counts as retrofitted from the first word of its accepted device, which is nobody's deed."""
        after: str | None = ""
        while after is not None:
            async with self._database.transaction() as session:
                after = await retrofitting.follow(session, self._clock(), after=after)

    async def review_prices(self) -> None:
        """For the city and each district with a policy of its own a new proposal when it is due, which a person then takes on.

        Where the limits of one cannot hold together, the others have theirs, and the run counts as failed.
        """
        refusals = []
        async with self._database.transaction() as session:
            scopes = await policies.scopes(session)
        for district_id in scopes:
            try:
                async with self._database.transaction() as session:
                    made = await propose_when_due(session, at=self._clock(), district_id=district_id)
            except PolicyInfeasibleError as error:
                refusals.append(error)
                continue
            if made is not None:
                _log.info("proposal %s waits for a person: %d prices judged", made.proposal_id, len(made.cells))
        if refusals:
            raise refusals[0]

    async def renew_forecasts(self) -> None:
        """What payments tell of places without sensors is counted and learnt first, as their forecasts are made of it."""
        await payments_told(self._database, self._clock, movement_kept=self._movement_kept)
        await renew_due(self._database, self._clock)

    async def check_prices(self) -> None:
        """What a published proposal did is judged once, when its review period has passed, however late the look comes."""
        async with self._database.transaction() as session:
            done = await check_due(session, at=self._clock())
        for check in done:
            _log.info("prices of proposal %s are judged: %s", check.proposal_id, check.verdict)

    async def estimate_response(self) -> None:
        """What prices do is estimated anew after each verdict, and the next review believes it where its tests passed."""
        async with self._database.transaction() as session:
            kept = await estimate_due(session, at=self._clock())
        if kept is not None:
            _log.info("response to price after %d lotteries: %s", kept.estimate.waves, kept.estimate.why)

    async def make_partitions(self) -> None:
        """History has a place for the coming months before their first row, and messages for the coming days."""
        today = self._clock().date()
        async with self._database.transaction() as session:
            await ensure_partitions(session, months_from(today, MONTHS_AHEAD))
            await ensure_days(session, [today + timedelta(days=number) for number in range(DAYS_AHEAD)])

    async def forget_raw(self) -> None:
        """Kept messages go by whole days, and with them the unknown devices that have not spoken since."""
        async with self._database.transaction() as session:
            await raw.forget(session, now=self._clock(), kept=self._raw_kept)

    async def trim_bus(self) -> None:
        """A consumer that holds back trimming is named when it begins to, not every minute."""
        laggards = {(position.consumer, position.partition) for position in await trim(self._redis, self._clock())}
        for consumer, partition in sorted(laggards - self._laggards):
            _log.warning("%s keeps partition %d of the bus from being trimmed", consumer, partition)
        self._laggards = frozenset(laggards)

    async def release_restrictions(self) -> None:
        """Write down and tell what the engine has opened by its own clock."""
        async with self._database.transaction() as session:
            await restrictions.release_ended(session, at=self._clock())

    async def forget_runs(self) -> None:
        async with self._database.transaction() as session:
            oldest = self._clock() - RUNS_KEPT
            await session.execute(delete(ScheduledRunRow).where(ScheduledRunRow.started_at < oldest))

    async def forget_handled_events(self) -> None:
        """The bus keeps events for a day, longer where a consumer lags or a letter waits for a person."""
        async with self._database.transaction() as session:
            await inbox.forget(session, self._clock() - HANDLED_KEPT)

    async def forget_answers(self) -> None:
        async with self._database.transaction() as session:
            await idempotency.forget(session, self._clock() - idempotency.KEPT)

    async def end_lost_stays(self) -> None:
        """A car that left while its sensor was silent does not hold its space for ever."""
        async with self._database.transaction() as session:
            await end_lost(session, self._clock())

    async def pause_unheard_stays(self) -> None:
        """A stay that somebody declared and nobody ended costs nothing past the last word of it, and waits for a person."""
        async with self._database.transaction() as session:
            await pause_unheard(session, self._clock(), self._unheard_after)

    async def settle_spaces(self) -> None:
        """A space whose frames came out of order is told once more when nothing more of that time can come."""
        async with self._database.transaction() as session:
            await settle_due(session, self._clock())

    async def suspect_overstays(self) -> None:
        """Whoever stands longer than the place allows is told of once, for a person to look at."""
        async with self._database.transaction() as session:
            await suspect(session, self._clock())

    async def tell_contradictions(self) -> None:
        """What a gate saw and no stay explains waits for a person."""
        async with self._database.transaction() as session:
            await tell_contradictions(session, self._clock())

    async def forget_usage(self) -> None:
        """Free time that vehicles have used is known for as long as a quota counts it, and no longer."""
        async with self._database.transaction() as session:
            await forget_usage(session, self._clock())

    async def forget_movement(self) -> None:
        """A settled stay keeps its bill and loses where and when it was; each batch is a transaction of its own.

        What a facility reported keeps that something passed and loses what it was.
        """
        forgotten = retention.BATCH
        while forgotten == retention.BATCH:
            async with self._database.transaction() as session:
                forgotten = await retention.forget(session, self._clock() - self._movement_kept)
        async with self._database.transaction() as session:
            await visits.forget(session, self._clock() - self._movement_kept)

    async def remind_debtors(self) -> None:
        """Whoever can reach a debtor hears of it on the bus; nothing is sent from here and nothing else happens."""
        async with self._database.transaction() as session:
            await remind(session, self._clock())

    async def forget_checks(self) -> None:
        """The log of roadside checks forgets vehicles first and itself later."""
        async with self._database.transaction() as session:
            await forget_checks(session, self._clock())

    async def forget_camera_messages(self) -> None:
        """What tells a late copy of a camera's message from a new one; the message itself went when it was worked off."""
        async with self._database.transaction() as session:
            await forget_settled(session, self._clock() - COPIES_KNOWN_FOR)

    async def erase_evidence(self) -> None:
        """Pictures and documents whose time is over and that nobody holds; each batch is a transaction of its own."""
        erased = 1
        while erased > 0:
            async with self._database.transaction() as session:
                erased = await evidence.erase_over(session, self._evidence_rules, at=self._clock())

    async def erase_plates(self) -> None:
        async with self._database.transaction() as session:
            await keep_plates(session, at=self._clock())
            await erase(session, self._clock() - PLATES_KEPT)


class Schedule:
    """Run one per worker process; the one that leads does the jobs."""

    def __init__(self, database: Database, jobs: Sequence[Job], clock: Clock) -> None:
        self.figures = JobFigures(job.name for job in jobs)
        self._database = database
        self._jobs = jobs
        self._clock = clock
        self._failing: set[str] = set()

    async def run(self) -> None:
        """Until cancelled or until the leadership is lost, which raises what the driver says."""
        await lead(self._database, LEADER_LOCK, self._work)

    async def _work(self) -> None:
        scheduler = AsyncIOScheduler(timezone="UTC")
        for job in self._jobs:
            scheduler.add_job(
                partial(self._turn, job),
                "interval",
                seconds=job.every.total_seconds(),
                next_run_time=self._clock(),
                misfire_grace_time=None,
                coalesce=True,
                max_instances=1,
                name=job.name,
            )
        scheduler.start()
        try:
            await asyncio.Event().wait()
        finally:
            scheduler.shutdown(wait=False)

    async def _turn(self, job: Job) -> None:
        # Only the scheduler's own end cancels a turn, and it would print that as a failure of the job.
        with contextlib.suppress(asyncio.CancelledError):
            await self.run_job(job)

    async def run_job(self, job: Job) -> None:
        """Do it once and write it down; never raises, the next turn tries again."""
        try:
            run_id = await self._begin(job)
            error = await self._attempt(job)
            await self._finish(run_id, error)
        except Exception as error:  # noqa: BLE001 - the scheduler would only print it
            self._say_failed(job, error)
            self.figures.ran(job.name, self._clock(), failed=True)
        else:
            self.figures.ran(job.name, self._clock(), failed=error is not None)
            if error is None:
                self._failing.discard(job.name)

    async def _attempt(self, job: Job) -> str | None:
        try:
            async with asyncio.timeout(JOB_TIMEOUT_S):
                await job.action()
        except Exception as error:  # noqa: BLE001 - whatever a job raises is written down
            self._say_failed(job, error)
            return f"{type(error).__name__}: {error}"
        return None

    def _say_failed(self, job: Job, error: Exception) -> None:
        """Once until it succeeds again; with its traceback where it is no outage of a server."""
        if job.name not in self._failing:
            _log.warning("job %s fails: %s", job.name, error, exc_info=not isinstance(error, _OUTAGES))
        self._failing.add(job.name)

    async def _begin(self, job: Job) -> int:
        async with self._database.transaction() as session:
            values = insert(ScheduledRunRow).values(job=job.name, started_at=self._clock())
            run_id: int = (await session.execute(values.returning(ScheduledRunRow.run_id))).scalar_one()
        return run_id

    async def _finish(self, run_id: int, error: str | None) -> None:
        async with self._database.transaction() as session:
            done = update(ScheduledRunRow).where(ScheduledRunRow.run_id == run_id)
            await session.execute(done.values(finished_at=self._clock(), error=error))
