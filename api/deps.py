"""How a route gets what it needs: a part of the container, or the caller behind the key or the login."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Final, TypeVar

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.auth.accounts import service
from api.auth.accounts.model import Caller, CallerRole, check_csrf, check_role, login_required
from api.auth.directory import KeyDirectory
from api.auth.model import ApiKey, Scope
from api.auth.terminals import TerminalGate
from api.container import Container
from devices.terminals import signing
from parking.db.unit_of_work import Database
from parking.domain.clock import Clock
from parking.domain.errors import InvalidInputError

T = TypeVar("T")

LOGIN_COOKIE: Final = "parking_login"
CSRF_HEADER: Final = "x-csrf-token"
_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})

bearer: Final = HTTPBearer(
    auto_error=False,
    scheme_name="key",
    bearerFormat="sp_<id>_<secret>",
    description="A key made by `parking keys create`; its role decides which paths it opens.",
)


def container_of(request: Request) -> Container:
    container: Container = request.app.state.container
    return container


def provided(kind: type[T]) -> Callable[[Request], Awaitable[T]]:
    """Make a dependency that is the process's one part of this type."""

    # All dependencies are coroutines: FastAPI sends plain functions to another thread, which costs more than they do.
    async def part(request: Request) -> T:
        return container_of(request).get(kind)

    return part


def caller(scope: Scope) -> Callable[..., Awaitable[ApiKey]]:
    """Make a dependency that is the key of the request, or a refusal when it does not allow `scope`."""

    async def key(
        request: Request,
        directory: Annotated[KeyDirectory, Depends(provided(KeyDirectory))],
        _documented: Annotated[HTTPAuthorizationCredentials | None, Security(bearer)],
    ) -> ApiKey:
        return directory.authenticate(request.headers.get("authorization"), scope)

    return key


async def json_only(request: Request) -> None:
    """Refuse a body that is not plain JSON, before it is read; no type at all counts as JSON."""
    media_type = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if media_type != "application/json" or request.headers.get("content-encoding", "identity") != "identity":
        raise InvalidInputError("send Content-Type: application/json", code="media_type_unsupported")


async def clock_of(request: Request) -> Clock:
    """The clock of the process; routes read the time from it alone."""
    clock: Clock = request.app.state.clock
    return clock


async def login_token(request: Request) -> str:
    """The token of the caller's login cookie; a write must prove that a page of ours sends it.

    Raises `UnauthorizedError` (`login_required`) and `ForbiddenError` (`csrf_invalid`).
    """
    token = request.cookies.get(LOGIN_COOKIE)
    if not token:
        raise login_required()
    if request.method not in _SAFE_METHODS:
        check_csrf(token, request.headers.get(CSRF_HEADER))
    return token


async def current_caller(
    request: Request,
    directory: Annotated[KeyDirectory, Depends(provided(KeyDirectory))],
    database: Annotated[Database, Depends(provided(Database))],
    clock: Annotated[Clock, Depends(clock_of)],
    _documented: Annotated[HTTPAuthorizationCredentials | None, Security(bearer)],
) -> Caller:
    """Who calls: the bearer of a key, the terminal that signed, else the person logged in.

    An `Authorization` header always wins. Raises `UnauthorizedError`, `ForbiddenError` (`csrf_invalid`), `UnavailableError`
    (`keys_unavailable`), and what `TerminalGate.caller` raises.
    """
    authorization = request.headers.get("authorization")
    if authorization is not None:
        if signing.is_signed(authorization):
            return await container_of(request).get(TerminalGate).caller(request, authorization)
        key = directory.identify(authorization)
        return Caller(
            actor=f"key:{key.key_id}",
            name=key.name,
            role=key.role,
            district_id=key.district_id,
            employer=key.employer,
        )
    token = await login_token(request)
    async with database.transaction() as session:
        return await service.caller_of(session, token, clock())


def require_role(*roles: CallerRole) -> Callable[..., Awaitable[Caller]]:
    """Make a dependency that is the caller when it has one of `roles`, of a person or of a key, or a refusal.

    No role implies another. The route itself limits what it shows and changes to `Caller.covers(district_id)`.
    """

    async def checked(caller: Annotated[Caller, Depends(current_caller)]) -> Caller:
        check_role(caller, roles)
        return caller

    return checked
