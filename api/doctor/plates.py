"""Checks the secrets of the plate vault."""

from api.doctor.finding import Finding, fail, ok, warn
from api.settings import PLATE_KEY, Settings
from parking.privacy.keys import LEAST_SECRET, PlateKeyInvalidError, keys_of


def check_plate_key(settings: Settings) -> Finding:
    """A secret that is set and cannot be used fails: the HTTP process would not start with it."""
    remedy = f"set {PLATE_KEY} to {LEAST_SECRET} random characters or more, and keep them"
    if settings.plate_key is None:
        if settings.database_url is None:
            return ok("plate key", f"{PLATE_KEY} is not set; 'parking up' makes one in its data folder")
        return warn("plate key", "no plate can be taken or shown", remedy)
    try:
        keys_of(settings.plate_key)
    except PlateKeyInvalidError as error:
        return fail("plate key", error.detail, remedy)
    return ok("plate key", "plates can be sealed")
