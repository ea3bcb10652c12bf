"""Batches, statements and differences as documents."""

from datetime import datetime

from api.operator.reconciliation_schemas import (
    BatchOut,
    ConcessionOut,
    DifferenceOut,
    ExcusedOut,
    OnlineOut,
    RetrofitOut,
    StatementOut,
    TermsOut,
)
from pricing.reconciliation.model import Batch, Terms
from pricing.reconciliation.statement import Statement
from pricing.reconciliation.tables import DifferenceRow
from pricing.reconciliation.terms import Concession


def concession_out(place: Concession, terms: list[Terms]) -> ConcessionOut:
    return ConcessionOut(
        id=place.concession_id,
        operator=place.operator_id,
        payee=place.payee,
        districts=sorted(place.district_ids),
        terms=[
            TermsOut(
                valid_from=one.valid_from,
                valid_to=one.valid_to,
                fee_share=one.fee_share,
                online_threshold=one.online_threshold,
                deduction=one.deduction,
                currency=one.currency,
                time_zone=one.time_zone,
            )
            for one in terms
        ],
    )


def batch_out(batch: Batch) -> BatchOut:
    return BatchOut(
        day=batch.day,
        currency=batch.currency,
        payments=batch.takings.payments,
        gross=batch.takings.gross,
        refunds=batch.takings.refunds,
        refunded=batch.takings.refunded,
        net=batch.net,
        fee=batch.fee,
        deduction=batch.deduction,
        carried_in=batch.carried_in,
        payable=batch.payable,
        carried_out=batch.carried_out,
    )


def statement_out(month: Statement) -> StatementOut:
    online, done = month.online, month.retrofit
    return StatementOut(
        concession=month.terms.concession_id,
        operator=month.terms.operator_id,
        payee=month.payee,
        month=month.month,
        currency=month.terms.currency,
        gross=month.gross,
        refunded=month.refunded,
        net=month.net,
        fee_share=month.terms.fee_share,
        fee=month.fee,
        deduction=month.deduction,
        due=month.due,
        payable=month.payable,
        carried_out=month.carried_out,
        online=OnlineOut(
            devices=online.devices, counted_s=online.counted_s, online_s=online.online_s, rate=online.rate
        ),
        online_threshold=month.terms.online_threshold,
        excused=[
            ExcusedOut(id=one.outage_id, start=one.during.start, end=one.during.end, reason=one.reason)
            for one in month.excused
        ],
        retrofit=RetrofitOut(planned=done.planned, accepted=done.accepted, rate=done.rate),
        days=[batch_out(batch) for batch in month.batches],
    )


def difference_out(row: DifferenceRow, now: datetime) -> DifferenceOut:
    values = {
        "id": row.difference_id,
        "kind": row.kind,
        "reference": row.reference,
        "district": row.district_id,
        "operator": row.operator_id,
        "expected": row.expected,
        "found": row.found,
        "currency": row.currency,
        "occurred_at": row.occurred_at,
        "age_days": ((row.closed_at or now) - row.occurred_at).days,
        "assigned_to": row.assigned_to,
        "state": row.state,
        "closed_at": row.closed_at,
        "closed_by": row.closed_by,
        "reason": row.reason,
    }
    return DifferenceOut.model_validate(values)
