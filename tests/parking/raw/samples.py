"""Messages in short words, for the tests of this folder."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import text

from parking.db.unit_of_work import Database
from parking.domain.clock import to_micros, utc_now
from parking.raw.model import Outcome, RawMessage


def message(*outcomes: Outcome, ago: timedelta = timedelta(), **more: Any) -> RawMessage:  # noqa: ANN401 - any field
    """One that came just now, or so long ago; of `d1` and well read unless outcomes are given."""
    given: dict[str, Any] = {
        "received_at": to_micros(utc_now() - ago),
        "door": "http",
        "source": "things-stack-v3",
        "event": "",
        "speaker": "key-1",
        "body": b"{}",
        "outcomes": list(outcomes) or [Outcome("data", "d1", None, "s", 1)],
    }
    return RawMessage(**(given | more))


def stranger(wire_id: str) -> Outcome:
    return Outcome("unknown_device", wire_id, "unknown_device")


async def rows(database: Database, query: str) -> Sequence[tuple[object, ...]]:
    async with database.transaction() as session:
        return [tuple(row) for row in await session.execute(text(query))]
