"""Drawings as SVG text that needs nothing from outside; texts follow the language that the reader chose."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10
from typing import Final, Literal

from pricing.reports.style import INK, LINE

Anchor = Literal["start", "middle", "end"]
_FINEST: Final = 1e-9


@dataclass(frozen=True, kw_only=True)
class Scale:
    """From values to places in a drawing."""

    low: float
    high: float
    begin: float
    end: float

    def __call__(self, value: float) -> float:
        span = self.high - self.low or 1.0
        return self.begin + (value - self.low) / span * (self.end - self.begin)


def drawing(width: float, height: float, parts: Iterable[str], about: tuple[str, str]) -> str:
    """`about` is read out to who does not see it."""
    name = escape(" / ".join(about), quote=True)
    return f'<svg viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{name}">{"".join(parts)}</svg>'


def words(x: float, y: float, text: tuple[str, str], *, anchor: Anchor = "start", kind: str = "") -> str:
    chinese, english = text
    if chinese == english:
        return label(x, y, chinese, anchor=anchor, kind=kind)
    return label(x, y, chinese, anchor=anchor, kind=f"zh {kind}") + label(
        x, y, english, anchor=anchor, kind=f"en {kind}"
    )


def label(x: float, y: float, text: str, *, anchor: Anchor = "start", kind: str = "") -> str:
    named = f' class="{kind.strip()}"' if kind.strip() else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{named}>{escape(text)}</text>'


def box(x: float, y: float, width: float, height: float, *, fill: str, told: str = "") -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0.0):.1f}" height="{max(height, 0.0):.1f}" fill="{fill}">'
        f"{_told(told)}</rect>"
    )


def line(x1: float, y1: float, x2: float, y2: float, *, stroke: str = LINE, width: float = 1.0, dash: str = "") -> str:
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" stroke="{stroke}" stroke-width="{width:g}"{dashes}/>'


def path(points: Sequence[tuple[float, float]], *, stroke: str, dash: str = "") -> str:
    steps = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<path d="M{steps}" fill="none" stroke="{stroke}" stroke-width="2"{dashes}/>'


def ribbon(upper: Sequence[tuple[float, float]], lower: Sequence[tuple[float, float]], *, fill: str) -> str:
    steps = "L".join(f"{x:.1f} {y:.1f}" for x, y in [*upper, *reversed(lower)])
    return f'<path d="M{steps}Z" fill="{fill}" fill-opacity="0.18"/>'


def mark(x: float, y: float, size: float, direction: int, *, fill: str, told: str = "") -> str:
    """A triangle that points up or down, or a disc; of about one area."""
    if direction == 0:
        shape = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size:.1f}"'
    else:
        wide, tall = size * 1.25, size * 1.1 * direction
        shape = f'<path d="M{x - wide:.1f} {y + tall:.1f}L{x + wide:.1f} {y + tall:.1f}L{x:.1f} {y - tall:.1f}Z"'
    ending = "circle" if direction == 0 else "path"
    return f'{shape} fill="{fill}" stroke="#fff" stroke-width="0.8">{_told(told)}</{ending}>'


def dot(x: float, y: float, *, fill: str = INK, size: float = 4.5) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size:g}" fill="{fill}"/>'


def axis(x: Scale, top: float, bottom: float, written: Callable[[float], str] = "{:g}".format) -> list[str]:
    """Round values below a drawing, with lines through it."""
    parts = [line(x.begin, bottom, x.end, bottom, stroke=INK)]
    for value in round_values(x.low, x.high):
        parts.append(line(x(value), top, x(value), bottom))
        parts.append(label(x(value), bottom + 16, written(value), anchor="middle", kind="quiet"))
    return parts


def side(y: Scale, left: float, right: float, written: Callable[[float], str]) -> list[str]:
    """Round values at the left of a drawing, with lines through it."""
    parts = []
    for value in round_values(y.low, y.high, 4):
        parts.append(line(left, y(value), right, y(value)))
        parts.append(label(left - 6, y(value) + 4, written(value), anchor="end", kind="quiet"))
    return parts


def colours(x: float, y: float, entries: Sequence[tuple[str, tuple[str, str]]], apart: float = 110.0) -> str:
    """What each colour means, in one row."""
    parts = []
    for number, (colour, name) in enumerate(entries):
        at = x + number * apart
        parts.append(box(at, y - 9, 10, 10, fill=colour) + words(at + 16, y, name))
    return "".join(parts)


def round_values(low: float, high: float, most: int = 8) -> Sequence[float]:
    """Multiples of one, two or five times a power of ten within a span, as many as fit."""
    power = 10.0 ** floor(log10(max(high - low, _FINEST) / most))
    step = next(power * first for first in (1, 2, 5, 10) if (high - low) / (power * first) <= most)
    begin, end = ceil(low / step - _FINEST), floor(high / step + _FINEST)
    return [round(number * step, 9) for number in range(begin, end + 1)]


def _told(text: str) -> str:
    return f"<title>{escape(text)}</title>" if text else ""
