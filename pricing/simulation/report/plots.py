"""The plots of a report as SVG text that needs nothing from outside; the browser chooses the fonts."""

import io
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from pricing.simulation.model import SimulationResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BEFORE: Final = "#7a869a"
_AFTER: Final = "#0b6e99"
_MOST_ZONES: Final = 20
_MINOR: Final = 100
_LEVEL_NAMES: Final = 5
_WIDE: Final = (8.0, 3.4)


def plots(result: SimulationResult) -> list[tuple[str, str]]:
    """Caption and SVG of each plot that the result has numbers for."""
    drawn: list[tuple[str, Callable[[Axes], None], bool]] = [
        ("各区域收入 / Revenue by zone", lambda axes: _revenue(axes, result), True),
        ("费用随时长 / Fee by time parked", lambda axes: _fee_curve(axes, result), bool(result.durations)),
        ("每次费用变化 / Change of the fee per stay", lambda axes: _changes(axes, result), bool(result.changes)),
        ("全天占用 / Occupancy through the day", lambda axes: _day(axes, result), bool(result.occupancy)),
    ]
    return [(caption, _svg(draw)) for caption, draw, has_numbers in drawn if has_numbers]


def _svg(draw: "Callable[[Axes], None]") -> str:
    # Loaded only here: most processes never draw.
    import matplotlib as mpl  # noqa: PLC0415 - as said above
    from matplotlib.backends.backend_svg import FigureCanvasSVG  # noqa: PLC0415 - as above
    from matplotlib.figure import Figure  # noqa: PLC0415 - as above

    with (
        mpl.rc_context(
            {
                "svg.fonttype": "none",
                "font.family": "sans-serif",
                "font.size": 10,
                "axes.spines.top": False,
                "axes.spines.right": False,
                "svg.hashsalt": "simulation",
            }
        ),
        _no_glyph_warnings(),
    ):
        figure = Figure(figsize=_WIDE, layout="constrained")
        FigureCanvasSVG(figure)
        draw(figure.add_subplot())
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = out.getvalue()
    # A page has one XML declaration at most, and no document type inside.
    return re.sub(r"^.*?(?=<svg )", "", text, flags=re.DOTALL)


@contextmanager
def _no_glyph_warnings() -> Iterator[None]:
    """Chinese signs are measured without a font here, and drawn by the reader's browser with one."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        warnings.filterwarnings("ignore", message="Matplotlib currently does not support")
        yield


def _revenue(axes: "Axes", result: SimulationResult) -> None:
    zones = sorted(result.shares["zone"], key=lambda share: -share.revenue_before)[:_MOST_ZONES]
    places = range(len(zones))
    axes.bar([place - 0.2 for place in places], [zone.revenue_before / _MINOR for zone in zones], 0.4, color=_BEFORE)
    axes.bar([place + 0.2 for place in places], [zone.revenue_after / _MINOR for zone in zones], 0.4, color=_AFTER)
    axes.set_xticks(list(places), [zone.key for zone in zones], rotation=45 if len(zones) > _LEVEL_NAMES else 0)
    axes.set_ylabel(result.currency)
    axes.legend(["现行 / present", "草案 / draft"], frameon=False, loc="lower right", bbox_to_anchor=(1, 1), ncols=2)


def _fee_curve(axes: "Axes", result: SimulationResult) -> None:
    hours = [each.until_s / 3600 for each in result.durations]
    axes.plot(hours, [each.mean_before / _MINOR for each in result.durations], color=_BEFORE)
    axes.plot(hours, [each.mean_after / _MINOR for each in result.durations], color=_AFTER)
    axes.set_xlabel("小时 / hours")
    axes.set_ylabel(result.currency)
    axes.legend(["现行 / present", "草案 / draft"], frameon=False, loc="lower right", bbox_to_anchor=(1, 1), ncols=2)


def _changes(axes: "Axes", result: SimulationResult) -> None:
    width = min((abs(change) for change, _ in result.changes if change), default=1) / _MINOR
    axes.bar(
        [change / _MINOR for change, _ in result.changes],
        [count for _, count in result.changes],
        width * 0.9,
        color=_AFTER,
    )
    axes.set_xlabel(f"{result.currency}, 草案减现行 / draft less present")
    axes.set_ylabel("次 / stays")
    axes.set_yscale("symlog")


def _day(axes: "Axes", result: SimulationResult) -> None:
    hours = range(24)
    before = [sum(zone.by_hour[hour] for zone in result.occupancy) for hour in hours]
    after = [
        sum(zone.by_hour[hour] * _factor(zone.responses[1].factor_ppm) for zone in result.occupancy) for hour in hours
    ]
    axes.step(hours, before, where="post", color=_BEFORE)
    axes.step(hours, after, where="post", color=_AFTER, linestyle="--")
    axes.set_xlabel("当地时间 / local hour")
    axes.set_ylabel("占用泊位 / occupied spaces")
    axes.set_ylim(bottom=0)
    axes.legend(["记录 / recorded", "假设下 / under the assumption"], frameon=False)


def _factor(ppm: int | None) -> float:
    """A zone without an answer keeps its occupancy, and the table above says so."""
    return 1.0 if ppm is None else ppm / 1_000_000
