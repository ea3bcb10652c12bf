"""Checks the secret with which an installation signs what it hands out."""

from typing import Final

from api.doctor.finding import Finding, ok, warn
from api.settings import SECRET_KEY, Settings

LEAST: Final = 32


def check_secret_key(settings: Settings) -> Finding:
    """Without a database of one's own nothing needs to be set: `parking up` makes and keeps its secret."""
    remedy = f"set {SECRET_KEY} to {LEAST} random characters or more, the same in every process"
    if settings.secret_key is None:
        if settings.database_url is None:
            return ok("secret key", f"{SECRET_KEY} is not set; 'parking up' makes one in its data folder")
        return warn("secret key", "no quote can be signed", remedy)
    if len(settings.secret_key) < LEAST:
        return warn("secret key", "it is short and can be guessed", remedy)
    return ok("secret key", "quotes can be signed")
