"""Half-open spans of time, the only kind the platform knows: the end of one is the start of the next."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """`[start, end)` with aware instants; an `end` of None is open."""

    start: datetime
    end: datetime | None = None

    def __post_init__(self) -> None:
        for instant in (self.start, self.end):
            if instant is not None and instant.tzinfo is None:
                raise ValueError("a span needs instants with a time zone")
        if self.end is not None and self.end <= self.start:
            raise ValueError("a span ends after it starts")

    def __contains__(self, instant: datetime) -> bool:
        return self.start <= instant and (self.end is None or instant < self.end)

    def overlaps(self, other: "TimeSpan") -> bool:
        return (self.end is None or other.start < self.end) and (other.end is None or self.start < other.end)
