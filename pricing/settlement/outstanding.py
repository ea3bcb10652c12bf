"""What is left of a bill as an expression, for queries that look for unpaid ones among many."""

from sqlalchemy import ColumnElement, case, func, select

from pricing.settlement.correction_tables import BillAdjustmentRow
from pricing.settlement.tables import BillRow, PaymentRow


def outstanding() -> ColumnElement[int]:
    """`Bill.left` of the row of `bill` in the enclosing query, in minor units."""
    paid = select(func.coalesce(func.sum(PaymentRow.applied), 0)).where(PaymentRow.session_id == BillRow.session_id)
    signed = case((BillAdjustmentRow.kind == "reopened", BillAdjustmentRow.amount), else_=-BillAdjustmentRow.amount)
    changed = select(func.coalesce(func.sum(signed), 0)).where(BillAdjustmentRow.session_id == BillRow.session_id)
    left: ColumnElement[int] = BillRow.amount - paid.scalar_subquery() + changed.scalar_subquery()
    return left
