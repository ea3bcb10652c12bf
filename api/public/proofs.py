"""How a browser proves that a stay is its own: a token that it got when it claimed or paid the stay."""

import hmac
from hashlib import sha256

from parking.domain.errors import UnavailableError


class StayProofs:
    """Every process with the same secret recognises the tokens of the others; nothing is kept."""

    def __init__(self, secret: str | None) -> None:
        self._key = None if secret is None else hmac.new(secret.encode(), b"smart-parking stay 1", sha256).digest()

    def give(self, session_id: str) -> str:
        """Raise `UnavailableError` (`secret_missing`) when the installation has no secret."""
        if self._key is None:
            raise UnavailableError("this installation has no secret key; see 'parking doctor'", code="secret_missing")
        return hmac.new(self._key, session_id.encode(), sha256).hexdigest()

    def holds(self, session_id: str, proof: str | None) -> bool:
        return proof is not None and hmac.compare_digest(self.give(session_id).encode(), proof.encode())
