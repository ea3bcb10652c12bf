"""A rate table said in sentences, in Chinese and in English: what the price board and the workbench show to people.

Every rule that can change a fee is said; a reading of the table that no sentence tells would be a hidden price.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from pricing.rates.line_sentences import line_said
from pricing.rates.model import (
    Cap,
    ChargingRule,
    EntryLimit,
    FreeAllowance,
    QuotaWindow,
    RateLineCollection,
    RateTable,
    TimeQuota,
    VehicleRate,
)
from pricing.rates.words import Said, duration, listed, money, percent_bp

VEHICLES: Final = {
    "motorcycle": Said("摩托车", "motorcycles"),
    "small": Said("小型车", "small vehicles"),
    "medium": Said("中型车", "medium vehicles"),
    "large": Said("大型车", "large vehicles"),
}
ENERGIES: Final = {"fuel": Said("燃油车", "fuel vehicles"), "nev": Said("新能源车", "new-energy vehicles")}
USES: Final = {
    "ordinary": Said("普通泊位", "ordinary spaces"),
    "accessible": Said("无障碍泊位", "accessible spaces"),
    "charging": Said("充电泊位", "charging spaces"),
    "loading": Said("装卸泊位", "loading spaces"),
}
_WHOLE: Final = 100
_PLACE: Final = {"everywhere": Said("", ""), "here": Said("（按停车场计）", ", counted at each place by itself")}


class CollectionSaid(NamedTuple):
    """One collection: for whom it is, then its rules in the order in which they count, a line by its rule id."""

    heading: Said
    rules: tuple[Said, ...]
    lines: dict[str, Said]

    @property
    def all(self) -> tuple[Said, ...]:
        return (self.heading, *self.rules, *self.lines.values())


def collection_said(table: RateTable, collection: RateLineCollection) -> CollectionSaid:
    """The sentences of one collection, those of the whole table (`table_said`) not among them."""
    rules: list[Said] = []
    if collection.free is not None:
        rules.append(_free(collection.free))
    if collection.entry_fee:
        fee = money(collection.entry_fee, table.currency)
        rules.append(Said(f"每次入场 {fee.zh}", f"{fee.en} for entering"))
    lines = {line.rule_id: line_said(line, table.currency) for line in collection.lines}
    rules += [_cap(cap, table.currency, lines) for cap in collection.caps]
    if collection.short_stay is not None:
        below = duration(collection.short_stay.below_s)
        rules.append(
            Said(
                f"跨时段停放不足 {below.zh}的，按第一时段计",
                f"a stay of less than {below.en} is charged by its first segment alone",
            )
        )
    for part in collection.short_parts:
        below = duration(part.below_s)
        rules.append(
            Said(
                f"在 {part.rule} 时段不足 {below.zh}的部分计入 {part.added_to} 时段",
                f"less than {below.en} in {part.rule} is charged with {part.added_to}",
            )
        )
    return CollectionSaid(_heading(collection), tuple(rules), lines)


def table_said(table: RateTable) -> tuple[Said, ...]:
    """What holds for all collections: quotas, exemptions, charging, ways of paying, tax, rounding, change of prices."""
    said = [_quota(quota) for quota in table.quotas]
    said += [
        Said(f"{one.exempt_class}：凭{one.proof}免费", f"{one.exempt_class}: free with {one.proof}")
        for one in table.exemptions
    ]
    if table.charging is not None:
        said += _charging(table.charging)
    said += [
        Said(f"{one.payment_method} 支付减 {one.percent}%", f"{one.percent} % off when paid by {one.payment_method}")
        for one in table.discounts
    ]
    if table.tax is not None:
        share = percent_bp(table.tax.bp)
        said.append(
            Said(f"价格含税 {share}", f"prices include {share} tax")
            if table.tax.included
            else Said(f"另加税 {share}", f"{share} tax is added")
        )
    if table.rounding.to > 1:
        to = money(table.rounding.to, table.currency)
        how = {
            "half_up": Said("四舍五入到", "rounded to"),
            "down": Said("舍去不足", "rounded down to"),
            "up": Said("进位到", "rounded up to"),
        }[table.rounding.mode]
        said.append(Said(f"总额{how.zh} {to.zh}", f"the sum is {how.en} {to.en}"))
    if table.price_moment == "as_you_go":
        said.append(
            Said("停放期间调价的，自调价时起按新价", "a change of prices holds for running stays from its instant on")
        )
    return tuple(said)


def _heading(collection: RateLineCollection) -> Said:
    who = collection.eligibility
    vehicles = listed([_vehicle(one) for one in who.vehicles])
    narrower = [*_chosen(ENERGIES, who.energies), *_chosen(USES, who.uses)]
    return Said(
        vehicles.zh + "".join(f"，{one.zh}" for one in narrower),
        vehicles.en + "".join(f", {one.en}" for one in narrower),
    )


def _vehicle(rate: VehicleRate) -> Said:
    name = VEHICLES[rate.vehicle_class]
    if rate.percent == _WHOLE:
        return name
    return Said(f"{name.zh}（按 {rate.percent}%）", f"{name.en} (at {rate.percent} %)")


def _chosen(words: dict[str, Said], kept: Iterable[str]) -> list[Said]:
    found = [said for word, said in words.items() if word in frozenset(kept)]
    return [listed(found)] if found else []


def _free(free: FreeAllowance) -> Said:
    length = duration(free.seconds)
    limit = Said("", "") if free.limit is None else _limit(free.limit)
    if free.when_exceeded == "lost":
        return Said(
            f"{length.zh}以内免费{limit.zh}，超过的从入场起计费",
            f"stays of up to {length.en} are free{limit.en}; a longer one is charged from entry",
        )
    return Said(f"前 {length.zh}免费{limit.zh}", f"the first {length.en} are free{limit.en}")


def _limit(limit: EntryLimit) -> Said:
    window, place = _window(limit.window, limit.window_s), _PLACE[limit.place]
    return Said(
        f"（每车{window.zh}限 {limit.entries} 次{place.zh}）",
        f" ({limit.entries} entries of a vehicle {window.en}{place.en})",
    )


def _window(window: QuotaWindow, window_s: int | None) -> Said:
    if window == "local_day" or window_s is None:
        return Said("每日", "a day")
    length = duration(window_s)
    if window == "rolling":
        return Said(f"任意 {length.zh}内", f"within any {length.en}")
    return Said(f"自首次使用起 {length.zh}内", f"within {length.en} from the first use")


def _quota(quota: TimeQuota) -> Said:
    who = listed(_chosen(ENERGIES, quota.energies)) if quota.energies else Said("每辆车", "each vehicle")
    window, length, place = _window(quota.window, quota.window_s), duration(quota.seconds), _PLACE[quota.place]
    zh = f"{who.zh}{window.zh}免费 {length.zh}{place.zh}"
    en = f"{who.en}: {length.en} free {window.en}{place.en}"
    if quota.stacks_on_free:
        zh, en = f"{zh}，起始免费时长另计", f"{en}, the free time of a stay comes on top"
    if quota.short_stays_use_nothing:
        zh, en = f"{zh}，起始免费时长内离开的不占用", f"{en}, unused by stays within their free time"
    return Said(zh, en)


def _cap(cap: Cap, currency: str, lines: dict[str, Said]) -> Said:
    amount = money(cap.amount, currency)
    window = duration(cap.window_s or 0)
    scope = {
        "stay": Said("每次停放", "a stay"),
        "from_entry": Said(f"自入场起每 {window.zh}", f"each {window.en} from entry"),
        "local_day": Said("每日", "a calendar day"),
    }[cap.scope]
    rules = "、".join(rule for rule in lines if rule in cap.rules)
    only = Said(f"（{rules} 时段）", f" for {rules}") if cap.rules else Said("", "")
    times = Said("，按车型比例", ", times the vehicle's percentage") if cap.times_vehicle else Said("", "")
    return Said(f"{scope.zh}最高 {amount.zh}{only.zh}{times.zh}", f"at most {amount.en} {scope.en}{only.en}{times.en}")


def _charging(rule: ChargingRule) -> list[Said]:
    grace = duration(rule.grace_s)
    after = Said(f"及结束后 {grace.zh}内", f" and for {grace.en} after") if rule.grace_s else Said("", "")
    said = []
    if rule.while_charging == "free":
        said.append(Said(f"充电期间{after.zh}免停车费", f"parking is free while charging{after.en}"))
    if rule.idle_percent != _WHOLE:
        rules = "、".join(sorted(rule.idle_rules))
        only = Said(f"（{rules} 时段）", f" in {rules}") if rules else Said("", "")
        said.append(
            Said(
                f"占用充电泊位而不充电的按 {rule.idle_percent}% 计{only.zh}",
                f"standing on a charging space without charging costs {rule.idle_percent} %{only.en}",
            )
        )
    if not rule.idle_uses_quota:
        said.append(Said("不充电的占用时间不享受免费额度", "standing idle uses no quota"))
    if not rule.idle_uses_free:
        said.append(Said("不充电的占用时间不享受起始免费时长", "standing idle uses no free time"))
    return said
