"""What a sender is told: how many readings stand in the stream, and which ones do not and why."""

import msgspec


class Rejected(msgspec.Struct, frozen=True):
    """One item that was refused; the others of its batch are not affected. `code` never changes."""

    index: int
    code: str
    detail: str


class IngestReport(msgspec.Struct, frozen=True):
    """The body of the 202 answer. `accepted` readings are durable; `duplicate` ones already were."""

    accepted: int = 0
    duplicate: int = 0
    rejected: list[Rejected] = []
