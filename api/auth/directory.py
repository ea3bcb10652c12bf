"""All keys in memory, so that a request costs no round trip; refreshed whenever the registry announces a change."""

from collections.abc import Iterable, Mapping

from api.auth import repository
from api.auth.model import ApiKey, ForbiddenError, Scope, UnauthorizedError, read_key
from parking.db.unit_of_work import Database
from parking.domain.errors import UnavailableError

_BEARER = "bearer "


class KeyDirectory:
    """Answers who calls. Empty until the first load, and says so instead of refusing good keys."""

    def __init__(self) -> None:
        self._keys: Mapping[str, ApiKey] | None = None

    @property
    def loaded(self) -> bool:
        return self._keys is not None

    def replace(self, keys: Iterable[ApiKey]) -> None:
        self._keys = {key.key_id: key for key in keys}

    async def load(self, database: Database) -> None:
        async with database.transaction() as session:
            self.replace(await repository.all_keys(session))

    def authenticate(self, authorization: str | None, scope: Scope) -> ApiKey:
        """Find the key of an `Authorization` header and check that it allows `scope`.

        Raises what `identify` raises, and `ForbiddenError` (`scope_missing`).
        """
        key = self.identify(authorization)
        if not key.allows(scope):
            raise ForbiddenError(f"a key of role {key.role!r} may not do this; it needs the scope {scope!r}")
        return key

    def identify(self, authorization: str | None) -> ApiKey:
        """Find the key of an `Authorization` header, whatever it allows.

        Raises `UnauthorizedError` (`key_missing`, `key_invalid`, `key_revoked`), and `UnavailableError`
        (`keys_unavailable`) before the first load.
        """
        if not authorization:
            raise UnauthorizedError("send a key: 'Authorization: Bearer sp_<id>_<secret>'", code="key_missing")
        if authorization[: len(_BEARER)].lower() != _BEARER:
            raise UnauthorizedError("the scheme of the Authorization header is Bearer")
        return self._find(authorization[len(_BEARER) :].strip())

    def named(self, key_id: str, scope: Scope) -> ApiKey:
        """The key of that id, for a caller who proves in another way that it is his; raises as `authenticate`."""
        key = self._valid(self._known(key_id))
        if not key.allows(scope):
            raise ForbiddenError(f"a key of role {key.role!r} may not do this; it needs the scope {scope!r}")
        return key

    def _find(self, text: str) -> ApiKey:
        key_id, secret = read_key(text)
        key = self._known(key_id)
        if not key.opens_with(secret):
            raise UnauthorizedError("no such key")
        return self._valid(key)

    def _known(self, key_id: str) -> ApiKey:
        if self._keys is None:
            raise UnavailableError("the keys are not loaded yet; try again", code="keys_unavailable")
        key = self._keys.get(key_id)
        if key is None:
            raise UnauthorizedError("no such key")
        return key

    @staticmethod
    def _valid(key: ApiKey) -> ApiKey:
        if key.revoked_at is not None:
            raise UnauthorizedError(f"the key {key.key_id} is revoked", code="key_revoked")
        return key
