"""`POST /v1/quotes`: what a stay would cost and why, before anybody parks or pays."""

from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Header, Request
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from api.auth.accounts.model import Caller, CallerRole
from api.auth.directory import KeyDirectory
from api.auth.model import ForbiddenError, UnauthorizedError
from api.deps import CSRF_HEADER, LOGIN_COOKIE, clock_of, current_caller, provided
from api.public.answers import documented, json_answer
from api.public.price_schemas import Charging, QuotedTerms, QuoteRequest, Vehicle
from api.public.price_schemas import Quote as QuoteAnswer
from api.public.proofs import StayProofs
from parking.db.unit_of_work import Database
from parking.domain.clock import Clock, format_instant, to_micros
from parking.domain.errors import InvalidInputError, UnavailableError
from parking.domain.plates import is_new_energy, normalise
from parking.domain.time_span import TimeSpan
from parking.places.tables import ZoneRow
from parking.privacy.vault import PlateVault
from parking.sessions import service as sessions
from pricing.fees.model import Usage
from pricing.quotes.fee_lines import lines_json
from pricing.quotes.quoting import Quote, Wish, quote, quote_running, read_quote
from pricing.quotes.signing import QuoteSigner
from pricing.quotes.usage_json import usage_json

router = APIRouter(tags=["citizens"])
DatabaseDep = Annotated[Database, Depends(provided(Database))]
ClockDep = Annotated[Clock, Depends(clock_of)]
Proof = Annotated[str | None, Header(alias="X-Stay-Proof", description="What a claim or a payment has answered")]
_MAY_KNOW: Final[frozenset[CallerRole]] = frozenset({"terminal", "operator", "attendant"})
"""Who may learn what a vehicle has used, and see running stays."""
_OF_A_STAY: Final = frozenset({"session", "end", "duration", "payment_method"})


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


async def asker(
    request: Request,
    directory: Annotated[KeyDirectory, Depends(provided(KeyDirectory))],
    database: DatabaseDep,
    clock: ClockDep,
) -> Caller | None:
    """Who asks, where that may matter; everyone may ask without a key or login.

    Raises `UnauthorizedError` for a key or login that is none, `ForbiddenError` for a key of another audience.
    """
    is_key = request.headers.get("authorization") is not None
    # A page of a person who is logged in may ask as anybody does: without the token that proves it is ours.
    if not is_key and (LOGIN_COOKIE not in request.cookies or CSRF_HEADER not in request.headers):
        return None
    caller = await current_caller(request, directory, database, clock, None)
    if caller.role in _MAY_KNOW:
        return caller
    if is_key:
        raise ForbiddenError(f"a key of role {caller.role!r} asks for no quotes; ask without a key")
    return None


@router.post(
    "/v1/quotes",
    summary="The price of a stay, line by line, signed for five minutes",
    responses=documented(QuoteAnswer, 400, 401, 403, 404, 409, 413, 415, 503),
    openapi_extra={"security": [{}, {"key": []}]},
)
async def make_quote(
    body: QuoteRequest,
    database: DatabaseDep,
    desk: Annotated[QuoteDesk, Depends(provided(QuoteDesk))],
    vault: Annotated[PlateVault, Depends(provided(PlateVault))],
    proofs: Annotated[StayProofs, Depends(provided(StayProofs))],
    clock: ClockDep,
    caller: Annotated[Caller | None, Depends(asker)],
    proof: Proof = None,
) -> Response:
    now = clock()
    if body.session is not None:
        is_own = proofs.holds(body.session, proof)
        async with database.reading() as session:
            made = await _running(session, body, desk.signer, now=now, caller=caller, is_own=is_own)
        # Whoever claims a stay has only typed a plate: where else the car stood today is not theirs to know.
        return json_answer(_document(made, usage_known=True, usage=None if caller is None else made.fee.usage_after))
    wish = _wish(body, now, vault if caller is not None else None)
    async with database.reading() as session:
        made = await quote(session, wish, desk.signer, at=now)
    is_known = bool(wish.plate_tokens) or not made.depends_on_usage
    return json_answer(_document(made, usage_known=is_known, usage=made.fee.usage_after))


def _wish(body: QuoteRequest, now: datetime, vault: PlateVault | None) -> Wish:
    """With a vault, what the vehicle of the plate has used counts."""
    plate = None if body.plate is None else normalise(body.plate)
    start = body.start or now
    if (body.end is None) == (body.duration is None):
        raise InvalidInputError("give end or for", code="quote_span_invalid")
    vehicle = body.vehicle or Vehicle()
    return Wish(
        space_id=body.space,
        zone_id=body.zone,
        start=start,
        end=body.end or start + (body.duration or start - start),
        vehicle_class=vehicle.vehicle_class,
        energy=vehicle.energy or ("nev" if plate is not None and is_new_energy(plate) else "fuel"),
        kind=body.kind,
        use=body.use,
        rights=tuple(body.rights),
        charging=tuple(_span(one) for one in body.charging),
        payment_method=body.payment_method,
        plate_tokens=() if vault is None or plate is None else vault.tokens_of(plate),
    )


def _span(charging: Charging) -> TimeSpan:
    if charging.end < charging.start:
        raise InvalidInputError("a span ends before it starts", code="quote_span_invalid")
    return TimeSpan(charging.start, charging.end)


async def _running(
    session: AsyncSession,
    body: QuoteRequest,
    signer: QuoteSigner,
    *,
    now: datetime,
    caller: Caller | None,
    is_own: bool,
) -> Quote:
    """Staff sees stays of its own district only; a stay without a plate is open to all, as it is on its space's page."""
    asked = {name for name in body.model_fields_set if getattr(body, name) is not None}
    if not asked <= _OF_A_STAY:
        raise InvalidInputError("a running stay has its place, time and vehicle", code="quote_place_invalid")
    if body.end is not None and body.duration is not None:
        raise InvalidInputError("give end or for, not both", code="quote_span_invalid")
    stay = await sessions.get(session, body.session or "")
    if caller is None and not is_own and stay.is_attributed:
        raise UnauthorizedError("a running stay is quoted to its payer and to staff", code="stay_proof_missing")
    if caller is not None:
        caller.check_district(
            await session.scalar(select(ZoneRow.district_id).where(ZoneRow.zone_id == stay.zone_id)) or ""
        )
    end = body.end if body.duration is None else now + body.duration
    return await quote_running(session, stay, signer, at=now, end=end, payment_method=body.payment_method)


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


def _document(made: Quote, *, usage_known: bool, usage: Usage | None) -> dict[str, Any]:
    fee = made.fee
    currency = fee.amount.currency
    return {
        "id": made.quote_id,
        "session": made.session_id,
        "fee": {"amount": fee.amount.amount, "currency": currency},
        "tax": None if fee.tax is None else {"amount": fee.tax.amount, "currency": currency},
        "reason": made.reason,
        "lines": lines_json(fee.lines),
        "valid_until": format_instant(to_micros(made.valid_until)),
        "usage_after": usage_json(usage or Usage()),
        "usage_known": usage_known,
        "rises": [
            {"at": format_instant(to_micros(rise.at)), "fee": {"amount": rise.amount, "currency": currency}}
            for rise in made.rises
        ],
    }
