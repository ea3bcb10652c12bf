"""What a transport promises, so that senders and receivers do not know whether a network lies between them."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol


class Answer(NamedTuple):
    """What came back for a posted body."""

    status: int
    body: bytes


class Poster(Protocol):
    """The sending side of HTTP."""

    async def post(self, path: str, body: bytes, *, subject: str) -> Answer:
        """Send until somebody answers for it; bodies of one `subject` arrive in the order of the calls.

        Returns any answer but those that ask to come again later. Raises `UnavailableError` when it gives up.
        """


class Publisher(Protocol):
    """The sending side of a broker."""

    async def publish(self, topic: str, payload: bytes) -> None:
        """Return when the broker has taken it, in order of the calls; raises `UnavailableError` when it gives up."""


class Delivery(NamedTuple):
    """One message from a broker, which keeps it until it is acknowledged."""

    topic: str
    payload: bytes
    qos: int = 1
    mid: int = 0
    connection: int = 0
    """Which connection it came over: packet ids mean nothing beyond it."""


class Subscriber(Protocol):
    """The receiving side of a broker; what was not acknowledged comes again."""

    async def receive(self, limit: int) -> Sequence[Delivery]:
        """Wait for at least one message and take at most `limit`, in order of arrival."""

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Let the broker forget them."""
