"""For whom the sender of a message may speak."""

from typing import Protocol


class Speaker(Protocol):
    """The identity behind a request: a device's own key, or that of a gateway or platform."""

    @property
    def speaker_id(self) -> str:
        """Under which it is written down who delivered a message; empty for the broker."""

    def covers(self, device_id: str, district_id: str) -> bool:
        """Whether it may speak for the device, whose space is in that district (empty when it has none)."""


class TrustedSpeaker:
    """Whoever was let in by a login that covers every device, such as the broker's."""

    speaker_id = ""

    def covers(self, device_id: str, district_id: str) -> bool:  # noqa: ARG002 - the port's signature
        return True
