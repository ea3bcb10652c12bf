"""The fee of a stay: a pure function of rate table, stay and usage, the one code path of quote, bill and simulation.

docs/tariffs.md, "Exact meaning", is what it computes, section by section: what each second of the stay is, what of it is
free, which line charges the rest, what that costs, and the way from the sum to the fee. Seconds are handled in whole
runs; the second-by-second reference of the tests shares nothing with it.
"""

from collections.abc import Sequence

from parking.calendar.official import OFFICIAL, Calendars
from parking.domain.money import Money
from pricing.fees.accounts import Account, account_of, last_unit_part
from pricing.fees.accrual import accruing
from pricing.fees.allowance import allowance_lines, allowed
from pricing.fees.bill import Bill
from pricing.fees.draft_lines import in_order
from pricing.fees.model import Fee, LaterTable, Stay, Usage
from pricing.fees.plan import plan_of
from pricing.fees.quotas import Held, grant_quotas
from pricing.fees.shares import shares_of
from pricing.fees.timeline import timeline, unlisted_rights
from pricing.fees.total import total
from pricing.fees.usage import allowance_key, kept, moment
from pricing.rates.model import RateTable


def price(
    table: RateTable,
    stay: Stay,
    usage_before: Usage | None = None,
    *,
    later: Sequence[LaterTable] = (),
    calendars: Calendars = OFFICIAL,
) -> Fee:
    """Price a stay under the table in force at its entry.

    `later` are versions that came into force during the stay, used where the table follows changes; `calendars` gives the
    official calendar of the table's country. Raises `FeeRefusedError` with the place in the table: `stay_invalid` for
    instants that make no stay, `rate_missing` and `rate_ambiguous` where not exactly one collection or line holds,
    `stay_too_long` beyond the last tier or step, `table_invalid` for a table without the lengths that it needs.
    """
    line = timeline(table, stay, later)
    usage = usage_before or Usage()
    plan = plan_of(table, calendars, table.timezone, table.calendar)
    pieces, drafts = accruing(plan, stay, line)
    if stay.rights:
        drafts += unlisted_rights(table, stay, line)
    shares = shares_of(pieces, usage, line.start, plan.zone)
    changed: Held = {}
    if table.quotas:
        changed, quota_lines = grant_quotas(table, stay, shares, usage, plan.zone)
        drafts += quota_lines
    entries: list[str] = []
    accounts: list[Account] = []
    for share in shares:
        free = allowed(share, takes_idle=table.charging is None or table.charging.idle_uses_free)
        drafts += allowance_lines(share, free)
        if free and share.free is not None and share.free.limit is not None:
            entries.append(allowance_key(share.plan.collection, share.pieces[0].place.place_id))
        accounts.append(account_of(plan, stay, share, free, calendars))
    bill = Bill(stay, table.charging, line.start, last_unit_part(accounts), plan.zone)
    for account in accounts:
        bill.add(account)
    due = total(table, bill.owed, stay.payment_method, line.start, line.end)
    return Fee(
        amount=Money(due.amount, table.currency),
        lines=in_order(drafts + bill.drafts, due.closing),
        usage_after=_used(usage, changed, entries, line.start),
        tax=None if due.tax is None else Money(due.tax, table.currency),
    )


def _used(usage: Usage, changed: Held, entries: Sequence[str], start: int) -> Usage:
    if not changed and not entries:
        return usage
    counted = {key: tuple(sorted({*usage.entries.get(key, ()), moment(start)})) for key in entries}
    granted = {key: kept(spans) for key, spans in changed.items()}
    return Usage(granted={**usage.granted, **granted}, entries={**usage.entries, **counted})
