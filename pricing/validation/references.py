"""What a table says and contradicts elsewhere: names that name nothing, proofs that cannot be shown, validity that ends first."""

from collections.abc import Iterator
from datetime import date

from pricing.rates.model import RateLine, RateLineCollection, RateTable
from pricing.validation.model import Finding, Path, error, warning


def references(table: RateTable) -> Iterator[Finding]:
    """Findings `rule_unknown`, `id_repeated`, `exemption_unprovable`, `validity_reversed`, `tiers_descend`, `price_zero`."""
    yield from _validity(("legal", "valid_to"), table.legal.valid_from, table.legal.valid_to)
    for exemption in table.exemptions:
        if not exemption.proof.strip():
            yield error(
                "exemption_unprovable",
                ("exempt", exemption.exempt_class),
                f"免费对象“{exemption.exempt_class}”没有写明凭证,无法核实",
                f'the exempt class "{exemption.exempt_class}" names no proof, so that nobody can prove it',
            )
    yield from _idle_rules(table)
    yield from _repeated(table)
    for number, collection in enumerate(table.collections):
        yield from _rules_of(("collection", number), collection)
        for position, line in enumerate(collection.lines):
            path = ("collection", number, "line", position)
            yield from _validity((*path, "valid_to"), line.valid_from, line.valid_to, collection, line)
            yield from _prices(path, collection, line)


def _idle_rules(table: RateTable) -> Iterator[Finding]:
    rules = {line.rule_id for collection in table.collections for line in collection.lines}
    for rule in sorted(table.charging.idle_rules - rules) if table.charging is not None else []:
        yield _unknown(("charging", "idle_rules"), rule, None)


def _repeated(table: RateTable) -> Iterator[Finding]:
    """Ids are named in fees and reports, so each is of one thing."""
    named: list[tuple[str, Path]] = [
        (f"collection {collection.collection_id}", ("collection", number))
        for number, collection in enumerate(table.collections)
    ]
    named += [(f"quota {quota.quota_id}", ("quota", number)) for number, quota in enumerate(table.quotas)]
    named += [(f"exempt {item.exempt_class}", ("exempt", item.exempt_class)) for item in table.exemptions]
    for number, collection in enumerate(table.collections):
        named += [
            (f"rule {line.rule_id}", ("collection", number, "line", position))
            for position, line in enumerate(collection.lines)
        ]
        named += [
            (f"cap {cap.cap_id}", ("collection", number, "cap", position))
            for position, cap in enumerate(collection.caps)
        ]
    seen: set[str] = set()
    for name, path in named:
        if name in seen:
            yield error("id_repeated", path, f"“{name}”重复", f'"{name}" is there twice')
        seen.add(name)


def _rules_of(path: Path, collection: RateLineCollection) -> Iterator[Finding]:
    rules = {line.rule_id for line in collection.lines}
    for position, cap in enumerate(collection.caps):
        for rule in sorted(cap.rules - rules):
            yield _unknown((*path, "cap", position, "rules"), rule, collection)
    for position, part in enumerate(collection.short_parts):
        for key, rule in (("rule", part.rule), ("added_to", part.added_to)):
            if rule not in rules:
                yield _unknown((*path, "short_part", position, key), rule, collection)


def _unknown(path: Path, rule: str, collection: RateLineCollection | None) -> Finding:
    return error(
        "rule_unknown",
        path,
        f"没有名为“{rule}”的计费规则",
        f'there is no rule "{rule}" here',
        collection=None if collection is None else collection.collection_id,
        rule=rule,
    )


def _validity(
    path: Path,
    first: date | None,
    last: date | None,
    collection: RateLineCollection | None = None,
    line: RateLine | None = None,
) -> Iterator[Finding]:
    if first is not None and last is not None and last < first:
        yield error(
            "validity_reversed",
            path,
            f"有效期止于 {last},早于开始日 {first}",
            f"it ends on {last}, before it begins on {first}",
            collection=None if collection is None else collection.collection_id,
            rule=None if line is None else line.rule_id,
        )


def _prices(path: Path, collection: RateLineCollection, line: RateLine) -> Iterator[Finding]:
    tiers = [tier.price for tier in line.tiers]
    if tiers != sorted(tiers):
        yield error(
            "tiers_descend",
            (*path, "tiers"),
            "较长停车的档位价格低于较短停车",
            "the tier of a longer stay costs less than that of a shorter one",
            collection=collection.collection_id,
            rule=line.rule_id,
        )
    prices = (
        [line.unit_price] if line.mode in {"per_unit", "per_use"} else [step.unit_price for step in line.steps] + tiers
    )
    if line.mode != "free" and not any(prices):
        yield warning(
            "price_zero",
            path,
            '价格为零;若确为免费,请写 mode = "free"',
            'the price is zero; write mode = "free" where that is meant',
            collection=collection.collection_id,
            rule=line.rule_id,
        )
