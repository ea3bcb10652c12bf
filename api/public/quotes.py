"""`POST /v1/quotes`: what a stay would cost and why, before anybody parks or pays."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.auth.directory import KeyDirectory
from api.auth.model import ForbiddenError, Role
from api.deps import clock_of, provided
from api.public.answers import documented, json_answer
from api.public.price_schemas import Quote as QuoteAnswer
from api.public.price_schemas import QuotedTerms, QuoteRequest
from parking.db.unit_of_work import Database
from parking.domain.clock import Clock, format_instant, to_micros
from parking.domain.errors import InvalidInputError, UnavailableError
from parking.domain.plates import is_new_energy, normalise
from parking.privacy.vault import PlateVault
from pricing.quotes.fee_lines import lines_json
from pricing.quotes.quoting import Quote, Wish, quote, read_quote
from pricing.quotes.signing import QuoteSigner

router = APIRouter(tags=["citizens"])
_MAY_KNOW_USAGE: frozenset[Role] = frozenset({"terminal", "operator"})


class QuoteDesk:
    """Signs quotes; without a secret of the installation none can be given."""

    def __init__(self, secret_key: str | None) -> None:
        self._signer = None if secret_key is None else QuoteSigner(secret_key)

    @property
    def signer(self) -> QuoteSigner:
        """Raise `UnavailableError` (`secret_key_missing`)."""
        if self._signer is None:
            raise UnavailableError(
                "PARKING_SECRET_KEY is not set, so no quote can be signed", code="secret_key_missing"
            )
        return self._signer


def may_know_usage(request: Request, directory: Annotated[KeyDirectory, Depends(provided(KeyDirectory))]) -> bool:
    """Whether the caller may learn how much of its quota a vehicle has used; everyone may ask without it.

    Raises `UnauthorizedError` for a key that is none, `ForbiddenError` for one of another audience.
    """
    authorization = request.headers.get("authorization")
    if authorization is None:
        return False
    key = directory.identify(authorization)
    if key.role not in _MAY_KNOW_USAGE:
        raise ForbiddenError(f"a key of role {key.role!r} asks for no quotes; ask without a key")
    return True


@router.post(
    "/v1/quotes",
    summary="The price of a stay, line by line, signed for five minutes",
    responses=documented(QuoteAnswer, 400, 401, 403, 404, 413, 415, 503),
    openapi_extra={"security": [{}, {"key": []}]},
)
async def make_quote(
    body: QuoteRequest,
    database: Annotated[Database, Depends(provided(Database))],
    desk: Annotated[QuoteDesk, Depends(provided(QuoteDesk))],
    vault: Annotated[PlateVault, Depends(provided(PlateVault))],
    clock: Annotated[Clock, Depends(clock_of)],
    *,
    knows_usage: Annotated[bool, Depends(may_know_usage)],
) -> Response:
    now = clock()
    plate = None if body.plate is None else normalise(body.plate)
    start = body.start or now
    if (body.end is None) == (body.duration is None):
        raise InvalidInputError("give end or for", code="quote_span_invalid")
    wish = Wish(
        space_id=body.space,
        zone_id=body.zone,
        start=start,
        end=body.end or start + (body.duration or start - start),
        vehicle_class=body.vehicle.vehicle_class,
        energy=body.vehicle.energy or ("nev" if plate is not None and is_new_energy(plate) else "fuel"),
        plate_tokens=vault.tokens_of(plate) if plate is not None and knows_usage else (),
    )
    async with database.transaction() as session:
        made = await quote(session, wish, desk.signer, at=now)
    return json_answer(_document(made, usage_known=wish.energy != "nev" or bool(wish.plate_tokens)))


@router.get("/v1/quotes/{quote_id}", summary="What was quoted under an id", responses=documented(QuotedTerms, 400, 503))
async def quoted(
    quote_id: str,
    desk: Annotated[QuoteDesk, Depends(provided(QuoteDesk))],
    clock: Annotated[Clock, Depends(clock_of)],
) -> Response:
    terms = read_quote(quote_id, desk.signer, at=clock())
    return json_answer(
        {
            "id": quote_id,
            "place": terms.place,
            "start": format_instant(to_micros(terms.start)),
            "end": format_instant(to_micros(terms.end)),
            "fee": {"amount": terms.amount, "currency": terms.currency},
            "tariff": terms.rate_table_id,
            "version": terms.version,
            "valid_until": format_instant(to_micros(terms.valid_until)),
        }
    )


def _document(made: Quote, *, usage_known: bool) -> dict[str, Any]:
    fee = made.fee
    return {
        "id": made.quote_id,
        "fee": {"amount": fee.amount.amount, "currency": fee.amount.currency},
        "reason": made.reason,
        "lines": lines_json(fee.lines),
        "valid_until": format_instant(to_micros(made.valid_until)),
        "usage_after": {"quota_s": {day.isoformat(): used for day, used in fee.usage_after.quota_s.items()}},
        "usage_known": usage_known,
    }
