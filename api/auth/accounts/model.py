"""What an account is, how a password is kept, and who is calling: pure, without a database."""

import hmac
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import scrypt, sha256
from typing import Final, Literal, get_args

from api.auth.model import CITY, Employer, ForbiddenError, Role, UnauthorizedError
from parking.domain.errors import InvalidInputError, ParkingError

AccountRole = Literal["operator", "approver", "attendant", "enforcement", "admin"]
ACCOUNT_ROLES: Final[tuple[AccountRole, ...]] = get_args(AccountRole)
CallerRole = AccountRole | Role
"""What a route asks for: a role of people, of keys, or of both."""

LOGIN_LASTS: Final = timedelta(hours=12)
"""A shift and its handover."""
PASSWORD_TRIES: Final = 10
PASSWORD_TRIES_WITHIN: Final = timedelta(minutes=15)
"""How often one name may be tried before it is closed for the rest of that time."""
SHORTEST_PASSWORD: Final = 10
LONGEST_PASSWORD: Final = 200
_COST, _BLOCK, _LANES = 2**14, 8, 1
"""16 MiB and about 40 ms a try, the interactive setting of RFC 7914."""
_NAME = re.compile(r"[a-z][a-z0-9._-]{1,39}")


class TooManyTriesError(ParkingError):
    """The same caller has tried too often; it may try again later."""

    code = "too_many_tries"


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """One person's account as the database knows it."""

    name: str
    password_hash: str
    role: AccountRole
    district_id: str | None
    """Limits the person to one district; None is the whole city."""
    created_at: datetime
    employer: Employer | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """Who makes a request, by login or by key."""

    actor: str
    """`account:<name>` or `key:<id>`: what is written down, and what two persons differ in."""
    name: str
    role: CallerRole
    district_id: str | None
    employer: Employer | None = None
    """None is ignorance: who has not been said to work for the city is not taken for its staff."""

    def check_authority(self) -> None:
        """Raise `ForbiddenError` (`authority_only`) for whoever is not staff of the city or of a district."""
        if self.employer != CITY:
            raise ForbiddenError("this is for the staff of the city or of a district", code="authority_only")

    def covers(self, district_id: str) -> bool:
        return self.district_id is None or self.district_id == district_id

    def check_district(self, district_id: str) -> None:
        """Raise `ForbiddenError` (`district_forbidden`) for a district beyond the caller's."""
        if not self.covers(district_id):
            raise ForbiddenError(f"this is outside your district {self.district_id}", code="district_forbidden")


def checked_name(name: str) -> str:
    """Raise `InvalidInputError` (`name_invalid`) for what cannot be a login name."""
    if _NAME.fullmatch(name) is None:
        raise InvalidInputError(
            "a login name has 2 to 40 characters: a small letter first, then small letters, digits, dot, dash, underscore",
            code="name_invalid",
        )
    return name


def checked_password(password: str) -> str:
    """Raise `InvalidInputError` (`password_invalid`) for a password that is too short to protect money."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise InvalidInputError(
            f"a password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters", code="password_invalid"
        )
    return password


def hash_password(password: str, random_bytes: Callable[[int], bytes] = os.urandom) -> str:
    """`scrypt$<cost>$<salt>$<hash>`; slow on purpose, so call it outside the event loop."""
    salt = random_bytes(16)
    return f"scrypt${_COST}${salt.hex()}${_scrypt(password, salt, _COST).hex()}"


def opens_with(password_hash: str, password: str) -> bool:
    """Whether the password is the one of the hash; slow, and constant in time."""
    _, cost, salt, kept = password_hash.split("$")
    return hmac.compare_digest(_scrypt(password, bytes.fromhex(salt), int(cost)), bytes.fromhex(kept))


def hash_token(token: str) -> bytes:
    """A login's token has 256 random bits, so a slow hash would protect nothing."""
    return sha256(token.encode()).digest()


def csrf_of(token: str) -> str:
    """What a page sends beside its cookie with every write: only a page of ours can have read it."""
    return sha256(b"csrf:" + token.encode()).hexdigest()


def check_csrf(token: str, given: str | None) -> None:
    """Raise `ForbiddenError` (`csrf_invalid`) for a write that a page of another origin may have caused."""
    if given is None or not hmac.compare_digest(csrf_of(token).encode(), given.encode()):
        raise ForbiddenError("send the login's csrf token in the header X-CSRF-Token", code="csrf_invalid")


def check_role(caller: Caller, roles: tuple[CallerRole, ...]) -> None:
    """Raise `ForbiddenError` (`role_missing`). No role implies another: who approves does not also prepare."""
    if caller.role not in roles:
        raise ForbiddenError(
            f"the role {caller.role!r} may not do this; it needs {' or '.join(roles)}", code="role_missing"
        )


def login_required() -> UnauthorizedError:
    return UnauthorizedError("log in, or send a key", code="login_required")


def _scrypt(password: str, salt: bytes, cost: int) -> bytes:
    return scrypt(password.encode(), salt=salt, n=cost, r=_BLOCK, p=_LANES, maxmem=64 * 2**20, dklen=32)
