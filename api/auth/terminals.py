"""Who signed a request: a terminal with a key of its own instead of one that it sends along."""

from starlette.requests import Request

from api.auth.accounts.model import Caller
from devices.terminals import service, signing
from parking.db.unit_of_work import Database
from parking.domain.clock import Clock
from parking.domain.errors import UnavailableError


class TerminalGate:
    """Checks signed requests with the secret of the installation, from which those of all terminals follow."""

    def __init__(self, database: Database, secret: str | None, clock: Clock) -> None:
        self._database = database
        self._secret = secret
        self._clock = clock

    @property
    def secret(self) -> str:
        """Raises `UnavailableError` (`secret_missing`) for an installation without one."""
        if self._secret is None:
            raise UnavailableError("this installation has no secret key; see 'parking doctor'", code="secret_missing")
        return self._secret

    async def caller(self, request: Request, authorization: str) -> Caller:
        """Raises what `signing.read` and `service.prove` raise.

        The nonce is used up in a transaction of its own: also a request that is refused later is not taken twice.
        """
        signed = signing.read(authorization)
        body = await request.body()
        async with self._database.transaction() as session:
            terminal = await service.prove(
                session,
                signed,
                self.secret,
                method=request.method,
                path=_path(request),
                body=body,
                now=self._clock(),
            )
        return Caller(
            actor=f"terminal:{terminal.terminal_id}",
            name=terminal.terminal_id,
            role="terminal",
            district_id=terminal.district_id,
        )


def _path(request: Request) -> str:
    """As it came over the wire, before anything was decoded."""
    raw: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    query: bytes = request.scope["query_string"]
    return (raw.partition(b"?")[0] + (b"?" + query if query else b"")).decode("latin-1")
