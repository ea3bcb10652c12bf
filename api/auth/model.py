"""What a key is and what it allows, without a database: parsing, comparing and covering are pure.

A key reads `sp_<key id>_<secret>`. The id is public and may stand in logs; of the secret only a SHA-256 is kept.
"""

import base64
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Final, Literal, get_args

from parking.domain.errors import ParkingError

Role = Literal["sensor", "terminal", "operator", "enforcement", "integrator"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)
Scope = Literal["readings:write", "facilities:report"]

ROLE_SCOPES: Final[Mapping[Role, frozenset[Scope]]] = {
    "sensor": frozenset({"readings:write"}),
    "integrator": frozenset({"readings:write", "facilities:report"}),
    "terminal": frozenset(),
    "operator": frozenset(),
    "enforcement": frozenset(),
}
"""What each audience may do; a role gains a scope together with the paths that ask for it."""

ALL_FACILITIES: Final = "*"
"""In place of a list: every facility of the key's district or company."""
_KEY = re.compile(r"sp_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")


class UnauthorizedError(ParkingError):
    """The caller has not proved who it is."""

    code = "key_invalid"


class ForbiddenError(ParkingError):
    """The caller is known and its key does not allow this."""

    code = "scope_missing"


@dataclass(frozen=True, slots=True)
class Employer:
    """Whom the holder of an account or key works for: an operating company, or with None the city and its districts.

    A holder of whom nobody has said it has no `Employer` at all and sees nothing of the money.
    """

    operator_id: str | None = None


CITY: Final = Employer()


@dataclass(frozen=True, kw_only=True, slots=True)
class ApiKey:
    """One key as the database knows it, and the speaker for the devices it covers."""

    key_id: str
    secret_hash: bytes
    role: Role
    name: str
    district_id: str | None
    """Limits the key to one district; None is the whole city."""
    device_ids: frozenset[str] | None
    """The devices it may speak for; None is every device of its district."""
    created_at: datetime
    facility_ids: frozenset[str] | None = None
    """The facilities that it may report for, or `ALL_FACILITIES`; None is none, whatever else the key may do."""
    employer: Employer | None = None
    revoked_at: datetime | None = None
    platform_secret: tuple[str, bytes] | None = field(default=None, repr=False)
    """What a platform signs with in place of the key, sealed: the sealing key's id and the secret."""

    @property
    def speaker_id(self) -> str:
        return self.key_id

    def allows(self, scope: Scope) -> bool:
        return scope in ROLE_SCOPES[self.role]

    def covers(self, device_id: str, district_id: str) -> bool:
        """Whether this key may speak for a device whose space stands in `district_id`."""
        if self.district_id is not None and self.district_id != district_id:
            return False
        return self.device_ids is None or device_id in self.device_ids

    def reports_for(self, facility_id: str, district_id: str, operator_ids: frozenset[str]) -> bool:
        """Whether it may report for a facility of the district that these companies hold at present."""
        if self.facility_ids is None or self.district_id not in {None, district_id}:
            return False
        company = None if self.employer is None else self.employer.operator_id
        if company is not None and company not in operator_ids:
            return False
        return not self.facility_ids.isdisjoint({facility_id, ALL_FACILITIES})

    def opens_with(self, secret: str) -> bool:
        """Constant time in the secret."""
        return hmac.compare_digest(self.secret_hash, hash_secret(secret))


def hash_secret(secret: str) -> bytes:
    """The secret has 256 random bits, so a slow hash would protect nothing."""
    return sha256(secret.encode()).digest()


def write_key(key_id: str, secret: str) -> str:
    return f"sp_{key_id}_{secret}"


def read_key(text: str) -> tuple[str, str]:
    """Split a key into id and secret; raises `UnauthorizedError` (`key_invalid`) for any other text."""
    match = _KEY.fullmatch(text)
    if match is None:
        raise UnauthorizedError("this is not a key of this platform; a key looks like sp_<id>_<secret>")
    return match[1], match[2]


def as_bearer(authorization: str) -> str:
    """A key that came as the password of HTTP Basic, whatever the user name, as it would have come as the bearer.

    Raises `UnauthorizedError` (`key_invalid`) for a Basic login that cannot be read; any other header is left as it is.
    """
    scheme, _, login = authorization.partition(" ")
    if scheme.lower() != "basic":
        return authorization
    try:
        password = base64.b64decode(login.strip(), validate=True).decode().partition(":")[2]
    except ValueError as error:
        raise UnauthorizedError("this is no login") from error
    return f"Bearer {password}"
