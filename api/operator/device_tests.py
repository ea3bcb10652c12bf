"""Installation tests over HTTP: begun by whoever puts devices up, seen by whoever stands there, decided by an approver."""

from datetime import datetime
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Path, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.accounts.model import Caller
from api.operator.device_access import (
    REFUSALS,
    ClockDep,
    DatabaseDep,
    Desk,
    DeviceId,
    Judge,
    Keeper,
    Reader,
    Safe,
    Witness,
)
from api.operator.device_schemas import Identifier, RefusedRow, Sight, Words
from devices.commissioning import repository
from devices.commissioning.model import SOURCES, DeviceTest, Findings, Limits, Look, Reference, Verdict
from parking.domain.ids import ID_PATTERN
from parking.places.tables import SpaceRow, ZoneRow

router = APIRouter(tags=["operators"])
TestId = Annotated[str, Path(pattern=ID_PATTERN)]
Share = Annotated[float, Field(ge=0, le=1)]
Whole = Annotated[int, Field(strict=True, ge=0, le=100_000)]
MOST_LOOKS: Final = 500


class LimitsOut(BaseModel):
    """What a device must show before it is accepted."""

    model_config = ConfigDict(extra="forbid")

    shortest_h: Annotated[int, Field(strict=True, ge=0, le=1440)]
    fewest_changes: Whole
    least_accuracy: Share
    most_missed: Share
    most_false: Share
    latest_p95_s: Whole
    most_lost: Share
    within_s: Annotated[int, Field(strict=True, ge=0, le=100_000, description="A change this late is that change")]
    tolerance_s: Annotated[int, Field(strict=True, ge=0, le=100_000, description="How far apart clocks may be")]

    @classmethod
    def of(cls, limits: Limits) -> "LimitsOut":
        return cls.model_validate(limits, from_attributes=True)


class LimitsInForce(BaseModel):
    """The limits for tests that begin now, and where each default comes from."""

    limits: LimitsOut
    are_default: bool
    sources: dict[str, str]


class TestOut(BaseModel):
    """One installation test."""

    id: str
    device: str
    space: str
    reference: Reference
    reference_device: str | None
    limits: LimitsOut
    started_at: datetime
    started_by: str
    ended_at: datetime | None
    ended_by: str | None
    verdict: Verdict | None
    reason: str | None

    @classmethod
    def of(cls, test: DeviceTest) -> "TestOut":
        return cls(
            id=test.test_id,
            device=test.device_id,
            space=test.space_id,
            reference=test.reference,
            reference_device=test.reference_device_id,
            limits=LimitsOut.of(test.limits),
            started_at=test.started_at,
            started_by=test.started_by,
            ended_at=test.ended_at,
            ended_by=test.ended_by,
            verdict=test.verdict,
            reason=test.reason,
        )


class TestList(BaseModel):
    """Newest first; `next` is null at the end."""

    tests: list[TestOut]
    next: str | None


class MeasuredOut(BaseModel):
    """One figure beside its limit; without a value it was not measured, without `is_met` nothing is asked."""

    name: str
    value: float | None
    limit: float
    is_met: bool | None


class FindingsOut(BaseModel):
    """What a test has shown; `devices.commissioning.model.Findings` says what each figure is."""

    lasted_s: int
    readings: int
    trials: int
    right: int
    accuracy: float | None
    accuracy_low: float | None
    accuracy_high: float | None
    watched_s: int
    right_s: int
    changes: int
    missed: int
    false_changes: int
    device_changes: int
    latency_median_s: float | None
    latency_p95_s: float | None
    expected: int | None
    lost: int | None
    longest_silence_s: int | None
    battery_v: float | None
    battery_pct: float | None
    rssi_dbm: float | None
    snr_db: float | None
    measured: list[MeasuredOut]
    unmet: list[str]

    @classmethod
    def of(cls, findings: Findings) -> "FindingsOut":
        return cls.model_validate(findings, from_attributes=True)


class LookOut(BaseModel):
    """What a person saw."""

    at: datetime
    status: Sight
    watched: bool


class TestReport(BaseModel):
    """A test, its figures up to now or up to its verdict, and what a person saw."""

    test: TestOut
    findings: FindingsOut
    looks: list[LookOut]


class TestIn(BaseModel):
    """Against what the device is tested: an accepted device on the same space, or without one what a person sees."""

    model_config = ConfigDict(extra="forbid")

    reference_device: Identifier | None = None


class LookIn(BaseModel):
    """What is on the space at an instant; `watched`: nothing has happened unseen since the look before."""

    model_config = ConfigDict(extra="forbid")

    at: AwareDatetime
    status: Sight
    watched: bool = False

    def look(self) -> Look:
        return Look(at=self.at, occupied=self.status == "occupied", watched=self.watched)


class LooksIn(BaseModel):
    """Several looks, of one telephone that was without a network, say."""

    model_config = ConfigDict(extra="forbid")

    looks: list[LookIn] = Field(min_length=1, max_length=MOST_LOOKS)


class LooksTaken(BaseModel):
    """How many are kept; a look that comes again is kept once."""

    kept: int
    refused: list[RefusedRow]


class VerdictIn(BaseModel):
    """A person's word. `despite` passes a device that does not meet a limit."""

    model_config = ConfigDict(extra="forbid")

    verdict: Literal["passed", "failed"]
    reason: Words
    despite: bool = False


@router.get("/v1/operator/device-tests", summary="Installation tests, newest first", responses=REFUSALS)
async def listed(
    caller: Witness,
    database: DatabaseDep,
    device: Annotated[str | None, Query(pattern=ID_PATTERN)] = None,
    state: Annotated[Literal["open", "ended"] | None, Query()] = None,
    cursor: Annotated[str | None, Query(max_length=64, description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> TestList:
    async with database.transaction() as session:
        found = await repository.listed(
            session,
            district_id=caller.district_id,
            device_id=device,
            is_open=None if state is None else state == "open",
            after=cursor,
            limit=limit + 1,
        )
    page = found[:limit]
    return TestList(tests=[TestOut.of(one) for one in page], next=page[-1].test_id if len(found) > limit else None)


@router.post(
    "/v1/operator/devices/{device_id}/tests", status_code=201, summary="Begin to test a device", responses=REFUSALS
)
async def start(
    device_id: DeviceId, wish: TestIn, caller: Keeper, database: DatabaseDep, clock: ClockDep, safe: Safe
) -> TestOut:
    """On the space that it watches. Until it is accepted, what it says does not tell what the state of the space is."""
    async with database.transaction() as session:
        desk = Desk(session, caller, clock, safe)
        found = await desk.device(device_id)
        test = await desk.commissioning.start(session, device_id, reference_device_id=wish.reference_device)
        await desk.record("device.test_begun", device_id, found.district_id, test=test.test_id)
    return TestOut.of(test)


@router.get("/v1/operator/device-tests/{test_id}", summary="A test and what it shows", responses=REFUSALS)
async def report(test_id: TestId, caller: Witness, database: DatabaseDep, clock: ClockDep, safe: Safe) -> TestReport:
    async with database.transaction() as session:
        return await _report(Desk(session, caller, clock, safe), test_id)


@router.post("/v1/operator/device-tests/{test_id}/looks", summary="Say what is on the space", responses=REFUSALS)
async def look(
    test_id: TestId, wish: LooksIn, caller: Witness, database: DatabaseDep, clock: ClockDep, safe: Safe
) -> LooksTaken:
    async with database.transaction() as session:
        desk = Desk(session, caller, clock, safe)
        district_id = await _reached(session, caller, await desk.commissioning.get(session, test_id))
        refused = await desk.commissioning.look(session, test_id, [one.look() for one in wish.looks])
        kept = len(wish.looks) - len(refused)
        await desk.record("device.seen", test_id, district_id, kept=kept)
    return LooksTaken(kept=kept, refused=[RefusedRow.of(error) for error in refused])


@router.post("/v1/operator/device-tests/{test_id}/verdict", summary="Accept or refuse a device", responses=REFUSALS)
async def decide(
    test_id: TestId, wish: VerdictIn, caller: Judge, database: DatabaseDep, clock: ClockDep, safe: Safe
) -> TestReport:
    """With `passed` its word counts from now on; with `failed` it may be tested again."""
    async with database.transaction() as session:
        desk = Desk(session, caller, clock, safe)
        test = await desk.commissioning.get(session, test_id)
        district_id = await _reached(session, caller, test)
        await desk.commissioning.decide(session, test_id, wish.verdict, reason=wish.reason, despite=wish.despite)
        details = {"test": test_id, "reason": wish.reason, "despite": wish.despite or None}
        await desk.record(f"device.test_{wish.verdict}", test.device_id, district_id, **details)
        return await _report(desk, test_id)


@router.get("/v1/operator/device-test-limits", summary="What devices are held to", responses=REFUSALS)
async def limits(caller: Reader, database: DatabaseDep) -> LimitsInForce:  # noqa: ARG001 - who asks is checked
    async with database.transaction() as session:
        kept = await repository.limits(session)
    return LimitsInForce(limits=LimitsOut.of(kept or Limits()), are_default=kept is None, sources=SOURCES)


@router.put("/v1/operator/device-test-limits", summary="Set what devices are held to", responses=REFUSALS)
async def set_limits(
    wish: LimitsOut, caller: Judge, database: DatabaseDep, clock: ClockDep, safe: Safe
) -> LimitsInForce:
    """For tests that begin from now on, in the whole city."""
    if caller.district_id is not None:
        caller.check_district("")
    async with database.transaction() as session:
        desk = Desk(session, caller, clock, safe)
        kept = await desk.commissioning.set_limits(session, Limits(**wish.model_dump()))
        await desk.record("device.limits_set", "device-test-limits", None, **wish.model_dump())
    return LimitsInForce(limits=LimitsOut.of(kept), are_default=False, sources=SOURCES)


async def _report(desk: Desk, test_id: str) -> TestReport:
    test, findings = await desk.commissioning.findings(desk.session, test_id)
    await _reached(desk.session, desk.caller, test)
    looks = await repository.looks(desk.session, test_id)
    return TestReport(
        test=TestOut.of(test),
        findings=FindingsOut.of(findings),
        looks=[LookOut(at=one.at, status="occupied" if one.occupied else "free", watched=one.watched) for one in looks],
    )


async def _reached(session: AsyncSession, caller: Caller, test: DeviceTest) -> str:
    """The district of a test's space; raises ForbiddenError `district_forbidden`."""
    query = select(ZoneRow.district_id).join(SpaceRow, SpaceRow.zone_id == ZoneRow.zone_id)
    district_id = str(await session.scalar(query.where(SpaceRow.space_id == test.space_id)))
    caller.check_district(district_id)
    return district_id
