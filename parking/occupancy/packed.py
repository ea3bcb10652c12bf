"""A million values of one kind, kept as the bytes that are written of them anyway and read where they are looked at.

A value is a third of the size that it has as an object; to read one costs less than half a microsecond.
"""

from collections.abc import Iterator, Mapping
from typing import Final, Generic, TypeVar

import msgspec

T = TypeVar("T")
Data = Mapping[str, bytes | None]
"""Encoded values by name; None marks what is removed."""

_encode: Final = msgspec.msgpack.Encoder().encode


class Packed(Mapping[str, T], Generic[T]):
    """Read as a mapping of values, written as bytes that encode them."""

    __slots__ = ("_data", "_decode")

    def __init__(self, kind: type[T], data: dict[str, bytes] | None = None) -> None:
        self._decode = msgspec.msgpack.Decoder(kind).decode
        self._data = {} if data is None else data

    def __getitem__(self, name: str) -> T:
        return self._decode(self._data[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)

    @property
    def data(self) -> Mapping[str, bytes]:
        """The values as they are written."""
        return self._data

    def find(self, name: str) -> T | None:
        """As `get` without a default, which is slower."""
        data = self._data.get(name)
        return None if data is None else self._decode(data)

    def write(self, changed: Data) -> None:
        """Take over what became of some values."""
        if None not in changed.values():
            self._data.update(changed)  # type: ignore[arg-type] # nothing is removed, as nearly always
            return
        for name, data in changed.items():
            if data is None:
                self._data.pop(name, None)
            else:
                self._data[name] = data


def encoded(values: Mapping[str, object | None]) -> dict[str, bytes | None]:
    """Each value as it is written; None stays what is removed."""
    return {name: None if value is None else _encode(value) for name, value in values.items()}
