"""Tables kept before the new model charge what they charged, in the words of the new one, and the schema goes back and forth."""

from collections.abc import AsyncIterator

import msgspec
import pytest

from api.embedded.postgres import PostgresServer
from pricing.rates.repository import table_of
from tests.old_database import OldDatabase, database_at

pytestmark = pytest.mark.service
BEFORE = "0015"
AFTER = "0020"


def line(rule: str, area_class: str, kinds: list[str], price: int, unit_s: int | None) -> dict[str, object]:
    return {
        "rule_id": rule,
        "area_class": area_class,
        "kinds": kinds,
        "vehicle_class": "small",
        "start": "07:00:00",
        "end": "19:00:00",
        "mode": "per_use" if unit_s is None else "per_unit",
        "unit_price": price,
        "unit_s": unit_s,
    }


OLD = {
    "rate_table_id": "linzi-kerb",
    "version": 1,
    "title": "临淄",
    "title_en": "Linzi",
    "currency": "CNY",
    "timezone": "Asia/Shanghai",
    "legal": {"document": "d", "authority": "a", "form": "government_guided", "source": "s"},
    "lines": [line("day-I", "I", ["kerb", "lot"], 150, 1800), line("night-I", "I", ["kerb"], 400, None)],
    "free": {"seconds": 1800, "when_exceeded": "deducted"},
    "energy_quota": {"seconds_a_day": 7200, "stacks_on_free": False},
}
INSERT = """
    INSERT INTO rate_table (rate_table_id, version, state, body, price_document_id, prepared_by, prepared_at,
        approved_by, published_at, effective_from)
    VALUES ('linzi-kerb', 1, 'published', $1, 'doc-1', 'li', now(), 'wang', now(), now())
"""


@pytest.fixture
async def old(postgres_server: PostgresServer) -> AsyncIterator[OldDatabase]:
    """At the revision before, with one published table."""
    async with database_at(postgres_server, "for_kept_bodies", BEFORE) as opened:
        await opened.connection.execute(
            "INSERT INTO price_document (price_document_id, number, authority, form, valid_from)"
            " VALUES ('doc-1', 'd', 'a', 'government_guided', now())"
        )
        await opened.connection.execute(INSERT, msgspec.json.encode(OLD).decode())
        yield opened


async def test_body_is_read_in_the_new_words_when_it_was_kept_in_the_old(old: OldDatabase) -> None:
    connection = old.connection
    await old.upgrade(AFTER)
    row = await connection.fetchrow("SELECT body, state, published_by FROM rate_table")
    assert row is not None
    table = table_of(msgspec.json.decode(row["body"]))
    assert (row["state"], row["published_by"]) == ("published", "wang")
    (kerb, percent), *more = table.collections_for("I", "kerb", "small")
    assert ([one.rule_id for one in kerb.lines], percent, more) == (["day-I", "night-I"], 100, [])
    ((lot, _),) = table.collections_for("I", "lot", "small")
    assert [(one.rule_id, one.unit_price, one.unit_s) for one in lot.lines] == [("day-I", 150, 1800)]
    assert kerb.free is not None
    assert (kerb.free.seconds, [quota.seconds for quota in table.quotas]) == (1800, [7200])

    await old.downgrade(BEFORE)
    await old.upgrade(AFTER)
    assert await connection.fetchval("SELECT state FROM rate_table") == "published"
