"""What every event is: a frozen fact with a wire type, a version and a subject whose order is kept."""

from typing import ClassVar

import msgspec


class Fact(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """Base of every event class; subclasses are listed in `registry.py` and nowhere looked up by name.

    Unknown fields are tolerated on reading, so that a newer publisher does not stop an older subscriber.
    """

    TYPE: ClassVar[str]
    VERSION: ClassVar[int] = 1

    @property
    def subject(self) -> str:
        """What the fact is about; events of one subject are delivered in the order of publication."""
        raise TypeError(f"{type(self).__name__} does not say what it is about")
