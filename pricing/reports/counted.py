"""Counts in English sentences. Chinese has no plural; English has, and a page that says “1 prices” is not read on."""


def counted(number: int, one: str, several: str) -> str:
    """Such as `1 price` and `1,200 prices`."""
    return f"{number:,} {one if number == 1 else several}"
