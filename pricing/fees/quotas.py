"""Time quotas of the vehicle: free seconds over all its stays within a window ("Exact meaning", 2)."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from pricing.fees.draft_lines import Draft, nothing
from pricing.fees.intervals import Interval, intersect, length, merge, without
from pricing.fees.model import Stay, Usage
from pricing.fees.shares import Share
from pricing.fees.usage import held, quota_key
from pricing.fees.windows import granted
from pricing.fees.words import Words, duration, said
from pricing.rates.model import RateTable, TimeQuota

Held = dict[str, Sequence[Interval]]
"""Granted seconds by `quota_key`, of the keys that a stay has changed."""


def grant_quotas(
    table: RateTable, stay: Stay, shares: Sequence[Share], usage: Usage, zone: ZoneInfo
) -> tuple[Held, list[Draft]]:
    """Write what is granted into the shares; return what the vehicle has been granted from now on, and the lines."""
    changed: Held = {}
    drafts: list[Draft] = []
    charging = table.charging
    for quota in table.quotas:
        if quota.energies and stay.energy not in quota.energies:
            continue
        taking = [share for share in shares if not (quota.short_stays_use_nothing and share.is_covered)]
        wanted = _candidates(quota, taking, takes_idle=charging is None or charging.idle_uses_quota)
        grants: list[Interval] = []
        for key, candidates in wanted.items():
            before = changed.get(key) or held(usage.granted.get(key, ()))
            now = granted(quota, candidates, before, zone)
            if now:
                changed[key] = merge([*before, *now])
                grants += now
        grants.sort()
        for share in taking:
            _give(quota, share, grants)
        drafts += _lines(quota, grants, merge(span for spans in wanted.values() for span in spans))
    return changed, drafts


def _candidates(quota: TimeQuota, shares: Sequence[Share], *, takes_idle: bool) -> dict[str, list[Interval]]:
    found: dict[str, list[Interval]] = {}
    for share in shares:
        for piece in share.pieces:
            if piece.use != "idle" or takes_idle:
                spans = found.setdefault(quota_key(quota, piece.place.place_id), [])
                spans += without([(piece.low, piece.high)], share.by_quota)
    if len(shares) > 1:
        for spans in found.values():
            spans.sort()
    return found


def _give(quota: TimeQuota, share: Share, grants: Sequence[Interval]) -> None:
    mine = intersect([(piece.low, piece.high) for piece in share.pieces], grants)
    if mine:
        share.by_quota = merge(share.by_quota + mine)
        share.stacks = share.stacks and quota.stacks_on_free


def _lines(quota: TimeQuota, grants: Sequence[Interval], wanted: Sequence[Interval]) -> list[Draft]:
    why = said(_words(quota))
    drafts = [nothing(low, high, quota.quota_id, why) for low, high in grants]
    refused = without(wanted, grants)
    if refused:
        zh, en = _words(quota)
        why = said((f"{zh},已用完", f"{en}, used up"))
        low, high = refused[0][0], refused[-1][1]
        drafts.append(Draft(low, high, quota.quota_id, length(refused), 0, 0, why))
    return drafts


def _words(quota: TimeQuota) -> Words:
    free_zh, free_en = duration(quota.seconds)
    window_zh, window_en = "每日", "a day"
    if quota.window_s is not None and quota.window != "local_day":
        zh, en = duration(quota.window_s)
        window_zh, window_en = f"每 {zh}内", f"in {en}"
        if quota.window == "from_first_use":
            window_zh, window_en = f"首次使用起 {zh}内", f"in {en} from first use"
    who_zh, who_en = ("新能源车", "new-energy vehicles: ") if quota.energies == {"nev"} else ("", "")
    return f"{who_zh}{window_zh}免费 {free_zh}", f"{who_en}{free_en} free {window_en}"
