"""What routes may ask for, by type. The bootstrap fills it; nothing in it is reached in any other way."""

from typing import TypeVar

T = TypeVar("T")


class Container:
    """One for each process; asking for a type that was never provided is a defect."""

    def __init__(self) -> None:
        self._parts: dict[type[object], object] = {}

    def provide(self, part: object) -> None:
        self._parts[type(part)] = part

    def get(self, kind: type[T]) -> T:
        part = self._parts[kind]
        if not isinstance(part, kind):
            raise TypeError(f"{kind.__name__} was provided as something else")
        return part
