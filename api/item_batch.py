"""Batches of items that each have an id of their own: good items pass, bad ones become records of errors."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec
from pydantic import ValidationError

from parking.db.idempotency import Answer
from parking.domain.errors import ParkingError, UnavailableError

RawItem = dict[str, Any]


async def take_items(
    items: Sequence[RawItem], take: Callable[[RawItem], Awaitable[tuple[str, Answer]]]
) -> dict[str, Any]:
    """Give the items in their order to `take`, which returns the id of each and its answer.

    What it refuses (`ParkingError`, `ValidationError`) is told in place of the answer. Raises `UnavailableError` when the
    database goes away: what was taken before is kept, and the whole batch may be sent again.
    """
    results: list[dict[str, Any]] = []
    rejected: list[dict[str, Any]] = []
    for index, raw in enumerate(items):
        try:
            item_id, answer = await take(raw)
        except ValidationError as error:
            rejected.append(_bad(index, raw, "item_invalid", _told(error)))
        except UnavailableError:
            raise
        except ParkingError as error:
            rejected.append(_bad(index, raw, error.code, error.detail))
        else:
            done = {"index": index, "id": item_id, "duplicate": answer.is_repeated}
            results.append(done | {"answer": msgspec.json.decode(answer.body)})
    duplicate = sum(result["duplicate"] for result in results)
    return {
        "accepted": len(results) - duplicate,
        "duplicate": duplicate,
        "rejected": rejected,
        "results": results,
    }


def _bad(index: int, raw: RawItem, code: str, detail: str) -> dict[str, Any]:
    item_id = raw.get("id")
    return {"index": index, "id": item_id if isinstance(item_id, str) else None, "code": code, "detail": detail}


def _told(error: ValidationError) -> str:
    """Where and what, never the value: it may be a plate."""
    return "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors(include_input=False))
