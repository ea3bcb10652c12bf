"""Versions of tariffs, findings and sentences as the workbench tells them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.accounts.model import Caller
from api.operator.rate_access import covers, steps_of, waits_for, zones_of
from api.operator.rate_schemas import (
    CheckOut,
    FindingOut,
    MistakeOut,
    RateVersionOut,
    RateVersionSummary,
    SaidOut,
    SignTaskOut,
    StepDone,
)
from pricing.rates import assignments, signs
from pricing.rates.assignments import Standing
from pricing.rates.model import RateTable
from pricing.rates.policy_writer import write_policy
from pricing.rates.repository import RateVersion
from pricing.rates.sentences import collection_said, table_said
from pricing.rates.signs import SignTask
from pricing.rates.tables import RateAuditRow
from pricing.rates.words import Said
from pricing.validation.in_file import CheckedPolicy, finding_data, mistake_data

_FOR_ALL = Said("所有停放", "For every stay")


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Who looks, and what stands where at this moment."""

    caller: Caller
    own_zones: frozenset[str] | None
    standings: Mapping[tuple[str, int], Standing]
    signs_waiting: Mapping[tuple[str, int], int]

    def summary(self, version: RateVersion) -> RateVersionSummary:
        return RateVersionSummary.model_validate(self._facts(version))

    def whole(self, version: RateVersion) -> RateVersionOut:
        table = version.table
        more = {
            "document": table.legal.document,
            "notice_working_days": table.legal.notice_working_days,
            "says": said(table),
            "toml": write_policy(table),
            "table": msgspec.to_builtins(table, order="deterministic"),
        }
        return RateVersionOut.model_validate(self._facts(version) | more)

    def _facts(self, version: RateVersion) -> dict[str, object]:
        same = (
            "state", "prepared_by", "prepared_at", "reviewed_by", "reviewed_at", "noticed_on", "notice_reference",
            "approved_by", "approved_at", "published_by", "published_at", "effective_from",
        )  # fmt: skip
        name = (version.table.rate_table_id, version.table.version)
        standing = self.standings.get(name)
        return {field: getattr(version, field) for field in same} | {
            "rate_table": version.table.rate_table_id,
            "version": version.table.version,
            "title": version.table.title,
            "title_en": version.table.title_en,
            "standing": standing if version.state == "published" else None,
            "next": waits_for(version),
            "allowed": steps_of(version, standing, self.caller, is_covered=covers(version, self.own_zones)),
            "price_document": version.price_document_id,
            "zones": None if version.zone_ids is None else list(version.zone_ids),
            "signs_waiting": self.signs_waiting.get(name, 0),
        }


async def desk(session: AsyncSession, caller: Caller, at: datetime) -> Desk:
    waiting: dict[tuple[str, int], int] = {}
    for task in await signs.waiting_tasks(session, at):
        name = (task.rate_table_id, task.version)
        waiting[name] = waiting.get(name, 0) + 1
    return Desk(
        caller=caller,
        own_zones=await zones_of(session, caller),
        standings=await assignments.standings(session, at),
        signs_waiting=waiting,
    )


def said(table: RateTable) -> list[SaidOut]:
    """Every sentence of the price board, as far as the table can be said at all."""
    blocks = [collection_said(table, collection) for collection in table.collections]
    found = [_said(one.heading, (*one.rules, *one.lines.values())) for one in blocks]
    rules = table_said(table)
    return [*found, _said(_FOR_ALL, rules)] if rules else found


def checked(found: CheckedPolicy) -> CheckOut:
    table = found.table
    return CheckOut(
        rate_table=None if table is None else table.rate_table_id,
        title=None if table is None else table.title,
        title_en=None if table is None else table.title_en,
        currency=None if table is None else table.currency,
        mistakes=[MistakeOut(**mistake_data(one)) for one in found.mistakes],
        findings=[FindingOut(**finding_data(line, one)) for line, one in found.findings],
        says=[] if table is None else said(table),
    )


def sign_task(task: SignTask) -> SignTaskOut:
    same = (
        "version", "kind", "name", "name_en", "effective_from", "requested_at", "confirmed_by", "confirmed_at",
        "photo_reference",
    )  # fmt: skip
    facts = {field: getattr(task, field) for field in same}
    return SignTaskOut(id=task.task_id, rate_table=task.rate_table_id, zone=task.zone_id, place=task.place_id, **facts)


def step_done(row: RateAuditRow) -> StepDone:
    return StepDone(
        id=row.audit_id,
        at=row.at,
        actor=row.actor,
        action=row.action,
        rate_table=row.rate_table_id,
        version=row.version,
        reason=row.reason,
        digest=row.digest,
        details=row.details,
    )


def _said(heading: Said, rules: Collection[Said]) -> SaidOut:
    return SaidOut(
        heading=heading.zh, heading_en=heading.en, rules=[one.zh for one in rules], rules_en=[one.en for one in rules]
    )
