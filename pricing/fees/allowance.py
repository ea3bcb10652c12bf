"""The free time at the beginning of a stay, and the entries that a limited one takes ("Exact meaning", 2)."""

from pricing.fees.draft_lines import Draft, nothing
from pricing.fees.intervals import Interval, first, without
from pricing.fees.shares import Share
from pricing.fees.words import duration, said

RULE = "free_allowance"


def allowed(share: Share, *, takes_idle: bool) -> list[Interval]:
    """The seconds that the allowance frees; quotas have been granted before."""
    free = share.free
    if free is None or share.is_used_up or (free.when_exceeded == "lost" and share.seconds > free.seconds):
        return []
    spans = [(piece.low, piece.high) for piece in share.pieces if piece.use != "idle" or takes_idle]
    if not share.by_quota:
        return first(spans, free.seconds)
    if share.stacks:
        return first(without(spans, share.by_quota), free.seconds)
    return without(first(spans, free.seconds), share.by_quota)


def allowance_lines(share: Share, allowed_: list[Interval]) -> list[Draft]:
    """The free seconds, or why there are none."""
    free = share.free
    if free is None or free.seconds == 0:
        return []
    zh, en = duration(free.seconds)
    if allowed_:
        why = said((f"停入 {zh}内免费", f"the first {en} are free"))
        return [nothing(low, high, RULE, why) for low, high in allowed_]
    if share.is_used_up and free.limit is not None:
        count = free.limit.entries
        why = said((f"免费 {zh}的次数({count} 次)已用完", f"the {count} entries with {en} free are used up"))
    elif free.when_exceeded == "lost" and share.seconds > free.seconds:
        why = said((f"超过 {zh},自停入起计费", f"longer than {en}: charged from the beginning"))
    else:
        return []
    low = share.pieces[0].low
    return [Draft(low, min(share.pieces[-1].high, low + free.seconds), RULE, 0, 0, 0, why)]
