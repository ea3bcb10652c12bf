"""One request to a provider and its answer, bounded in time and size."""

from collections.abc import Mapping
from typing import Final

import httpx

from pricing.providers.model import ProviderAwayError

TIMEOUT_S: Final = 10.0


async def exchange(
    client: httpx.AsyncClient, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None = None
) -> httpx.Response:
    """Raises `ProviderAwayError` when nothing comes back in time, for 429 and for the provider's own failures."""
    try:
        answer = await client.request(method, url, headers=dict(headers), content=body, timeout=TIMEOUT_S)
    except httpx.HTTPError as error:
        raise ProviderAwayError(f"the payment provider does not answer: {type(error).__name__}") from error
    if answer.status_code == httpx.codes.TOO_MANY_REQUESTS or answer.is_server_error:
        raise ProviderAwayError(f"the payment provider answers {answer.status_code}")
    return answer
