"""The one family of errors that a user may see: a stable code for machines and a sentence for people."""

from collections.abc import Mapping


class ParkingError(Exception):
    """A refusal that is part of the interface: `code` never changes, `detail` says what to do.

    Expected conflicts and bad input are ParkingErrors; anything else is a defect or an outage.
    """

    code: str = "parking_error"

    def __init__(self, detail: str, *, code: str | None = None, fields: Mapping[str, object] | None = None) -> None:
        super().__init__(detail)
        if code is not None:
            self.code = code
        self.detail = detail
        self.fields = dict(fields or {})


class InvalidInputError(ParkingError):
    """The input can never be accepted as it is."""

    code = "invalid_input"


class NotFoundError(ParkingError):
    """What the input names does not exist."""

    code = "not_found"


class ConflictError(ParkingError):
    """The input is well formed and contradicts what is already there."""

    code = "conflict"


class UnavailableError(ParkingError):
    """A part that the answer needs is down or overloaded; the same request may succeed later."""

    code = "unavailable"
